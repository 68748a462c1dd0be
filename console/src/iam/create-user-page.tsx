import { CreateLoginProfileCommand, CreateUserCommand } from '@aws-sdk/client-iam';
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Wizard from '@cloudscape-design/components/wizard';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useIam } from '../api/iam.ts';
import { useChange } from '../api/queries.ts';
import { Details } from '../elements/details.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { useIncomplete } from '../elements/incomplete.ts';
import { type Tag, TagsField } from '../elements/tags-field.tsx';
import { useAddress } from '../frame/addresses.ts';
import { useNotify } from '../frame/notifications.tsx';
import { usePage } from '../frame/page-context.ts';
import { generatePassword } from './generated-password.ts';
import { givePermissions, noPermissions } from './permissions.ts';
import { PermissionsChoice, PermissionsSummary } from './permissions-choice.tsx';
import { type ConsoleAccess, RetrievePassword } from './retrieve-password.tsx';
import { iamTags } from './tags.ts';
import { type UserDetails, UserDetailsForm } from './user-details-form.tsx';
import { userPath } from './users.ts';
import { wizardTexts } from './wizard-texts.ts';

const NEW_USER: UserDetails = { name: '', hasConsole: false, password: undefined, mustChange: true };

export function Component() {
  usePage('Create user', [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Users', path: '/iam/users' },
    { text: 'Create user', path: '/iam/users/create' },
  ]);
  const iam = useIam();
  const navigate = useNavigate();
  const address = useAddress();
  const notify = useNotify();
  const [step, setStep] = useState(0);
  const [isIncomplete, setIncomplete] = useIncomplete();
  const [details, setDetails] = useState(NEW_USER);
  const [permissions, setPermissions] = useState(noPermissions);
  const [tags, setTags] = useState<readonly Tag[]>([]);
  const [access, setAccess] = useState<ConsoleAccess>();
  const [made, setMade] = useState<string>();
  const userName = details.name.trim();
  const creation = useChange(
    async () => {
      // What came after the user may have been refused the last time.
      if (made !== userName) {
        await iam.send(new CreateUserCommand({ UserName: userName, ...iamTags(tags) }));
        setMade(userName);
      }
      await givePermissions(iam, userName, permissions);
      if (!details.hasConsole) return undefined;
      const password = details.password ?? generatePassword();
      const PasswordResetRequired = details.mustChange;
      await iam.send(new CreateLoginProfileCommand({ UserName: userName, Password: password, PasswordResetRequired }));
      return { userName, password };
    },
    (given) => {
      notify(`User ${userName} created.`);
      if (given === undefined) void navigate(address(userPath(userName)));
      else setAccess(given);
    },
  );
  if (access !== undefined) return <RetrievePassword access={access} />;
  return (
    <Wizard
      activeStepIndex={step}
      onNavigate={({ detail }) => {
        const mayGo = detail.requestedStepIndex < step || isComplete(details);
        setIncomplete(!mayGo);
        if (mayGo) setStep(detail.requestedStepIndex);
      }}
      onCancel={() => void navigate(address('/iam/users'))}
      onSubmit={() => creation.mutate(undefined)}
      submitButtonText="Create user"
      isLoadingNextStep={creation.isPending}
      i18nStrings={wizardTexts('Next')}
      steps={[
        {
          title: 'Specify user details',
          content: <UserDetailsForm details={details} isIncomplete={isIncomplete} onChange={setDetails} />,
        },
        {
          title: 'Set permissions',
          description: 'Without any, the user may do nothing. AWSCodeCommitPowerUser is what a developer needs.',
          content: <PermissionsChoice permissions={permissions} onChange={setPermissions} />,
        },
        {
          title: 'Review and create',
          content: (
            <SpaceBetween size="l">
              <Container header={<Header variant="h2">User details</Header>}>
                <Details columns={3} items={summaryOf(details)} />
              </Container>
              <Container header={<Header variant="h2">Permissions summary</Header>}>
                <PermissionsSummary permissions={permissions} />
              </Container>
              <Container>
                <TagsField tags={tags} onChange={setTags} />
              </Container>
              {creation.error !== null && made === userName && (
                <Alert type="info">{`The user ${userName} has been created; what came next was refused.`}</Alert>
              )}
              <ErrorAlert error={creation.error} />
            </SpaceBetween>
          ),
        },
      ]}
    />
  );
}

function isComplete({ name, hasConsole, password }: UserDetails): boolean {
  return name.trim() !== '' && !(hasConsole && password === '');
}

function summaryOf({ name, hasConsole, password, mustChange }: UserDetails) {
  const kind = password === undefined ? 'Autogenerated password' : 'Custom password';
  return [
    { label: 'User name', value: name.trim() },
    { label: 'Console access', value: hasConsole ? kind : 'None' },
    { label: 'Require password reset', value: hasConsole && mustChange ? 'Yes' : 'No' },
  ];
}

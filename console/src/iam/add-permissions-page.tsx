import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Wizard from '@cloudscape-design/components/wizard';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useIam } from '../api/iam.ts';
import { useChange } from '../api/queries.ts';
import { ErrorAlert, isMissing } from '../elements/error-alert.tsx';
import { useIncomplete } from '../elements/incomplete.ts';
import { useAddress } from '../frame/addresses.ts';
import { useNotify } from '../frame/notifications.tsx';
import { usePage } from '../frame/page-context.ts';
import { givePermissions, isEmpty, noPermissions } from './permissions.ts';
import { PermissionsChoice, PermissionsSummary } from './permissions-choice.tsx';
import { MissingPage } from './resource-page.tsx';
import { USERS, userPath, useUser } from './users.ts';
import { wizardTexts } from './wizard-texts.ts';

export function Component() {
  const { name = '' } = useParams();
  usePage(`Add permissions to ${name}`, [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Users', path: '/iam/users' },
    { text: name, path: userPath(name) },
    { text: 'Add permissions', path: userPath(name, '/add-permissions') },
  ]);
  const iam = useIam();
  const navigate = useNavigate();
  const address = useAddress();
  const notify = useNotify();
  const user = useUser(name);
  const [step, setStep] = useState(0);
  const [isIncomplete, setIncomplete] = useIncomplete();
  const [permissions, setPermissions] = useState(noPermissions);
  const back = () => void navigate(address(userPath(name)));
  const addition = useChange(
    () => givePermissions(iam, name, permissions),
    () => {
      notify(`Permissions added to ${name}.`);
      back();
    },
  );
  if (isMissing(user.error)) return <MissingPage name={name} list={USERS} error={user.error} />;
  return (
    <Wizard
      activeStepIndex={step}
      onNavigate={({ detail }) => {
        const mayGo = detail.requestedStepIndex < step || !isEmpty(permissions);
        setIncomplete(!mayGo);
        if (mayGo) setStep(detail.requestedStepIndex);
      }}
      onCancel={back}
      onSubmit={() => addition.mutate(undefined)}
      submitButtonText="Add permissions"
      isLoadingNextStep={addition.isPending}
      i18nStrings={wizardTexts('Next: Review')}
      steps={[
        {
          title: 'Set permissions',
          description: `What ${name} may do`,
          ...(isIncomplete && isEmpty(permissions) && { errorText: 'Choose at least one group or policy.' }),
          content: <PermissionsChoice permissions={permissions} onChange={setPermissions} />,
        },
        {
          title: 'Review',
          content: (
            <SpaceBetween size="l">
              <Container header={<Header variant="h2">Permissions summary</Header>}>
                <PermissionsSummary permissions={permissions} />
              </Container>
              <ErrorAlert error={addition.error} />
            </SpaceBetween>
          ),
        },
      ]}
    />
  );
}

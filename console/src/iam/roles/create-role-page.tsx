import { CreateRoleCommand } from '@aws-sdk/client-iam';
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Wizard from '@cloudscape-design/components/wizard';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useIam } from '../../api/iam.ts';
import { useChange } from '../../api/queries.ts';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { useIncomplete } from '../../elements/incomplete.ts';
import { JsonText } from '../../elements/json-text.tsx';
import { type Tag, TagsField } from '../../elements/tags-field.tsx';
import { useAddress } from '../../frame/addresses.ts';
import { useNotify } from '../../frame/notifications.tsx';
import { usePage } from '../../frame/page-context.ts';
import { useSession } from '../../session/session-context.ts';
import { PolicyChoice } from '../policies/policy-choice.tsx';
import { operationsOn } from '../policies/policy-holders.ts';
import { jsonProblem } from '../policies/policy-problem.ts';
import { iamTags } from '../tags.ts';
import { wizardTexts } from '../wizard-texts.ts';
import { rolePath } from './roles.ts';
import { durationOptions, durationText } from './session-duration.ts';
import { missingInTrust, NEW_TRUST, trustPolicyOf } from './trust-choice.ts';
import { TrustForm } from './trust-form.tsx';

const HOUR_S = 3_600;
const TRUST_STEP = 0;

export function Component() {
  usePage('Create role', [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Roles', path: '/iam/roles' },
    { text: 'Create role', path: '/iam/roles/create' },
  ]);
  const iam = useIam();
  const { accountId } = useSession();
  const navigate = useNavigate();
  const address = useAddress();
  const notify = useNotify();
  const [step, setStep] = useState(TRUST_STEP);
  const [isIncomplete, setIncomplete] = useIncomplete();
  const [trust, setTrust] = useState(NEW_TRUST);
  const [policies, setPolicies] = useState<ReadonlyMap<string, string>>(new Map());
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [duration, setDuration] = useState(HOUR_S);
  const [tags, setTags] = useState<readonly Tag[]>([]);
  const [made, setMade] = useState<string>();
  const RoleName = name.trim();
  const trustPolicy = trustPolicyOf(trust, accountId);
  const missing = missingInTrust(trust) ?? jsonProblem(trustPolicy)?.message;
  const creation = useChange(
    async (AssumeRolePolicyDocument: string) => {
      // What came after the role may have been refused the last time.
      if (made !== RoleName) {
        const input = { RoleName, AssumeRolePolicyDocument, MaxSessionDuration: duration, ...iamTags(tags) };
        const Description = description.trim() === '' ? undefined : description;
        await iam.send(new CreateRoleCommand({ ...input, Description }));
        setMade(RoleName);
      }
      const { attach } = operationsOn(iam, { kind: 'role', name: RoleName });
      for (const arn of policies.keys()) await attach(arn);
    },
    () => {
      notify(`Role ${RoleName} created.`);
      void navigate(address(rolePath(RoleName)));
    },
  );
  const submit = () => {
    setIncomplete(RoleName === '');
    if (RoleName === '') return;
    creation.mutate(trustPolicy, {
      onError: ({ name: code }) => {
        if (code === 'MalformedPolicyDocumentException' && trust.kind === 'custom') setStep(TRUST_STEP);
      },
    });
  };
  const isRefusedTrust = creation.error?.name === 'MalformedPolicyDocumentException';
  return (
    <Wizard
      activeStepIndex={step}
      onNavigate={({ detail }) => {
        const mayGo = detail.requestedStepIndex < step || missing === undefined;
        setIncomplete(!mayGo);
        if (mayGo) setStep(detail.requestedStepIndex);
      }}
      onCancel={() => void navigate(address('/iam/roles'))}
      onSubmit={submit}
      submitButtonText="Create role"
      isLoadingNextStep={creation.isPending}
      i18nStrings={wizardTexts('Next')}
      steps={[
        {
          title: 'Select trusted entity',
          ...(isIncomplete && step === TRUST_STEP && missing !== undefined && { errorText: missing }),
          content: (
            <TrustForm
              choice={trust}
              onChange={setTrust}
              refusal={isRefusedTrust ? { text: creation.variables ?? '', error: creation.error } : undefined}
            />
          ),
        },
        {
          title: 'Add permissions',
          description: 'Without any, the role may do nothing. AWSCodeCommitPowerUser is what a developer needs.',
          content: <PolicyChoice selected={policies} onSelect={setPolicies} />,
        },
        {
          title: 'Name, review, and create',
          content: (
            <SpaceBetween size="l">
              <Container header={<Header variant="h2">Role details</Header>}>
                <SpaceBetween size="l">
                  <FormField
                    label="Role name"
                    constraintText="At most 64 letters, numbers and + = , . @ _ -"
                    errorText={isIncomplete && RoleName === '' && 'Give the role a name.'}
                  >
                    <Input value={name} onChange={({ detail }) => setName(detail.value)} />
                  </FormField>
                  <FormField label="Description - optional" constraintText="At most 1,000 characters">
                    <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
                  </FormField>
                  <FormField label="Maximum session duration">
                    <Select
                      selectedOption={{ value: String(duration), label: durationText(duration) }}
                      options={durationOptions(duration)}
                      onChange={({ detail }) => setDuration(Number(detail.selectedOption.value))}
                    />
                  </FormField>
                </SpaceBetween>
              </Container>
              <Container header={<Header variant="h2">Trust policy</Header>}>
                <JsonText name="trust policy" text={trustPolicy} />
              </Container>
              <Container header={<Header variant="h2">Permissions policies</Header>}>
                {[...policies.values()].join(', ') || 'No permissions'}
              </Container>
              <Container>
                <TagsField tags={tags} onChange={setTags} />
              </Container>
              {creation.error !== null && made === RoleName && (
                <Alert type="info">{`The role ${RoleName} has been created; what came next was refused.`}</Alert>
              )}
              <ErrorAlert error={creation.error} />
            </SpaceBetween>
          ),
        },
      ]}
    />
  );
}

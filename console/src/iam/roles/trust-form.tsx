import {
  GetOpenIDConnectProviderCommand,
  type IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListSAMLProvidersCommand,
} from '@aws-sdk/client-iam';
import Autosuggest from '@cloudscape-design/components/autosuggest';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import { useIam } from '../../api/iam.ts';
import { useRead } from '../../api/queries.ts';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { useSession } from '../../session/session-context.ts';
import { PolicyEditor, type Refusal } from '../policies/policy-editor.tsx';
import type { TrustChoice } from './trust-choice.ts';

interface TrustFormProps {
  readonly choice: TrustChoice;
  readonly onChange: (choice: TrustChoice) => void;
  readonly refusal: Refusal | undefined;
}

const KINDS = [
  { value: 'account', label: 'AWS account', description: 'Users and roles of this account or of another one' },
  { value: 'service', label: 'AWS service', description: 'A service, such as CodeBuild, that acts for you' },
  { value: 'web-identity', label: 'Web identity', description: 'Whoever has a token of an OpenID Connect provider' },
  { value: 'saml', label: 'SAML 2.0 federation', description: 'Whoever your SAML identity provider vouches for' },
  { value: 'custom', label: 'Custom trust policy', description: 'A JSON document of your own' },
];

const SERVICES = ['codebuild', 'codepipeline', 'ec2', 'ecs-tasks', 'events', 'lambda'].map((name) => ({
  value: `${name}.amazonaws.com`,
}));

/** Who may take on the role. */
export function TrustForm({ choice, onChange, refusal }: TrustFormProps) {
  const change = (part: Partial<TrustChoice>) => onChange({ ...choice, ...part });
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Trusted entity type</Header>}>
        <Tiles
          ariaLabel="Trusted entity type"
          value={choice.kind}
          items={KINDS}
          columns={3}
          onChange={({ detail }) =>
            change({ kind: detail.value as TrustChoice['kind'], providerArn: '', audience: '' })
          }
        />
      </Container>
      <Container header={<Header variant="h2">{KINDS.find(({ value }) => value === choice.kind)?.label}</Header>}>
        {choice.kind === 'account' && <AccountFields choice={choice} change={change} />}
        {choice.kind === 'service' && (
          <FormField label="Service" description="The name that the service signs in with">
            <Autosuggest
              value={choice.service}
              options={SERVICES}
              enteredTextLabel={(text) => `Use ${text}`}
              onChange={({ detail }) => change({ service: detail.value })}
            />
          </FormField>
        )}
        {choice.kind === 'web-identity' && <WebIdentityFields choice={choice} change={change} />}
        {choice.kind === 'saml' && <SamlFields choice={choice} change={change} />}
        {choice.kind === 'custom' && (
          <PolicyEditor
            label="Trust policy"
            text={choice.text}
            onChange={(text) => change({ text })}
            refusal={refusal}
          />
        )}
      </Container>
    </SpaceBetween>
  );
}

interface FieldsProps {
  readonly choice: TrustChoice;
  readonly change: (part: Partial<TrustChoice>) => void;
}

function AccountFields({ choice: { otherAccount, externalId, needsMfa }, change }: FieldsProps) {
  const { accountId } = useSession();
  return (
    <SpaceBetween size="l">
      <FormField label="An AWS account">
        <RadioGroup
          value={otherAccount === undefined ? 'this' : 'another'}
          items={[
            { value: 'this', label: `This account (${accountId})` },
            { value: 'another', label: 'Another AWS account' },
          ]}
          onChange={({ detail }) => change({ otherAccount: detail.value === 'this' ? undefined : '' })}
        />
      </FormField>
      {otherAccount !== undefined && (
        <FormField label="Account ID" constraintText="12 digits">
          <Input
            inputMode="numeric"
            value={otherAccount}
            onChange={({ detail }) => change({ otherAccount: detail.value.trim() })}
          />
        </FormField>
      )}
      <FormField label="External ID - optional" description="A word that whoever takes on the role has to know">
        <Input value={externalId} onChange={({ detail }) => change({ externalId: detail.value.trim() })} />
      </FormField>
      <Checkbox checked={needsMfa} onChange={({ detail }) => change({ needsMfa: detail.checked })}>
        Require MFA
      </Checkbox>
    </SpaceBetween>
  );
}

function WebIdentityFields({ choice: { providerArn, audience }, change }: FieldsProps) {
  const iam = useIam();
  const providers = useRead(['iam', 'ListOpenIDConnectProviders'], () => listOidcProviders(iam));
  const provider = useRead(
    ['iam', 'GetOpenIDConnectProvider', providerArn],
    () => iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn })),
    { enabled: providerArn !== '' },
  );
  return (
    <SpaceBetween size="l">
      <ProviderField
        arns={providers.data}
        chosen={providerArn}
        onChoose={(arn) => change({ providerArn: arn, audience: '' })}
      />
      <FormField label="Audience" description="The client ID that tokens must be for">
        <Autosuggest
          value={audience}
          options={provider.data?.ClientIDList?.map((value) => ({ value })) ?? []}
          enteredTextLabel={(text) => `Use ${text}`}
          onChange={({ detail }) => change({ audience: detail.value })}
        />
      </FormField>
      <ErrorAlert error={providers.error ?? provider.error} />
    </SpaceBetween>
  );
}

function SamlFields({ choice: { providerArn }, change }: FieldsProps) {
  const iam = useIam();
  const providers = useRead(['iam', 'ListSAMLProviders'], async () =>
    ((await iam.send(new ListSAMLProvidersCommand({}))).SAMLProviderList ?? []).map(({ Arn = '' }) => Arn),
  );
  return (
    <SpaceBetween size="l">
      <ProviderField arns={providers.data} chosen={providerArn} onChoose={(arn) => change({ providerArn: arn })} />
      <ErrorAlert error={providers.error} />
    </SpaceBetween>
  );
}

interface ProviderFieldProps {
  readonly arns: readonly string[] | undefined;
  readonly chosen: string;
  readonly onChoose: (arn: string) => void;
}

function ProviderField({ arns, chosen, onChoose }: ProviderFieldProps) {
  return (
    <FormField label="Identity provider">
      <Select
        placeholder="Choose an identity provider"
        empty="No identity provider in this account yet. Make one with the AWS CLI: aws iam create-open-id-connect-provider or create-saml-provider."
        statusType={arns === undefined ? 'loading' : 'finished'}
        selectedOption={chosen === '' ? null : { value: chosen, label: nameOf(chosen) }}
        options={arns?.map((value) => ({ value, label: nameOf(value) })) ?? []}
        onChange={({ detail }) => onChoose(detail.selectedOption.value ?? '')}
      />
    </FormField>
  );
}

function nameOf(providerArn: string): string {
  return providerArn.slice(providerArn.indexOf('/') + 1);
}

async function listOidcProviders(iam: IAMClient): Promise<string[]> {
  const { OpenIDConnectProviderList = [] } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
  return OpenIDConnectProviderList.map(({ Arn = '' }) => Arn);
}

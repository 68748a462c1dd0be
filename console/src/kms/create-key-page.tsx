import { ListRolesCommand } from '@aws-sdk/client-iam';
import { CreateAliasCommand, CreateKeyCommand } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Multiselect from '@cloudscape-design/components/multiselect';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useIam } from '../api/iam.ts';
import { useKms } from '../api/kms.ts';
import { allOf } from '../api/pages-of.ts';
import { useChange, useRead } from '../api/queries.ts';
import { LinkButton } from '../elements/app-link.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { JsonText } from '../elements/json-text.tsx';
import { filledTags, type Tag, TagsField } from '../elements/tags-field.tsx';
import { useAddress } from '../frame/addresses.ts';
import { useNotify } from '../frame/notifications.tsx';
import { usePage } from '../frame/page-context.ts';
import { listUsers } from '../iam/users.ts';
import { useSession } from '../session/session-context.ts';
import { keyPolicyFor } from './key-policy-template.ts';
import { ALIAS_PREFIX, keyPath } from './keys.ts';

export function Component() {
  usePage('Create key', [
    { text: 'KMS', path: '/kms/keys' },
    { text: 'Customer managed keys', path: '/kms/keys' },
    { text: 'Create key', path: '/kms/keys/create' },
  ]);
  const kms = useKms();
  const navigate = useNavigate();
  const address = useAddress();
  const notify = useNotify();
  const { accountId } = useSession();
  const [alias, setAlias] = useState('');
  const [description, setDescription] = useState('');
  const [administrators, setAdministrators] = useState<readonly string[]>([]);
  const [mayDelete, setMayDelete] = useState(true);
  const [users, setUsers] = useState<readonly string[]>([]);
  const [tags, setTags] = useState<readonly Tag[]>([]);
  const [made, setMade] = useState<string>();
  const name = alias.trim().replace(/^alias\//, '');
  const policy = keyPolicyFor({ accountId, administrators, mayDelete, users });
  const creation = useChange(
    async () => {
      // The alias may have been refused the last time.
      let keyId = made;
      if (keyId === undefined) {
        const Tags = filledTags(tags).map(({ key, value }) => ({ TagKey: key, TagValue: value }));
        const { KeyMetadata } = await kms.send(
          new CreateKeyCommand({ Description: description, Policy: policy, ...(Tags.length > 0 && { Tags }) }),
        );
        keyId = KeyMetadata?.KeyId ?? '';
        setMade(keyId);
      }
      await kms.send(new CreateAliasCommand({ AliasName: ALIAS_PREFIX + name, TargetKeyId: keyId }));
      return keyId;
    },
    (keyId) => {
      notify(`Key ${name} created.`);
      void navigate(address(keyPath(keyId)));
    },
  );
  const isFixed = made !== undefined;
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="A symmetric key that encrypts and decrypts, such as for repositories. Create keys of other kinds with the API."
        >
          Create key
        </Header>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name !== '') creation.mutate(undefined);
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <LinkButton variant="link" to="/kms/keys">
                Cancel
              </LinkButton>
              <Button variant="primary" formAction="submit" disabled={name === ''} loading={creation.isPending}>
                Create key
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">Labels</Header>}>
              <SpaceBetween size="l">
                <FormField
                  label="Alias"
                  description="The name by which repositories choose the key. You can change it at any time."
                  constraintText="Letters, numbers, slashes, underscores and hyphens"
                >
                  <Input value={alias} placeholder="code" autoFocus onChange={({ detail }) => setAlias(detail.value)} />
                </FormField>
                <FormField label="Description - optional">
                  <Input
                    value={description}
                    disabled={isFixed}
                    onChange={({ detail }) => setDescription(detail.value)}
                  />
                </FormField>
                {!isFixed && <TagsField tags={tags} onChange={setTags} />}
              </SpaceBetween>
            </Container>
            {!isFixed && (
              <Container
                header={
                  <Header
                    variant="h2"
                    description="IAM policies of this account can allow the use of this key as well. Whoever you choose here needs no such policy."
                  >
                    Permissions
                  </Header>
                }
              >
                <SpaceBetween size="l">
                  <PrincipalsField
                    label="Key administrators - optional"
                    description="May manage the key, not use it"
                    chosen={administrators}
                    onChange={setAdministrators}
                  />
                  <Checkbox checked={mayDelete} onChange={({ detail }) => setMayDelete(detail.checked)}>
                    Key administrators may delete this key
                  </Checkbox>
                  <PrincipalsField
                    label="Key users - optional"
                    description="May use the key, as everybody does who works with a repository that it encrypts"
                    chosen={users}
                    onChange={setUsers}
                  />
                  <ExpandableSection headerText="Key policy made of these choices">
                    <JsonText name="key policy" text={policy} />
                  </ExpandableSection>
                </SpaceBetween>
              </Container>
            )}
            {creation.error !== null && isFixed && (
              <Alert type="info">{`The key ${made} has been created; its alias was refused. Choose another.`}</Alert>
            )}
            <ErrorAlert error={creation.error} />
          </SpaceBetween>
        </Form>
      </form>
    </ContentLayout>
  );
}

interface PrincipalsFieldProps {
  readonly label: string;
  readonly description: string;
  /** ARNs. */
  readonly chosen: readonly string[];
  readonly onChange: (arns: readonly string[]) => void;
}

/** Users and roles of the account. */
function PrincipalsField({ label, description, chosen, onChange }: PrincipalsFieldProps) {
  const iam = useIam();
  const users = useRead(['iam', 'ListUsers'], () => listUsers(iam));
  const roles = useRead(['iam', 'ListRoles'], () =>
    allOf(async (Marker) => {
      const page = await iam.send(new ListRolesCommand({ Marker }));
      return { items: page.Roles, marker: page.Marker };
    }),
  );
  const options = [
    { label: 'Users', options: (users.data ?? []).map(({ UserName, Arn = '' }) => optionOf(UserName, Arn)) },
    { label: 'Roles', options: (roles.data ?? []).map(({ RoleName, Arn = '' }) => optionOf(RoleName, Arn)) },
  ].filter((group) => group.options.length > 0);
  const error = users.error ?? roles.error;
  return (
    <SpaceBetween size="xs">
      <FormField label={label} description={description}>
        <Multiselect
          selectedOptions={chosen.map((arn) => optionOf(arn.slice(arn.lastIndexOf('/') + 1), arn))}
          options={options}
          onChange={({ detail }) => onChange(detail.selectedOptions.map(({ value = '' }) => value))}
          filteringType="auto"
          placeholder="Choose users and roles"
          statusType={users.isPending || roles.isPending ? 'loading' : 'finished'}
          loadingText="Loading users and roles"
          empty="No users or roles"
          noMatch="Nothing matches the filter."
          deselectAriaLabel={(option) => `Remove ${option.label}`}
        />
      </FormField>
      <ErrorAlert error={error} />
    </SpaceBetween>
  );
}

function optionOf(name: string | undefined, arn: string) {
  return { value: arn, label: name ?? arn, description: arn };
}

import { GetRoleCommand, ListRoleTagsCommand, type Role, TagRoleCommand, UntagRoleCommand } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useIam } from '../../api/iam.ts';
import { useRead } from '../../api/queries.ts';
import { Details } from '../../elements/details.tsx';
import { Copyable } from '../../elements/secret.tsx';
import { formatTime } from '../../elements/times.ts';
import { useAddress } from '../../frame/addresses.ts';
import { usePage } from '../../frame/page-context.ts';
import { IdentityPermissions } from '../policies/identity-permissions.tsx';
import { ResourcePage } from '../resource-page.tsx';
import { ResourceTags } from '../resource-tags.tsx';
import { DeleteRoleModal } from './delete-role-modal.tsx';
import { EditRoleDialog } from './edit-role-dialog.tsx';
import { rolePath } from './roles.ts';
import { durationText } from './session-duration.ts';
import { TrustRelationships } from './trust-relationships.tsx';

export function Component() {
  const { name = '' } = useParams();
  usePage(name, [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Roles', path: '/iam/roles' },
    { text: name, path: rolePath(name) },
  ]);
  const iam = useIam();
  const navigate = useNavigate();
  const address = useAddress();
  const [dialog, setDialog] = useState<'edit' | 'delete'>();
  const read = useRead(
    ['iam', 'GetRole', name],
    async () => (await iam.send(new GetRoleCommand({ RoleName: name }))).Role,
  );
  const role = read.data;
  return (
    <ResourcePage
      name={name}
      noun="role"
      list={{ title: 'Roles', path: '/iam/roles' }}
      actions={
        <>
          <Button onClick={() => setDialog('delete')}>Delete</Button>
          <Button disabled={role === undefined} onClick={() => setDialog('edit')}>
            Edit
          </Button>
        </>
      }
      summary={<Summary role={role} />}
      error={read.error}
      tabs={[
        {
          id: 'permissions',
          label: 'Permissions',
          content: (
            <IdentityPermissions
              identity={{ kind: 'role', name }}
              details={role}
              empty="No policies: the role may do nothing yet. Attach policies, such as AWSCodeCommitPowerUser."
            />
          ),
        },
        {
          id: 'trust',
          label: 'Trust relationships',
          content: <TrustRelationships roleName={name} document={role?.AssumeRolePolicyDocument} error={read.error} />,
        },
        { id: 'tags', label: 'Tags', content: <RoleTags roleName={name} /> },
      ]}
    >
      {dialog === 'edit' && role !== undefined && <EditRoleDialog role={role} onClose={() => setDialog(undefined)} />}
      {dialog === 'delete' && (
        <DeleteRoleModal
          roleName={name}
          leavesPage
          onDone={() => void navigate(address('/iam/roles'))}
          onDismiss={() => setDialog(undefined)}
        />
      )}
    </ResourcePage>
  );
}

function Summary({ role }: { readonly role: Role | undefined }) {
  return (
    <Details
      columns={3}
      items={[
        { label: 'ARN', value: <Copyable name="ARN" value={role?.Arn} /> },
        { label: 'Created', value: role && formatTime(role.CreateDate) },
        { label: 'Last activity', value: role && formatTime(role.RoleLastUsed?.LastUsedDate) },
        { label: 'Maximum session duration', value: role && durationText(role.MaxSessionDuration ?? 0) },
        { label: 'Description', value: role && <span className="wrapping">{role.Description || '-'}</span> },
      ]}
    />
  );
}

function RoleTags({ roleName: RoleName }: { readonly roleName: string }) {
  const iam = useIam();
  return (
    <ResourceTags
      listing="ListRoleTags"
      of={RoleName}
      list={() => iam.send(new ListRoleTagsCommand({ RoleName }))}
      tag={(Tags) => iam.send(new TagRoleCommand({ RoleName, Tags }))}
      untag={(TagKeys) => iam.send(new UntagRoleCommand({ RoleName, TagKeys }))}
    />
  );
}

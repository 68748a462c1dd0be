import type { Role } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useRead } from '../../api/queries.ts';
import { AppLink, LinkButton } from '../../elements/app-link.tsx';
import { ResourceTable } from '../../elements/resource-table.tsx';
import { formatTime } from '../../elements/times.ts';
import { usePage } from '../../frame/page-context.ts';
import { DeleteRoleModal } from './delete-role-modal.tsx';
import { listRoles, rolePath } from './roles.ts';
import { trustedEntities } from './trusted-entities.ts';

const COLUMNS: readonly TableProps.ColumnDefinition<Role>[] = [
  {
    id: 'name',
    header: 'Role name',
    isRowHeader: true,
    sortingField: 'RoleName',
    cell: ({ RoleName = '' }) => <AppLink to={rolePath(RoleName)}>{RoleName}</AppLink>,
  },
  {
    id: 'trusted',
    header: 'Trusted entities',
    cell: ({ AssumeRolePolicyDocument = '' }) => (
      <span className="clamped">{trustedEntities(decodeURIComponent(AssumeRolePolicyDocument)).join(', ') || '-'}</span>
    ),
  },
  { id: 'created', header: 'Created', sortingField: 'CreateDate', cell: ({ CreateDate }) => formatTime(CreateDate) },
];

export function Component() {
  usePage('Roles', [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Roles', path: '/iam/roles' },
  ]);
  const iam = useIam();
  const [selected, setSelected] = useState<Role[]>([]);
  const [isDeleting, setDeleting] = useState(false);
  const roles = useRead(['iam', 'ListRoles'], () => listRoles(iam));
  return (
    <>
      <ResourceTable
        title="Roles"
        variant="full-page"
        description="Identities without credentials of their own, which those they trust take on for a while"
        actions={
          <>
            <Button
              disabled={selected.length === 0}
              disabledReason="Choose a role first."
              onClick={() => setDeleting(true)}
            >
              Delete
            </Button>
            <LinkButton variant="primary" to="/iam/roles/create">
              Create role
            </LinkButton>
          </>
        }
        items={roles.data}
        isLoading={roles.isPending}
        error={roles.error}
        columns={COLUMNS}
        idOf={({ RoleName = '' }) => RoleName}
        textOf={({ RoleName = '' }) => RoleName}
        empty="No roles. Create one for a CI job or for people who sign in elsewhere: they then need no access key."
        selection={{ kind: 'single', selected, onSelect: setSelected }}
      />
      {isDeleting && (
        <DeleteRoleModal
          roleName={selected[0]?.RoleName ?? ''}
          onDone={() => {
            setDeleting(false);
            setSelected([]);
          }}
          onDismiss={() => setDeleting(false)}
        />
      )}
    </>
  );
}

import type { User } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useIam } from '../api/iam.ts';
import { useRead } from '../api/queries.ts';
import { AppLink, LinkButton } from '../elements/app-link.tsx';
import { ResourceTable } from '../elements/resource-table.tsx';
import { formatTime } from '../elements/times.ts';
import { usePage } from '../frame/page-context.ts';
import { DeleteUserModal } from './delete-user-modal.tsx';
import { listUsers, userPath } from './users.ts';

const COLUMNS: readonly TableProps.ColumnDefinition<User>[] = [
  {
    id: 'name',
    header: 'User name',
    isRowHeader: true,
    sortingField: 'UserName',
    cell: ({ UserName = '' }) => <AppLink to={userPath(UserName)}>{UserName}</AppLink>,
  },
  { id: 'path', header: 'Path', sortingField: 'Path', cell: ({ Path }) => Path },
  {
    id: 'last-sign-in',
    header: 'Password last used',
    sortingField: 'PasswordLastUsed',
    cell: ({ PasswordLastUsed }) => formatTime(PasswordLastUsed),
  },
  { id: 'created', header: 'Created', sortingField: 'CreateDate', cell: ({ CreateDate }) => formatTime(CreateDate) },
];

export function Component() {
  usePage('Users', [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Users', path: '/iam/users' },
  ]);
  const iam = useIam();
  const [selected, setSelected] = useState<User[]>([]);
  const [isDeleting, setDeleting] = useState(false);
  const users = useRead(['iam', 'ListUsers'], () => listUsers(iam));
  return (
    <>
      <ResourceTable
        title="Users"
        variant="full-page"
        description="People and programs that work in this account, each with credentials and permissions of its own"
        actions={
          <>
            <Button
              disabled={selected.length === 0}
              disabledReason="Choose a user first."
              onClick={() => setDeleting(true)}
            >
              Delete
            </Button>
            <LinkButton variant="primary" to="/iam/users/create">
              Create user
            </LinkButton>
          </>
        }
        items={users.data}
        isLoading={users.isPending}
        error={users.error}
        columns={COLUMNS}
        idOf={({ UserName = '' }) => UserName}
        textOf={({ UserName = '', Path = '' }) => `${Path}${UserName}`}
        empty="No users. Create a user for each person: the root user cannot use Git."
        selection={{ kind: 'single', selected, onSelect: setSelected }}
      />
      {isDeleting && (
        <DeleteUserModal
          userName={selected[0]?.UserName ?? ''}
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

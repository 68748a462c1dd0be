import { AddUserToGroupCommand, RemoveUserFromGroupCommand, type User } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useChange } from '../../api/queries.ts';
import { ActionModal } from '../../elements/action-modal.tsx';
import { AppLink } from '../../elements/app-link.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { ResourceTable } from '../../elements/resource-table.tsx';
import { formatTime } from '../../elements/times.ts';
import { useNotify } from '../../frame/notifications.tsx';
import { UserChoice } from '../user-choice.tsx';
import { userPath } from '../users.ts';

const COLUMNS: readonly TableProps.ColumnDefinition<User>[] = [
  {
    id: 'name',
    header: 'User name',
    isRowHeader: true,
    sortingField: 'UserName',
    cell: ({ UserName = '' }) => <AppLink to={userPath(UserName)}>{UserName}</AppLink>,
  },
  { id: 'created', header: 'Created', sortingField: 'CreateDate', cell: ({ CreateDate }) => formatTime(CreateDate) },
];

interface GroupMembersProps {
  readonly groupName: string;
  readonly read: {
    readonly data: { readonly users: readonly User[] } | undefined;
    readonly isPending: boolean;
    readonly error: Error | null;
  };
}

/** The users in a group. */
export function GroupMembers({ groupName: GroupName, read }: GroupMembersProps) {
  const iam = useIam();
  const notify = useNotify();
  const [selected, setSelected] = useState<User[]>([]);
  const [isAdding, setAdding] = useState(false);
  const users = read.data?.users;
  const removal = useChange(
    async () => {
      for (const { UserName } of selected) await iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName }));
    },
    () => {
      notify(`Users removed from ${GroupName}.`);
      setSelected([]);
    },
  );
  return (
    <SpaceBetween size="s">
      <ResourceTable
        title="Users in this group"
        name="users"
        actions={
          <>
            <Button
              disabled={selected.length === 0}
              disabledReason="Choose users first."
              loading={removal.isPending}
              onClick={() => removal.mutate(undefined)}
            >
              Remove users
            </Button>
            <Button variant="primary" onClick={() => setAdding(true)}>
              Add users
            </Button>
          </>
        }
        items={users}
        isLoading={read.isPending}
        error={read.error}
        columns={COLUMNS}
        idOf={({ UserName = '' }) => UserName}
        textOf={({ UserName = '' }) => UserName}
        empty="No users in this group. Add those who are to have its permissions."
        selection={{ kind: 'multi', selected, onSelect: setSelected }}
      />
      <ErrorAlert error={removal.error} />
      {isAdding && (
        <AddUsersDialog
          groupName={GroupName}
          members={users?.map(({ UserName = '' }) => UserName) ?? []}
          onClose={() => setAdding(false)}
        />
      )}
    </SpaceBetween>
  );
}

interface AddUsersDialogProps {
  readonly groupName: string;
  readonly members: readonly string[];
  readonly onClose: () => void;
}

function AddUsersDialog({ groupName: GroupName, members, onClose }: AddUsersDialogProps) {
  const iam = useIam();
  const notify = useNotify();
  const [added, setAdded] = useState<readonly string[]>([]);
  const addition = useChange(
    async () => {
      for (const UserName of added) await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
    },
    () => {
      notify(`Users added to ${GroupName}.`);
      onClose();
    },
  );
  return (
    <ActionModal
      title={`Add users to ${GroupName}`}
      size="large"
      action="Add users"
      isPending={addition.isPending}
      isDisabled={added.length === 0}
      onAction={() => addition.mutate(undefined)}
      onDismiss={onClose}
    >
      <SpaceBetween size="m">
        <ErrorAlert error={addition.error} />
        <UserChoice selected={added} onSelect={setAdded} without={members} />
      </SpaceBetween>
    </ActionModal>
  );
}

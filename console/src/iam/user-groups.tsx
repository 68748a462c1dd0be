import { AddUserToGroupCommand, type Group, RemoveUserFromGroupCommand } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useIam } from '../api/iam.ts';
import { useChange, useRead } from '../api/queries.ts';
import { ActionModal } from '../elements/action-modal.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { ResourceTable } from '../elements/resource-table.tsx';
import { useNotify } from '../frame/notifications.tsx';
import { GROUP_COLUMNS, GroupChoice } from './groups/group-choice.tsx';
import { listGroupsOf } from './users.ts';

/** The groups that a user is in. */
export function UserGroups({ userName: UserName }: { readonly userName: string }) {
  const iam = useIam();
  const notify = useNotify();
  const [selected, setSelected] = useState<Group[]>([]);
  const [added, setAdded] = useState<readonly string[]>();
  const groups = useRead(['iam', 'ListGroupsForUser', UserName], () => listGroupsOf(iam, UserName));
  const addition = useChange(
    async () => {
      for (const GroupName of added ?? []) await iam.send(new AddUserToGroupCommand({ UserName, GroupName }));
    },
    () => {
      notify(`${UserName} added to groups.`);
      setAdded(undefined);
    },
  );
  const removal = useChange(
    async () => {
      for (const { GroupName } of selected) await iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName }));
    },
    () => {
      notify(`${UserName} removed from groups.`);
      setSelected([]);
    },
  );
  return (
    <SpaceBetween size="s">
      <ResourceTable
        title="User groups membership"
        name="groups"
        actions={
          <>
            <Button
              disabled={selected.length === 0}
              disabledReason="Choose groups first."
              loading={removal.isPending}
              onClick={() => removal.mutate(undefined)}
            >
              Remove
            </Button>
            <Button onClick={() => setAdded([])}>Add user to groups</Button>
          </>
        }
        items={groups.data}
        isLoading={groups.isPending}
        error={groups.error}
        columns={GROUP_COLUMNS}
        idOf={({ GroupName = '' }) => GroupName}
        empty="In no group. Groups give the same permissions to several users."
        selection={{ kind: 'multi', selected, onSelect: setSelected }}
      />
      <ErrorAlert error={removal.error} />
      {added !== undefined && (
        <ActionModal
          title={`Add ${UserName} to groups`}
          size="large"
          action="Add to groups"
          isPending={addition.isPending}
          isDisabled={added.length === 0}
          onAction={() => addition.mutate(undefined)}
          onDismiss={() => setAdded(undefined)}
        >
          <SpaceBetween size="m">
            <GroupChoice selected={added} onSelect={setAdded} />
            <ErrorAlert error={addition.error} />
          </SpaceBetween>
        </ActionModal>
      )}
    </SpaceBetween>
  );
}

import type { Group } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import { useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useRead } from '../../api/queries.ts';
import { LinkButton } from '../../elements/app-link.tsx';
import { ResourceTable } from '../../elements/resource-table.tsx';
import { usePage } from '../../frame/page-context.ts';
import { DeleteGroupModal } from './delete-group-modal.tsx';
import { GROUP_COLUMNS } from './group-choice.tsx';
import { listGroups } from './groups.ts';

const COLUMNS = [
  ...GROUP_COLUMNS.slice(0, 1),
  { id: 'path', header: 'Path', sortingField: 'Path', cell: ({ Path }: Group) => Path },
  ...GROUP_COLUMNS.slice(1),
];

export function Component() {
  usePage('User groups', [
    { text: 'IAM', path: '/iam/home' },
    { text: 'User groups', path: '/iam/groups' },
  ]);
  const iam = useIam();
  const [selected, setSelected] = useState<Group[]>([]);
  const [isDeleting, setDeleting] = useState(false);
  const groups = useRead(['iam', 'ListGroups'], () => listGroups(iam));
  return (
    <>
      <ResourceTable
        title="User groups"
        variant="full-page"
        description="Users who share permissions: what a group's policies say counts for each of its members"
        actions={
          <>
            <Button
              disabled={selected.length === 0}
              disabledReason="Choose a user group first."
              onClick={() => setDeleting(true)}
            >
              Delete
            </Button>
            <LinkButton variant="primary" to="/iam/groups/create">
              Create group
            </LinkButton>
          </>
        }
        items={groups.data}
        isLoading={groups.isPending}
        error={groups.error}
        columns={COLUMNS}
        idOf={({ GroupName = '' }) => GroupName}
        textOf={({ GroupName = '', Path = '' }) => `${Path}${GroupName}`}
        empty="No user groups. Create one for each task, such as developers, and attach policies to it once."
        selection={{ kind: 'single', selected, onSelect: setSelected }}
      />
      {isDeleting && (
        <DeleteGroupModal
          groupName={selected[0]?.GroupName ?? ''}
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

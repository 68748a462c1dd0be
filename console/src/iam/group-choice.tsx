import { type Group, ListGroupsCommand } from '@aws-sdk/client-iam';
import type { TableProps } from '@cloudscape-design/components/table';
import { useIam } from '../api/iam.ts';
import { allOf } from '../api/pages-of.ts';
import { useRead } from '../api/queries.ts';
import { ResourceTable } from '../elements/resource-table.tsx';
import { formatTime } from '../elements/times.ts';

export const GROUP_COLUMNS: readonly TableProps.ColumnDefinition<Group>[] = [
  {
    id: 'name',
    header: 'Group name',
    isRowHeader: true,
    sortingField: 'GroupName',
    cell: ({ GroupName }) => GroupName,
  },
  { id: 'created', header: 'Created', cell: ({ CreateDate }) => formatTime(CreateDate) },
];

interface GroupChoiceProps {
  readonly selected: readonly string[];
  readonly onSelect: (groupNames: readonly string[]) => void;
}

/** The table of groups to tick. */
export function GroupChoice({ selected, onSelect }: GroupChoiceProps) {
  const iam = useIam();
  const groups = useRead(['iam', 'ListGroups'], () =>
    allOf(async (Marker) => {
      const page = await iam.send(new ListGroupsCommand({ Marker, MaxItems: 1_000 }));
      return { items: page.Groups, marker: page.Marker };
    }),
  );
  return (
    <ResourceTable
      title="User groups"
      items={groups.data}
      isLoading={groups.isPending}
      error={groups.error}
      columns={GROUP_COLUMNS}
      idOf={({ GroupName = '' }) => GroupName}
      textOf={({ GroupName = '' }) => GroupName}
      empty="No groups in this account yet. Attach policies directly, or make a group first."
      selection={{
        kind: 'multi',
        selected: groups.data?.filter(({ GroupName = '' }) => selected.includes(GroupName)) ?? [],
        onSelect: (chosen) => onSelect(chosen.map(({ GroupName = '' }) => GroupName)),
      }}
    />
  );
}

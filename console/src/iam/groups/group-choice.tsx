import type { Group } from '@aws-sdk/client-iam';
import type { TableProps } from '@cloudscape-design/components/table';
import { useIam } from '../../api/iam.ts';
import { useRead } from '../../api/queries.ts';
import { AppLink } from '../../elements/app-link.tsx';
import { ResourceTable } from '../../elements/resource-table.tsx';
import { formatTime } from '../../elements/times.ts';
import { groupPath, listGroups } from './groups.ts';

export const GROUP_COLUMNS: readonly TableProps.ColumnDefinition<Group>[] = [
  {
    id: 'name',
    header: 'Group name',
    isRowHeader: true,
    sortingField: 'GroupName',
    cell: ({ GroupName = '' }) => <AppLink to={groupPath(GroupName)}>{GroupName}</AppLink>,
  },
  { id: 'created', header: 'Created', sortingField: 'CreateDate', cell: ({ CreateDate }) => formatTime(CreateDate) },
];

const CHOICE_COLUMNS = GROUP_COLUMNS.map((column) =>
  column.id === 'name' ? { ...column, cell: ({ GroupName }: Group) => GroupName } : column,
);

interface GroupChoiceProps {
  readonly selected: readonly string[];
  readonly onSelect: (groupNames: readonly string[]) => void;
}

/** The table of groups to tick. */
export function GroupChoice({ selected, onSelect }: GroupChoiceProps) {
  const iam = useIam();
  const groups = useRead(['iam', 'ListGroups'], () => listGroups(iam));
  return (
    <ResourceTable
      title="User groups"
      isChoice
      items={groups.data}
      isLoading={groups.isPending}
      error={groups.error}
      columns={CHOICE_COLUMNS}
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

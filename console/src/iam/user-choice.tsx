import type { User } from '@aws-sdk/client-iam';
import type { TableProps } from '@cloudscape-design/components/table';
import { useIam } from '../api/iam.ts';
import { useRead } from '../api/queries.ts';
import { ResourceTable } from '../elements/resource-table.tsx';
import { formatTime } from '../elements/times.ts';
import { listUsers } from './users.ts';

const PAGE_SIZE = 20;

const COLUMNS: readonly TableProps.ColumnDefinition<User>[] = [
  { id: 'name', header: 'User name', isRowHeader: true, sortingField: 'UserName', cell: ({ UserName }) => UserName },
  { id: 'created', header: 'Created', sortingField: 'CreateDate', cell: ({ CreateDate }) => formatTime(CreateDate) },
];

interface UserChoiceProps {
  readonly description?: string;
  readonly selected: readonly string[];
  readonly onSelect: (userNames: readonly string[]) => void;
  /** Those who are in already. */
  readonly without?: readonly string[];
}

/** The table of users to tick. */
export function UserChoice({ description, selected, onSelect, without = [] }: UserChoiceProps) {
  const iam = useIam();
  const users = useRead(['iam', 'ListUsers'], () => listUsers(iam));
  const items = users.data?.filter(({ UserName = '' }) => !without.includes(UserName));
  return (
    <ResourceTable
      title="Users"
      isChoice
      description={description}
      items={items}
      isLoading={users.isPending}
      error={users.error}
      columns={COLUMNS}
      idOf={({ UserName = '' }) => UserName}
      textOf={({ UserName = '' }) => UserName}
      empty={without.length === 0 ? 'No users in this account yet.' : 'No other users in this account.'}
      selection={{
        kind: 'multi',
        selected: items?.filter(({ UserName = '' }) => selected.includes(UserName)) ?? [],
        onSelect: (chosen) => onSelect(chosen.map(({ UserName = '' }) => UserName)),
      }}
      pageSize={PAGE_SIZE}
    />
  );
}

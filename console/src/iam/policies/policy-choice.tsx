import type { Policy } from '@aws-sdk/client-iam';
import type { TableProps } from '@cloudscape-design/components/table';
import { useIam } from '../../api/iam.ts';
import { useRead } from '../../api/queries.ts';
import { ResourceTable } from '../../elements/resource-table.tsx';
import { listPolicies, policyType } from './policies.ts';

const PAGE_SIZE = 20;

const COLUMNS: readonly TableProps.ColumnDefinition<Policy>[] = [
  {
    id: 'name',
    header: 'Policy name',
    isRowHeader: true,
    minWidth: 230,
    sortingField: 'PolicyName',
    cell: ({ PolicyName }) => PolicyName,
  },
  {
    id: 'type',
    header: 'Type',
    minWidth: 140,
    cell: ({ Arn = '' }) => <span className="one-line">{policyType(Arn)}</span>,
  },
  {
    id: 'uses',
    header: 'Attached entities',
    sortingField: 'AttachmentCount',
    cell: (policy) => policy.AttachmentCount,
  },
];

interface PolicyChoiceProps {
  readonly title?: string;
  readonly description?: string;
  readonly kind?: 'single' | 'multi';
  /** Names by ARN: a policy of one's own may be called as one of AWS is. */
  readonly selected: ReadonlyMap<string, string>;
  readonly onSelect: (policies: ReadonlyMap<string, string>) => void;
}

/** The table of policies to tick, with a filter. */
export function PolicyChoice(properties: PolicyChoiceProps) {
  const { title = 'Permissions policies', description, kind = 'multi', selected, onSelect } = properties;
  const iam = useIam();
  const policies = useRead(['iam', 'ListPolicies'], () => listPolicies(iam));
  return (
    <ResourceTable
      title={title}
      isChoice
      description={description}
      items={policies.data}
      isLoading={policies.isPending}
      error={policies.error}
      columns={COLUMNS}
      idOf={({ Arn = '' }) => Arn}
      labelOf={({ PolicyName = '' }) => PolicyName}
      textOf={({ PolicyName, Arn = '' }) => `${PolicyName} ${policyType(Arn)}`}
      empty="No policies"
      selection={{
        kind,
        selected: policies.data?.filter(({ Arn = '' }) => selected.has(Arn)) ?? [],
        onSelect: (chosen) => onSelect(new Map(chosen.map(({ PolicyName = '', Arn = '' }) => [Arn, PolicyName]))),
      }}
      pageSize={PAGE_SIZE}
    />
  );
}

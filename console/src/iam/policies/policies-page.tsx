import type { Policy } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useIam } from '../../api/iam.ts';
import { useRead } from '../../api/queries.ts';
import { AppLink, LinkButton } from '../../elements/app-link.tsx';
import { ResourceTable } from '../../elements/resource-table.tsx';
import { usePage } from '../../frame/page-context.ts';
import { DeletePolicyModal } from './delete-policy-modal.tsx';
import { listPolicies, policyPath, policyType } from './policies.ts';

const COLUMNS: readonly TableProps.ColumnDefinition<Policy>[] = [
  {
    id: 'name',
    header: 'Policy name',
    isRowHeader: true,
    sortingField: 'PolicyName',
    cell: ({ PolicyName = '', Arn = '' }) => <AppLink to={policyPath(Arn)}>{PolicyName}</AppLink>,
  },
  {
    id: 'type',
    header: 'Type',
    sortingComparator: (a, b) => policyType(a.Arn ?? '').localeCompare(policyType(b.Arn ?? '')),
    cell: ({ Arn = '' }) => <span className="one-line">{policyType(Arn)}</span>,
  },
  {
    id: 'uses',
    header: 'Used as',
    cell: ({ AttachmentCount = 0, PermissionsBoundaryUsageCount = 0 }) =>
      usesText(AttachmentCount, PermissionsBoundaryUsageCount),
  },
];

const TYPES = [
  { id: 'all', text: 'All types' },
  { id: 'AWS managed', text: 'AWS managed' },
  { id: 'Customer managed', text: 'Customer managed' },
];

export function Component() {
  usePage('Policies', [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Policies', path: '/iam/policies' },
  ]);
  const iam = useIam();
  const [parameters, setParameters] = useSearchParams();
  const [selected, setSelected] = useState<Policy[]>([]);
  const [isDeleting, setDeleting] = useState(false);
  const type = TYPES.find(({ id }) => id === parameters.get('type'))?.id ?? 'all';
  const policies = useRead(['iam', 'ListPolicies'], () => listPolicies(iam));
  const shown = policies.data?.filter(({ Arn = '' }) => type === 'all' || policyType(Arn) === type);
  const [chosen] = selected;
  const close = () => {
    setDeleting(false);
    setSelected([]);
  };
  return (
    <>
      <ResourceTable
        title="Policies"
        variant="full-page"
        description="Documents that say who may do what, to attach to users, groups and roles"
        actions={
          <>
            <SegmentedControl
              label="Filter by type"
              selectedId={type}
              options={TYPES}
              onChange={({ detail }) => {
                setSelected([]);
                setParameters((earlier) => {
                  const later = new URLSearchParams(earlier);
                  later.set('type', detail.selectedId);
                  return later;
                });
              }}
            />
            <Button
              disabled={chosen?.Arn === undefined || policyType(chosen.Arn) === 'AWS managed'}
              disabledReason={
                chosen === undefined ? 'Choose a policy first.' : 'AWS managed policies cannot be deleted.'
              }
              onClick={() => setDeleting(true)}
            >
              Delete
            </Button>
            <LinkButton variant="primary" to="/iam/policies/create">
              Create policy
            </LinkButton>
          </>
        }
        items={shown}
        isLoading={policies.isPending}
        error={policies.error}
        columns={COLUMNS}
        idOf={({ Arn = '' }) => Arn}
        labelOf={({ PolicyName = '' }) => PolicyName}
        textOf={({ PolicyName = '' }) => PolicyName}
        empty="No policies of your own yet. Create one where the AWS managed policies allow too much or too little."
        selection={{ kind: 'single', selected, onSelect: setSelected }}
      />
      {isDeleting && chosen?.Arn !== undefined && (
        <DeletePolicyModal
          policyName={chosen.PolicyName ?? ''}
          arn={chosen.Arn}
          onDone={close}
          onDismiss={() => setDeleting(false)}
        />
      )}
    </>
  );
}

function usesText(attachments: number, boundaries: number): string {
  const uses = [
    ...(attachments > 0 ? [`Permissions policy (${attachments})`] : []),
    ...(boundaries > 0 ? [`Permissions boundary (${boundaries})`] : []),
  ];
  return uses.join(', ') || 'None';
}

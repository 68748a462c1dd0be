import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { type ReactNode, useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useChange, useRead } from '../../api/queries.ts';
import { AppLink } from '../../elements/app-link.tsx';
import { ConfirmModal } from '../../elements/confirm-modal.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { ResourceTable } from '../../elements/resource-table.tsx';
import { useNotify } from '../../frame/notifications.tsx';
import { AttachPoliciesDialog } from './attach-policies-dialog.tsx';
import { InlinePolicyDialog } from './inline-policy-dialog.tsx';
import { policyPath, policyType } from './policies.ts';
import { listAttachedPolicies, listInlinePolicies, operationsOn, type PolicyHolder } from './policy-holders.ts';

interface HeldPolicy {
  readonly name: string;
  /** Undefined: an inline policy. */
  readonly arn: string | undefined;
}

const COLUMNS: readonly TableProps.ColumnDefinition<HeldPolicy>[] = [
  {
    id: 'name',
    header: 'Policy name',
    isRowHeader: true,
    sortingField: 'name',
    cell: ({ name, arn }) => (arn === undefined ? name : <AppLink to={policyPath(arn)}>{name}</AppLink>),
  },
  {
    id: 'type',
    header: 'Type',
    cell: ({ arn }) => <span className="one-line">{arn === undefined ? 'Customer inline' : policyType(arn)}</span>,
  },
];

export interface HolderPermissionsProps {
  readonly holder: PolicyHolder;
  readonly empty: string;
  /** Another way to add permissions than to attach policies here. */
  readonly addition?: ReactNode;
}

/** The policies of a user, group or role of its own. */
export function HolderPermissions({ holder, empty, addition }: HolderPermissionsProps) {
  const iam = useIam();
  const notify = useNotify();
  const [selected, setSelected] = useState<HeldPolicy[]>([]);
  const [dialog, setDialog] = useState<'remove' | 'edit' | 'create' | 'attach'>();
  const attached = useRead(['iam', 'ListAttachedPolicies', holder], () => listAttachedPolicies(iam, holder));
  const inline = useRead(['iam', 'ListInlinePolicies', holder], () => listInlinePolicies(iam, holder));
  const [chosen] = selected;
  const close = () => {
    setDialog(undefined);
    setSelected([]);
  };
  const removal = useChange(
    async () => {
      const { detach, remove } = operationsOn(iam, holder);
      for (const { name, arn } of selected) await (arn === undefined ? remove(name) : detach(arn));
    },
    () => {
      notify('Permissions removed.');
      close();
    },
  );
  const policies = [
    ...(attached.data ?? []).map(({ PolicyName: name = '', PolicyArn: arn }) => ({ name, arn })),
    ...(inline.data ?? []).map((name) => ({ name, arn: undefined })),
  ];
  return (
    <SpaceBetween size="s">
      <ResourceTable
        title="Permissions policies"
        name="policies"
        actions={
          <>
            <Button
              disabled={selected.length === 0}
              disabledReason="Choose policies first."
              onClick={() => setDialog('remove')}
            >
              Remove
            </Button>
            <Button
              disabled={selected.length !== 1 || chosen?.arn !== undefined}
              disabledReason="Choose one inline policy first. Managed policies are edited on their own pages."
              onClick={() => setDialog('edit')}
            >
              Edit
            </Button>
            <Button onClick={() => setDialog('create')}>Create inline policy</Button>
            {addition ?? (
              <Button variant="primary" onClick={() => setDialog('attach')}>
                Attach policies
              </Button>
            )}
          </>
        }
        items={attached.data === undefined && inline.data === undefined ? undefined : policies}
        isLoading={attached.isPending || inline.isPending}
        error={policies.length === 0 ? (attached.error ?? inline.error) : null}
        columns={COLUMNS}
        idOf={({ name, arn }) => `${name} ${arn === undefined ? 'inline' : policyType(arn)}`}
        textOf={({ name }) => name}
        empty={empty}
        selection={{ kind: 'multi', selected, onSelect: setSelected }}
      />
      {policies.length > 0 && <ErrorAlert error={attached.error ?? inline.error} />}
      {dialog === 'remove' && (
        <ConfirmModal
          title="Remove permissions?"
          action="Remove"
          isPending={removal.isPending}
          error={removal.error}
          onConfirm={() => removal.mutate(undefined)}
          onDismiss={() => setDialog(undefined)}
        >
          {holder.name} loses at once what these allow: {selected.map(({ name }) => name).join(', ')}. An inline policy
          is deleted with it.
        </ConfirmModal>
      )}
      {dialog === 'attach' && <AttachPoliciesDialog holder={holder} onClose={close} />}
      {(dialog === 'create' || dialog === 'edit') && (
        <InlinePolicyDialog holder={holder} policyName={dialog === 'edit' ? chosen?.name : undefined} onClose={close} />
      )}
    </SpaceBetween>
  );
}

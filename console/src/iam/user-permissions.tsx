import {
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  GetUserPolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useIam } from '../api/iam.ts';
import { useChange, useRead } from '../api/queries.ts';
import { LinkButton } from '../elements/app-link.tsx';
import { ConfirmModal } from '../elements/confirm-modal.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { ResourceTable } from '../elements/resource-table.tsx';
import { useNotify } from '../frame/notifications.tsx';
import { InlinePolicyDialog } from './inline-policy-dialog.tsx';
import { policyType } from './policy-choice.tsx';
import { listAttachedPolicies, listInlinePolicies, userPath } from './users.ts';

interface UserPolicy {
  readonly name: string;
  /** Undefined: an inline policy. */
  readonly arn: string | undefined;
}

const COLUMNS: readonly TableProps.ColumnDefinition<UserPolicy>[] = [
  { id: 'name', header: 'Policy name', isRowHeader: true, sortingField: 'name', cell: ({ name }) => name },
  {
    id: 'type',
    header: 'Type',
    cell: ({ arn }) => <span className="one-line">{arn === undefined ? 'Customer inline' : policyType(arn)}</span>,
  },
];

/** The policies of a user's own. */
export function UserPermissions({ userName: UserName }: { readonly userName: string }) {
  const iam = useIam();
  const notify = useNotify();
  const [selected, setSelected] = useState<UserPolicy[]>([]);
  const [dialog, setDialog] = useState<'remove' | 'edit' | 'create'>();
  const attached = useRead(['iam', 'ListAttachedUserPolicies', UserName], () => listAttachedPolicies(iam, UserName));
  const inline = useRead(['iam', 'ListUserPolicies', UserName], () => listInlinePolicies(iam, UserName));
  const [chosen] = selected;
  const close = () => {
    setDialog(undefined);
    setSelected([]);
  };
  const removal = useChange(
    async () => {
      for (const { name, arn } of selected) {
        await (arn === undefined
          ? iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: name }))
          : iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn: arn })));
      }
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
        actions={
          <>
            <Button disabled={selected.length === 0} onClick={() => setDialog('remove')}>
              Remove
            </Button>
            <Button disabled={selected.length !== 1 || chosen?.arn !== undefined} onClick={() => setDialog('edit')}>
              Edit
            </Button>
            <Button onClick={() => setDialog('create')}>Add inline policy</Button>
            <LinkButton variant="primary" to={userPath(UserName, '/add-permissions')}>
              Add permissions
            </LinkButton>
          </>
        }
        items={attached.data === undefined && inline.data === undefined ? undefined : policies}
        isLoading={attached.isPending || inline.isPending}
        error={policies.length === 0 ? (attached.error ?? inline.error) : null}
        columns={COLUMNS}
        idOf={({ name, arn }) => `${name} ${arn === undefined ? 'inline' : policyType(arn)}`}
        textOf={({ name }) => name}
        empty="No policies: the user may do only what groups allow. Add permissions, such as AWSCodeCommitPowerUser."
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
          {UserName} loses at once what these allow: {selected.map(({ name }) => name).join(', ')}. An inline policy is
          deleted with it.
        </ConfirmModal>
      )}
      {(dialog === 'create' || dialog === 'edit') && (
        <InlinePolicyDialog
          policyName={dialog === 'edit' ? chosen?.name : undefined}
          read={async (PolicyName) => {
            const { PolicyDocument = '' } = await iam.send(new GetUserPolicyCommand({ UserName, PolicyName }));
            return decodeURIComponent(PolicyDocument);
          }}
          save={async (PolicyName, PolicyDocument) => {
            await iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument }));
          }}
          onClose={close}
        />
      )}
    </SpaceBetween>
  );
}

import { DeletePolicyVersionCommand, type PolicyVersion, SetDefaultPolicyVersionCommand } from '@aws-sdk/client-iam';
import Badge from '@cloudscape-design/components/badge';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useChange, useRead } from '../../api/queries.ts';
import { ConfirmModal } from '../../elements/confirm-modal.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { ResourceTable } from '../../elements/resource-table.tsx';
import { formatTime } from '../../elements/times.ts';
import { useNotify } from '../../frame/notifications.tsx';
import { listVersions } from './policy-details.ts';
import { VersionDialog } from './version-dialog.tsx';

const COLUMNS: readonly TableProps.ColumnDefinition<PolicyVersion>[] = [
  {
    id: 'version',
    header: 'Version',
    isRowHeader: true,
    cell: ({ VersionId, IsDefaultVersion }) => (
      <span className="one-line">
        {VersionId} {IsDefaultVersion === true && <Badge color="blue">Default</Badge>}
      </span>
    ),
  },
  { id: 'created', header: 'Created', cell: ({ CreateDate }) => formatTime(CreateDate) },
];

interface PolicyVersionsProps {
  readonly arn: string;
  /** Whether it is the account's own, so that versions can be changed. */
  readonly isOwn: boolean;
}

/** The versions of a managed policy, at most five: read, compared, made the default, deleted. */
export function PolicyVersions({ arn: PolicyArn, isOwn }: PolicyVersionsProps) {
  const iam = useIam();
  const notify = useNotify();
  const [selectedIds, setSelectedIds] = useState<readonly (string | undefined)[]>([]);
  const [dialog, setDialog] = useState<'show' | 'delete'>();
  const versions = useRead(['iam', 'ListPolicyVersions', PolicyArn], () => listVersions(iam, PolicyArn));
  // As they are now: which one is the default may have changed since.
  const selected = versions.data?.filter(({ VersionId }) => selectedIds.includes(VersionId)) ?? [];
  const [chosen, other] = selected;
  const isChangeable = isOwn && selected.length === 1 && chosen?.IsDefaultVersion === false;
  const setting = useChange(
    () => iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: chosen?.VersionId })),
    () => {
      notify(`${chosen?.VersionId} is the default version now.`);
      setSelectedIds([]);
    },
  );
  const deletion = useChange(
    () => iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: chosen?.VersionId })),
    () => {
      notify(`Version ${chosen?.VersionId} deleted.`);
      setDialog(undefined);
      setSelectedIds([]);
    },
  );
  return (
    <SpaceBetween size="s">
      <ResourceTable
        title="Policy versions"
        name="versions"
        description={
          isOwn
            ? 'At most five; the default one is in force. Choose two to compare them.'
            : 'AWS managed policies have one version here.'
        }
        actions={
          <>
            {isOwn && (
              <>
                <Button
                  disabled={!isChangeable}
                  disabledReason="Choose one version first that is not the default."
                  onClick={() => setDialog('delete')}
                >
                  Delete
                </Button>
                <Button
                  disabled={!isChangeable}
                  disabledReason="Choose one version first that is not the default."
                  loading={setting.isPending}
                  onClick={() => setting.mutate(undefined)}
                >
                  Set as default
                </Button>
              </>
            )}
            <Button disabled={selected.length !== 1 && selected.length !== 2} onClick={() => setDialog('show')}>
              {selected.length === 2 ? 'Compare versions' : 'View version'}
            </Button>
          </>
        }
        items={versions.data}
        isLoading={versions.isPending}
        error={versions.error}
        columns={COLUMNS}
        idOf={({ VersionId = '' }) => VersionId}
        empty="No versions"
        selection={{
          kind: 'multi',
          selected,
          onSelect: (items) => setSelectedIds(items.map(({ VersionId }) => VersionId)),
        }}
      />
      <ErrorAlert error={setting.error} />
      {dialog === 'show' && chosen?.VersionId !== undefined && (
        <VersionDialog
          arn={PolicyArn}
          versionIds={other?.VersionId === undefined ? [chosen.VersionId] : [chosen.VersionId, other.VersionId]}
          onClose={() => setDialog(undefined)}
        />
      )}
      {dialog === 'delete' && (
        <ConfirmModal
          title={`Delete version ${chosen?.VersionId}?`}
          action="Delete"
          isPending={deletion.isPending}
          error={deletion.error}
          onConfirm={() => deletion.mutate(undefined)}
          onDismiss={() => setDialog(undefined)}
        >
          This cannot be undone. The default version stays in force.
        </ConfirmModal>
      )}
    </SpaceBetween>
  );
}

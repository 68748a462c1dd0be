import { type AliasListEntry, CreateAliasCommand, DeleteAliasCommand } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useKms } from '../api/kms.ts';
import { useChange } from '../api/queries.ts';
import { ConfirmModal } from '../elements/confirm-modal.tsx';
import { ResourceTable } from '../elements/resource-table.tsx';
import { Copyable } from '../elements/secret.tsx';
import { formatTime } from '../elements/times.ts';
import { useNotify } from '../frame/notifications.tsx';
import { ALIAS_PREFIX, useAliases } from './keys.ts';

const COLUMNS: readonly TableProps.ColumnDefinition<AliasListEntry>[] = [
  {
    id: 'name',
    header: 'Alias name',
    isRowHeader: true,
    sortingField: 'AliasName',
    cell: ({ AliasName = '' }) => <Copyable name="alias" value={AliasName} />,
  },
  { id: 'created', header: 'Created', cell: ({ CreationDate }) => formatTime(CreationDate) },
];

export function KeyAliases({ keyId }: { readonly keyId: string }) {
  const kms = useKms();
  const notify = useNotify();
  const [selected, setSelected] = useState<readonly AliasListEntry[]>([]);
  const [dialog, setDialog] = useState<'create' | 'delete'>();
  const aliases = useAliases(keyId);
  const chosen = aliases.data?.find(({ AliasName }) => AliasName === selected[0]?.AliasName);
  const deletion = useChange(
    ({ AliasName }: AliasListEntry) => kms.send(new DeleteAliasCommand({ AliasName })),
    (_output, { AliasName }) => {
      notify(`${AliasName} deleted.`);
      setDialog(undefined);
      setSelected([]);
    },
  );
  return (
    <>
      <ResourceTable
        title="Aliases"
        name="aliases"
        description="Names by which the key is found"
        actions={
          <>
            <Button
              disabled={chosen === undefined}
              disabledReason="Choose an alias first."
              onClick={() => setDialog('delete')}
            >
              Delete
            </Button>
            <Button onClick={() => setDialog('create')}>Create alias</Button>
          </>
        }
        items={aliases.data}
        isLoading={aliases.isPending}
        error={aliases.error}
        columns={COLUMNS}
        idOf={({ AliasName = '' }) => AliasName}
        empty="No aliases. Create one to choose the key by a name."
        selection={{ kind: 'single', selected: chosen === undefined ? [] : [chosen], onSelect: setSelected }}
      />
      {dialog === 'create' && <CreateAlias keyId={keyId} onClose={() => setDialog(undefined)} />}
      {dialog === 'delete' && chosen !== undefined && (
        <ConfirmModal
          title="Delete alias?"
          action="Delete"
          isPending={deletion.isPending}
          error={deletion.error}
          onConfirm={() => deletion.mutate(chosen)}
          onDismiss={() => setDialog(undefined)}
        >
          {`${chosen.AliasName} no longer leads to the key. The key and what it encrypts stay as they are.`}
        </ConfirmModal>
      )}
    </>
  );
}

function CreateAlias({ keyId, onClose }: { readonly keyId: string; readonly onClose: () => void }) {
  const kms = useKms();
  const notify = useNotify();
  const [name, setName] = useState('');
  const AliasName = ALIAS_PREFIX + name.trim().replace(/^alias\//, '');
  const creation = useChange(
    () => kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: keyId })),
    () => {
      notify(`${AliasName} created.`);
      onClose();
    },
  );
  return (
    <ConfirmModal
      title="Create alias"
      action="Create"
      isReady={name.trim() !== ''}
      isPending={creation.isPending}
      error={creation.error}
      onConfirm={() => creation.mutate(undefined)}
      onDismiss={onClose}
    >
      <SpaceBetween size="m">
        <FormField label="Alias name" constraintText="Letters, numbers, slashes, underscores and hyphens">
          <Input value={name} onChange={({ detail }) => setName(detail.value)} />
        </FormField>
      </SpaceBetween>
    </ConfirmModal>
  );
}

import Button from '@cloudscape-design/components/button';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useChange, useRead } from '../../api/queries.ts';
import { AppLink } from '../../elements/app-link.tsx';
import { ConfirmModal } from '../../elements/confirm-modal.tsx';
import { ResourceTable } from '../../elements/resource-table.tsx';
import { useNotify } from '../../frame/notifications.tsx';
import { holderPath } from './holder-path.ts';
import { type AttachedEntity, listEntities } from './policy-details.ts';
import { operationsOn } from './policy-holders.ts';

const KINDS = { user: 'User', group: 'User group', role: 'Role' };

const COLUMNS: readonly TableProps.ColumnDefinition<AttachedEntity>[] = [
  {
    id: 'name',
    header: 'Entity name',
    isRowHeader: true,
    sortingField: 'name',
    cell: (entity) => <AppLink to={holderPath(entity)}>{entity.name}</AppLink>,
  },
  { id: 'kind', header: 'Entity type', sortingField: 'kind', cell: ({ kind }) => KINDS[kind] },
  { id: 'usage', header: 'Used as', sortingField: 'usage', cell: ({ usage }) => usage },
];

/** The users, groups and roles that have a managed policy, and those that are bound by it. */
export function AttachedEntities({ arn }: { readonly arn: string }) {
  const iam = useIam();
  const notify = useNotify();
  const [selected, setSelected] = useState<AttachedEntity[]>([]);
  const [isDetaching, setDetaching] = useState(false);
  const entities = useRead(['iam', 'ListEntitiesForPolicy', arn], () => listEntities(iam, arn));
  const detachment = useChange(
    async () => {
      for (const entity of selected) await operationsOn(iam, entity).detach(arn);
    },
    () => {
      notify('Policy detached.');
      setDetaching(false);
      setSelected([]);
    },
  );
  return (
    <>
      <ResourceTable
        title="Entities attached"
        name="entities"
        description="A permissions boundary is removed on the page of the user or role."
        actions={
          <Button
            disabled={selected.length === 0 || selected.some(({ usage }) => usage === 'Permissions boundary')}
            disabledReason="Choose entities first that the policy gives permissions."
            onClick={() => setDetaching(true)}
          >
            Detach
          </Button>
        }
        items={entities.data}
        isLoading={entities.isPending}
        error={entities.error}
        columns={COLUMNS}
        idOf={({ kind, name, usage }) => `${KINDS[kind]} ${name} (${usage})`}
        textOf={({ kind, name }) => `${KINDS[kind]} ${name}`}
        empty="Attached to nothing: it has no effect yet. Attach it on the page of a user, group or role."
        selection={{ kind: 'multi', selected, onSelect: setSelected }}
      />
      {isDetaching && (
        <ConfirmModal
          title="Detach policy?"
          action="Detach"
          isPending={detachment.isPending}
          error={detachment.error}
          onConfirm={() => detachment.mutate(undefined)}
          onDismiss={() => setDetaching(false)}
        >
          From now on the policy does not apply to {selected.map(({ name }) => name).join(', ')}.
        </ConfirmModal>
      )}
    </>
  );
}

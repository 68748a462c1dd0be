import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { type ReactNode, useState } from 'react';
import { useChange } from '../api/queries.ts';
import { ConfirmModal } from '../elements/confirm-modal.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { ResourceTable } from '../elements/resource-table.tsx';
import { useNotify } from '../frame/notifications.tsx';

interface Credential {
  readonly Status?: string | undefined;
}

interface CredentialTableProps<Item extends Credential> {
  readonly title: string;
  /** Begins the names of the table's parameters in the address. */
  readonly name: string;
  readonly description: string;
  /** In the singular, for what is said of one: "Access key". */
  readonly noun: string;
  readonly query: {
    readonly data: readonly Item[] | undefined;
    readonly isPending: boolean;
    readonly error: Error | null;
  };
  readonly columns: readonly TableProps.ColumnDefinition<Item>[];
  readonly idOf: (item: Item) => string;
  readonly empty: string;
  readonly create: {
    readonly text: string;
    readonly isPending: boolean;
    readonly error: Error | null;
    readonly run: () => void;
  };
  readonly reset?: { readonly isPending: boolean; readonly error: Error | null; readonly run: (item: Item) => void };
  readonly update: (item: Item, status: 'Active' | 'Inactive') => Promise<unknown>;
  readonly remove: (item: Item) => Promise<unknown>;
  /** What whoever deletes one should know. */
  readonly removal: (item: Item) => ReactNode;
}

/** Credentials of one kind: made, switched off and on, deleted. */
export function CredentialTable<Item extends Credential>(properties: CredentialTableProps<Item>) {
  const { title, noun, query, idOf, create, reset } = properties;
  const notify = useNotify();
  const [selected, setSelected] = useState<Item[]>([]);
  const [isDeleting, setDeleting] = useState(false);
  const chosen = query.data?.find((item) => selected[0] !== undefined && idOf(item) === idOf(selected[0]));
  const update = useChange(
    async ({ item, status }: { readonly item: Item; readonly status: 'Active' | 'Inactive' }) =>
      properties.update(item, status),
    (_output, { status }) => notify(`${noun} ${status === 'Active' ? 'activated' : 'deactivated'}.`),
  );
  const removal = useChange(properties.remove, () => {
    notify(`${noun} deleted.`);
    setDeleting(false);
    setSelected([]);
  });
  const act = (action: string) => {
    if (chosen === undefined) return;
    if (action === 'delete') setDeleting(true);
    else if (action === 'reset') reset?.run(chosen);
    else update.mutate({ item: chosen, status: action === 'activate' ? 'Active' : 'Inactive' });
  };
  return (
    <SpaceBetween size="s">
      <ResourceTable
        title={title}
        name={properties.name}
        description={properties.description}
        actions={
          <>
            <ButtonDropdown
              ariaLabel={`Actions on ${title}`}
              disabled={chosen === undefined}
              disabledReason="Choose one of the list first."
              loading={reset?.isPending ?? false}
              items={[
                ...(reset === undefined ? [] : [{ id: 'reset', text: 'Reset password' }]),
                { id: 'activate', text: 'Activate', disabled: chosen?.Status === 'Active' },
                { id: 'deactivate', text: 'Deactivate', disabled: chosen?.Status === 'Inactive' },
                { id: 'delete', text: 'Delete' },
              ]}
              onItemClick={({ detail }) => act(detail.id)}
            >
              Actions
            </ButtonDropdown>
            <Button loading={create.isPending} onClick={create.run}>
              {create.text}
            </Button>
          </>
        }
        items={query.data}
        isLoading={query.isPending}
        error={query.error}
        columns={properties.columns}
        idOf={idOf}
        empty={properties.empty}
        selection={{
          kind: 'single',
          selected: chosen === undefined ? [] : [chosen],
          onSelect: setSelected,
        }}
      />
      <ErrorAlert error={create.error ?? reset?.error ?? update.error} />
      {isDeleting && chosen !== undefined && (
        <ConfirmModal
          title={`Delete ${noun}?`}
          action="Delete"
          isPending={removal.isPending}
          error={removal.error}
          onConfirm={() => removal.mutate(chosen)}
          onDismiss={() => setDeleting(false)}
        >
          {properties.removal(chosen)}
        </ConfirmModal>
      )}
    </SpaceBetween>
  );
}

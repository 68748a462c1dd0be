import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { TableProps } from '@cloudscape-design/components/table';
import { AppLink } from '../elements/app-link.tsx';
import { Refusal } from '../elements/refusal.tsx';
import { LoadingValue } from '../frame/loading.tsx';
import { canRotate, keyPath, type ListedKey, useKey, useRotation } from './keys.ts';

const STATES: Readonly<Record<string, { readonly type: StatusIndicatorProps.Type; readonly text: string }>> = {
  Enabled: { type: 'success', text: 'Enabled' },
  Disabled: { type: 'stopped', text: 'Disabled' },
  PendingDeletion: { type: 'warning', text: 'Pending deletion' },
};

export function KeyState({ state = '' }: { readonly state: string | undefined }) {
  const { type, text } = STATES[state] ?? { type: 'pending', text: state };
  return (
    <span className="one-line">
      <StatusIndicator type={type}>{text}</StatusIndicator>
    </span>
  );
}

/** What a row shows of a key beyond its name is asked for when the row is shown: there may be thousands. */
function StateCell({ keyId }: { readonly keyId: string }) {
  const { data, error } = useKey(keyId);
  if (error !== null) return <Refusal error={error} />;
  return data === undefined ? <LoadingValue /> : <KeyState state={data.KeyState} />;
}

function SpecCell({ keyId }: { readonly keyId: string }) {
  const { data, isPending } = useKey(keyId);
  return isPending ? <LoadingValue /> : (data?.KeySpec ?? '-');
}

function RotationCell({ keyId }: { readonly keyId: string }) {
  const key = useKey(keyId);
  const { data, error } = useRotation(key.data);
  if (error !== null) return <Refusal error={error} />;
  // Of one that has none, it is not asked for.
  if (key.error !== null || (key.data !== undefined && !canRotate(key.data))) return '-';
  if (data === undefined) return <LoadingValue />;
  return data.KeyRotationEnabled === true ? `Every ${data.RotationPeriodInDays} days` : 'Off';
}

const ALIASES: TableProps.ColumnDefinition<ListedKey> = {
  id: 'aliases',
  header: 'Aliases',
  minWidth: 120,
  sortingComparator: (one, other) => (one.aliases[0] ?? '').localeCompare(other.aliases[0] ?? ''),
  cell: ({ keyId, aliases }) => (
    <AppLink to={keyPath(keyId)}>
      <span className="wrapping">{aliases.length === 0 ? '(none)' : aliases.map(withoutPrefix).join(', ')}</span>
    </AppLink>
  ),
};
const KEY_ID: TableProps.ColumnDefinition<ListedKey> = {
  id: 'key-id',
  header: 'Key ID',
  minWidth: 160,
  isRowHeader: true,
  sortingField: 'keyId',
  cell: ({ keyId }) => <AppLink to={keyPath(keyId)}>{keyId}</AppLink>,
};
const STATE: TableProps.ColumnDefinition<ListedKey> = {
  id: 'state',
  header: 'Status',
  minWidth: 170,
  cell: ({ keyId }) => <StateCell keyId={keyId} />,
};

export const CUSTOMER_KEY_COLUMNS: readonly TableProps.ColumnDefinition<ListedKey>[] = [
  ALIASES,
  KEY_ID,
  STATE,
  { id: 'spec', header: 'Key spec', minWidth: 180, cell: ({ keyId }) => <SpecCell keyId={keyId} /> },
  { id: 'rotation', header: 'Rotation', minWidth: 150, cell: ({ keyId }) => <RotationCell keyId={keyId} /> },
];
export const AWS_KEY_COLUMNS: readonly TableProps.ColumnDefinition<ListedKey>[] = [ALIASES, KEY_ID, STATE];

export function textOf({ keyId, aliases }: ListedKey): string {
  return `${keyId} ${aliases.join(' ')}`;
}

/** "code" of alias/code, as the AWS console shows it. */
function withoutPrefix(alias: string): string {
  return alias.replace(/^alias\//, '');
}

import StatusIndicator from '@cloudscape-design/components/status-indicator';

/** Of any credential. */
export function Status({ status }: { readonly status: string | undefined }) {
  return <StatusIndicator type={status === 'Active' ? 'success' : 'stopped'}>{status}</StatusIndicator>;
}

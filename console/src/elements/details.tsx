import KeyValuePairs, { type KeyValuePairsProps } from '@cloudscape-design/components/key-value-pairs';
import type { ReactNode } from 'react';
import { LoadingValue } from '../frame/loading.tsx';

/** Narrower, ARNs would fall to pieces: on a phone the details stand one below the other, in pixels. */
const NARROWEST = 200;

interface DetailsProps extends Pick<KeyValuePairsProps, 'columns'> {
  readonly items: readonly {
    readonly label: ReactNode;
    /** Undefined while it is still coming. */
    readonly value: ReactNode;
  }[];
}

/** What is known of something, each with its name. */
export function Details({ columns, items }: DetailsProps) {
  return (
    <KeyValuePairs
      columns={columns ?? 1}
      minColumnWidth={NARROWEST}
      items={items.map(({ label, value = <LoadingValue /> }) => ({ label, value }))}
    />
  );
}

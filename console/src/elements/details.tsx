import KeyValuePairs, { type KeyValuePairsProps } from '@cloudscape-design/components/key-value-pairs';

/** Narrower, ARNs would fall to pieces: on a phone the details stand one below the other, in pixels. */
const NARROWEST = 200;

/** What is known of something, each with its name. */
export function Details({ columns, items }: Pick<KeyValuePairsProps, 'columns' | 'items'>) {
  return <KeyValuePairs columns={columns ?? 1} minColumnWidth={NARROWEST} items={items} />;
}

import { Buffer } from 'node:buffer';
import { FLUSH, packet } from './pkt-line.ts';
import type { SortedReferences } from './reference-snapshot.ts';

const LENGTH_DIGITS = 4;
const DELIMITER = Buffer.from('0001');
/** Who asks changes nothing of the answer. */
const ABOUT_THE_CLIENT = ['agent=', 'session-id='];
const CLONED = /^refs\/(heads|tags)\//;

/**
 * The `fetch` that `git clone` sends over protocol 2 where nobody watches its progress, but for its name: of all branches
 * and tags. Undefined where there are none.
 */
export function cloneRequest({ references }: SortedReferences): Buffer | undefined {
  const wants = new Set(references.filter(({ name }) => CLONED.test(name)).map(({ objectId }) => objectId));
  if (wants.size === 0) return undefined;
  return Buffer.concat([
    packet('command=fetch'),
    packet('object-format=sha1'),
    DELIMITER,
    ...['thin-pack', 'no-progress', 'ofs-delta'].map(packet),
    ...[...wants].map((objectId) => packet(`want ${objectId}\n`)),
    packet('done\n'),
    FLUSH,
  ]);
}

/**
 * A protocol 2 request without what its answer does not depend on: who asks, the order of wants and how often each is
 * there. A body that is not well formed is given back as it is.
 */
export function normalisedRequest(body: Buffer): string {
  const lines: string[] = [];
  const wants = new Set<string>();
  for (let offset = 0; offset < body.length; ) {
    const digits = body.toString('latin1', offset, offset + LENGTH_DIGITS);
    const length = /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
    if (Number.isNaN(length) || offset + length > body.length) return body.toString('latin1');
    const end = offset + Math.max(LENGTH_DIGITS, length);
    const content = body.toString('latin1', offset + LENGTH_DIGITS, end).replace(/\n$/, '');
    const line = length < LENGTH_DIGITS ? `special ${length}` : `line ${content}`;
    offset = end;
    if (content.startsWith('want ')) wants.add(content);
    else if (!ABOUT_THE_CLIENT.some((prefix) => content.startsWith(prefix))) lines.push(line);
  }
  return [...lines, ...[...wants].sort()].join('\n');
}

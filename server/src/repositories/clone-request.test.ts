import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { cloneRequest, normalisedRequest } from './clone-request.ts';
import { FLUSH, packet } from './pkt-line.ts';
import { SortedReferences } from './reference-snapshot.ts';

const [ONE, TWO] = ['1'.repeat(40), '2'.repeat(40)];
const reference = (name: string, objectId: string) => ({ name, objectId, peeledId: null });
const request = (...lines: string[]) => Buffer.concat([...lines.map((line) => packet(line)), FLUSH]);

describe('normalisedRequest', () => {
  const same = normalisedRequest(request('command=fetch', 'thin-pack', `want ${ONE}\n`, `want ${TWO}\n`, 'done\n'));

  it.each([
    ['who asks', ['command=fetch\n', 'agent=git/2.39\n', 'session-id=x', 'thin-pack', `want ${ONE}`, `want ${TWO}`]],
    ['order and repetition', ['command=fetch', 'thin-pack', `want ${TWO}\n`, `want ${ONE}\n`, `want ${TWO}\n`]],
  ])('leaves out %s', (_, lines) => {
    expect(normalisedRequest(request(...lines, 'done\n'))).toBe(same);
  });

  it.each([
    ['another want', ['command=fetch', 'thin-pack', `want ${ONE}`, 'done']],
    ['a have', ['command=fetch', 'thin-pack', `want ${ONE}`, `want ${TWO}`, `have ${ONE}`, 'done']],
    ['a filter', ['command=fetch', 'thin-pack', `want ${ONE}`, `want ${TWO}`, 'filter blob:none', 'done']],
    ['a capability less', ['command=fetch', `want ${ONE}`, `want ${TWO}`, 'done']],
  ])('keeps %s', (_, lines) => {
    expect(normalisedRequest(request(...lines))).not.toBe(same);
  });

  it.each(['zzzz', '0009a', 'ffff', '00', ''])('gives back what is not well formed: %j', (text) => {
    expect(normalisedRequest(Buffer.from(text))).toBe(text);
  });
});

it('cloneRequest asks once for each branch and tag, and for nothing else', () => {
  const snapshot = new SortedReferences(1, 'main', [
    reference('refs/heads/a', ONE),
    reference('refs/heads/b', ONE),
    reference('refs/notes/commits', '3'.repeat(40)),
    reference('refs/tags/v1', TWO),
  ]);
  const wants = cloneRequest(snapshot)
    ?.toString()
    .match(/want \w+/g);
  expect(wants).toEqual([`want ${ONE}`, `want ${TWO}`]);
  expect(cloneRequest(new SortedReferences(1, null, []))).toBeUndefined();
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageOfAll, pageRequest } from './pagination.ts';

const key = (item: string) => item;

function allPages(items: readonly string[], MaxItems: number): string[] {
  const seen: string[] = [];
  let Marker: string | undefined;
  do {
    const { items: shown, continuation } = pageOfAll(pageRequest('ListThings', { Marker, MaxItems }), items, key);
    expect(shown.length).toBeLessThanOrEqual(MaxItems);
    expect(continuation.IsTruncated).toBe(continuation.Marker !== undefined);
    seen.push(...shown);
    Marker = continuation.Marker;
  } while (Marker !== undefined);
  return seen;
}

describe('pagination', () => {
  it('shows every item once, in order, whatever the page size', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), fc.integer({ min: 1, max: 10 }), (items, size) => {
        expect(allPages(items, size)).toEqual([...items].sort());
      }),
    );
  });

  it('goes on after the last item shown although that one is gone', () => {
    const { continuation } = pageOfAll(pageRequest('ListThings', { MaxItems: 2 }), ['a', 'b', 'c'], key);
    const request = pageRequest('ListThings', { Marker: continuation.Marker });
    expect(pageOfAll(request, ['a', 'c', 'd'], key).items).toEqual(['c', 'd']);
  });

  it('shows 100 items where no number is asked for', () => {
    const items = Array.from({ length: 101 }, (_, number) => String(number));
    expect(pageOfAll(pageRequest('ListThings', {}), items, key)).toMatchObject({
      items: { length: 100 },
      continuation: { IsTruncated: true },
    });
  });

  it('refuses markers that it did not give for the listing', () => {
    const { continuation } = pageOfAll(pageRequest('ListOthers', { MaxItems: 1 }), ['a', 'b'], key);
    const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const Marker of [
      '',
      'nonsense',
      continuation.Marker,
      encoded(null),
      encoded({}),
      encoded(['ListThings']),
      encoded(['ListThings', 1]),
      encoded(['ListThings', 'a', 'b']),
      `${encoded(['ListThings', 'a'])}=`,
    ]) {
      expect(() => pageRequest('ListThings', { Marker })).toThrow(
        expect.objectContaining({ queryCode: 'ValidationError', message: 'Invalid Marker.' }),
      );
    }
  });
});

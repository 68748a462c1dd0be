import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packsToMerge } from './compaction.ts';

const packs = (...counts: readonly number[]) => counts.map((objectCount) => ({ objectCount }));
const counts = (merged: readonly { readonly objectCount: number }[]) => merged.map(({ objectCount }) => objectCount);

describe('packsToMerge', () => {
  it.each([
    ['small ones beside a large one', [3, 1_000, 3, 4, 3], [3, 3, 3, 4]],
    ['all, when that moves half of everything anyway', [10, 10, 10], [10, 10, 10]],
    ['none that grow geometrically', [1, 2, 4, 8, 100], []],
    ['none of one', [7], []],
    ['none of none', [], []],
  ])('takes %s', (_, given, expected) => {
    expect(counts(packsToMerge(packs(...given)))).toEqual(expected);
  });

  it('leaves sizes that grow geometrically, and takes the smallest', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 40 }), (given) => {
        const merged = counts(packsToMerge(packs(...given)));
        const sorted = [...given].sort((a, b) => a - b);
        expect(merged).toEqual(sorted.slice(0, merged.length));
        const total = merged.reduce((sum, count) => sum + count, 0);
        const left = sorted.slice(merged.length);
        const after = merged.length === 0 ? left : [total, ...left];
        for (const [index, count] of after.slice(1).entries()) {
          expect(count).toBeGreaterThanOrEqual(2 * (after[index] ?? 0));
        }
        expect(merged.length).not.toBe(1);
      }),
    );
  });
});

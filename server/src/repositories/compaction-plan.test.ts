import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packsToMerge, planCompaction, planDeltaSearch } from './compaction-plan.ts';

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

const received = (objectCount: number) => ({ objectCount, searchedObjects: 0, files: ['pack', 'idx'] });
const bitmapped = (objectCount: number, searchedObjects = 0) => ({
  objectCount,
  searchedObjects,
  files: ['pack', 'idx', 'rev', 'bitmap', 'graph'],
});
const pushes = (count: number) => Array.from({ length: count }, () => received(3));

describe('planDeltaSearch', () => {
  it.each([
    ['a large pack that has never been searched', [bitmapped(1_000)], true],
    ['one beside small ones', [received(3), bitmapped(1_000), received(3)], true],
    ['one that has doubled since', [bitmapped(10_000, 5_000)], true],
    ['one that has not quite doubled', [bitmapped(10_000, 5_001)], false],
    ['one that has been searched', [bitmapped(10_000, 10_000)], false],
    ['a small one', [bitmapped(999)], false],
    ['one that has no bitmap yet', [received(10_000)], false],
    ['none', [], false],
  ])('of %s', (_, given, expected) => {
    expect(planDeltaSearch(given)).toEqual(expected ? { kind: 'search', packs: given } : undefined);
  });
});

describe('planCompaction', () => {
  const LIMIT = 20;

  it.each([
    ['a first push that is large', 'push', [received(5_000)], 'all of 1'],
    ['a first push that is small', 'push', [received(500)], 'nothing'],
    ['few pushes on a bitmap', 'push', [bitmapped(50_000), ...pushes(10)], 'nothing'],
    ['many pushes on a large bitmap', 'push', [bitmapped(50_000), ...pushes(19)], '19'],
    ['many pushes on a small bitmap', 'push', [bitmapped(100), ...pushes(19)], 'all of 20'],
    ['one push that is large beside the bitmap', 'push', [bitmapped(10_000), received(2_000)], 'all of 2'],
    ['one push that is not', 'push', [bitmapped(50_000), received(2_000)], 'nothing'],
    ['the same when it is quiet', 'round', [bitmapped(50_000), received(2_000)], 'all of 2'],
    ['some pushes on a small bitmap when it is quiet', 'round', [bitmapped(100), ...pushes(5)], 'all of 6'],
    ['one small push when it is quiet', 'round', [received(10)], 'nothing'],
    ['one small push by hand', 'by hand', [received(10)], 'all of 1'],
    ['a bitmap of everything by hand', 'by hand', [bitmapped(10)], 'nothing'],
    ['nothing by hand', 'by hand', [], 'nothing'],
  ] as const)('%s (%s)', (_, occasion, given, expected) => {
    const plan = planCompaction(given, occasion, LIMIT);
    const found = plan === undefined ? 'nothing' : `${plan.kind === 'whole' ? 'all of ' : ''}${plan.packs.length}`;
    expect(found).toBe(expected);
  });

  it('keeps packs few, and rewrites and searches each object a bounded number of times, whatever is pushed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 400 }), (sizes) => {
        let packs: ReturnType<typeof received>[] = [];
        let rewritten = 0;
        let searched = 0;
        let total = 0;
        for (const size of sizes) {
          packs = [...packs, received(size)];
          total += size;
          for (let plan = planCompaction(packs, 'push', LIMIT); plan !== undefined; ) {
            const { kind, packs: merged } = plan;
            const sum = merged.reduce((objects, { objectCount }) => objects + objectCount, 0);
            const before = merged.reduce((objects, { searchedObjects }) => objects + searchedObjects, 0);
            const made = kind === 'whole' ? bitmapped(sum, before) : received(sum);
            packs = [...packs.filter((pack) => !merged.includes(pack)), made];
            rewritten += sum;
            plan = planCompaction(packs, 'push', LIMIT);
          }
          if (planDeltaSearch(packs) !== undefined) {
            searched += total;
            packs = [bitmapped(total, total)];
          }
          expect(packs.length).toBeLessThan(LIMIT + Math.log2(total) + 1);
        }
        expect(rewritten).toBeLessThanOrEqual(total * (9 + Math.log2(total)));
        expect(searched).toBeLessThanOrEqual(total * 3);
      }),
      { numRuns: 50 },
    );
  });
});

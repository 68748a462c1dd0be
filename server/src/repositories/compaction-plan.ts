/** A pack stays while the smaller ones together have less than 1 / this of its objects. */
const GEOMETRIC_FACTOR = 2;
/** From here the objects outside the bitmap slow a clone down enough to be worth a compaction of their own. */
const WORTHWHILE_OBJECTS = 1_000;
/**
 * One part in so many of the objects may lie outside the bitmap while pushes go on. Each object is thus rewritten about so
 * many times at most, whatever comes.
 */
const BUSY_SHARE = 8;
/** The same for a repository that a regular round looks at. */
const QUIET_SHARE = 32;
/** A regular round leaves alone what has fewer packs than this, and few objects. */
const QUIET_PACKS = 5;

/** Deltas are searched anew when they have been for less than one part in so many of the objects. */
const SEARCH_FACTOR = 2;

interface PackFacts {
  readonly objectCount: number;
  readonly files: readonly string[];
  /** Of how many of its objects the deltas have been searched here. */
  readonly searchedObjects: number;
}

/** `push`: one has just come in. `round`: the regular look at every repository. `by hand`: an operator wants the best. */
export type Occasion = 'push' | 'round' | 'by hand';

export interface CompactionPlan<Pack> {
  /**
   * `merge`: `packs` into one more among others. `whole`: all packs into one, with bitmap and commit-graph. `search`: the
   * same, but with deltas that are searched anew instead of those that clients have sent.
   */
  readonly kind: 'merge' | 'whole' | 'search';
  readonly packs: readonly Pack[];
}

/**
 * What to do about a repository's packs; undefined for nothing. One pack with a bitmap holds nearly everything; what comes
 * later is merged so that sizes grow geometrically, until it is large enough beside that pack to rewrite all.
 */
export function planCompaction<Pack extends PackFacts>(
  packs: readonly Pack[],
  occasion: Occasion,
  packsBeforeCompaction: number,
): CompactionPlan<Pack> | undefined {
  const base = largestWithBitmap(packs);
  const outside = packs.filter((pack) => pack !== base);
  if (outside.length === 0) return undefined;
  const whole = { kind: 'whole', packs } as const;
  if (occasion === 'by hand') return whole;
  const objects = outside.reduce((sum, { objectCount }) => sum + objectCount, 0);
  const share = occasion === 'push' ? BUSY_SHARE : QUIET_SHARE;
  const manyPacks = occasion === 'push' ? packsBeforeCompaction : QUIET_PACKS;
  const isLargeShare = objects * share >= (base?.objectCount ?? 0);
  if (isLargeShare && (objects >= WORTHWHILE_OBJECTS || packs.length >= manyPacks)) return whole;
  if (packs.length < packsBeforeCompaction) return undefined;
  const merged = packsToMerge(outside);
  return merged.length < 2 ? undefined : { kind: 'merge', packs: merged };
}

/**
 * Whether the time has come to search deltas anew: a client sends those that it happens to have, which may make a pack
 * several times as large as need be. What has been searched counts until as much again has come, so that each object is
 * searched about as often as the repository doubles.
 */
export function planDeltaSearch<Pack extends PackFacts>(packs: readonly Pack[]): CompactionPlan<Pack> | undefined {
  const base = largestWithBitmap(packs);
  if (base === undefined || base.objectCount < WORTHWHILE_OBJECTS) return undefined;
  return base.searchedObjects * SEARCH_FACTOR <= base.objectCount ? { kind: 'search', packs } : undefined;
}

function largestWithBitmap<Pack extends PackFacts>(packs: readonly Pack[]): Pack | undefined {
  return packs
    .filter(({ files }) => files.includes('bitmap'))
    .reduce<Pack | undefined>((most, pack) => (pack.objectCount > (most?.objectCount ?? -1) ? pack : most), undefined);
}

/**
 * The packs to merge so that sizes grow geometrically, smallest first; all of them when that moves half of all objects
 * anyway.
 */
export function packsToMerge<Pack extends { readonly objectCount: number }>(packs: readonly Pack[]): readonly Pack[] {
  const sorted = [...packs].sort((a, b) => a.objectCount - b.objectCount);
  const count = (index: number) => sorted[index]?.objectCount ?? 0;
  let split = sorted.length - 1;
  while (split > 0 && count(split) >= GEOMETRIC_FACTOR * count(split - 1)) split--;
  if (split > 0) split++;
  let total = 0;
  for (let index = 0; index < split; index++) total += count(index);
  while (split > 0 && split < sorted.length && count(split) < GEOMETRIC_FACTOR * total) total += count(split++);
  const all = sorted.reduce((sum, { objectCount }) => sum + objectCount, 0);
  return total * 2 >= all && split > 0 ? sorted : sorted.slice(0, split);
}

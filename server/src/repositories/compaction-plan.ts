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

interface PackFacts {
  readonly objectCount: number;
  readonly files: readonly string[];
}

/** `push`: one has just come in. `round`: the regular look at every repository. `by hand`: an operator wants the best. */
export type Occasion = 'push' | 'round' | 'by hand';

interface CompactionPlan<Pack> {
  /** All packs into one, with bitmap and commit-graph; otherwise those of `packs` into one more among others. */
  readonly whole: boolean;
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
  const base = packs
    .filter(({ files }) => files.includes('bitmap'))
    .reduce<Pack | undefined>((most, pack) => (pack.objectCount > (most?.objectCount ?? -1) ? pack : most), undefined);
  const outside = packs.filter((pack) => pack !== base);
  if (outside.length === 0) return undefined;
  const whole = { whole: true, packs };
  if (occasion === 'by hand') return whole;
  const objects = outside.reduce((sum, { objectCount }) => sum + objectCount, 0);
  const share = occasion === 'push' ? BUSY_SHARE : QUIET_SHARE;
  const manyPacks = occasion === 'push' ? packsBeforeCompaction : QUIET_PACKS;
  const isLargeShare = objects * share >= (base?.objectCount ?? 0);
  if (isLargeShare && (objects >= WORTHWHILE_OBJECTS || packs.length >= manyPacks)) return whole;
  if (packs.length < packsBeforeCompaction) return undefined;
  const merged = packsToMerge(outside);
  return merged.length < 2 ? undefined : { whole: false, packs: merged };
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

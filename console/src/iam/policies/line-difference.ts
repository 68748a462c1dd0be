/** A line of one text, of the other, or of both. */
export interface DifferenceLine {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** What changes between two texts, line by line, with as few changes as can be. Policies have hundreds of lines, not more. */
export function lineDifference(before: string, after: string): DifferenceLine[] {
  const old = before.split('\n');
  const fresh = after.split('\n');
  const common = longestCommon(old, fresh);
  const lines: DifferenceLine[] = [];
  let from = 0;
  let to = 0;
  while (from < old.length || to < fresh.length) {
    const line = old[from];
    if (line !== undefined && line === fresh[to]) {
      lines.push({ kind: 'same', text: line });
      from++;
      to++;
    } else if (
      to >= fresh.length ||
      (line !== undefined && lengthAt(common, from + 1, to) >= lengthAt(common, from, to + 1))
    ) {
      lines.push({ kind: 'removed', text: line ?? '' });
      from++;
    } else {
      lines.push({ kind: 'added', text: fresh[to] ?? '' });
      to++;
    }
  }
  return lines;
}

/** At `[from][to]`: how many lines the texts from there on have in common, in their order. */
function longestCommon(old: readonly string[], fresh: readonly string[]): readonly (readonly number[])[] {
  const lengths: number[][] = Array.from({ length: old.length + 1 }, () => new Array<number>(fresh.length + 1).fill(0));
  for (let from = old.length - 1; from >= 0; from--) {
    for (let to = fresh.length - 1; to >= 0; to--) {
      const length =
        old[from] === fresh[to]
          ? lengthAt(lengths, from + 1, to + 1) + 1
          : Math.max(lengthAt(lengths, from + 1, to), lengthAt(lengths, from, to + 1));
      (lengths[from] as number[])[to] = length;
    }
  }
  return lengths;
}

function lengthAt(lengths: readonly (readonly number[])[], from: number, to: number): number {
  return lengths[from]?.[to] ?? 0;
}

import type { Peer } from './peers/peer.ts';

interface Sample {
  readonly value: number;
  readonly processorSeconds: number | undefined;
}

/** What one scenario found: one row of the printed table. */
export interface Row {
  readonly scenario: string;
  readonly repository: string;
  readonly unit: 's' | 'requests/s';
  readonly repetitions: number;
  /** Medians, under the peer's name; the server's processor time is not known for every peer. */
  readonly medians: ReadonlyMap<string, { readonly value: number; readonly processorSeconds: number | undefined }>;
}

/**
 * Runs one measurement on each peer in turn, `repetitions` times; each repetition starts with another peer, so that
 * none is always the one that comes after a pause.
 *
 * @param measure returns what the row's unit counts
 */
export async function compare(
  peers: readonly Peer[],
  repetitions: number,
  measure: (peer: Peer, repetition: number) => Promise<number>,
): Promise<Row['medians']> {
  const samples = new Map<string, Sample[]>(peers.map((peer) => [peer.name, []]));
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const first = repetition % peers.length;
    for (const peer of [...peers.slice(first), ...peers.slice(0, first)]) {
      const before = peer.processorSeconds();
      const value = await measure(peer, repetition);
      const after = peer.processorSeconds();
      const processorSeconds = before === undefined || after === undefined ? undefined : after - before;
      samples.get(peer.name)?.push({ value, processorSeconds });
    }
  }
  return new Map([...samples].map(([name, taken]) => [name, medianOf(taken)]));
}

/** Seconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

function medianOf(samples: readonly Sample[]): Sample {
  const processorTimes = samples.flatMap(({ processorSeconds }) => processorSeconds ?? []);
  return {
    value: median(samples.map(({ value }) => value)),
    processorSeconds: processorTimes.length === 0 ? undefined : median(processorTimes),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

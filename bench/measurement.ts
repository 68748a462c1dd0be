import type { Peer } from './peers/peer.ts';
import type { Target } from './targets.ts';

type MeasuredPeer = Pick<Peer, 'name' | 'processorSeconds'>;

/** Medians of one peer; the server's processor time is not known for every peer. */
export interface Median {
  readonly value: number;
  readonly processorSeconds?: number | undefined;
}

/** What one scenario found: one row of the printed table. */
export interface Row {
  readonly scenario: string;
  readonly repository: string;
  readonly unit: 's' | 'ms' | 'requests/s' | 'MB/s' | '%';
  readonly repetitions: number;
  /** Under the peer's name. */
  readonly medians: Readonly<Record<string, Median>>;
  readonly targets?: readonly Target[];
}

/**
 * Seconds that `work` takes on a peer, and processor seconds of its server meanwhile: for {@link compare}, where what is
 * done before is not to count.
 */
export async function timedOn(peer: MeasuredPeer, work: () => Promise<unknown>): Promise<Median> {
  const before = peer.processorSeconds();
  const value = await timed(work);
  const after = peer.processorSeconds();
  return { value, processorSeconds: before === undefined || after === undefined ? undefined : after - before };
}

/**
 * Runs one measurement on each peer in turn, `repetitions` times; each repetition starts with another peer, so that
 * none is always the one that comes after a pause.
 *
 * @param measure returns what the row's unit counts
 * @throws Error that names the peer on which it failed
 */
export async function compare<Measured extends { readonly name: string }>(
  peers: readonly Measured[],
  repetitions: number,
  measure: (peer: Measured, repetition: number) => Promise<Median>,
): Promise<Row['medians']> {
  const samples = new Map<string, Median[]>(peers.map((peer) => [peer.name, []]));
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const first = repetition % peers.length;
    for (const peer of [...peers.slice(first), ...peers.slice(0, first)]) {
      try {
        samples.get(peer.name)?.push(await measure(peer, repetition));
      } catch (cause) {
        throw new Error(`${peer.name} failed in repetition ${repetition + 1}`, { cause });
      }
    }
  }
  return Object.fromEntries([...samples].map(([name, taken]) => [name, medianOf(taken)]));
}

/** Seconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

function medianOf(samples: readonly Median[]): Median {
  const processorTimes = samples.flatMap(({ processorSeconds }) => processorSeconds ?? []);
  return {
    value: median(samples.map(({ value }) => value)),
    processorSeconds: processorTimes.length === 0 ? undefined : median(processorTimes),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

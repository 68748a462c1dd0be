import type { Row } from './measurement.ts';

/** What a row must come to, beside the best of some peers, or by itself. */
export interface Target {
  /** Of the row's own values, or of the processor time. */
  readonly of: 'value' | 'processor';
  /** Times the best of `against`; without any, in the row's unit. Rates must reach it, all else must not exceed it. */
  readonly limit: number;
  readonly against: readonly string[];
}

export interface Verdict {
  /** In the words of the limit: a ratio, or a value in the row's unit. */
  readonly found: number;
  /** The peer compared with; absent where there was none. */
  readonly best?: string;
  readonly isRate: boolean;
  readonly met: boolean;
}

const RATES = ['requests/s', 'MB/s'];

/** Undefined where the subject, or every peer to compare with, was not measured. */
export function verdictOn(row: Row, subject: string, target: Target): Verdict | undefined {
  const measured = (name: string) => {
    const median = row.medians[name];
    return target.of === 'value' ? median?.value : median?.processorSeconds;
  };
  const isRate = target.of === 'value' && RATES.includes(row.unit);
  const own = measured(subject);
  if (own === undefined) return undefined;
  const judge = (found: number, best?: string): Verdict => ({
    found,
    ...(best !== undefined && { best }),
    isRate,
    met: isRate ? found >= target.limit : found <= target.limit,
  });
  if (target.against.length === 0) return judge(own);
  const others = target.against.flatMap((name) => {
    const value = measured(name);
    return value === undefined ? [] : [{ name, value }];
  });
  const [best] = others.sort((a, b) => (isRate ? b.value - a.value : a.value - b.value));
  return best === undefined ? undefined : judge(own / best.value, best.name);
}

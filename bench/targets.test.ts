import { describe, expect, it } from 'vitest';
import type { Row } from './measurement.ts';
import { verdictOn } from './targets.ts';

function row(unit: Row['unit'], medians: Row['medians']): Row {
  return { scenario: 'clone', repository: 'small', unit, repetitions: 5, medians };
}

describe('verdictOn', () => {
  it('takes the quickest of the named peers for times', () => {
    const times = row('s', { own: { value: 2 }, slow: { value: 8 }, quick: { value: 4 }, floor: { value: 1 } });
    const target = { of: 'value', limit: 0.5, against: ['slow', 'quick'] } as const;
    expect(verdictOn(times, 'own', target)).toEqual({ found: 0.5, best: 'quick', isRate: false, met: true });
    expect(verdictOn(times, 'own', { ...target, limit: 0.49 })?.met).toBe(false);
  });

  it('takes the highest of the named peers for rates, which must reach the limit', () => {
    const rates = row('requests/s', { own: { value: 80 }, low: { value: 2 }, high: { value: 4 } });
    const target = { of: 'value', limit: 20, against: ['low', 'high'] } as const;
    expect(verdictOn(rates, 'own', target)).toEqual({ found: 20, best: 'high', isRate: true, met: true });
    expect(verdictOn(rates, 'own', { ...target, limit: 20.1 })?.met).toBe(false);
  });

  it('judges the processor time apart from the rest, less of it being better whatever the unit', () => {
    const rates = row('MB/s', {
      own: { value: 1, processorSeconds: 3 },
      other: { value: 9, processorSeconds: 2 },
      unknown: { value: 5 },
    });
    const target = { of: 'processor', limit: 1.5, against: ['other', 'unknown'] } as const;
    expect(verdictOn(rates, 'own', target)).toEqual({ found: 1.5, best: 'other', isRate: false, met: true });
  });

  it('compares with nothing where no peer is named, and tells nothing where none was measured', () => {
    const share = row('%', { own: { value: 6 } });
    expect(verdictOn(share, 'own', { of: 'value', limit: 5, against: [] })).toEqual({
      found: 6,
      isRate: false,
      met: false,
    });
    expect(verdictOn(share, 'own', { of: 'value', limit: 5, against: ['absent'] })).toBeUndefined();
    expect(verdictOn(share, 'absent', { of: 'value', limit: 5, against: [] })).toBeUndefined();
  });
});

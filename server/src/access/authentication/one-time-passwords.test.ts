import { describe, expect, it } from 'vitest';
import { findStep, oneTimePassword, stepOf } from './one-time-passwords.ts';

/** Of the test vectors in both RFCs. */
const SEED = Buffer.from('12345678901234567890');

describe('a one-time password', () => {
  it('is that of RFC 4226, appendix D, for each counter', () => {
    const codes = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ');
    expect(codes.map((_code, counter) => oneTimePassword(SEED, counter))).toEqual(codes);
  });

  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('%i seconds after the epoch is %s: RFC 6238, appendix B', (seconds, code) => {
    expect(oneTimePassword(SEED, stepOf(new Date(seconds * 1000)))).toBe(code);
  });

  it('changes every 30 seconds', () => {
    expect([0, 29_999, 30_000, 59_999].map((milliseconds) => stepOf(new Date(milliseconds)))).toEqual([0, 0, 1, 1]);
  });
});

describe('the step of codes', () => {
  it('is found at both ends of the range, and not beyond them', () => {
    const code = oneTimePassword(SEED, 7);
    expect(findStep(SEED, [code], 7, 9)).toBe(7);
    expect(findStep(SEED, [code], 5, 7)).toBe(7);
    expect(findStep(SEED, [code], 8, 10)).toBeUndefined();
    expect(findStep(SEED, [code], 4, 6)).toBeUndefined();
  });

  it('is found for codes that follow one another in this order only', () => {
    const codes = [5, 6, 8].map((step) => oneTimePassword(SEED, step));
    const [five = '', six = '', eight = ''] = codes;
    expect(findStep(SEED, [five, six], 0, 9)).toBe(5);
    expect(findStep(SEED, [six, five], 0, 9)).toBeUndefined();
    expect(findStep(SEED, [six, eight], 0, 9)).toBeUndefined();
  });

  it.each(['', '75522', '7552240', '७५५२२४', '755224 ', '755 24'])('is none for %j', (code) => {
    expect(findStep(SEED, [code], 0, 0)).toBeUndefined();
  });
});

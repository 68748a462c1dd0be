import { describe, expect, it } from 'vitest';
import { parsePolicyDate } from './policy-date.ts';

describe('parsePolicyDate', () => {
  it.each([
    ['2024', 2024_000],
    ['0', 0],
    ['1700000000', Date.UTC(2023, 10, 14, 22, 13, 20)],
    ['2023-11', Date.UTC(2023, 10, 1)],
    ['2023-11-14', Date.UTC(2023, 10, 14)],
    ['2023-11-14T22:13Z', Date.UTC(2023, 10, 14, 22, 13)],
    ['2023-11-14T22:13:20Z', Date.UTC(2023, 10, 14, 22, 13, 20)],
    ['2023-11-14t22:13:20z', Date.UTC(2023, 10, 14, 22, 13, 20)],
    ['2023-11-14T22:13:20', Date.UTC(2023, 10, 14, 22, 13, 20)],
    ['2023-11-14T22:13:20.250Z', Date.UTC(2023, 10, 14, 22, 13, 20, 250)],
    ['2023-11-15T00:13:20+02:00', Date.UTC(2023, 10, 14, 22, 13, 20)],
    ['2023-11-14T16:43:20-05:30', Date.UTC(2023, 10, 14, 22, 13, 20)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
  ])('%s', (text, milliseconds) => {
    expect(parsePolicyDate(text)).toBe(milliseconds);
  });

  it.each([
    '',
    'tomorrow',
    '2023-13-01',
    '2023-02-30',
    '2023-02-29',
    '2023-00-10',
    '2023-11-14T24:00Z',
    '2023-11-14T22:60Z',
    '2023-11-14T22:13:60Z',
    '2023-11-14T22:13+24:00',
    '2023-11-14 22:13',
    '1.5',
    '-1',
    '9'.repeat(30),
  ])('refuses %j', (text) => {
    expect(parsePolicyDate(text)).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { bodyOf, subjectOf, timeOf } from './commit-texts.ts';

describe('what a commit says', () => {
  it('is a line and what follows it', () => {
    expect([subjectOf('Fix it\n\nBecause.\nYes.\n'), bodyOf('Fix it\n\nBecause.\nYes.\n')]).toEqual([
      'Fix it',
      'Because.\nYes.',
    ]);
    expect([subjectOf('\n\nLate\n'), bodyOf('One')]).toEqual(['Late', '']);
    expect([subjectOf(''), subjectOf(undefined), subjectOf(' \n')]).toEqual(Array(3).fill('(no message)'));
  });

  it('has a time, if it is one', () => {
    expect(timeOf({ date: '1484167798 -0800' })?.toISOString()).toBe('2017-01-11T20:49:58.000Z');
    for (const date of ['', 'x', '99999999999999999 +0000', undefined]) expect(timeOf({ date })).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { ExpectedReferences } from './expected-references.ts';

function references(values: Record<string, string | null>): Map<string, string | null> {
  return new Map(Object.entries(values));
}

function actual(values: Record<string, string>): Map<string, string> {
  return new Map(Object.entries(values));
}

function withAcknowledged(values: Record<string, string>): ExpectedReferences {
  const expected = new ExpectedReferences();
  expected.attempt(references(values), false).acknowledged();
  return expected;
}

describe('what a crash may leave', () => {
  it('takes what was acknowledged', () => {
    expect(withAcknowledged({ a: '1', b: '2' }).settle(actual({ a: '1', b: '2' }))).toEqual([]);
  });

  it('finds an acknowledged push that is lost', () => {
    expect(withAcknowledged({ a: '1', b: '2' }).settle(actual({ a: '1' }))).toEqual([
      'b is absent, not the acknowledged 2',
    ]);
  });

  it('finds an acknowledged deletion that came back', () => {
    const expected = withAcknowledged({ a: '1' });
    expected.attempt(references({ a: null }), false).acknowledged();
    expect(expected.settle(actual({ a: '1' }))).toEqual(['a is 1, not the acknowledged absence']);
  });

  it('finds a reference that nobody pushed', () => {
    expect(withAcknowledged({}).settle(actual({ a: '1' }))).toEqual(['a is 1, not the acknowledged absence']);
  });

  it.each([{ a: '1' }, { a: '2' }])('takes the old or the pushed value of an unanswered push: %j', (found) => {
    const expected = withAcknowledged({ a: '1' });
    expected.attempt(references({ a: '2' }), false);
    expect(expected.settle(actual(found))).toEqual([]);
  });

  it('finds a third value after an unanswered push', () => {
    const expected = withAcknowledged({ a: '1' });
    expected.attempt(references({ a: '2' }), false);
    expect(expected.settle(actual({ a: '3' }))).toEqual(['a is 3, not the acknowledged 1, nor the pushed 2']);
  });

  it('takes half of an unanswered push only when it was not atomic', () => {
    for (const [atomic, problems] of [
      [false, []],
      [true, ['an atomic push of a, b has moved only b']],
    ] as const) {
      const expected = withAcknowledged({ a: '1' });
      expected.attempt(references({ a: '2', b: '9' }), atomic);
      expect(expected.settle(actual({ a: '1', b: '9' }))).toEqual(problems);
    }
  });

  it('goes on from what it found', () => {
    const expected = withAcknowledged({ a: '1' });
    expected.attempt(references({ a: '2' }), false);
    expected.settle(actual({ a: '2' }));
    expect(expected.settle(actual({ a: '1' }))).toEqual(['a is 1, not the acknowledged 2']);
  });
});

import { describe, expect, it } from 'vitest';
import { decisionText, type Outcome, reasonText } from './simulation.ts';

const statement = (policyId: string, line: number) => ({
  policyId,
  isBoundary: false,
  mark: { start: { line, column: 5 }, end: { line: line + 3, column: 6 }, kind: 'matched' as const },
});
const outcome = (part: Partial<Outcome>): Outcome => ({
  action: 'codecommit:GitPush',
  resource: '*',
  decision: 'implicitDeny',
  statements: [],
  missingKeys: [],
  isWithinBoundary: undefined,
  ...part,
});

describe('how a decision is told', () => {
  it.each<[Partial<Outcome>, string, string]>([
    [
      { decision: 'allowed', statements: [statement('AWSCodeCommitPowerUser', 4)] },
      'Allowed (1 matching statement)',
      'Allowed by AWSCodeCommitPowerUser, line 4.',
    ],
    [
      { decision: 'allowed', statements: [statement('a', 4), { ...statement('most', 2), isBoundary: true }] },
      'Allowed (2 matching statements)',
      'Allowed by a, line 4; most (permissions boundary), line 2.',
    ],
    [
      {
        decision: 'explicitDeny',
        statements: [statement('a', 4), statement('user_ada_b', 1)],
        missingKeys: ['aws:SourceIp'],
      },
      'Explicitly denied (2 matching statements)',
      'Denied by a, line 4; user_ada_b, line 1. Not known, so taken as absent: aws:SourceIp.',
    ],
    [{}, 'Implicitly denied (no matching statements)', 'No policy allows it.'],
    [
      { isWithinBoundary: false },
      'Implicitly denied (no matching statements)',
      'The permissions boundary does not allow it.',
    ],
    [{ isWithinBoundary: true }, 'Implicitly denied (no matching statements)', 'No policy allows it.'],
  ])('%j', (part, decision, reason) => {
    expect(decisionText(outcome(part))).toBe(decision);
    expect(reasonText(outcome(part))).toBe(reason);
  });
});

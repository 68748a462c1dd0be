import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConditionValue, conditionContext } from './evaluation.ts';
import { evaluateTrustPolicy, type TrustRequest } from './trust-evaluation.ts';

const account = '111122223333';
const root = `arn:aws:iam::${account}:root`;

const callers = {
  root: { kind: 'root', accountId: account, arn: root, userId: account },
  user: { kind: 'user', accountId: account, arn: `arn:aws:iam::${account}:user/ann`, userId: 'AIDAANN' },
  session: {
    kind: 'assumed-role',
    accountId: account,
    arn: `arn:aws:sts::${account}:assumed-role/Builder/job-7`,
    userId: 'AROABUILDER:job-7',
  },
  federated: {
    kind: 'federated-user',
    accountId: account,
    arn: `arn:aws:sts::${account}:federated-user/kim`,
    userId: `${account}:kim`,
  },
} as const satisfies Record<string, TrustRequest['principal']>;

const allow = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };

function decide(
  Statement: object | readonly object[],
  { caller = 'user', action = 'sts:AssumeRole', context = {} }: Partial<Question> = {},
) {
  return evaluateTrustPolicy(JSON.stringify({ Version: '2012-10-17', Statement }), {
    principal: callers[caller],
    action,
    context: conditionContext(() => Object.entries(context)),
  });
}

interface Question {
  readonly caller: keyof typeof callers;
  readonly action: string;
  readonly context: Record<string, ConditionValue>;
}

function trusts(AWS: string, caller: keyof typeof callers): string {
  const decision = decide({ ...allow, Principal: { AWS } }, { caller });
  return decision.effect === 'allow' ? decision.trusts : decision.explicit ? 'explicit deny' : 'deny';
}

describe('evaluateTrustPolicy', () => {
  it.each<[name: string, caller: keyof typeof callers, trust: string]>([
    ['AIDAANN', 'user', 'principal'],
    ['AIDABOB', 'user', 'deny'],
    ['AIDAAN', 'user', 'deny'],
    [callers.user.arn, 'user', 'deny'],
    ['AROABUILDER', 'session', 'principal'],
    ['AROABUILDER:job-7', 'session', 'principal'],
    ['AROABUILDER:job', 'session', 'deny'],
    ['AROABUILD', 'session', 'deny'],
    [callers.session.arn, 'session', 'deny'],
    [callers.federated.arn, 'federated', 'principal'],
    [`${callers.federated.arn}2`, 'federated', 'deny'],
    [account, 'user', 'account'],
    [root, 'user', 'account'],
    [root, 'session', 'account'],
    [root, 'federated', 'account'],
    [root, 'root', 'account'],
    ['999900001111', 'user', 'deny'],
    ['arn:aws:iam::999900001111:root', 'user', 'deny'],
    ['*', 'user', 'principal'],
    ['*', 'root', 'principal'],
  ])('%s, for a caller who is %s: %s', (name, caller, trust) => {
    expect(trusts(name, caller)).toBe(trust);
  });

  it('trusts no caller by statements about services and identity providers', () => {
    const others = { Service: [callers.user.arn, '*'], Federated: [callers.federated.arn, 'AIDAANN'] };
    expect(decide({ ...allow, Principal: others })).toEqual({ effect: 'deny', explicit: false });
    expect(decide([allow, { ...allow, Effect: 'Deny', Principal: others }]).effect).toBe('allow');
  });

  it('tells that the caller is named, however many statements trust the account', () => {
    const byAccount = { ...allow, Principal: { AWS: root } };
    const byName = { ...allow, Principal: { AWS: ['AIDABOB', 'AIDAANN'] } };
    expect(decide([byAccount, byName])).toEqual({ effect: 'allow', trusts: 'principal' });
    expect(decide([byName, byAccount])).toEqual({ effect: 'allow', trusts: 'principal' });
    expect(decide([byName, byAccount], { caller: 'session' })).toEqual({ effect: 'allow', trusts: 'account' });
  });

  it('asks for each action', () => {
    expect(decide(allow, { action: 'sts:TagSession' }).effect).toBe('deny');
    expect(decide({ ...allow, Action: ['sts:AssumeRole', 'sts:Tag*'] }, { action: 'sts:TagSession' }).effect).toBe(
      'allow',
    );
    expect(decide({ ...allow, Action: undefined, NotAction: 'sts:TagSession' }).effect).toBe('allow');
  });

  it.each<[object, Record<string, ConditionValue>]>([
    [{ StringEquals: { 'sts:ExternalId': 'secret-7' } }, { 'sts:ExternalId': 'secret-7' }],
    [{ StringLike: { 'sts:RoleSessionName': 'job-*' } }, { 'sts:RoleSessionName': 'job-7' }],
    [{ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/ann' } }, { 'aws:PrincipalArn': callers.user.arn }],
    [{ StringEquals: { 'aws:PrincipalTag/team': 'blue' } }, { 'aws:PrincipalTag/team': 'blue' }],
    [
      { StringEquals: { 'sts:RoleSessionName': `\${aws:username}` } },
      { 'sts:RoleSessionName': 'ann', 'aws:username': 'ann' },
    ],
    [{ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }, { 'aws:MultiFactorAuthPresent': 'true' }],
  ])('holds to the condition %j', (Condition, context) => {
    expect(decide({ ...allow, Condition }, { context }).effect).toBe('allow');
    expect(decide({ ...allow, Condition }, { context: {} }).effect).toBe('deny');
    const others = Object.fromEntries(Object.keys(context).map((key) => [key, `not ${key}`]));
    expect(decide({ ...allow, Condition }, { context: others }).effect).toBe('deny');
  });

  const statements = fc.array(
    fc.record({
      Effect: fc.constantFrom('Allow', 'Deny'),
      Principal: fc.constantFrom({ AWS: '*' }, { AWS: root }, { AWS: 'AIDAANN' }, { AWS: ['AROABUILDER', 'AIDABOB'] }),
      Action: fc.constantFrom('sts:AssumeRole', 'sts:*', 'sts:TagSession'),
      Condition: fc.constantFrom(
        {},
        { StringEquals: { 'sts:ExternalId': 'x' } },
        { Null: { 'sts:ExternalId': 'true' } },
      ),
    }),
    { minLength: 1, maxLength: 4 },
  );
  const questions = fc.record({
    caller: fc.constantFrom<(keyof typeof callers)[]>('root', 'user', 'session', 'federated'),
    action: fc.constantFrom('sts:AssumeRole', 'sts:TagSession'),
    context: fc.constantFrom<Record<string, string>[]>({}, { 'sts:ExternalId': 'x' }, { 'sts:ExternalId': 'y' }),
  });

  it('lets an explicit deny win, and nobody in without an allow', () => {
    fc.assert(
      fc.property(statements, questions, (all, question) => {
        const applies = (effect: string) =>
          all.some(
            (statement) =>
              statement.Effect === effect && decide({ ...statement, Effect: 'Allow' }, question).effect === 'allow',
          );
        const expected = !applies('Deny') && applies('Allow') ? 'allow' : 'deny';
        expect(decide(all, question)).toMatchObject(
          expected === 'allow' ? { effect: 'allow' } : { effect: 'deny', explicit: applies('Deny') },
        );
      }),
      { numRuns: 1_000 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConditionValue, conditionContext } from './evaluation.ts';
import { type AwsCaller, evaluateResourcePolicy, type ResourceCaller } from './resource-policy-evaluation.ts';

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
    federatedBy: 'AIDAANN',
  },
} as const satisfies Record<string, AwsCaller>;

const allow = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };

const arn = `arn:aws:iam::${account}:role/Deployer`;

function decide(
  Statement: object | readonly object[],
  { caller = 'user', action = 'sts:AssumeRole', context = {} }: Partial<Question> = {},
) {
  return decideFor(Statement, callers[caller], action, context);
}

function decideFor(
  Statement: object | readonly object[],
  caller: ResourceCaller,
  action = 'sts:AssumeRole',
  context: Record<string, ConditionValue> = {},
) {
  return evaluateResourcePolicy([JSON.stringify({ Version: '2012-10-17', Statement })], {
    caller,
    action,
    resource: arn,
    context: conditionContext(() => Object.entries(context)),
  });
}

interface Question {
  readonly caller: keyof typeof callers;
  readonly action: string;
  readonly context: Record<string, ConditionValue>;
}

function consent(AWS: string, caller: keyof typeof callers): string {
  const decision = decide({ ...allow, Principal: { AWS } }, { caller });
  return decision.effect === 'allow' ? decision.to : decision.explicit ? 'explicit deny' : 'deny';
}

describe('evaluateResourcePolicy', () => {
  it.each<[name: string, caller: keyof typeof callers, to: string]>([
    ['AIDAANN', 'user', 'caller'],
    ['AIDABOB', 'user', 'deny'],
    ['AIDAAN', 'user', 'deny'],
    [callers.user.arn, 'user', 'deny'],
    ['AROABUILDER', 'session', 'identity'],
    ['AROABUILDER:job-7', 'session', 'caller'],
    ['AROABUILDER:job', 'session', 'deny'],
    ['AROABUILD', 'session', 'deny'],
    [callers.session.arn, 'session', 'deny'],
    [callers.federated.arn, 'federated', 'caller'],
    ['AIDAANN', 'federated', 'identity'],
    [`${callers.federated.arn}2`, 'federated', 'deny'],
    [account, 'user', 'account'],
    [root, 'user', 'account'],
    [root, 'session', 'account'],
    [root, 'federated', 'account'],
    [root, 'root', 'account'],
    ['999900001111', 'user', 'deny'],
    ['arn:aws:iam::999900001111:root', 'user', 'deny'],
    ['*', 'user', 'caller'],
    ['*', 'session', 'caller'],
    ['*', 'root', 'caller'],
  ])('%s, for a caller who is %s: %s', (name, caller, to) => {
    expect(consent(name, caller)).toBe(to);
  });

  it('consents to no caller by statements about services and identity providers', () => {
    const others = { Service: [callers.user.arn, '*'], Federated: [callers.federated.arn, 'AIDAANN'] };
    expect(decide({ ...allow, Principal: others })).toEqual({ effect: 'deny', explicit: false });
    expect(decide([allow, { ...allow, Effect: 'Deny', Principal: others }]).effect).toBe('allow');
  });

  it('tells that the caller is named, however many statements trust the account', () => {
    const byAccount = { ...allow, Principal: { AWS: root } };
    const byName = { ...allow, Principal: { AWS: ['AIDABOB', 'AIDAANN'] } };
    expect(decide([byAccount, byName])).toMatchObject({ effect: 'allow', to: 'caller' });
    expect(decide([byName, byAccount])).toMatchObject({ effect: 'allow', to: 'caller' });
    expect(decide([byName, byAccount], { caller: 'session' })).toMatchObject({ effect: 'allow', to: 'account' });
  });

  it('asks for each action', () => {
    expect(decide(allow, { action: 'sts:TagSession' }).effect).toBe('deny');
    expect(decide({ ...allow, Action: ['sts:AssumeRole', 'sts:Tag*'] }, { action: 'sts:TagSession' }).effect).toBe(
      'allow',
    );
    expect(decide({ ...allow, Action: undefined, NotAction: 'sts:TagSession' }).effect).toBe('allow');
  });

  it('takes several documents as one, and tells which statement decided', () => {
    const documents = [
      { ...allow, Sid: 'One', Principal: { AWS: account } },
      { ...allow, Sid: 'Two' },
    ].map((each) => JSON.stringify({ Statement: each }));
    const request = {
      caller: callers.user,
      action: 'sts:AssumeRole',
      resource: arn,
      context: conditionContext(() => []),
    };
    expect(evaluateResourcePolicy(documents, request)).toEqual({ effect: 'allow', to: 'caller', sid: 'Two' });
    const deny = JSON.stringify({ Statement: { ...allow, Sid: 'Three', Effect: 'Deny' } });
    expect(evaluateResourcePolicy([...documents, deny], request)).toMatchObject({ explicit: true, sid: 'Three' });
    expect(evaluateResourcePolicy([], request)).toEqual({ effect: 'deny', explicit: false });
  });

  it('asks for the resource where the policy names one', () => {
    expect(decide({ ...allow, Resource: '*' }).effect).toBe('allow');
    expect(decide({ ...allow, Resource: [arn, 'arn:aws:iam::*:role/Other'] }).effect).toBe('allow');
    expect(decide({ ...allow, Resource: `${arn}s` }).effect).toBe('deny');
    expect(decide({ ...allow, NotResource: arn }).effect).toBe('deny');
  });

  it('takes everybody as a text too', () => {
    expect(decide({ ...allow, Principal: '*' })).toMatchObject({ effect: 'allow', to: 'caller' });
  });

  it('consents to those for whom an identity provider vouches by that provider only', () => {
    const provider = `arn:aws:iam::${account}:oidc-provider/ci.example.com`;
    const caller = { kind: 'identity-provider', provider } as const;
    const named = { ...allow, Principal: { Federated: [provider] } };
    expect(decideFor(named, caller)).toMatchObject({ effect: 'allow', to: 'caller' });
    expect(decideFor(named, { ...caller, provider: `${provider}/other` }).effect).toBe('deny');
    expect(decideFor(allow, caller).effect).toBe('deny');
    expect(decideFor([named, { ...allow, Effect: 'Deny' }], caller)).toMatchObject({ explicit: true });
    expect(decideFor([named, { ...allow, Effect: 'Deny', Principal: { AWS: account } }], caller).effect).toBe('allow');
  });

  describe('NotPrincipal', () => {
    const sparing = (...AWS: string[]) => [
      allow,
      { ...allow, Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS } },
    ];

    it.each<[caller: keyof typeof callers, names: string[], effect: string]>([
      ['user', ['AIDAANN', root], 'allow'],
      ['user', ['AIDAANN'], 'deny'],
      ['user', [root], 'deny'],
      ['session', ['AROABUILDER', 'AROABUILDER:job-7', account], 'allow'],
      ['session', ['AROABUILDER', account], 'deny'],
      ['session', ['AROABUILDER:job-7', account], 'deny'],
      ['federated', [callers.federated.arn, 'AIDAANN', root], 'allow'],
      ['root', [root], 'allow'],
      ['user', ['*'], 'allow'],
    ])('spares %s from a deny when it lists %j: %s', (caller, names, effect) => {
      expect(decide(sparing(...names), { caller }).effect).toBe(effect);
    });

    it('spares nobody who has a permissions boundary', () => {
      const bounded = { ...callers.user, permissionsBoundary: {} };
      expect(decideFor(sparing('AIDAANN', root), bounded)).toMatchObject({ explicit: true });
    });

    it('allows those only who are listed in no way', () => {
      const but = (...AWS: string[]) => decide({ ...allow, Principal: undefined, NotPrincipal: { AWS } }).effect;
      expect(but('AIDABOB')).toBe('allow');
      expect(but('AIDAANN')).toBe('deny');
      expect(but(root)).toBe('deny');
    });
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

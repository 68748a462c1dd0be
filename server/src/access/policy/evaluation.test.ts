import { describe, expect, it } from 'vitest';
import { awsManagedPolicies } from '../managed-policies/index.ts';
import { compilePolicy } from './compiled-policy.ts';
import { type ConditionValue, conditionContext, type Decision, evaluate, isExplicitlyDenied } from './evaluation.ts';
import { MalformedPolicyDocumentError } from './policy-document.ts';

type Context = Record<string, ConditionValue>;

function policies(...documents: object[]) {
  return {
    identity: documents.map((document, index) => ({
      source: `policy${index}`,
      policy: compilePolicy(JSON.stringify({ Version: '2012-10-17', ...document })),
    })),
  };
}

function request(action: string, resource: string, context: Context = {}) {
  return { action, resource, context: conditionContext(() => Object.entries(context)) };
}

const repository = 'arn:aws:codecommit:eu-west-1:111122223333:Demo';
const allowAll = { Statement: { Sid: 'All', Effect: 'Allow', Action: '*', Resource: '*' } };

describe('evaluate', () => {
  it('denies by default', () => {
    const expected: Decision = { effect: 'deny', explicit: false, policyType: 'identity-based' };
    expect(evaluate(request('codecommit:GitPull', repository), { identity: [] })).toEqual(expected);
    const other = policies({ Statement: { Effect: 'Allow', Action: 'codecommit:GitPush', Resource: '*' } });
    expect(evaluate(request('codecommit:GitPull', repository), other)).toEqual(expected);
  });

  it('names the policy and the statement that decided', () => {
    const unnamed = { Statement: [{ Effect: 'Deny', Action: 'codecommit:Git*', Resource: '*' }] };
    expect(evaluate(request('iam:GetUser', '*'), policies(unnamed, allowAll))).toEqual({
      effect: 'allow',
      source: 'policy1',
      sid: 'All',
    });
    expect(evaluate(request('codecommit:GitPull', repository), policies(allowAll, unnamed))).toEqual({
      effect: 'deny',
      explicit: true,
      policyType: 'identity-based',
      source: 'policy1',
    });
  });

  it('takes an action in any case, and a resource in its own', () => {
    const set = policies({ Statement: { Effect: 'Allow', Action: 'CodeCommit:git?ull', Resource: repository } });
    expect(evaluate(request('codecommit:GitPull', repository), set).effect).toBe('allow');
    expect(evaluate(request('CODECOMMIT:GITPULL', repository), set).effect).toBe('allow');
    expect(evaluate(request('codecommit:GitPull', repository.toLowerCase()), set).effect).toBe('deny');
  });

  it.each<[pattern: string, resource: string, matches: boolean]>([
    ['*', repository, true],
    ['arn:aws:codecommit:*:*:Demo', repository, true],
    ['arn:aws:codecommit:eu-west-?:111122223333:D*', repository, true],
    ['arn:aws:codecommit:*', repository, true],
    ['arn:aws:codecommit:*:*:Demo', `${repository}2`, false],
    ['arn:aws:codecommit:us-*:*:Demo', repository, false],
    ['arn:aws:iam::*:user/*', 'arn:aws:iam::111122223333:user/a/b', true],
    ['arn:aws:logs:*:*:log-group:*', 'arn:aws:logs:eu-west-1:111122223333:log-group:a:log-stream:b', true],
    ['arn:aws:codecommit:*:*:Demo', '*', false],
  ])('Resource %s on %s: %s', (pattern, resource, matches) => {
    const element = (name: string) => policies({ Statement: { Effect: 'Allow', Action: '*', [name]: pattern } });
    expect(evaluate(request('a:B', resource), element('Resource')).effect).toBe(matches ? 'allow' : 'deny');
    expect(evaluate(request('a:B', resource), element('NotResource')).effect).toBe(matches ? 'deny' : 'allow');
  });

  it('applies NotAction to every other action', () => {
    const set = policies({ Statement: { Effect: 'Allow', NotAction: ['iam:*', 'KMS:Decrypt'], Resource: '*' } });
    expect(evaluate(request('codecommit:GitPull', repository), set).effect).toBe('allow');
    expect(evaluate(request('kms:Encrypt', '*'), set).effect).toBe('allow');
    expect(evaluate(request('kms:Decrypt', '*'), set).effect).toBe('deny');
    expect(evaluate(request('iam:GetUser', '*'), set).effect).toBe('deny');
  });

  it('goes on deciding rightly about more actions than it remembers', () => {
    const set = policies({ Statement: { Effect: 'Allow', Action: 'a:Get*1', Resource: '*' } });
    for (let round = 0; round < 2; round++) {
      for (let number = 0; number < 1_200; number++) {
        const allowed = evaluate(request(`a:Get${number}`, '*'), set).effect === 'allow';
        expect(allowed).toBe(number % 10 === 1);
      }
    }
  });
});

describe('a session with policies of its own', () => {
  const allowGit = { Statement: { Effect: 'Allow', Action: 'codecommit:Git*', Resource: '*' } };
  const denyPush = { Statement: { Effect: 'Deny', Action: 'codecommit:GitPush', Resource: '*' } };
  const session = (identity: object[], own: object[]) => ({
    identity: policies(...identity).identity,
    session: policies(...own).identity,
  });

  it('does what its identity and one of its policies allow', () => {
    const set = session([allowAll], [denyPush, allowGit]);
    expect(evaluate(request('codecommit:GitPull', repository), set)).toEqual({
      effect: 'allow',
      source: 'policy0',
      sid: 'All',
    });
  });

  it.each([
    [
      'its identity does not allow',
      [allowGit],
      [allowAll],
      'iam:GetUser',
      { explicit: false, policyType: 'identity-based' },
    ],
    ['none of its policies allows', [allowAll], [allowGit], 'iam:GetUser', { explicit: false, policyType: 'session' }],
    ['it was given an empty list for', [allowAll], [], 'iam:GetUser', { explicit: false, policyType: 'session' }],
    [
      'a policy of it denies',
      [allowAll],
      [allowAll, denyPush],
      'codecommit:GitPush',
      { explicit: true, policyType: 'session' },
    ],
    [
      'its identity denies',
      [allowAll, denyPush],
      [allowAll],
      'codecommit:GitPush',
      { explicit: true, policyType: 'identity-based' },
    ],
  ])('does nothing that %s', (_why, identity, own, action, denial) => {
    expect(evaluate(request(action, repository), session(identity, own))).toMatchObject({ effect: 'deny', ...denial });
  });

  it('is denied by its own policies where only denies count', () => {
    expect(isExplicitlyDenied(request('codecommit:GitPush', '*'), session([], [denyPush]))).toBe(true);
    expect(isExplicitlyDenied(request('codecommit:GitPush', '*'), session([allowAll], []))).toBe(false);
  });
});

describe('isExplicitlyDenied', () => {
  it('knows denies only', () => {
    const denyKms = { Statement: { Effect: 'Deny', Action: 'kms:*', Resource: '*' } };
    expect(isExplicitlyDenied(request('kms:Decrypt', '*'), policies(allowAll, denyKms))).toBe(true);
    expect(isExplicitlyDenied(request('kms:Decrypt', '*'), policies(allowAll))).toBe(false);
    expect(isExplicitlyDenied(request('kms:Decrypt', '*'), policies())).toBe(false);
    expect(isExplicitlyDenied(request('codecommit:GitPull', '*'), policies(denyKms))).toBe(false);
  });
});

describe('compilePolicy', () => {
  it('compiles a text once', () => {
    const text = JSON.stringify(allowAll);
    expect(compilePolicy(`${text}`)).toBe(compilePolicy(JSON.stringify(allowAll)));
    expect(compilePolicy(`${text} `)).not.toBe(compilePolicy(text));
  });

  it.each([
    'no JSON',
    '{"Statement":[{"Effect":"Deny","Resource":"*"}]}',
    '{"Statement":[{"Effect":"Deny","Action":"*"}]}',
    '{"Statement":[{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]}',
  ])('throws rather than skip what it cannot read: %s', (text) => {
    expect(() => compilePolicy(text)).toThrow(MalformedPolicyDocumentError);
  });
});

describe('a branch protected as in AWS’s guide, in the Null form', () => {
  const protectMain = {
    Statement: {
      Effect: 'Deny',
      Action: ['codecommit:GitPush', 'codecommit:DeleteBranch', 'codecommit:PutFile', 'codecommit:Merge*'],
      Resource: repository,
      Condition: {
        StringEqualsIfExists: { 'codecommit:References': ['refs/heads/main', 'refs/heads/prod'] },
        Null: { 'codecommit:References': 'false' },
      },
    },
  };
  const powerUser = JSON.parse(
    awsManagedPolicies.get('arn:aws:iam::aws:policy/AWSCodeCommitPowerUser')?.document ?? '{}',
  );
  const set = policies(powerUser, protectMain);
  const decide = (action: string, resource: string, reference?: string) =>
    evaluate(request(action, resource, reference === undefined ? {} : { 'codecommit:References': reference }), set);
  const explicitDeny = { effect: 'deny', explicit: true, policyType: 'identity-based', source: 'policy1' };

  it('allows discovery, when no reference is known', () => {
    expect(decide('codecommit:GitPush', repository).effect).toBe('allow');
  });

  it.each(['codecommit:GitPush', 'codecommit:DeleteBranch', 'codecommit:PutFile', 'codecommit:MergeBranchesBySquash'])(
    '%s: main denied, dev allowed',
    (action) => {
      expect(decide(action, repository, 'refs/heads/main')).toEqual(explicitDeny);
      expect(decide(action, repository, 'refs/heads/prod')).toEqual(explicitDeny);
      expect(decide(action, repository, 'refs/heads/dev').effect).toBe('allow');
      expect(decide(action, repository, 'refs/heads/main2').effect).toBe('allow');
      expect(decide(action, `${repository}2`, 'refs/heads/main').effect).toBe('allow');
    },
  );

  it('without the Null condition would deny discovery too', () => {
    const { Condition, ...statement } = protectMain.Statement;
    const withoutNull = {
      Statement: { ...statement, Condition: { StringEqualsIfExists: Condition.StringEqualsIfExists } },
    };
    const decision = evaluate(request('codecommit:GitPush', repository), policies(powerUser, withoutNull));
    expect(decision).toEqual(explicitDeny);
  });

  it('leaves reading alone', () => {
    expect(decide('codecommit:GitPull', repository, 'refs/heads/main').effect).toBe('allow');
  });
});

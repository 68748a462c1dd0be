import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compiled-policy.ts';
import { type ConditionValue, conditionContext, evaluate } from './evaluation.ts';

interface Statement {
  readonly Effect?: 'Allow' | 'Deny';
  readonly Resource?: string | string[];
  readonly NotResource?: string;
  readonly Condition?: object;
}

function allows(
  statement: Statement,
  context: Record<string, ConditionValue>,
  { resource = '*', version = '2012-10-17' }: { resource?: string; version?: string | null } = {},
): boolean {
  const Statement = { Effect: 'Allow', Action: '*', ...statement };
  const policy = compilePolicy(JSON.stringify({ Version: version ?? undefined, Statement }));
  const request = { action: 'iam:GetUser', resource, context: conditionContext(() => Object.entries(context)) };
  return evaluate(request, { identity: [{ source: 'test', policy }] }).effect === 'allow';
}

function denies(statement: Statement, context: Record<string, ConditionValue>, resource = '*'): boolean {
  const policy = compilePolicy(
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: '*', Resource: '*' },
        { Effect: 'Deny', Action: '*', ...statement },
      ],
    }),
  );
  const request = { action: 'iam:GetUser', resource, context: conditionContext(() => Object.entries(context)) };
  return evaluate(request, { identity: [{ source: 'test', policy }] }).effect === 'deny';
}

const own = `arn:aws:iam::*:user/\${aws:username}`;
const ann = 'arn:aws:iam::111122223333:user/ann';

describe('a policy variable in a resource', () => {
  it('stands for the value of its key, in any case', () => {
    expect(allows({ Resource: own }, { 'aws:username': 'ann' }, { resource: ann })).toBe(true);
    expect(allows({ Resource: own }, { 'aws:username': 'bob' }, { resource: ann })).toBe(false);
    const shouted = `arn:aws:iam::*:user/\${ AWS:USERNAME }`;
    expect(allows({ Resource: shouted }, { 'aws:username': 'ann' }, { resource: ann })).toBe(true);
    const byTag = `arn:aws:iam::*:user/\${aws:PrincipalTag/Team}-*`;
    const resource = 'arn:aws:iam::111122223333:user/blue-ann';
    expect(allows({ Resource: byTag }, { 'aws:principaltag/team': 'blue' }, { resource })).toBe(true);
    expect(allows({ Resource: byTag }, { 'aws:principaltag/team': 'red' }, { resource })).toBe(false);
  });

  it('without a value matches nothing, and leaves the other resources alone', () => {
    expect(allows({ Resource: own }, {}, { resource: ann })).toBe(false);
    expect(allows({ Resource: own }, { 'aws:username': ['ann'] }, { resource: ann })).toBe(false);
    expect(allows({ Resource: [own, ann] }, {}, { resource: ann })).toBe(true);
    expect(denies({ Resource: own }, {}, ann)).toBe(false);
  });

  it('takes its default', () => {
    const resource = `arn:aws:iam::*:user/\${aws:PrincipalTag/alias, 'ann'}`;
    expect(allows({ Resource: resource }, {}, { resource: ann })).toBe(true);
    expect(allows({ Resource: resource }, { 'aws:PrincipalTag/alias': 'bob' }, { resource: ann })).toBe(false);
    const unquoted = `arn:aws:iam::*:user/\${aws:PrincipalTag/alias, ann}`;
    expect(allows({ Resource: unquoted }, {}, { resource: ann })).toBe(false);
  });

  it('in NotResource, without a value, never makes an Allow apply nor a Deny not apply', () => {
    expect(allows({ NotResource: own }, { 'aws:username': 'bob' }, { resource: ann })).toBe(true);
    expect(allows({ NotResource: own }, { 'aws:username': 'ann' }, { resource: ann })).toBe(false);
    expect(allows({ NotResource: own }, {}, { resource: ann })).toBe(false);
    expect(denies({ NotResource: own }, { 'aws:username': 'ann' }, ann)).toBe(false);
    expect(denies({ NotResource: own }, {}, ann)).toBe(true);
  });

  it('escapes *, ? and $', () => {
    const resource = `arn:aws:iam::*:user/\${*}\${?}\${$}{aws:username}`;
    const literal = `arn:aws:iam::1:user/*?\${aws:username}`;
    expect(allows({ Resource: resource }, { 'aws:username': 'x' }, { resource: literal })).toBe(true);
    expect(allows({ Resource: resource }, { 'aws:username': 'x' }, { resource: 'arn:aws:iam::1:user/ab$x' })).toBe(
      false,
    );
  });

  it('is plain text where it is never closed', () => {
    const literal = `arn:aws:iam::1:user/\${aws:username`;
    expect(allows({ Resource: literal }, { 'aws:username': 'x' }, { resource: literal })).toBe(true);
  });

  it.each(['2008-10-17', null])('is plain text in Version %s', (version) => {
    expect(allows({ Resource: own }, { 'aws:username': 'ann' }, { resource: ann, version })).toBe(false);
    const literal = `arn:aws:iam::1:user/\${aws:username}`;
    expect(allows({ Resource: own }, { 'aws:username': 'ann' }, { resource: literal, version })).toBe(true);
  });
});

describe('a policy variable in a condition', () => {
  const ownsIt = (operator: string) => ({
    Resource: '*',
    Condition: { [operator]: { 'aws:ResourceTag/owner': `\${aws:username}` } },
  });

  it.each(['StringEquals', 'StringLike', 'StringEqualsIgnoreCase'])('stands for its value in %s', (operator) => {
    const tag = { 'aws:ResourceTag/owner': 'ann' };
    expect(allows(ownsIt(operator), { ...tag, 'aws:username': 'ann' })).toBe(true);
    expect(allows(ownsIt(operator), { ...tag, 'aws:username': 'bob' })).toBe(false);
    expect(allows(ownsIt(operator), tag)).toBe(false);
    expect(denies(ownsIt(operator), tag)).toBe(false);
  });

  it('stands for its value in ARN operators, within its component', () => {
    const Condition = { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::\${aws:PrincipalTag/account}:user/*` } };
    const context = { 'aws:PrincipalArn': ann };
    const statement = { Resource: '*', Condition };
    expect(allows(statement, { ...context, 'aws:PrincipalTag/account': '111122223333' })).toBe(true);
    expect(allows(statement, { ...context, 'aws:PrincipalTag/account': '*' })).toBe(false);
    expect(allows(statement, { ...context, 'aws:PrincipalTag/account': '111122223333:user/ann:x' })).toBe(false);
    expect(allows(statement, context)).toBe(false);
  });

  it('without a value, negated, never makes an Allow apply nor a Deny not apply', () => {
    const tag = { 'aws:ResourceTag/owner': 'ann' };
    expect(allows(ownsIt('StringNotEquals'), { ...tag, 'aws:username': 'bob' })).toBe(true);
    expect(allows(ownsIt('StringNotEquals'), tag)).toBe(false);
    expect(denies(ownsIt('StringNotEquals'), tag)).toBe(true);
    expect(denies(ownsIt('StringNotEquals'), { ...tag, 'aws:username': 'ann' })).toBe(false);
  });

  it.each([ann, 'no ARN'])('without a value, negated, does the same in ARN operators, of %s too', (actual) => {
    const Condition = { ArnNotLike: { 'aws:PrincipalArn': `arn:aws:iam::\${aws:PrincipalTag/account}:user/*` } };
    const context = { 'aws:PrincipalArn': actual };
    expect(allows({ Resource: '*', Condition }, { ...context, 'aws:PrincipalTag/account': '1' })).toBe(true);
    expect(allows({ Resource: '*', Condition }, context)).toBe(false);
    expect(denies({ Resource: '*', Condition }, context)).toBe(true);
  });

  it('is no variable in other operators', () => {
    const Condition = { NumericEquals: { 'test:Number': `\${test:Number}` } };
    expect(allows({ Resource: '*', Condition }, { 'test:Number': '1' })).toBe(false);
  });
});

describe('a substituted value', () => {
  const wild = fc.string({ unit: fc.constantFrom('a', '*', '?', '$', '{', '}', ':'), minLength: 1, maxLength: 6 });
  const prefix = 'arn:aws:iam::1:user/';

  it('is never a wildcard', () => {
    fc.assert(
      fc.property(wild, wild, (value, other) => {
        const context = { 'aws:username': value, 'aws:PrincipalTag/other': other };
        const Condition = { StringLike: { 'aws:PrincipalTag/other': `\${aws:username}` } };
        expect(allows({ Resource: own }, context, { resource: `${prefix}${other}` })).toBe(value === other);
        expect(allows({ Resource: '*', Condition }, context)).toBe(value === other);
      }),
      { numRuns: 1_000 },
    );
  });
});

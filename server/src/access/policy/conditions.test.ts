import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compiled-policy.ts';
import { type ConditionValue, conditionContext, evaluate } from './evaluation.ts';

type PolicyValue = string | number | boolean | (string | number | boolean)[];

function decide(
  effect: 'Allow' | 'Deny',
  condition: Record<string, Record<string, PolicyValue>>,
  context: Record<string, ConditionValue>,
): 'allow' | 'deny' | 'explicit deny' {
  const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
  const Statement = [
    ...(effect === 'Deny' ? [everything] : []),
    { Effect: effect, Action: '*', Resource: '*', Condition: condition },
  ];
  const policy = compilePolicy(JSON.stringify({ Version: '2012-10-17', Statement }));
  const decision = evaluate(
    { action: 'codecommit:GitPush', resource: '*', context: conditionContext(() => Object.entries(context)) },
    { identity: [{ source: 'test', policy }] },
  );
  return decision.effect === 'allow' ? 'allow' : decision.explicit ? 'explicit deny' : 'deny';
}

/** Whether a condition on the key holds; asked of an Allow and of a Deny, which must agree. */
function holds(operator: string, wanted: PolicyValue, actual?: ConditionValue): boolean {
  const condition = { [operator]: { 'test:Key': wanted } };
  const context: Record<string, ConditionValue> = actual === undefined ? {} : { 'test:key': actual };
  const allowed = decide('Allow', condition, context) === 'allow';
  expect(decide('Deny', condition, context)).toBe(allowed ? 'explicit deny' : 'allow');
  return allowed;
}

const ann = 'arn:aws:iam::111122223333:user/team/ann';

describe('each operator', () => {
  it.each<[operator: string, wanted: PolicyValue, match: string, noMatch: string]>([
    ['StringEquals', 'main', 'main', 'Main'],
    ['StringEquals', 'm*', 'm*', 'main'],
    ['StringEquals', ['dev', 'main'], 'main', 'test'],
    ['StringNotEquals', 'main', 'Main', 'main'],
    ['StringNotEquals', ['dev', 'main'], 'test', 'main'],
    ['StringEqualsIgnoreCase', 'Main', 'mAIN', 'dev'],
    ['StringNotEqualsIgnoreCase', 'Main', 'dev', 'mAIN'],
    ['StringLike', 'refs/heads/*', 'refs/heads/a/b', 'refs/tags/a'],
    ['StringLike', 'v?.0', 'v1.0', 'v12.0'],
    ['StringLike', 'a.c', 'a.c', 'abc'],
    ['StringNotLike', 'refs/heads/*', 'refs/tags/a', 'refs/heads/a'],
    ['NumericEquals', '10', '10.0', '11'],
    ['NumericEquals', 10, '10', '9'],
    ['NumericNotEquals', '10', '11', '10'],
    ['NumericLessThan', '10', '9', '10'],
    ['NumericLessThanEquals', '10', '10', '10.5'],
    ['NumericGreaterThan', '10', '100', '10'],
    ['NumericGreaterThanEquals', '-10', '-10', '-11'],
    ['NumericEquals', '10', '10', 'ten'],
    ['DateEquals', '2024-01-01T00:00:00Z', '1704067200', '1704067201'],
    ['DateNotEquals', '2024-01-01T00:00:00Z', '2024-01-02T00:00:00Z', '2024-01-01T01:00:00+01:00'],
    ['DateLessThan', '2024-01-01', '2023-12-31T23:59:59.999Z', '2024-01-01T00:00:00Z'],
    ['DateLessThanEquals', 1704067200, '2024-01-01T00:00:00Z', '2024-01-01T00:00:01Z'],
    ['DateGreaterThan', '2024-01-01T00:00:00Z', '2024-01-01T00:00:01Z', '2024-01-01T00:00:00Z'],
    ['DateGreaterThanEquals', '2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z', '2023-12-31T00:00:00Z'],
    ['Bool', 'true', 'true', 'false'],
    ['Bool', false, 'FALSE', 'true'],
    ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', 'QmluYXJ6'],
    ['IpAddress', '203.0.113.0/24', '203.0.113.5', '203.0.112.5'],
    ['IpAddress', ['10.0.0.0/8', '2001:db8::/32'], '2001:db8::5', '192.0.2.1'],
    ['NotIpAddress', '203.0.113.0/24', '203.0.112.5', '::ffff:203.0.113.5'],
    ['ArnEquals', 'arn:aws:iam::111122223333:user/team/*', ann, 'arn:aws:iam::444455556666:user/team/ann'],
    ['ArnLike', 'arn:aws:iam::*:user/*', ann, 'arn:aws:iam::111122223333:role/x'],
    ['ArnLike', 'arn:aws:iam::1111?2223333:user/team/ann', ann, 'arn:aws:iam::1111:user/team/ann'],
    ['ArnLike', 'arn:aws:iam::*', ann, 'arn:aws:sts::111122223333:user/team/ann'],
    ['ArnNotEquals', 'arn:aws:iam::*:user/*', 'arn:aws:iam::111122223333:role/x', ann],
    ['ArnNotLike', 'arn:aws:iam::*:user/*', 'arn:aws:iam::111122223333:role/x', ann],
  ])('%s %j: %s yes, %s no', (operator, wanted, match, noMatch) => {
    expect(holds(operator, wanted, match)).toBe(true);
    expect(holds(operator, wanted, noMatch)).toBe(false);
    expect(holds(operator.toLowerCase(), wanted, match)).toBe(true);
    expect(holds(`${operator}IfExists`, wanted, match)).toBe(true);
    expect(holds(`${operator}IfExists`, wanted, noMatch)).toBe(false);
    expect(holds(`${operator}IfExists`, wanted)).toBe(true);
    expect(holds(operator, wanted)).toBe(operator.includes('Not'));
    expect(holds(`ForAllValues:${operator}`, wanted)).toBe(true);
    expect(holds(`ForAnyValue:${operator}`, wanted)).toBe(false);
    expect(holds(`ForAnyValue:${operator}IfExists`, wanted)).toBe(true);
    expect(holds(`ForAllValues:${operator}`, wanted, [match, noMatch])).toBe(false);
    expect(holds(`ForAllValues:${operator}`, wanted, [match, match])).toBe(true);
    expect(holds(`ForAnyValue:${operator}`, wanted, [noMatch, match])).toBe(true);
    expect(holds(`ForAnyValue:${operator}`, wanted, [noMatch])).toBe(false);
  });

  it.each<[wanted: PolicyValue, present: boolean, missing: boolean]>([
    ['true', false, true],
    ['false', true, false],
    [true, false, true],
    ['False', true, false],
    [['true', 'false'], true, true],
  ])('Null %j: present %s, missing %s', (wanted, present, missing) => {
    for (const operator of ['Null', 'null', 'ForAllValues:Null', 'ForAnyValue:Null']) {
      expect(holds(operator, wanted, 'x')).toBe(present);
      expect(holds(operator, wanted, '')).toBe(present);
      expect(holds(operator, wanted)).toBe(missing);
      expect(holds(operator, wanted, [])).toBe(missing);
    }
  });
});

describe('ArnLike', () => {
  it('matches component by component', () => {
    expect(holds('ArnLike', 'arn:aws:*:user/team/ann', ann)).toBe(false);
    expect(holds('ArnLike', 'arn:*:*:*:*:user/team/ann', ann)).toBe(true);
    expect(holds('ArnLike', 'arn:aws:s3:::a:b*', 'arn:aws:s3:::a:b:c')).toBe(true);
  });

  it('matches nothing that is no ARN', () => {
    expect(holds('ArnLike', '*', 'ann')).toBe(false);
    expect(holds('ArnLike', '*', ann)).toBe(true);
  });
});

describe('a multivalued key', () => {
  const departments = ['sales', 'research'];

  it('needs every value to match with ForAllValues', () => {
    expect(holds('ForAllValues:StringEquals', ['sales', 'research', 'legal'], departments)).toBe(true);
    expect(holds('ForAllValues:StringEquals', ['sales'], departments)).toBe(false);
    expect(holds('ForAllValues:StringEquals', [], departments)).toBe(false);
    expect(holds('ForAllValues:StringNotEquals', ['legal'], departments)).toBe(true);
    expect(holds('ForAllValues:StringNotEquals', ['sales'], departments)).toBe(false);
  });

  it('needs one value to match with ForAnyValue', () => {
    expect(holds('ForAnyValue:StringEquals', ['legal', 'sales'], departments)).toBe(true);
    expect(holds('ForAnyValue:StringEquals', ['legal'], departments)).toBe(false);
    expect(holds('ForAnyValue:StringNotEquals', ['sales'], departments)).toBe(true);
    expect(holds('ForAnyValue:StringNotEquals', ['sales', 'research'], departments)).toBe(false);
  });

  it('is taken by its values where the operator has no qualifier', () => {
    expect(holds('StringEquals', 'sales', departments)).toBe(true);
    expect(holds('StringEquals', 'legal', departments)).toBe(false);
    expect(holds('StringNotEquals', 'sales', departments)).toBe(false);
    expect(holds('StringNotEquals', 'legal', departments)).toBe(true);
  });
});

describe('several conditions', () => {
  const condition = {
    StringEquals: { 'aws:RequestedRegion': 'eu-west-1', 'aws:username': ['ann', 'bob'] },
    Bool: { 'aws:SecureTransport': 'true' },
  };
  const context = { 'aws:RequestedRegion': 'eu-west-1', 'aws:username': 'bob', 'aws:SecureTransport': 'true' };

  it('must all hold', () => {
    expect(decide('Allow', condition, context)).toBe('allow');
    expect(decide('Allow', condition, { ...context, 'aws:username': 'eve' })).toBe('deny');
    expect(decide('Allow', condition, { ...context, 'aws:RequestedRegion': 'us-east-1' })).toBe('deny');
    expect(decide('Allow', condition, { ...context, 'aws:SecureTransport': 'false' })).toBe('deny');
    expect(decide('Deny', condition, { ...context, 'aws:SecureTransport': 'false' })).toBe('allow');
    expect(decide('Deny', condition, context)).toBe('explicit deny');
  });

  it('find their keys in any case, tag keys included', () => {
    const onTag = { StringEquals: { 'AWS:ResourceTag/TEAM': 'a' } };
    expect(decide('Allow', onTag, { 'aws:resourcetag/Team': 'a' })).toBe('allow');
    expect(decide('Allow', onTag, { 'aws:resourcetag/Team': 'A' })).toBe('deny');
  });

  it('hold where they are empty', () => {
    expect(decide('Allow', {}, {})).toBe('allow');
    expect(decide('Allow', { StringEquals: {} }, {})).toBe('allow');
  });
});

describe('what a stored policy should not hold', () => {
  it.each<[operator: string, keys: Record<string, PolicyValue>]>([
    ['StringEqual', { 'aws:username': 'ann' }],
    ['StringEqual', {}],
    ['NullIfExists', { 'aws:username': 'true' }],
    ['IfExists', { 'aws:username': 'ann' }],
    ['ForSomeValues:StringEquals', { 'aws:username': 'ann' }],
    ['ForAnyValue:ForAllValues:StringEquals', { 'aws:username': 'ann' }],
    ['__proto__x', { 'aws:username': 'ann' }],
    ['NumericEquals', { 'aws:username': 'ten' }],
    ['IpAddress', { 'aws:SourceIp': ['203.0.113.0/24', 'home'] }],
    ['DateLessThanIfExists', { 'aws:CurrentTime': 'tomorrow' }],
    ['Bool', { 'aws:SecureTransport': 'yes' }],
    ['BinaryEquals', { 'test:Key': 'not base64' }],
    ['Null', { 'aws:username': 'maybe' }],
  ])('%s %j: an Allow does not apply, a Deny does', (operator, keys) => {
    const context = { 'aws:username': 'ann', 'aws:SourceIp': '203.0.113.1' };
    expect(decide('Allow', { [operator]: keys }, context)).toBe('deny');
    expect(decide('Deny', { [operator]: keys }, context)).toBe('explicit deny');
  });

  it('leaves the other conditions of a Deny in force', () => {
    const condition = { StringEqual: { 'aws:username': 'ann' }, StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } };
    expect(decide('Deny', condition, { 'aws:RequestedRegion': 'eu-west-1' })).toBe('explicit deny');
    expect(decide('Deny', condition, { 'aws:RequestedRegion': 'us-east-1' })).toBe('allow');
  });
});

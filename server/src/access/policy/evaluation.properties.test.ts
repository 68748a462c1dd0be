import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compiled-policy.ts';
import { type ConditionValue, conditionContext, evaluate } from './evaluation.ts';

type Conditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Condition: Conditions;
  readonly [element: string]: unknown;
}

interface Request {
  readonly action: string;
  readonly resource: string;
  readonly context: [string, ConditionValue][];
}

const keys = ['aws:username', 'aws:TagKeys', 'codecommit:References', 'aws:EpochTime', 'aws:SourceIp'];
const texts = ['ann', 'a*', '?nn', '*', `\${aws:username}`, `\${aws:nobody}`, `\${aws:nobody, 'ann'}`, `\${*}`];
const actions = ['codecommit:GitPush', 'codecommit:GitPull', 'iam:GetUser'];
const resources = ['arn:aws:codecommit:eu-west-1:1:a', 'arn:aws:codecommit:eu-west-1:1:ann', '*'];
const resourcePatterns = ['*', 'arn:aws:codecommit:*:*:a', `arn:aws:codecommit:*:*:\${aws:username}`, 'arn:aws:s3:::*'];

const typedConditions = [
  ...['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike', 'StringNotEqualsIgnoreCase'].map(
    (operator) => [operator, texts] as const,
  ),
  ['NumericLessThan', ['5', '50']] as const,
  ['NumericNotEquals', ['5', '50']] as const,
  ['DateGreaterThan', ['1970-01-01T00:00:05Z', '50']] as const,
  ['IpAddress', ['10.0.0.0/8', '::/0']] as const,
  ['NotIpAddress', ['10.0.0.0/8', '::/0']] as const,
  ['Null', ['true', 'false']] as const,
];

function conditionOn(key: fc.Arbitrary<string>): fc.Arbitrary<Conditions> {
  return fc
    .tuple(
      fc.constantFrom(...typedConditions),
      fc.constantFrom('', 'ForAllValues:', 'ForAnyValue:'),
      fc.constantFrom('', 'IfExists'),
      key,
    )
    .chain(([[operator, values], prefix, suffix, name]) =>
      fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 }).map((chosen) => ({
        [`${prefix}${operator}${operator === 'Null' ? '' : suffix}`]: { [name]: chosen },
      })),
    );
}

const conditions = fc
  .array(conditionOn(fc.constantFrom(...keys)), { maxLength: 2 })
  .map((blocks) => blocks.reduce(bothConditions, {}));

/** Both must hold; their keys differ wherever their operators do not, or the second one stands. */
function bothConditions(first: Conditions, second: Conditions): Conditions {
  const operators = [...Object.keys(first), ...Object.keys(second)];
  return Object.fromEntries(operators.map((operator) => [operator, { ...first[operator], ...second[operator] }]));
}

function statements(effect: 'Allow' | 'Deny'): fc.Arbitrary<Statement> {
  return fc
    .record({
      action: fc.constantFrom('*', 'codecommit:*', 'codecommit:Git*', ...actions),
      resource: fc.uniqueArray(fc.constantFrom(...resourcePatterns), { minLength: 1, maxLength: 2 }),
      Condition: conditions,
      notAction: fc.boolean(),
      notResource: fc.boolean(),
    })
    .map(({ action, resource, Condition, notAction, notResource }) => ({
      Effect: effect,
      [notAction ? 'NotAction' : 'Action']: action,
      [notResource ? 'NotResource' : 'Resource']: resource,
      Condition,
    }));
}

const anyStatements = fc.array(fc.oneof(statements('Allow'), statements('Deny')), { minLength: 1, maxLength: 4 });

const value = fc.oneof(fc.constantFrom('ann', 'bob', 'a*', '7', '10.1.2.3'), fc.array(fc.constantFrom('ann', 'x')));

const requests: fc.Arbitrary<Request> = fc.record({
  action: fc.constantFrom(...actions),
  resource: fc.constantFrom(...resources),
  context: fc.array(fc.tuple(fc.constantFrom(...keys), value)),
});

function decide(request: Request, ...documents: (readonly Statement[])[]) {
  return evaluate({ ...request, context: conditionContext(() => request.context) }, { identity: sourced(documents) });
}

function decideInSession(request: Request, identity: readonly Statement[], session: readonly (readonly Statement[])[]) {
  const policies = { identity: sourced([identity]), session: sourced(session) };
  return evaluate({ ...request, context: conditionContext(() => request.context) }, policies);
}

function sourced(documents: readonly (readonly Statement[])[]) {
  return documents
    .filter((Statement) => Statement.length > 0)
    .map((Statement, index) => ({
      source: String(index),
      policy: compilePolicy(JSON.stringify({ Version: '2012-10-17', Statement })),
    }));
}

function allows(request: Request, ...documents: (readonly Statement[])[]): boolean {
  return decide(request, ...documents).effect === 'allow';
}

const runs = { numRuns: 2_000 };

describe('whatever the policies and the request', () => {
  it('an explicit deny wins, wherever it stands', () => {
    fc.assert(
      fc.property(anyStatements, statements('Deny'), requests, fc.boolean(), (others, deny, request, first) => {
        const applies = decide(request, [deny]).effect === 'deny' && isExplicit(request, [deny]);
        fc.pre(applies);
        const all = first ? [deny, ...others] : [...others, deny];
        expect(decide(request, all)).toMatchObject({ effect: 'deny', explicit: true });
        expect(decide(request, others, [deny])).toMatchObject({ effect: 'deny', explicit: true });
      }),
      runs,
    );
  });

  it('one more deny never allows more', () => {
    fc.assert(
      fc.property(anyStatements, statements('Deny'), requests, (others, deny, request) => {
        if (allows(request, [...others, deny])) expect(allows(request, others)).toBe(true);
        if (allows(request, others, [deny])) expect(allows(request, others)).toBe(true);
      }),
      runs,
    );
  });

  it('one allow less never allows more', () => {
    fc.assert(
      fc.property(anyStatements, statements('Allow'), requests, (others, allow, request) => {
        if (allows(request, others)) expect(allows(request, [...others, allow])).toBe(true);
      }),
      runs,
    );
  });

  it('the order of statements does not matter', () => {
    fc.assert(
      fc.property(anyStatements, requests, (all, request) => {
        expect(allows(request, all.toReversed())).toBe(allows(request, all));
      }),
      runs,
    );
  });

  it('a statement applies as an Allow only where it would as a Deny', () => {
    fc.assert(
      fc.property(statements('Allow'), requests, (allow, request) => {
        if (allows(request, [allow])) expect(isExplicit(request, [{ ...allow, Effect: 'Deny' }])).toBe(true);
      }),
      runs,
    );
  });
});

describe('whatever the policies of a session', () => {
  const sessionPolicies = fc.array(anyStatements, { maxLength: 2 });

  it('they never allow what its identity alone may not', () => {
    fc.assert(
      fc.property(anyStatements, sessionPolicies, requests, (identity, session, request) => {
        if (decideInSession(request, identity, session).effect === 'allow') {
          expect(allows(request, identity)).toBe(true);
          expect(allows(request, ...session)).toBe(true);
        }
      }),
      runs,
    );
  });

  it('what both allow, and neither denies, is allowed', () => {
    fc.assert(
      fc.property(anyStatements, sessionPolicies, requests, (identity, session, request) => {
        const both = allows(request, identity) && allows(request, ...session);
        expect(decideInSession(request, identity, session).effect).toBe(both ? 'allow' : 'deny');
      }),
      runs,
    );
  });

  it('an explicit deny wins, in the identity or in the session', () => {
    fc.assert(
      fc.property(anyStatements, anyStatements, statements('Deny'), requests, (identity, session, deny, request) => {
        fc.pre(isExplicit(request, [deny]));
        const denied = { effect: 'deny', explicit: true };
        expect(decideInSession(request, [...identity, deny], [session])).toMatchObject(denied);
        expect(decideInSession(request, identity, [[...session, deny]])).toMatchObject(denied);
        expect(decideInSession(request, identity, [session, [deny]])).toMatchObject(denied);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what the evaluator does not know', () => {
  const unknownOperator = fc
    .tuple(
      fc.constantFrom('', 'ForAllValues:', 'ForAnyValue:'),
      fc.stringMatching(/^[A-Za-z]{1,12}$/),
      fc.constantFrom('', 'IfExists'),
    )
    .map(([prefix, name, suffix]) => `${prefix}Un${name}known${suffix}`);

  function withCondition(statement: Statement, added: Conditions): Statement {
    return { ...statement, Condition: bothConditions(statement.Condition, added) };
  }

  it('an unknown operator never allows', () => {
    fc.assert(
      fc.property(
        statements('Allow'),
        unknownOperator,
        fc.constantFrom(...keys),
        requests,
        (allow, operator, key, request) => {
          expect(allows(request, [withCondition(allow, { [operator]: { [key]: ['ann'] } })])).toBe(false);
        },
      ),
      runs,
    );
  });

  it('an unknown operator never weakens a deny', () => {
    fc.assert(
      fc.property(statements('Deny'), unknownOperator, requests, (deny, operator, request) => {
        const doubtful = withCondition(deny, { [operator]: { 'aws:username': ['ann'] } });
        expect(isExplicit(request, [doubtful])).toBe(isExplicit(request, [deny]));
      }),
      runs,
    );
  });

  it('a condition on an unknown key never allows more', () => {
    const onUnknownKey = conditionOn(fc.constantFrom('aws:NoSuchKey', 'codecommit:Nothing'));
    fc.assert(
      fc.property(statements('Allow'), onUnknownKey, requests, (allow, added, request) => {
        if (allows(request, [withCondition(allow, added)])) expect(allows(request, [allow])).toBe(true);
      }),
      runs,
    );
  });

  it('a value wanted of an unknown key never allows', () => {
    const positive = fc.constantFrom(
      'StringEquals',
      'StringLike',
      'ForAnyValue:StringLike',
      'ForAnyValue:StringNotEquals',
    );
    fc.assert(
      fc.property(
        statements('Allow'),
        positive,
        fc.constantFrom(...texts),
        requests,
        (allow, operator, text, request) => {
          expect(allows(request, [withCondition(allow, { [operator]: { 'aws:NoSuchKey': [text] } })])).toBe(false);
        },
      ),
      runs,
    );
  });
});

function isExplicit(request: Request, document: readonly Statement[]): boolean {
  const decision = decide(request, document);
  return decision.effect === 'deny' && decision.explicit;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedPolicyDocumentError } from './policy-document.ts';
import { awsPrincipalsOf, readResourcePolicy, renameAwsPrincipals } from './resource-policy.ts';
import { parseTrustPolicy } from './trust-policy.ts';

const ann = 'arn:aws:iam::111122223333:user/ann';
const nobody = { negated: false, AWS: [], Service: [], Federated: [], CanonicalUser: [] };
const statement = { Effect: 'Allow', Principal: { AWS: ann }, Action: 'sts:AssumeRole' };

function documentWith(changes: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, ...changes }] });
}

function refusal(text: string): string {
  try {
    parseTrustPolicy(text);
  } catch (error) {
    if (error instanceof MalformedPolicyDocumentError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('parseTrustPolicy', () => {
  it('reads every element', () => {
    const text = JSON.stringify({
      Version: '2008-10-17',
      Id: 'any',
      Statement: [
        { Sid: 'One', ...statement, Condition: { StringEquals: { 'sts:ExternalId': 'x' } } },
        {
          Effect: 'Deny',
          Principal: { AWS: [ann, '*'], Service: 'codebuild.amazonaws.com', Federated: ['accounts.google.com'] },
          NotAction: ['sts:TagSession'],
        },
      ],
    });
    expect(parseTrustPolicy(text)).toEqual({
      variables: false,
      statements: [
        {
          sid: 'One',
          effect: 'Allow',
          actions: { negated: false, patterns: ['sts:AssumeRole'] },
          principals: { ...nobody, AWS: [ann] },
          resources: undefined,
          conditions: [{ operator: 'StringEquals', keys: [{ key: 'sts:ExternalId', values: ['x'] }] }],
        },
        {
          sid: undefined,
          effect: 'Deny',
          actions: { negated: true, patterns: ['sts:TagSession'] },
          principals: {
            ...nobody,
            AWS: [ann, '*'],
            Service: ['codebuild.amazonaws.com'],
            Federated: ['accounts.google.com'],
          },
          resources: undefined,
          conditions: [],
        },
      ],
    });
  });

  const syntaxErrors = 'Syntax errors in policy.';
  const empty = 'Missing required field Principal cannot be empty!';

  it.each<[why: string, text: string, message: string]>([
    ['no JSON', '{', 'This policy contains invalid Json'],
    ['no object', '[]', 'This policy contains invalid Json'],
    ['an element twice', '{"Statement":[],"Statement":[]}', 'This policy contains invalid Json'],
    ['a statement that is none', '{"Statement":["x"]}', 'This policy contains invalid Json'],
    ['a name that is no text', '{"Id":[],"Statement":[]}', 'This policy contains invalid Json'],
    ['another version', '{"Version":"2020-01-01"}', 'The policy must contain a valid version string'],
    ['no statement', '{"Version":"2012-10-17"}', 'Could not parse the policy: Statement is empty!'],
    ['no statements', '{"Statement":[]}', 'Could not parse the policy: Statement is empty!'],
    ['an element of no policy', '{"Statements":[]}', syntaxErrors],
    ['an element of no statement', documentWith({ Principals: '*' }), syntaxErrors],
    ['no effect', documentWith({ Effect: undefined }), 'Missing required field Effect'],
    ['no principal', documentWith({ Principal: undefined }), 'Missing required field Principal'],
    ['no principals', documentWith({ Principal: {} }), empty],
    ['an empty list of principals', documentWith({ Principal: { AWS: [] } }), empty],
    ['everybody as a text', documentWith({ Principal: '*' }), 'Principal must be a JSON object.'],
    [
      'a principal of another type',
      documentWith({ Principal: { Group: 'g' } }),
      'Invalid principal in policy: "Group"',
    ],
    ['a principal that is no text', documentWith({ Principal: { AWS: [1] } }), syntaxErrors],
    [
      'an allow of all but some',
      documentWith({ NotPrincipal: { AWS: ann } }),
      'Allow with NotPrincipal is not allowed.',
    ],
    [
      'a deny of all but some',
      documentWith({ Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: ann } }),
      'AssumeRole policy must not contain NotPrincipal field.',
    ],
    ['a resource', documentWith({ Resource: '*' }), 'Has prohibited field Resource'],
    ['no resource', documentWith({ NotResource: '*' }), 'AssumeRole policy must not contain resources.'],
    ['no action', documentWith({ Action: undefined }), 'Missing required field Action'],
    ['no actions', documentWith({ Action: [] }), 'Missing required field Action'],
    [
      'an action of another service',
      documentWith({ Action: ['sts:AssumeRole', 'iam:GetRole'] }),
      'AssumeRole policy may only specify STS AssumeRole actions.',
    ],
    ['every action', documentWith({ Action: '*' }), 'AssumeRole policy may only specify STS AssumeRole actions.'],
    ['two actions that exclude each other', documentWith({ NotAction: 'sts:TagSession' }), syntaxErrors],
    ['an unknown condition', documentWith({ Condition: { Like: { a: 'b' } } }), 'Invalid Condition type : Like.'],
    ['a condition that is none', documentWith({ Condition: 'x' }), syntaxErrors],
    [
      'a name twice',
      JSON.stringify({
        Statement: [
          { Sid: 'a', ...statement },
          { Sid: 'a', ...statement },
        ],
      }),
      'The Statement Ids in the policy are not unique',
    ],
  ])('refuses %s', (_why, text, message) => {
    expect(refusal(text)).toBe(message);
  });

  it.each(['sts:AssumeRole', 'STS:assumerole', 'sts:*', 'sts:TagSession'])('takes the action %s', (Action) => {
    expect(refusal(documentWith({ Action }))).toBe('accepted');
  });
});

describe('whatever the text', () => {
  const value = fc.oneof(
    fc.constantFrom('*', ann, 'Allow', 'Deny', 'sts:AssumeRole', '2012-10-17', null, 7, true),
    fc.constantFrom<unknown>([], {}, [ann, 1], { AWS: ann }, { AWS: [ann, '*'], Service: 's' }, { __proto__: null }),
    fc.json().map((text) => JSON.parse(text) as unknown),
  );
  const names = [
    'Version',
    'Id',
    'Statement',
    'Sid',
    'Effect',
    'Principal',
    'Action',
    'NotAction',
    'Condition',
    '__proto__',
  ];
  const objects = fc.array(fc.tuple(fc.constantFrom(...names), value)).map((entries) => Object.fromEntries(entries));
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    objects.map((changes) => documentWith(changes)),
    objects.map((document) => JSON.stringify({ Statement: [statement], ...document })),
  );

  it('is refused as malformed, or can be stored, and is then the same policy', () => {
    fc.assert(
      fc.property(texts, (text) => {
        if (refusal(text) !== 'accepted') return;
        const stored = renameAwsPrincipals(text, (name) => name);
        expect(parseTrustPolicy(stored)).toEqual(parseTrustPolicy(text));
        expect(readResourcePolicy(stored)).toEqual(parseTrustPolicy(text));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the principals of a trust policy', () => {
  const bob = 'arn:aws:iam::111122223333:user/bob';
  const text = JSON.stringify(
    {
      Statement: [
        { ...statement, Condition: { ArnEquals: { 'aws:PrincipalArn': ann } } },
        { ...statement, Principal: { AWS: [bob, ann], Service: 'codebuild.amazonaws.com' } },
        { ...statement, Principal: { Service: ann } },
      ],
    },
    null,
    2,
  );

  it('are told in order', () => {
    expect(awsPrincipalsOf(text)).toEqual([ann, bob, ann]);
  });

  it('get other names, and nothing else does', () => {
    const renamed = renameAwsPrincipals(text, (name) => (name === ann ? 'AIDAANN' : name));
    expect(JSON.parse(renamed)).toEqual({
      Statement: [
        { ...statement, Principal: { AWS: 'AIDAANN' }, Condition: { ArnEquals: { 'aws:PrincipalArn': ann } } },
        { ...statement, Principal: { AWS: [bob, 'AIDAANN'], Service: 'codebuild.amazonaws.com' } },
        { ...statement, Principal: { Service: ann } },
      ],
    });
    const single = JSON.stringify({ Statement: statement });
    expect(renameAwsPrincipals(single, () => 'x')).toBe(single.replace(ann, 'x'));
  });
});

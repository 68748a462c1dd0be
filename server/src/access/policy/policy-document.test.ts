import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compiled-policy.ts';
import { MalformedPolicyDocumentError, parsePolicyDocument } from './policy-document.ts';

const statement = { Effect: 'Allow', Action: 'codecommit:GitPull', Resource: '*' };

function documentWith(changes: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: { ...statement, ...changes } });
}

function refusal(text: string): string {
  try {
    parsePolicyDocument(text);
  } catch (error) {
    if (error instanceof MalformedPolicyDocumentError) return error.message;
    throw error;
  }
  return 'accepted';
}

const syntaxErrors = 'Syntax errors in policy.';
const legacy = 'The policy failed legacy parsing';
const noVendor = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';
const iamPath =
  'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, ' +
  'server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.';

describe('parsePolicyDocument', () => {
  it('reads every element', () => {
    const text = JSON.stringify({
      Version: '2008-10-17',
      Id: 'any id at all',
      Statement: [
        {
          Sid: 'One1',
          ...statement,
          Condition: { Bool: { 'aws:SecureTransport': true }, numericEquals: { a: [1, '2'] } },
        },
        { Effect: 'Deny', NotAction: ['iam:*', '*'], NotResource: ['arn:aws:codecommit:*:*:a', '*'] },
      ],
    });
    expect(parsePolicyDocument(text)).toEqual({
      version: '2008-10-17',
      statements: [
        {
          sid: 'One1',
          effect: 'Allow',
          actions: { negated: false, patterns: ['codecommit:GitPull'] },
          resources: { negated: false, patterns: ['*'] },
          conditions: [
            { operator: 'Bool', keys: [{ key: 'aws:SecureTransport', values: ['true'] }] },
            { operator: 'numericEquals', keys: [{ key: 'a', values: ['1', '2'] }] },
          ],
        },
        {
          sid: undefined,
          effect: 'Deny',
          actions: { negated: true, patterns: ['iam:*', '*'] },
          resources: { negated: true, patterns: ['arn:aws:codecommit:*:*:a', '*'] },
          conditions: [],
        },
      ],
    });
  });

  it.each<[string, object]>([
    ['no Sid', {}],
    ['an empty Sid', { Sid: '' }],
    ['any vendor', { Action: ['s3.x-y:Get*', '*:Get', '*'] }],
    ['any name of an action', { Action: 'iam: no such action ' }],
    ['empty conditions', { Condition: {} }],
    ['an operator without keys', { Condition: { DateLessThan: {} } }],
    ['a key without values', { Condition: { DateLessThan: { a: [] } } }],
    [
      'set operators',
      { Condition: { 'ForAnyValue:StringEqualsIfExists': { a: 'x' }, 'forallvalues:stringlike': { b: 'y' } } },
    ],
    ['a variable in a resource', { Resource: `arn:aws:iam::*:user/\${aws:username}` }],
    ['a variable as account', { Resource: `arn:aws:iam::\${aws:PrincipalAccount}:user/x` }],
    ['an ARN that ends in a run', { Resource: ['arn:aws:codecommit:*', 'arn:aws:logs:us-east-1:*', 'arn:*:s3:::*'] }],
    ['all of IAM', { Resource: 'arn:aws:iam::111122223333:*' }],
  ])('accepts %s', (_what, changes) => {
    expect(refusal(documentWith(changes))).toBe('accepted');
    expect(() => compilePolicy(documentWith(changes))).not.toThrow();
  });

  it.each<[string, object | string]>([
    [syntaxErrors, ''],
    [syntaxErrors, 'no JSON'],
    [syntaxErrors, '[]'],
    [syntaxErrors, 'null'],
    [syntaxErrors, '"text"'],
    ['Syntax error at position (2,11)', '{\n"Version" "2012-10-17"}'],
    [syntaxErrors, '{}'],
    [syntaxErrors, '{"Version":"2012-10-17"}'],
    [syntaxErrors, '{"Version":"2012-10-17","Statement":[]}'],
    [syntaxErrors, '{"Version":"2012-10-17","Statement":["a"]}'],
    [syntaxErrors, '{"Version":"2012-10-17","Statement":null}'],
    [syntaxErrors, '{"Version":20121017,"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'],
    [syntaxErrors, '{"Id":{},"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'],
    [syntaxErrors, '{"Extra":1,"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'],
    [syntaxErrors, '{"__proto__":{},"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'],
    ['The policy must contain a valid version string.', '{"Version":"2013-10-17","Statement":{}}'],
    [syntaxErrors, { Extra: 'x' }],
    [syntaxErrors, { Sid: 1 }],
    [syntaxErrors, { Effect: undefined }],
    [syntaxErrors, { Effect: 'Permit' }],
    [syntaxErrors, { Effect: ['Allow'] }],
    [legacy, { Effect: 'deny' }],
    ['Policy document should not specify a principal.', { Principal: '*' }],
    ['Policy document should not specify a principal.', { NotPrincipal: { AWS: '*' } }],
    [syntaxErrors, { NotAction: 'iam:*' }],
    [syntaxErrors, { NotResource: '*' }],
    [syntaxErrors, { Action: {} }],
    [syntaxErrors, { Action: [['codecommit:*']] }],
    [syntaxErrors, { Action: null }],
    [syntaxErrors, { Resource: 1 }],
    [syntaxErrors, { Condition: [] }],
    [syntaxErrors, { Condition: 'x' }],
    [syntaxErrors, { Condition: { StringEquals: 'x' } }],
    [syntaxErrors, { Condition: { StringEquals: [] } }],
    [syntaxErrors, { Condition: { StringEquals: { a: {} } } }],
    [syntaxErrors, { Condition: { StringEquals: { a: null } } }],
    [syntaxErrors, { Condition: { StringEquals: { a: [['x']] } } }],
    ['Invalid Condition type : StringEqual.', { Condition: { StringEqual: { a: 'x' } } }],
    ['Invalid Condition type : StringEqual.', { Condition: { StringEqual: {} } }],
    ['Invalid Condition type : NullIfExists.', { Condition: { NullIfExists: { a: 'true' } } }],
    ['Invalid Condition type : ForAnyValue::Bool.', { Condition: { 'ForAnyValue::Bool': { a: 'true' } } }],
    [legacy, { Condition: { DateLessThan: { a: 'tomorrow' } } }],
    [legacy, { Condition: { NumericEquals: { a: ['1', 'one'] } } }],
    [legacy, { Condition: { Bool: { a: 'yes' } } }],
    [legacy, { Condition: { Null: { a: '' } } }],
    [legacy, { Condition: { IpAddress: { a: '203.0.113.0/33' } } }],
    ['Policy statement must contain actions.', { Action: undefined }],
    ['Policy statement must contain actions.', { Action: [] }],
    ['Policy statement must contain actions.', { Action: undefined, NotAction: [], Resource: 'x' }],
    ['Policy statement must contain resources.', { Resource: undefined }],
    ['Policy statement must contain resources.', { Resource: [] }],
    [noVendor, { Action: 'GitPull' }],
    [noVendor, { Action: '' }],
    [noVendor, { Action: 'Git*', Resource: undefined }],
    ['Actions/Condition can contain only one colon.', { Action: ['*', 'a:b:c'] }],
    ['Vendor code commit is not valid', { Action: 'code commit:GitPull' }],
    ['Vendor code* is not valid', { Action: undefined, NotAction: 'code*:GitPull' }],
    ['Vendor  is not valid', { Action: ':GitPull' }],
    ['Resource my-repo must be in ARN format or "*".', { Resource: 'my-repo' }],
    ['Resource  must be in ARN format or "*".', { Resource: ['*', ''] }],
    ['Resource my-repo must be in ARN format or "*".', { Resource: 'my-repo', Action: 'GitPull' }],
    ['Resource x:aws:s3:::a must be in ARN format or "*".', { Resource: 'x:aws:s3:::a' }],
    [
      'Resource arn:aws:codecommit:us-east-1 must be in ARN format or "*".',
      { Resource: 'arn:aws:codecommit:us-east-1' },
    ],
    ['Partition "x" is not valid for resource "arn:x:s3:::a".', { Resource: 'arn:x:s3:::a' }],
    ['Partition "b" is not valid for resource "arn:b:c:*:*:*".', { Resource: 'a:b:c' }],
    ['Resource vendor must be fully qualified and cannot contain regexes.', { Resource: 'arn:aws' }],
    ['Resource vendor must be fully qualified and cannot contain regexes.', { Resource: 'arn:aws:code*:*:*:*' }],
    [legacy, { Resource: 'arn:aws:s3::a' }],
    [legacy, { Resource: 'arn:aws::::a' }],
    [legacy, { Resource: 'arn:aws:s3::a', Action: undefined }],
    [
      'IAM resource arn:aws:iam:us-east-1::user/x cannot contain region information.',
      { Resource: 'arn:aws:iam:us-east-1::user/x' },
    ],
    ['Resource arn:aws:s3:us-east-1::x can not contain region information.', { Resource: 'arn:aws:s3:us-east-1::x' }],
    [iamPath, { Resource: 'arn:aws:iam::111122223333:ann' }],
    [
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      { Sid: 'not this' },
    ],
  ])('says %s to %j', (message, changes) => {
    expect(refusal(typeof changes === 'string' ? changes : documentWith(changes))).toBe(message);
  });

  it('refuses a Sid used twice, but not none used twice', () => {
    const twice = (Sid: string) =>
      JSON.stringify({
        Statement: [
          { ...statement, Sid },
          { ...statement, Sid },
        ],
      });
    expect(refusal(twice('A'))).toBe('Statement IDs (SID) in a single policy must be unique.');
    expect(refusal(twice(''))).toBe('accepted');
  });

  it('refuses a member named twice, escaped or not, and takes equal names in different objects', () => {
    const [open, close] = ['{"Statement":[{"Effect":"Deny",', '"Action":"*","Resource":"*"}]}'];
    expect(refusal(`${open}${close}`)).toBe('accepted');
    expect(refusal(`${open}"Effect" : "Allow",${close}`)).toBe(syntaxErrors);
    expect(refusal(`${open}"Condition":{"Bool":{}},"Effect":"Allow",${close}`)).toBe(syntaxErrors);
    expect(refusal(`${open}"\\u0045ffect":"Allow",${close}`)).toBe(syntaxErrors);
    expect(refusal(`${open}"Condition":{"Bool":{"a":"true","a":"false"}},${close}`)).toBe(syntaxErrors);
    expect(refusal(`${open}"Condition":{"Bool":{"a":"true"},"Null":{"a":"true"}},${close}`)).toBe('accepted');
    expect(refusal(`${open}"Condition":{"StringEquals":{"a":["\\"a\\":","\\\\"],"b":"{"}},${close}`)).toBe('accepted');
  });
});

describe('on any input at all', () => {
  const element = fc.oneof(
    fc.constantFrom('*', 'codecommit:GitPull', 'arn:aws:codecommit:*:*:a', 'Allow', 'Deny', '', true, 1, null),
    fc.string(),
    fc.array(fc.string()),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const condition = fc.dictionary(
    fc.constantFrom('StringEquals', 'Null', 'IpAddress', 'DateLessThan', 'Bogus', '__proto__', 'constructor'),
    fc.oneof(fc.dictionary(fc.string(), element), element),
  );
  const policyLike = fc.record(
    {
      Version: fc.oneof(fc.constantFrom('2012-10-17', '2008-10-17'), element),
      Id: element,
      Statement: fc.array(
        fc.record(
          {
            Sid: element,
            Effect: fc.oneof(fc.constantFrom('Allow', 'Deny'), element),
            Action: element,
            NotAction: element,
            Resource: element,
            Condition: fc.oneof(condition, element),
          },
          { requiredKeys: ['Effect', 'Action', 'Resource'] },
        ),
      ),
    },
    { requiredKeys: ['Statement'] },
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    policyLike.map((value) => JSON.stringify(value)),
  );

  it('throws nothing but MalformedPolicyDocumentError', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(typeof refusal(text)).toBe('string');
      }),
      { numRuns: 5_000 },
    );
  });

  it('compiles whatever it accepts', () => {
    fc.assert(
      fc.property(texts, (text) => {
        if (refusal(text) === 'accepted') expect(() => compilePolicy(text)).not.toThrow();
      }),
      { numRuns: 5_000 },
    );
  });

  it('stands very deep nesting', () => {
    expect(refusal('['.repeat(200_000))).toBe(syntaxErrors);
    expect(refusal(`{"Statement":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toBe(syntaxErrors);
    expect(refusal(`{"a":"${'\\\\'.repeat(200_000)}"}`)).toBe(syntaxErrors);
  });
});

import { describe, expect, it } from 'vitest';
import { jsonProblem, malformedPolicyProblem } from './policy-problem.ts';

describe('what is wrong with a text as JSON', () => {
  it.each([
    ['{\n  "a": 1,\n}', 3, 1],
    ['{\n  "a": "b"\n  "c": 1\n}', 3, 3],
    ['{\n  "a": [1', 2, 10],
    ['', 1, 1],
  ])('%j', (text, line, column) => {
    expect(jsonProblem(text)).toMatchObject({ start: { line, column }, end: { line, column: column + 1 } });
  });

  it('has nothing against JSON', () => {
    expect(jsonProblem('{"a": [1, 2]}')).toBeUndefined();
  });
});

describe('what IAM holds against a policy, at its place', () => {
  it.each([
    ['Vendor code commit is not valid', '"Action": "code commit:*"', '"code commit:*"'],
    [
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
      '"Action": ["s3:*", "*", "GitPull"]',
      '"GitPull"',
    ],
    ['Actions/Condition can contain only one colon.', '"NotAction": "a:b:c"', '"a:b:c"'],
    ['Resource bucket must be in ARN format or "*".', '"Resource": ["*", "bucket"]', '"bucket"'],
    [
      'IAM resource arn:aws:iam:eu-west-1:1:user/a cannot contain region information.',
      '"Resource": "arn:aws:iam:eu-west-1:1:user/a"',
      '"arn:aws:iam:eu-west-1:1:user/a"',
    ],
    ['Invalid Condition type : Sounds.', '"Condition": { "Sounds": { "a": "b" } }', '"Sounds"'],
    [
      'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/gone"',
      '"Principal": { "AWS": "arn:aws:iam::123456789012:user/gone" }',
      '"arn:aws:iam::123456789012:user/gone"',
    ],
    [
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      '"Sid": "not one"',
      '"not one"',
    ],
    ['Statement IDs (SID) in a single policy must be unique.', '"Sid": "One" }, { "Sid":"One"', '"Sid":"One"'],
    ['Policy document must be version 2012-10-17 or greater.', '"Version": "2008-10-17"', '"Version": "2008-10-17"'],
  ])('%s', (message, elements, pointedOut) => {
    const text = `{\n  "Statement": [\n    { ${elements} }\n  ]\n}`;
    const { start, end, ...problem } = malformedPolicyProblem(text, message);
    expect(problem.message).toBe(message);
    expect([start?.line, end?.line]).toEqual([3, 3]);
    expect(text.split('\n')[2]?.slice((start?.column ?? 0) - 1, (end?.column ?? 0) - 1)).toBe(pointedOut);
  });

  it('takes the place that the message tells', () => {
    expect(malformedPolicyProblem('{', 'Syntax error at position (3,7)').start).toEqual({ line: 3, column: 7 });
  });

  it.each(['Syntax errors in policy.', 'Vendor x is not valid'])(
    'points at no place that it does not know: %s',
    (message) => {
      expect(malformedPolicyProblem('{"Statement": [null, {"Action": 1}]}', message)).toEqual({ message });
    },
  );
});

import { expect, it } from 'vitest';
import { trustedEntities } from './trusted-entities.ts';

it.each<[unknown, string[]]>([
  [{ AWS: 'arn:aws:iam::123456789012:root' }, ['Account: 123456789012']],
  [{ AWS: ['123456789012', 'arn:aws:iam::123456789012:user/ada'] }, ['Account: 123456789012', 'user/ada']],
  [
    { Service: ['ec2.amazonaws.com', 'lambda.amazonaws.com'] },
    ['Service: ec2.amazonaws.com', 'Service: lambda.amazonaws.com'],
  ],
  [
    { Federated: 'arn:aws:iam::123456789012:oidc-provider/a.example.com' },
    ['Identity provider: oidc-provider/a.example.com'],
  ],
  ['*', ['Everyone']],
  [{ AWS: '*' }, ['Everyone']],
  [undefined, []],
])('a trust policy with %j', (Principal, expected) => {
  const statement = { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' };
  expect(trustedEntities(JSON.stringify({ Statement: [statement, statement] }))).toEqual(expected);
  expect(trustedEntities(JSON.stringify({ Statement: statement }))).toEqual(expected);
});

import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../access/policy/compiled-policy.ts';
import type { Principal } from '../../access/principal.ts';
import { rootPrincipal } from '../../access/principals.ts';
import { stsOperations } from './operations.ts';

const environment = {
  sourceIp: '192.0.2.1',
  userAgent: undefined,
  secureTransport: true,
  region: 'us-east-1',
  time: new Date(0),
};

function getCallerIdentity(principal: Principal) {
  return stsOperations.get('GetCallerIdentity')?.run({}, { requestId: 'request', principal, environment }, {});
}

describe('GetCallerIdentity', () => {
  it('tells who root is', async () => {
    expect(await getCallerIdentity(rootPrincipal('111122223333'))).toEqual({
      UserId: '111122223333',
      Account: '111122223333',
      Arn: 'arn:aws:iam::111122223333:root',
    });
  });

  it('tells users who they are although a policy denies it', async () => {
    const denial = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}';
    const user: Principal = {
      kind: 'user',
      accountId: '111122223333',
      arn: 'arn:aws:iam::111122223333:user/team/alice',
      userId: 'AIDAEXAMPLE',
      userName: 'alice',
      tags: {},
      identityPolicies: [{ source: 'denial', policy: compilePolicy(denial) }],
    };
    expect(await getCallerIdentity(user)).toEqual({
      UserId: 'AIDAEXAMPLE',
      Account: '111122223333',
      Arn: 'arn:aws:iam::111122223333:user/team/alice',
    });
  });
});

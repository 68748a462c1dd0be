import { describe, expect, it } from 'vitest';
import { authorize, authorizeAssumption } from './authorization.ts';
import { compilePolicy } from './policy/compiled-policy.ts';
import type { Principal, RequestEnvironment } from './principal.ts';
import { rootPrincipal } from './principals.ts';

const accountId = '111122223333';
const resource = { arn: `arn:aws:codecommit:eu-west-1:${accountId}:Demo`, accountId };
const environment: RequestEnvironment = {
  sourceIp: '192.0.2.1',
  userAgent: 'git/2.39',
  secureTransport: true,
  region: 'eu-west-1',
  time: new Date('2026-01-01T01:00:00Z'),
};
const session = { issuedAt: new Date('2026-01-01T00:00:00Z'), expiresAt: new Date('2026-01-01T12:00:00Z') };

function policy(effect: 'Allow' | 'Deny', action: string, Condition: object = {}) {
  const Statement = { Effect: effect, Action: action, Resource: '*', Condition };
  return { source: 'test', policy: compilePolicy(JSON.stringify({ Version: '2012-10-17', Statement })) };
}

const user: Principal = {
  kind: 'user',
  accountId,
  arn: `arn:aws:iam::${accountId}:user/ann`,
  userId: 'AIDAANN',
  userName: 'ann',
  tags: {},
  identityPolicies: [policy('Allow', '*')],
};

const role: Principal = {
  kind: 'assumed-role',
  accountId,
  arn: `arn:aws:sts::${accountId}:assumed-role/Builder/job-7`,
  userId: 'AROABUILDER:job-7',
  tags: {},
  identityPolicies: [policy('Allow', '*')],
  session: { ...session, issuerArn: `arn:aws:iam::${accountId}:role/ci/Builder` },
};

const federated: Principal = {
  kind: 'federated-user',
  accountId,
  arn: `arn:aws:sts::${accountId}:federated-user/kim`,
  userId: `${accountId}:kim`,
  tags: {},
  identityPolicies: [policy('Allow', '*')],
  session,
};

function pull(principal: Principal): void {
  authorize(principal, environment, 'codecommit:GitPull', resource);
}

/** Whether a condition holds for a caller. */
function holds(principal: Principal, Condition: object): boolean {
  try {
    pull({ ...principal, identityPolicies: [policy('Allow', '*', Condition)] });
    return true;
  } catch {
    return false;
  }
}

describe('authorize', () => {
  const opening = `User: ${role.arn} is not authorized to perform: codecommit:GitPull on resource: ${resource.arn} `;

  it.each<[string, Partial<Principal>]>([
    ['because no identity-based policy allows the codecommit:GitPull action', { identityPolicies: [] }],
    ['with an explicit deny in an identity-based policy', { identityPolicies: [policy('Deny', '*')] }],
    ['because no session policy allows the codecommit:GitPull action', { sessionPolicies: [] }],
    ['because no session policy allows the codecommit:GitPull action', { sessionPolicies: [policy('Allow', 'iam:*')] }],
    ['with an explicit deny in a session policy', { sessionPolicies: [policy('Deny', 'codecommit:*')] }],
  ])('refuses in the words of AWS: %s', (because, policies) => {
    expect(() => pull({ ...role, ...policies })).toThrow(opening + because);
  });

  it('lets a session do what both kinds of policies allow', () => {
    expect(() => pull({ ...role, sessionPolicies: [policy('Allow', 'codecommit:GitPull')] })).not.toThrow();
    expect(() => pull(role)).not.toThrow();
  });

  it('lets root do everything in its own account only, and a session of root what the session allows', () => {
    expect(() => pull(rootPrincipal(accountId))).not.toThrow();
    expect(() => pull(rootPrincipal('999900001111'))).toThrow('because no identity-based policy allows');
    const ofRoot = { ...federated, identityPolicies: rootPrincipal(accountId).identityPolicies };
    expect(() => pull({ ...ofRoot, sessionPolicies: [policy('Allow', 'codecommit:*')] })).not.toThrow();
    expect(() => pull({ ...ofRoot, sessionPolicies: [] })).toThrow('because no session policy allows');
  });
});

describe('authorizeAssumption', () => {
  const trusting = (AWS: string, effect = 'Allow') => ({
    Effect: effect,
    Principal: { AWS },
    Action: 'sts:AssumeRole',
  });
  const inAccount = (ownerId: string, ...Statement: object[]) => ({
    arn: `arn:aws:iam::${ownerId}:role/Deployer`,
    accountId: ownerId,
    trustPolicy: JSON.stringify({ Version: '2012-10-17', Statement }),
  });
  const byAccount = trusting(`arn:aws:iam::${accountId}:root`);
  const byName = trusting('AIDAANN');
  const nothing = { ...user, identityPolicies: [] };
  const may = policy('Allow', 'sts:AssumeRole');
  const mayNot = policy('Deny', 'sts:*');
  const own = (...statements: object[]) => inAccount(accountId, ...statements);
  const elsewhere = (...statements: object[]) => inAccount('999900001111', ...statements);

  function denial(principal: Principal, assumed: ReturnType<typeof own>): string {
    try {
      authorizeAssumption(principal, environment, 'sts:AssumeRole', assumed);
    } catch (error) {
      const [, because] = / on resource: \S+ (.*)$/.exec(String(error)) ?? [];
      return because ?? String(error);
    }
    return 'none';
  }

  const noTrust = 'because no role trust policy allows the sts:AssumeRole action';
  const noIdentity = 'because no identity-based policy allows the sts:AssumeRole action';

  it.each<[why: string, principal: Principal, assumed: ReturnType<typeof own>, because: string]>([
    ['named, without a policy', nothing, own(byName), 'none'],
    ['of the account, with a policy', { ...user, identityPolicies: [may] }, own(byAccount), 'none'],
    ['of the account, without a policy', nothing, own(byAccount), noIdentity],
    ['not trusted, with a policy', { ...user, identityPolicies: [may] }, own(trusting('AIDABOB')), noTrust],
    [
      'named, with a deny',
      { ...user, identityPolicies: [mayNot] },
      own(byName),
      'with an explicit deny in an identity-based policy',
    ],
    ['denied by the role', user, own(byName, trusting('*', 'Deny')), 'with an explicit deny in the role trust policy'],
    ['of another account, with a policy', { ...user, identityPolicies: [may] }, elsewhere(byName), 'none'],
    ['of another account, without a policy', nothing, elsewhere(byName), noIdentity],
    ['a session whose policies allow', { ...nothing, sessionPolicies: [may] }, own(byName), 'none'],
    [
      'a session whose policies do not allow',
      { ...user, sessionPolicies: [] },
      own(byName),
      'because no session policy allows the sts:AssumeRole action',
    ],
    [
      'a session whose policies deny',
      { ...user, sessionPolicies: [may, mayNot] },
      own(byName),
      'with an explicit deny in a session policy',
    ],
    ['a session of a role that is trusted', { ...role, identityPolicies: [] }, own(trusting('AROABUILDER')), 'none'],
  ])('a caller %s', (_why, principal, assumed, because) => {
    expect(denial(principal, assumed)).toBe(because);
  });

  it('lets conditions of the trust policy see the caller and the request', () => {
    const conditional = own({
      ...byName,
      Condition: { StringEquals: { 'aws:username': 'ann', 'sts:ExternalId': '42' } },
    });
    const assume = (id: string) =>
      authorizeAssumption(user, environment, 'sts:AssumeRole', conditional, [['sts:ExternalId', id]]);
    expect(() => assume('42')).not.toThrow();
    expect(() => assume('43')).toThrow(noTrust);
  });
});

describe('the condition keys of who calls', () => {
  it.each<[string, Principal, Record<string, string>]>([
    [
      'a user',
      user,
      { 'aws:userid': 'AIDAANN', 'aws:username': 'ann', 'aws:PrincipalArn': user.arn, 'aws:PrincipalType': 'User' },
    ],
    [
      'a session of a role',
      role,
      {
        'aws:userid': 'AROABUILDER:job-7',
        'aws:PrincipalArn': `arn:aws:iam::${accountId}:role/ci/Builder`,
        'aws:PrincipalType': 'AssumedRole',
      },
    ],
    [
      'a federated user',
      federated,
      { 'aws:userid': `${accountId}:kim`, 'aws:PrincipalArn': federated.arn, 'aws:PrincipalType': 'FederatedUser' },
    ],
    [
      'root',
      rootPrincipal(accountId),
      { 'aws:userid': accountId, 'aws:PrincipalArn': `arn:aws:iam::${accountId}:root`, 'aws:PrincipalType': 'Account' },
    ],
  ])('%s', (_who, principal, values) => {
    expect(holds(principal, { StringEquals: values })).toBe(true);
    expect(holds(principal, { Null: { 'aws:username': 'true' } })).toBe(principal.userName === undefined);
  });

  it('has the time of issue in sessions only', () => {
    const issuedBefore = (time: string) => ({ DateLessThan: { 'aws:TokenIssueTime': time } });
    expect(holds(role, issuedBefore('2026-01-01T00:00:01Z'))).toBe(true);
    expect(holds(role, issuedBefore('2026-01-01T00:00:00Z'))).toBe(false);
    expect(holds({ ...user, session }, issuedBefore('2026-01-01T00:00:01Z'))).toBe(true);
    expect(holds(user, { Null: { 'aws:TokenIssueTime': 'true' } })).toBe(true);
  });

  it('tells of a second factor in sessions only, and its age in seconds', () => {
    const present = (value: string) => ({ Bool: { 'aws:MultiFactorAuthPresent': value } });
    const withFactor = { ...user, session: { ...session, mfaAuthenticatedAt: new Date('2026-01-01T00:10:00.400Z') } };
    expect(holds(withFactor, present('true'))).toBe(true);
    expect(holds(withFactor, { NumericEquals: { 'aws:MultiFactorAuthAge': '2999' } })).toBe(true);
    expect(holds({ ...user, session }, present('false'))).toBe(true);
    expect(holds({ ...user, session }, { Null: { 'aws:MultiFactorAuthAge': 'true' } })).toBe(true);
    expect(holds(user, present('false'))).toBe(false);
    expect(holds(user, { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } })).toBe(true);
  });

  it('has the source identity that a session was given', () => {
    const named = { ...role, session: { ...session, sourceIdentity: 'kim' } };
    expect(holds(named, { StringEquals: { 'aws:SourceIdentity': 'kim' } })).toBe(true);
    expect(holds(role, { Null: { 'aws:SourceIdentity': 'true' } })).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { type AuthorizedResource, authorize, isDeniedExplicitly } from './authorization.ts';
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

function refusal(principal: Principal): string {
  try {
    pull(principal);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
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

describe('the effort of a request', () => {
  const search = { StringLike: { 'aws:UserAgent': `*${'a?'.repeat(2_500)}b*` } };
  const searching: Principal = { ...user, identityPolicies: [policy('Allow', '*'), policy('Deny', '*', search)] };
  const from = (userAgent: string): RequestEnvironment => ({ ...environment, userAgent });

  it('allows what can be decided, one decision after the other', () => {
    const request = from('git/2.39');
    for (let times = 0; times < 1_000; times++) authorize(searching, request, 'codecommit:GitPull', resource);
  });

  it('denies what takes too long to decide, and says so', () => {
    expect(() => authorize(searching, from('a'.repeat(8_000)), 'codecommit:GitPull', resource)).toThrow(
      `User: ${user.arn} is not authorized to perform: codecommit:GitPull on resource: ${resource.arn} ` +
        'because its policies cannot be evaluated: Deciding takes more than 10000000 steps',
    );
  });

  it('is one for all decisions of the request', () => {
    const request = from('a'.repeat(2_000));
    const decide = () => authorize(searching, request, 'codecommit:GitPull', resource);
    decide();
    expect(() => Array.from({ length: 20 }, decide)).toThrow('Deciding takes more than 10000000 steps');
    expect(isDeniedExplicitly(searching, request, 'codecommit:GitPull', resource)).toBe(true);
  });

  it('judges by no value longer than 8,192 characters', () => {
    const limited = (userAgent: string) => () =>
      authorize(
        { ...user, identityPolicies: [policy('Allow', '*', { StringLike: { 'aws:UserAgent': 'a*' } })] },
        from(userAgent),
        'codecommit:GitPull',
        resource,
      );
    expect(limited('a'.repeat(8_192))).not.toThrow();
    expect(limited('a'.repeat(8_193))).toThrow('The value of aws:UserAgent is longer than 8192 characters');
  });
});

describe('authorize', () => {
  const opening = `User: ${role.arn} is not authorized to perform: codecommit:GitPull on resource: ${resource.arn} `;

  it.each<[string, Partial<Principal>]>([
    ['because no identity-based policy allows the codecommit:GitPull action', { identityPolicies: [] }],
    ['with an explicit deny in an identity-based policy', { identityPolicies: [policy('Deny', '*')] }],
    ['because no session policy allows the codecommit:GitPull action', { sessionPolicies: [] }],
    ['because no session policy allows the codecommit:GitPull action', { sessionPolicies: [policy('Allow', 'iam:*')] }],
    ['with an explicit deny in a session policy', { sessionPolicies: [policy('Deny', 'codecommit:*')] }],
    [
      'because no permissions boundary allows the codecommit:GitPull action',
      { permissionsBoundary: policy('Allow', 'iam:*') },
    ],
    ['with an explicit deny in a permissions boundary', { permissionsBoundary: policy('Deny', '*') }],
    [
      'because no permissions boundary allows the codecommit:GitPull action',
      { permissionsBoundary: policy('Allow', 'iam:*'), sessionPolicies: [] },
    ],
  ])('refuses in the words of AWS: %s', (because, policies) => {
    expect(refusal({ ...role, ...policies })).toBe(opening + because);
  });

  it('names the managed policy that denies, and no inline one', () => {
    const arn = `arn:aws:iam::${accountId}:policy/limits`;
    const managed = { ...policy('Deny', '*'), source: arn };
    expect(refusal({ ...role, identityPolicies: [managed] })).toBe(
      `${opening}with an explicit deny in an identity-based policy: ${arn}`,
    );
    expect(refusal({ ...role, permissionsBoundary: managed })).toBe(
      `${opening}with an explicit deny in a permissions boundary: ${arn}`,
    );
    expect(refusal({ ...role, sessionPolicies: [managed] })).toBe(
      `${opening}with an explicit deny in a session policy: ${arn}`,
    );
  });

  it('lets an identity do what its policies and its boundary both allow, and a session no more', () => {
    const permissionsBoundary = policy('Allow', 'codecommit:*');
    expect(refusal({ ...user, permissionsBoundary })).toBe('none');
    expect(refusal({ ...role, permissionsBoundary })).toBe('none');
    expect(refusal({ ...federated, permissionsBoundary, sessionPolicies: [policy('Allow', '*')] })).toBe('none');
    expect(refusal({ ...user, permissionsBoundary, identityPolicies: [] })).toContain('no identity-based policy');
    expect(refusal({ ...role, permissionsBoundary, sessionPolicies: [policy('Allow', 'iam:*')] })).toContain(
      'no session policy',
    );
  });

  it('counts a deny of the boundary where no permission is needed', () => {
    const denied = (principal: Principal) => isDeniedExplicitly(principal, environment, 'kms:Decrypt', resource);
    expect(denied(user)).toBe(false);
    expect(denied({ ...user, permissionsBoundary: policy('Allow', 'iam:*') })).toBe(false);
    expect(denied({ ...user, permissionsBoundary: policy('Deny', 'kms:*') })).toBe(true);
  });

  it('lets a session do what both kinds of policies allow', () => {
    expect(() => pull({ ...role, sessionPolicies: [policy('Allow', 'codecommit:GitPull')] })).not.toThrow();
    expect(() => pull(role)).not.toThrow();
  });

  it('lets root do everything in its own account only, and a session of root what the session allows', () => {
    expect(() => pull(rootPrincipal(accountId))).not.toThrow();
    expect(() => pull(rootPrincipal('999900001111'))).toThrow('because no resource-based policy allows');
    const ofRoot = { ...federated, identityPolicies: rootPrincipal(accountId).identityPolicies };
    expect(() => pull({ ...ofRoot, sessionPolicies: [policy('Allow', 'codecommit:*')] })).not.toThrow();
    expect(() => pull({ ...ofRoot, sessionPolicies: [] })).toThrow('because no session policy allows');
  });
});

describe('authorize, on a resource with a policy of its own', () => {
  const consenting = (AWS: string, Effect = 'Allow') => ({ Effect, Principal: { AWS }, Action: 'sts:AssumeRole' });
  const inAccount = (ownerId: string, Statement: object[]): AuthorizedResource => ({
    arn: `arn:aws:iam::${ownerId}:role/Deployer`,
    accountId: ownerId,
    policy: {
      type: 'role trust',
      documents: [JSON.stringify({ Version: '2012-10-17', Statement })],
      consent: 'required',
    },
  });
  const own = (...statements: object[]) => inAccount(accountId, statements);
  const elsewhere = (...statements: object[]) => inAccount('999900001111', statements);
  /** As of a resource that its account's identities may use without its consent. */
  const open = (...statements: object[]): AuthorizedResource => {
    const role = own(...statements);
    const { documents = [] } = role.policy ?? {};
    return { ...role, policy: { type: 'resource-based', documents, consent: 'sufficient' } };
  };
  const byAccount = consenting(`arn:aws:iam::${accountId}:root`);
  const byName = consenting('AIDAANN');
  const byRole = consenting('AROABUILDER');
  const bySession = consenting('AROABUILDER:job-7');
  const may = policy('Allow', 'sts:AssumeRole');
  const mayNot = policy('Deny', 'sts:*');
  const other = policy('Allow', 'iam:*');
  const nothing = { ...user, identityPolicies: [] };
  const able = { ...user, identityPolicies: [may] };
  const bareRole = { ...role, identityPolicies: [] };
  const kim = { ...federated, federatedBy: 'AIDAANN', identityPolicies: [] };

  function denial(principal: Principal, resource: AuthorizedResource): string {
    try {
      authorize(principal, environment, 'sts:AssumeRole', resource);
    } catch (error) {
      const [, because] = / on resource: \S+ (.*)$/.exec(String(error)) ?? [];
      return because ?? String(error);
    }
    return 'none';
  }

  const noTrust = 'because no role trust policy allows the sts:AssumeRole action';
  const noIdentity = 'because no identity-based policy allows the sts:AssumeRole action';
  const noBoundary = 'because no permissions boundary allows the sts:AssumeRole action';
  const noSession = 'because no session policy allows the sts:AssumeRole action';
  const noResource = 'because no resource-based policy allows the sts:AssumeRole action';

  it.each<[why: string, principal: Principal, resource: AuthorizedResource, because: string]>([
    ['named, without a policy', nothing, own(byName), 'none'],
    ['named, with a boundary that does not allow', { ...nothing, permissionsBoundary: other }, own(byName), 'none'],
    ['of the account, with a policy', able, own(byAccount), 'none'],
    ['of the account, without a policy', nothing, own(byAccount), noIdentity],
    ['of the account, with a boundary', { ...able, permissionsBoundary: other }, own(byAccount), noBoundary],
    ['not named, with a policy', able, own(consenting('AIDABOB')), noTrust],
    ['not named, with a policy that suffices', able, open(consenting('AIDABOB')), 'none'],
    ['not named, without a policy', nothing, open(consenting('AIDABOB')), noIdentity],
    [
      'named, with a deny',
      { ...user, identityPolicies: [mayNot] },
      own(byName),
      'with an explicit deny in an identity-based policy',
    ],
    [
      'named, with a denying boundary',
      { ...able, permissionsBoundary: mayNot },
      own(byName),
      'with an explicit deny in a permissions boundary',
    ],
    [
      'denied by the role',
      user,
      own(byName, consenting('*', 'Deny')),
      'with an explicit deny in the role trust policy',
    ],
    ['denied by the resource', user, open(consenting('*', 'Deny')), 'with an explicit deny in a resource-based policy'],
    ['of another account, with a policy', able, elsewhere(byName), 'none'],
    ['of another account, without a policy', nothing, elsewhere(byName), noIdentity],
    ['of another account, with a boundary', { ...able, permissionsBoundary: other }, elsewhere(byName), noBoundary],
    ['of another account, not named', able, elsewhere(consenting('AIDABOB')), noTrust],
    ['of another account, of whom all are named', nothing, elsewhere(consenting('*')), noIdentity],
    ['of another account, without its policy', able, { arn: 'arn:x', accountId: '999900001111' }, noResource],
    ['whose role is named', bareRole, own(byRole), 'none'],
    ['whose role is named, with a boundary', { ...bareRole, permissionsBoundary: other }, own(byRole), noBoundary],
    ['whose role is named, with session policies', { ...bareRole, sessionPolicies: [other] }, own(byRole), noSession],
    [
      'whose role is named, and whose session policies allow',
      { ...bareRole, sessionPolicies: [may] },
      own(byRole),
      'none',
    ],
    [
      'whose session is named',
      { ...bareRole, permissionsBoundary: other, sessionPolicies: [] },
      own(bySession),
      'none',
    ],
    [
      'whose session is named, with a deny',
      { ...bareRole, sessionPolicies: [mayNot] },
      own(bySession),
      'with an explicit deny in a session policy',
    ],
    ['who is everybody', { ...bareRole, sessionPolicies: [] }, own(consenting('*')), 'none'],
    ['who is a federated user and named', { ...kim, sessionPolicies: [] }, own(consenting(kim.arn)), 'none'],
    ['whose user is named', { ...kim, sessionPolicies: [] }, own(byName), noSession],
    ['whose user is named, and whose session policies allow', { ...kim, sessionPolicies: [may] }, own(byName), 'none'],
    ['who is root', rootPrincipal(accountId), own(byAccount), 'none'],
    ['who is root, without consent', rootPrincipal(accountId), own(byName), noTrust],
    ['who is root of another account', rootPrincipal(accountId), elsewhere(byAccount), 'none'],
  ])('a caller %s', (_why, principal, resource, because) => {
    expect(denial(principal, resource)).toBe(because);
  });

  it('lets conditions of that policy see the caller and the request', () => {
    const conditional = own({
      ...byName,
      Condition: { StringEquals: { 'aws:username': 'ann', 'sts:ExternalId': '42' } },
    });
    const assume = (id: string) =>
      authorize(user, environment, 'sts:AssumeRole', conditional, [['sts:ExternalId', id]]);
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

  it('tells that nobody who calls is a service, and of no organization and no service that calls on', () => {
    expect(holds(user, { Bool: { 'aws:PrincipalIsAWSService': 'false', 'aws:ViaAWSService': 'false' } })).toBe(true);
    expect(holds(user, { Bool: { 'aws:PrincipalIsAWSService': 'true' } })).toBe(false);
    expect(holds(user, { Null: { 'aws:PrincipalOrgID': 'true', 'aws:CalledVia': 'true' } })).toBe(true);
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

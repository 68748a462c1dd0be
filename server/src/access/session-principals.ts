import type { Database } from '../storage/database/database.ts';
import type { SessionClaims } from './authentication/session-tokens.ts';
import { awsManagedPolicies } from './managed-policies/index.ts';
import { compilePolicy } from './policy/compiled-policy.ts';
import type { SourcedPolicy } from './policy/evaluation.ts';
import type { Principal, PrincipalSession } from './principal.ts';
import { loadRolePrincipal, loadRootPrincipal, loadUserPrincipal } from './principals.ts';

/** Who temporary credentials speak for, as it is now; undefined when the user or the role is no more. */
export async function loadSessionPrincipal(database: Database, claims: SessionClaims): Promise<Principal | undefined> {
  const base = await loadBase(database, claims);
  if (base === undefined) return undefined;
  const sessionPolicies = await loadSessionPolicies(database, claims);
  return {
    ...base,
    tags: { ...base.tags, ...claims.tags },
    ...(sessionPolicies === undefined ? {} : { sessionPolicies }),
  };
}

async function loadBase(database: Database, { accountId, subject, ...claims }: SessionClaims) {
  const session: PrincipalSession = {
    issuedAt: new Date(claims.issuedAt),
    expiresAt: new Date(claims.expiresAt),
    ...(claims.sourceIdentity === undefined ? {} : { sourceIdentity: claims.sourceIdentity }),
    ...(claims.mfaAuthenticatedAt === undefined ? {} : { mfaAuthenticatedAt: new Date(claims.mfaAuthenticatedAt) }),
  };
  if (subject.kind === 'assumed-role') {
    return loadRolePrincipal(database, subject.roleId, subject.sessionName, session);
  }
  const parent = await (subject.userId === null
    ? loadRootPrincipal(database, accountId)
    : loadUserPrincipal(database, subject.userId));
  if (parent === undefined) return undefined;
  return subject.kind === 'user' ? { ...parent, session } : federatedUser(parent, subject.name, session);
}

/** arn:aws:sts::ACCOUNT:federated-user/NAME */
export function federatedUserArn(accountId: string, name: string): string {
  return `arn:aws:sts::${accountId}:federated-user/${name}`;
}

/** Has nothing of who federated them but permissions, and of those what its own policies allow too. */
function federatedUser(parent: Principal, name: string, session: PrincipalSession): Principal {
  const { accountId, identityPolicies, permissionsBoundary } = parent;
  return {
    kind: 'federated-user',
    accountId,
    arn: federatedUserArn(accountId, name),
    userId: `${accountId}:${name}`,
    ...(parent.kind === 'user' && { federatedBy: parent.userId }),
    tags: {},
    identityPolicies,
    ...(permissionsBoundary !== undefined && { permissionsBoundary }),
    session,
  };
}

/** Undefined: the session may do all that its identity may. A federated user without policies may do nothing. */
async function loadSessionPolicies(
  database: Database,
  { accountId, subject, policy, policyArns }: SessionClaims,
): Promise<SourcedPolicy[] | undefined> {
  if (policy === undefined && policyArns === undefined) return subject.kind === 'federated-user' ? [] : undefined;
  const managed = await Promise.all((policyArns ?? []).map((arn) => loadManagedPolicy(database, accountId, arn)));
  const policies = managed.filter((each) => each !== undefined);
  // What a deleted policy denied, nobody knows any more: such a session may do nothing.
  if (policies.length < managed.length) return [];
  return policy === undefined ? policies : [...policies, { source: 'session', policy: compilePolicy(policy) }];
}

/** The default version, as it is now. */
async function loadManagedPolicy(
  database: Database,
  accountId: string,
  arn: string,
): Promise<SourcedPolicy | undefined> {
  const text = awsManagedPolicies.get(arn)?.document ?? (await loadAccountPolicy(database, accountId, arn));
  return text === undefined ? undefined : { source: arn, policy: compilePolicy(text) };
}

async function loadAccountPolicy(database: Database, accountId: string, arn: string): Promise<string | undefined> {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const row = await database
    .selectFrom('policies as policy')
    .innerJoin('policy_versions as version', (join) =>
      join
        .onRef('version.policy_id', '=', 'policy.policy_id')
        .onRef('version.version_id', '=', 'policy.default_version_id'),
    )
    .select(['policy.path', 'version.document'])
    .where('policy.account_id', '=', accountId)
    .where('policy.policy_name', '=', name)
    .executeTakeFirst();
  // The path is part of the ARN, though not of what makes a name unique.
  return row !== undefined && arn === `arn:aws:iam::${accountId}:policy${row.path}${name}` ? row.document : undefined;
}

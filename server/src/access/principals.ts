import { type SelectQueryBuilder, sql } from 'kysely';
import type { Database } from '../storage/database/database.ts';
import { preparedQuery } from '../storage/database/prepared-query.ts';
import type { DatabaseSchema } from '../storage/database/schema.ts';
import { awsManagedPolicies } from './managed-policies/index.ts';
import { compilePolicy } from './policy/compiled-policy.ts';
import type { SourcedPolicy } from './policy/evaluation.ts';
import type { Principal, PrincipalSession, Tags } from './principal.ts';

const allowEverything: SourcedPolicy = {
  source: 'root',
  policy: compilePolicy('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'),
};

/** The account's root user: no policy limits it within its own account. */
export function rootPrincipal(accountId: string): Principal {
  return {
    kind: 'root',
    accountId,
    arn: `arn:aws:iam::${accountId}:root`,
    userId: accountId,
    tags: {},
    identityPolicies: [allowEverything],
  };
}

/** The root user; undefined when the account is no more or closed. */
export async function loadRootPrincipal(database: Database, accountId: string): Promise<Principal | undefined> {
  return (await isAccountOpen(database, accountId)) ? rootPrincipal(accountId) : undefined;
}

export async function isAccountOpen(database: Database, accountId: string): Promise<boolean> {
  const account = await database
    .selectFrom('accounts')
    .select('account_id')
    .where('account_id', '=', accountId)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  return account !== undefined;
}

/** ARN of an IAM user; `path` begins and ends with a slash. */
export function userArn(accountId: string, path: string, userName: string): string {
  return `arn:aws:iam::${accountId}:user${path}${userName}`;
}

/** ARN of an IAM group; `path` begins and ends with a slash. */
export function groupArn(accountId: string, path: string, groupName: string): string {
  return `arn:aws:iam::${accountId}:group${path}${groupName}`;
}

/** ARN of an IAM role; `path` begins and ends with a slash. */
export function roleArn(accountId: string, path: string, roleName: string): string {
  return `arn:aws:iam::${accountId}:role${path}${roleName}`;
}

/** ARN of a session of a role: without the role's path. */
export function assumedRoleArn(accountId: string, roleName: string, sessionName: string): string {
  return `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;
}

/** The user as it is now, with every policy that applies; undefined when the user is no more, or the account is closed. */
export async function loadUserPrincipal(database: Database, userId: string): Promise<Principal | undefined> {
  const [[user], policies] = await Promise.all([usersOfId(database, { userId }), policiesOfUser(database, { userId })]);
  if (user === undefined) return undefined;
  return {
    kind: 'user',
    accountId: user.account_id,
    arn: userArn(user.account_id, user.path, user.user_name),
    userId: user.user_id,
    userName: user.user_name,
    tags: JSON.parse(user.tags) as Tags,
    ...compiledPolicies(`user_${user.user_name}`, policies),
  };
}

/**
 * A session of the role as the role is now, with every policy that applies to it; undefined when the role is no
 * more, or the account is closed.
 * Tags and policies of the session itself are the caller's to add.
 *
 * @param session what the credentials of the session say; the ARN of the role is added to it
 */
export async function loadRolePrincipal(
  database: Database,
  roleId: string,
  sessionName: string,
  session: PrincipalSession,
): Promise<Principal | undefined> {
  const [[role], policies] = await Promise.all([rolesOfId(database, { roleId }), policiesOfRole(database, { roleId })]);
  if (role === undefined) return undefined;
  return {
    kind: 'assumed-role',
    accountId: role.account_id,
    arn: assumedRoleArn(role.account_id, role.role_name, sessionName),
    userId: `${role.role_id}:${sessionName}`,
    tags: JSON.parse(role.tags) as Tags,
    ...compiledPolicies(`role_${role.role_name}`, policies),
    session: { ...session, issuerArn: roleArn(role.account_id, role.path, role.role_name) },
  };
}

/** What a group gives to its members. */
export async function loadGroupPolicies(database: Database, groupId: string): Promise<SourcedPolicy[]> {
  const inline = await database
    .selectFrom('group_policies as policy')
    .innerJoin('groups', 'groups.group_id', 'policy.group_id')
    .select(['policy.policy_name', 'policy.document', 'groups.group_name'])
    .where('policy.group_id', '=', groupId)
    .execute();
  const attachments = database
    .selectFrom('group_policy_attachments')
    .select(['policy_arn', 'policy_id'])
    .where('group_id', '=', groupId);
  const attached = await withDocuments(database, attachments, 'attached').execute();
  return [
    ...inline.map((row) => compileInline(`group_${row.group_name}`, row.policy_name, row.document)),
    ...attached.map(compileAttached),
  ];
}

const usersOfId = preparedQuery(['userId'], (database, { userId }) =>
  database
    .selectFrom('users')
    .innerJoin('accounts', 'accounts.account_id', 'users.account_id')
    .selectAll('users')
    .where('users.user_id', '=', userId)
    .where('accounts.closed_at', 'is', null),
);

const rolesOfId = preparedQuery(['roleId'], (database, { roleId }) =>
  database
    .selectFrom('roles')
    .innerJoin('accounts', 'accounts.account_id', 'roles.account_id')
    .selectAll('roles')
    .where('roles.role_id', '=', roleId)
    .where('accounts.closed_at', 'is', null),
);

/** A policy of an identity as it is stored. */
interface IdentityPolicy {
  readonly use: 'inline' | 'attached' | 'boundary';
  /** Of the group that an inline policy is of; null for the identity's own. */
  readonly group_name: string | null;
  /** Name of an inline policy, ARN of any other. */
  readonly policy: string;
  /** Null for an AWS managed policy. */
  readonly document: string | null;
}

/** The user's own policies, those of each group that the user is in, and the permissions boundary. */
const policiesOfUser = preparedQuery(['userId'], (database, { userId }) => {
  const ofGroups = database
    .selectFrom('group_members as member')
    .innerJoin('group_policies as inline', 'inline.group_id', 'member.group_id')
    .innerJoin('groups', 'groups.group_id', 'member.group_id')
    .select(['groups.group_name', 'inline.policy_name as policy', 'inline.document'])
    .select(sql.lit('inline').as('use'))
    .where('member.user_id', '=', userId)
    .$castTo<IdentityPolicy>();
  const attachments = database
    .selectFrom('user_policy_attachments')
    .select(['policy_arn', 'policy_id'])
    .where('user_id', '=', userId)
    .union(
      database
        .selectFrom('group_members as member')
        .innerJoin('group_policy_attachments as attachment', 'attachment.group_id', 'member.group_id')
        .select(['attachment.policy_arn', 'attachment.policy_id'])
        .where('member.user_id', '=', userId),
    );
  const boundary = database
    .selectFrom('user_permissions_boundaries')
    .select(['policy_arn', 'policy_id'])
    .where('user_id', '=', userId);
  return database
    .selectFrom('user_policies')
    .select([sql<null>`null`.as('group_name'), 'policy_name as policy', 'document'])
    .select(sql.lit('inline').as('use'))
    .where('user_id', '=', userId)
    .$castTo<IdentityPolicy>()
    .unionAll(ofGroups)
    .unionAll(withDocuments(database, attachments, 'attached'))
    .unionAll(withDocuments(database, boundary, 'boundary'));
});

const policiesOfRole = preparedQuery(['roleId'], (database, { roleId }) => {
  const attachments = database
    .selectFrom('role_policy_attachments')
    .select(['policy_arn', 'policy_id'])
    .where('role_id', '=', roleId);
  const boundary = database
    .selectFrom('role_permissions_boundaries')
    .select(['policy_arn', 'policy_id'])
    .where('role_id', '=', roleId);
  return database
    .selectFrom('role_policies')
    .select([sql<null>`null`.as('group_name'), 'policy_name as policy', 'document'])
    .select(sql.lit('inline').as('use'))
    .where('role_id', '=', roleId)
    .$castTo<IdentityPolicy>()
    .unionAll(withDocuments(database, attachments, 'attached'))
    .unionAll(withDocuments(database, boundary, 'boundary'));
});

interface Attachment {
  readonly policy_arn: string;
  readonly policy_id: string | null;
}

function withDocuments(
  database: Database,
  attachments: SelectQueryBuilder<DatabaseSchema, never, Attachment>,
  use: IdentityPolicy['use'],
) {
  return database
    .selectFrom(attachments.as('attachment'))
    .leftJoin('policies as policy', 'policy.policy_id', 'attachment.policy_id')
    .leftJoin('policy_versions as version', (join) =>
      join
        .onRef('version.policy_id', '=', 'policy.policy_id')
        .onRef('version.version_id', '=', 'policy.default_version_id'),
    )
    .select([sql<null>`null`.as('group_name'), 'attachment.policy_arn as policy', 'version.document'])
    .select(sql.lit(use).as('use'))
    .$castTo<IdentityPolicy>();
}

function compiledPolicies(
  identity: string,
  policies: readonly IdentityPolicy[],
): Pick<Principal, 'identityPolicies' | 'permissionsBoundary'> {
  const boundary = policies.find(({ use }) => use === 'boundary');
  return {
    identityPolicies: policies
      .filter(({ use }) => use !== 'boundary')
      .map((policy) => compiledPolicy(identity, policy)),
    ...(boundary !== undefined && { permissionsBoundary: compiledPolicy(identity, boundary) }),
  };
}

function compiledPolicy(identity: string, policy: IdentityPolicy): SourcedPolicy {
  const { group_name: groupName, document } = policy;
  if (policy.use !== 'inline' || document === null) return compileAttached(policy);
  return compileInline(groupName === null ? identity : `group_${groupName}`, policy.policy, document);
}

/** @param owner as AWS's policy simulator names it: user_NAME, group_NAME, role_NAME */
function compileInline(owner: string, policyName: string, document: string): SourcedPolicy {
  return { source: `${owner}_${policyName}`, policy: compilePolicy(document) };
}

/** @param policy `document`: of the account's own policy; null for an AWS managed one */
function compileAttached({ policy: arn, document }: Pick<IdentityPolicy, 'policy' | 'document'>): SourcedPolicy {
  const text = document ?? awsManagedPolicies.get(arn)?.document;
  // A deny that has gone missing must not open a door.
  if (text === undefined) throw new Error(`The document of attached policy ${arn} is missing`);
  return { source: arn, policy: compilePolicy(text) };
}

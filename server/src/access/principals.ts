import { type SelectQueryBuilder, sql } from 'kysely';
import type { Database } from '../storage/database/database.ts';
import type { DatabaseSchema, RoleRow, UserRow } from '../storage/database/schema.ts';
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
  const user = await database
    .selectFrom('users')
    .innerJoin('accounts', 'accounts.account_id', 'users.account_id')
    .selectAll('users')
    .where('users.user_id', '=', userId)
    .where('accounts.closed_at', 'is', null)
    .executeTakeFirst();
  if (user === undefined) return undefined;
  return {
    kind: 'user',
    accountId: user.account_id,
    arn: userArn(user.account_id, user.path, user.user_name),
    userId: user.user_id,
    userName: user.user_name,
    tags: JSON.parse(user.tags) as Tags,
    identityPolicies: await userPolicies(database, user),
    ...(await userBoundary(database, userId)),
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
  const role = await database
    .selectFrom('roles')
    .innerJoin('accounts', 'accounts.account_id', 'roles.account_id')
    .selectAll('roles')
    .where('roles.role_id', '=', roleId)
    .where('accounts.closed_at', 'is', null)
    .executeTakeFirst();
  if (role === undefined) return undefined;
  return {
    kind: 'assumed-role',
    accountId: role.account_id,
    arn: assumedRoleArn(role.account_id, role.role_name, sessionName),
    userId: `${role.role_id}:${sessionName}`,
    tags: JSON.parse(role.tags) as Tags,
    identityPolicies: await rolePolicies(database, role),
    ...(await roleBoundary(database, roleId)),
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
  return [
    ...inline.map((row) => compileInline(`group_${row.group_name}`, row)),
    ...(await attachedPolicies(database, attachments)),
  ];
}

/** The user's own policies and those of each group that the user is in. */
async function userPolicies(
  database: Database,
  { user_id: userId, user_name: userName }: UserRow,
): Promise<SourcedPolicy[]> {
  const inline = await database
    .selectFrom('user_policies')
    .select(['policy_name', 'document', sql<string | null>`null`.as('group_name')])
    .where('user_id', '=', userId)
    .unionAll(
      database
        .selectFrom('group_members as member')
        .innerJoin('group_policies as policy', 'policy.group_id', 'member.group_id')
        .innerJoin('groups', 'groups.group_id', 'member.group_id')
        .select(['policy.policy_name', 'policy.document', 'groups.group_name'])
        .where('member.user_id', '=', userId),
    )
    .execute();
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
  return [
    ...inline.map((row) =>
      compileInline(row.group_name === null ? `user_${userName}` : `group_${row.group_name}`, row),
    ),
    ...(await attachedPolicies(database, attachments)),
  ];
}

async function rolePolicies(
  database: Database,
  { role_id: roleId, role_name: roleName }: RoleRow,
): Promise<SourcedPolicy[]> {
  const inline = await database
    .selectFrom('role_policies')
    .select(['policy_name', 'document'])
    .where('role_id', '=', roleId)
    .execute();
  const attachments = database
    .selectFrom('role_policy_attachments')
    .select(['policy_arn', 'policy_id'])
    .where('role_id', '=', roleId);
  return [
    ...inline.map((row) => compileInline(`role_${roleName}`, row)),
    ...(await attachedPolicies(database, attachments)),
  ];
}

interface Attachment {
  readonly policy_arn: string;
  readonly policy_id: string | null;
}

async function attachedPolicies(
  database: Database,
  attachments: SelectQueryBuilder<DatabaseSchema, never, Attachment>,
): Promise<SourcedPolicy[]> {
  const rows = await database
    .selectFrom(attachments.as('attachment'))
    .leftJoin('policies as policy', 'policy.policy_id', 'attachment.policy_id')
    .leftJoin('policy_versions as version', (join) =>
      join
        .onRef('version.policy_id', '=', 'policy.policy_id')
        .onRef('version.version_id', '=', 'policy.default_version_id'),
    )
    .select(['attachment.policy_arn', 'version.document'])
    .execute();
  return rows.map(compileAttached);
}

async function userBoundary(database: Database, userId: string): Promise<Pick<Principal, 'permissionsBoundary'>> {
  const boundary = database
    .selectFrom('user_permissions_boundaries')
    .select(['policy_arn', 'policy_id'])
    .where('user_id', '=', userId);
  return asBoundary(await attachedPolicies(database, boundary));
}

async function roleBoundary(database: Database, roleId: string): Promise<Pick<Principal, 'permissionsBoundary'>> {
  const boundary = database
    .selectFrom('role_permissions_boundaries')
    .select(['policy_arn', 'policy_id'])
    .where('role_id', '=', roleId);
  return asBoundary(await attachedPolicies(database, boundary));
}

function asBoundary([permissionsBoundary]: readonly SourcedPolicy[]): Pick<Principal, 'permissionsBoundary'> {
  return permissionsBoundary === undefined ? {} : { permissionsBoundary };
}

/** @param owner as AWS's policy simulator names it: user_NAME, group_NAME, role_NAME */
function compileInline(owner: string, row: { policy_name: string; document: string }): SourcedPolicy {
  return { source: `${owner}_${row.policy_name}`, policy: compilePolicy(row.document) };
}

/** @param row `document`: of the account's own policy; null for an AWS managed one */
function compileAttached({ policy_arn, document }: { policy_arn: string; document: string | null }): SourcedPolicy {
  const text = document ?? awsManagedPolicies.get(policy_arn)?.document;
  // A deny that has gone missing must not open a door.
  if (text === undefined) throw new Error(`The document of attached policy ${policy_arn} is missing`);
  return { source: policy_arn, policy: compilePolicy(text) };
}

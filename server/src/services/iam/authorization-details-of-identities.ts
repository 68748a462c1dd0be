import type {
  AttachedPolicy,
  GroupDetail,
  ManagedPolicyDetail,
  PolicyDetail,
  RoleDetail,
  UserDetail,
} from '@aws-sdk/client-iam';
import { sql } from 'kysely';
import { groupArn, roleArn, userArn } from '../../access/principals.ts';
import type { Database } from '../../storage/database/database.ts';
import { describeInstanceProfiles } from './instance-profiles.ts';
import { boundaryArns, describeBoundary } from './permissions-boundaries.ts';
import { parsePolicyArn } from './policy-catalogue.ts';
import { encodedDocument } from './policy-documents.ts';
import { GROUP_POLICIES, type PolicyHolder, ROLE_POLICIES, USER_POLICIES } from './policy-holders.ts';
import { lastUse } from './roles.ts';
import { tagList } from './tags.ts';
import { trustPolicyView } from './trust-policies.ts';

/** One entity of GetAccountAuthorizationDetails, under the key that its kind is sorted by. */
export interface Detail {
  readonly key: string;
  readonly user?: UserDetail;
  readonly group?: GroupDetail;
  readonly role?: RoleDetail;
  readonly policy?: ManagedPolicyDetail;
}

export async function readUsers(
  database: Database,
  accountId: string,
  after: string | undefined,
  limit: number,
): Promise<Detail[]> {
  const users = await database
    .selectFrom('users')
    .selectAll()
    .where('account_id', '=', accountId)
    .$if(after !== undefined, (query) => query.where('user_name_key', '>', after ?? ''))
    .orderBy('user_name_key')
    .limit(limit)
    .execute();
  if (users.length === 0) return [];
  const ids = users.map((user) => user.user_id);
  const policies = await policiesOf(database, USER_POLICIES, ids);
  const groups = await groupNamesOf(database, ids);
  const boundaries = await boundaryArns(database, 'user', ids);
  return users.map((user) => {
    const { inline, attached } = policies(user.user_id);
    return {
      key: user.user_name_key,
      user: {
        Path: user.path,
        UserName: user.user_name,
        UserId: user.user_id,
        Arn: userArn(accountId, user.path, user.user_name),
        CreateDate: new Date(user.created_at),
        UserPolicyList: inline,
        GroupList: groups(user.user_id),
        AttachedManagedPolicies: attached,
        PermissionsBoundary: describeBoundary(boundaries.get(user.user_id)),
        Tags: tagList(user.tags),
      },
    };
  });
}

export async function readGroups(
  database: Database,
  accountId: string,
  after: string | undefined,
  limit: number,
): Promise<Detail[]> {
  const groups = await database
    .selectFrom('groups')
    .selectAll()
    .where('account_id', '=', accountId)
    .$if(after !== undefined, (query) => query.where('group_name_key', '>', after ?? ''))
    .orderBy('group_name_key')
    .limit(limit)
    .execute();
  if (groups.length === 0) return [];
  const policies = await policiesOf(
    database,
    GROUP_POLICIES,
    groups.map((group) => group.group_id),
  );
  return groups.map((group) => {
    const { inline, attached } = policies(group.group_id);
    return {
      key: group.group_name_key,
      group: {
        Path: group.path,
        GroupName: group.group_name,
        GroupId: group.group_id,
        Arn: groupArn(accountId, group.path, group.group_name),
        CreateDate: new Date(group.created_at),
        GroupPolicyList: inline,
        AttachedManagedPolicies: attached,
      },
    };
  });
}

export async function readRoles(
  database: Database,
  accountId: string,
  after: string | undefined,
  limit: number,
): Promise<Detail[]> {
  const roles = await database
    .selectFrom('roles')
    .selectAll()
    .where('account_id', '=', accountId)
    .$if(after !== undefined, (query) => query.where('role_name_key', '>', after ?? ''))
    .orderBy('role_name_key')
    .limit(limit)
    .execute();
  if (roles.length === 0) return [];
  const ids = roles.map((role) => role.role_id);
  const policies = await policiesOf(database, ROLE_POLICIES, ids);
  const profiles = await profilesOf(database, ids);
  const boundaries = await boundaryArns(database, 'role', ids);
  const showTrust = await trustPolicyView(
    database,
    roles.map((role) => role.trust_policy),
  );
  return roles.map((role) => {
    const { inline, attached } = policies(role.role_id);
    return {
      key: role.role_name_key,
      role: {
        Path: role.path,
        RoleName: role.role_name,
        RoleId: role.role_id,
        Arn: roleArn(accountId, role.path, role.role_name),
        CreateDate: new Date(role.created_at),
        AssumeRolePolicyDocument: showTrust(role.trust_policy),
        InstanceProfileList: profiles(role.role_id),
        RolePolicyList: inline,
        AttachedManagedPolicies: attached,
        PermissionsBoundary: describeBoundary(boundaries.get(role.role_id)),
        Tags: tagList(role.tags),
        RoleLastUsed: lastUse(role),
      },
    };
  });
}

interface PoliciesOfOne {
  readonly inline: PolicyDetail[];
  readonly attached: AttachedPolicy[];
}

/** The policies of several identities of one kind, read at once. */
async function policiesOf(
  database: Database,
  { inlinePolicies, attachments, idColumn }: PolicyHolder,
  ids: readonly string[],
): Promise<(id: string) => PoliciesOfOne> {
  const inline = await database
    .selectFrom(inlinePolicies)
    .select([sql.ref<string>(idColumn).as('holder_id'), 'policy_name', 'document'])
    .where(sql.ref(idColumn), 'in', ids)
    .orderBy('policy_name')
    .execute();
  const attached = await database
    .selectFrom(attachments)
    .select([sql.ref<string>(idColumn).as('holder_id'), 'policy_arn'])
    .where(sql.ref(idColumn), 'in', ids)
    .orderBy('policy_arn')
    .execute();
  const inlineOf = Map.groupBy(inline, (row) => row.holder_id);
  const attachedOf = Map.groupBy(attached, (row) => row.holder_id);
  return (id) => ({
    inline: (inlineOf.get(id) ?? []).map((row) => ({
      PolicyName: row.policy_name,
      PolicyDocument: encodedDocument(row.document),
    })),
    attached: (attachedOf.get(id) ?? []).map(({ policy_arn }) => ({
      PolicyName: parsePolicyArn(policy_arn).name,
      PolicyArn: policy_arn,
    })),
  });
}

async function groupNamesOf(database: Database, userIds: readonly string[]): Promise<(userId: string) => string[]> {
  const rows = await database
    .selectFrom('group_members as member')
    .innerJoin('groups', 'groups.group_id', 'member.group_id')
    .select(['member.user_id', 'groups.group_name'])
    .where('member.user_id', 'in', userIds)
    .orderBy('groups.group_name_key')
    .execute();
  const names = Map.groupBy(rows, (row) => row.user_id);
  return (userId) => (names.get(userId) ?? []).map((row) => row.group_name);
}

async function profilesOf(database: Database, roleIds: readonly string[]) {
  const rows = await database
    .selectFrom('instance_profiles')
    .selectAll()
    .where('role_id', 'in', roleIds)
    .orderBy('profile_name_key')
    .execute();
  const described = await describeInstanceProfiles(database, rows);
  return (roleId: string) => described.filter((_, index) => rows[index]?.role_id === roleId);
}

import { groupArn, roleArn, userArn } from '../../access/principals.ts';
import type { Database } from '../../storage/database/database.ts';
import type { RoleRow, UserRow } from '../../storage/database/schema.ts';
import { invalidInput } from './errors.ts';
import { defaultDocument, type HeldPolicy, policiesHeldBy } from './granted-services.ts';
import { GROUP_POLICIES, ROLE_POLICIES, USER_POLICIES } from './policy-holders.ts';
import { findRole } from './role-targets.ts';
import { findUser, nameKey } from './user-targets.ts';

/** A user or a role, who uses services. */
export interface Identity {
  readonly type: 'USER' | 'ROLE';
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
}

/** What a report is about: its policies, and who can use what they allow. */
interface ReportedEntity {
  readonly policies: readonly HeldPolicy[];
  readonly identities: readonly Identity[];
}

const ENTITY_ARN = /^arn:aws:iam::(\d{12}|aws):(user|group|role|policy)\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]+)$/;

/**
 * The account that owns the entity; `aws` for a managed policy of AWS.
 *
 * @throws InvalidInput when the text is no ARN of a user, a group, a role or a policy
 */
export function ownerOfEntity(arn: string): string {
  const [, owner] = ENTITY_ARN.exec(arn) ?? [];
  if (owner === undefined) throw invalidInput(`ARN ${arn} is not valid.`);
  return owner;
}

/** The entity of that ARN; undefined when the account has none. */
export function findEntity(database: Database, accountId: string, arn: string): Promise<ReportedEntity | undefined> {
  const [, , kind, name = ''] = ENTITY_ARN.exec(arn) ?? [];
  return readers[kind as keyof typeof readers](database, accountId, name, arn);
}

type Reader = (database: Database, accountId: string, name: string, arn: string) => Promise<ReportedEntity | undefined>;

const readers: Readonly<Record<'user' | 'group' | 'role' | 'policy', Reader>> = {
  user: readUser,
  group: readGroup,
  role: readRole,
  policy: readPolicy,
};

async function readUser(database: Database, accountId: string, name: string, arn: string) {
  const user = await findUser(database, accountId, name);
  if (user === undefined || userIdentity(user).arn !== arn) return undefined;
  const groups = await database
    .selectFrom('group_members as member')
    .innerJoin('groups', 'groups.group_id', 'member.group_id')
    .select(['groups.group_id as id', 'groups.group_name as name'])
    .where('member.user_id', '=', user.user_id)
    .execute();
  const ofGroups = groups.map((group) => ({ type: 'GROUP' as const, ...group }));
  const identity = userIdentity(user);
  return {
    policies: [
      ...(await policiesHeldBy(database, accountId, USER_POLICIES, [identity])),
      ...(await policiesHeldBy(database, accountId, GROUP_POLICIES, ofGroups)),
    ],
    identities: [identity],
  };
}

async function readRole(database: Database, accountId: string, name: string, arn: string) {
  const role = await findRole(database, accountId, name);
  if (role === undefined || roleIdentity(role).arn !== arn) return undefined;
  const identity = roleIdentity(role);
  return { policies: await policiesHeldBy(database, accountId, ROLE_POLICIES, [identity]), identities: [identity] };
}

async function readGroup(database: Database, accountId: string, name: string, arn: string) {
  const group = await database
    .selectFrom('groups')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('group_name_key', '=', nameKey(name))
    .executeTakeFirst();
  if (group === undefined || groupArn(accountId, group.path, group.group_name) !== arn) return undefined;
  const members = await database
    .selectFrom('group_members as member')
    .innerJoin('users', 'users.user_id', 'member.user_id')
    .selectAll('users')
    .where('member.group_id', '=', group.group_id)
    .execute();
  const holder = { type: 'GROUP' as const, id: group.group_id, name: group.group_name };
  return {
    policies: await policiesHeldBy(database, accountId, GROUP_POLICIES, [holder]),
    identities: members.map(userIdentity),
  };
}

async function readPolicy(database: Database, accountId: string, name: string, arn: string) {
  const document = await defaultDocument(database, accountId, arn);
  if (document === undefined) return undefined;
  return { policies: [{ document, name, arn }], identities: await identitiesWithPolicy(database, accountId, arn) };
}

/** Users and roles that the policy is attached to, and the members of groups that it is attached to. */
async function identitiesWithPolicy(database: Database, accountId: string, policyArn: string): Promise<Identity[]> {
  const users = await database
    .selectFrom('users')
    .selectAll()
    .where('account_id', '=', accountId)
    .where((eb) =>
      eb.or([
        eb(
          'user_id',
          'in',
          eb
            .selectFrom('user_policy_attachments')
            .select('user_id')
            .where('account_id', '=', accountId)
            .where('policy_arn', '=', policyArn),
        ),
        eb(
          'user_id',
          'in',
          eb
            .selectFrom('group_members as member')
            .innerJoin('group_policy_attachments as attachment', 'attachment.group_id', 'member.group_id')
            .select('member.user_id')
            .where('attachment.account_id', '=', accountId)
            .where('attachment.policy_arn', '=', policyArn),
        ),
      ]),
    )
    .execute();
  const roles = await database
    .selectFrom('role_policy_attachments as attachment')
    .innerJoin('roles', 'roles.role_id', 'attachment.role_id')
    .selectAll('roles')
    .where('attachment.account_id', '=', accountId)
    .where('attachment.policy_arn', '=', policyArn)
    .execute();
  return [...users.map(userIdentity), ...roles.map(roleIdentity)];
}

function userIdentity(user: UserRow): Identity {
  const { user_id: id, user_name: name, path } = user;
  return { type: 'USER', id, name, path, arn: userArn(user.account_id, path, name) };
}

function roleIdentity(role: RoleRow): Identity {
  const { role_id: id, role_name: name, path } = role;
  return { type: 'ROLE', id, name, path, arn: roleArn(role.account_id, path, name) };
}

import { ListEntitiesForPolicy$, ListEntitiesForPolicyCommand, type PolicyUsageType } from '@aws-sdk/client-iam';
import type { Database } from '../../storage/database/database.ts';
import type { Operation } from '../operation.ts';
import { pageOfAll, pageRequest } from './pagination.ts';
import { existingPolicy, readablePolicyTarget } from './policy-catalogue.ts';
import { type IamServices, operation } from './service.ts';

/** A user, a group or a role that uses a policy. */
interface Entity {
  readonly kind: 'User' | 'Group' | 'Role';
  readonly id: string;
  readonly name: string;
  readonly nameKey: string;
  readonly path: string;
}

const listEntitiesForPolicy = operation(ListEntitiesForPolicy$, ListEntitiesForPolicyCommand, {
  target: ({ database }, call, input) => readablePolicyTarget(database, call, input.PolicyArn),
  handle: async ({ database }, call, input, target) => {
    const request = pageRequest('ListEntitiesForPolicy', input);
    const policy = existingPolicy(target, input.PolicyArn);
    const { accountId } = call.principal;
    const entities = new Map<string, Entity>();
    // One that uses the policy in both ways is listed once.
    for (const use of usesAsked[input.PolicyUsageFilter ?? 'any']) {
      for (const entity of await use(database, accountId, policy.arn)) entities.set(entity.id, entity);
    }
    const wanted = [...entities.values()].filter(
      ({ kind, path }) =>
        (input.EntityFilter === undefined || input.EntityFilter === kind) && path.startsWith(input.PathPrefix ?? '/'),
    );
    const { items, continuation } = pageOfAll(request, wanted, ({ kind, nameKey }) => `${kind} ${nameKey}`);
    const ofKind = (kind: Entity['kind']) => items.filter((entity) => entity.kind === kind);
    return {
      PolicyGroups: ofKind('Group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
      PolicyUsers: ofKind('User').map(({ name, id }) => ({ UserName: name, UserId: id })),
      PolicyRoles: ofKind('Role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      ...continuation,
    };
  },
});

export const policyEntityOperations: readonly Operation<IamServices>[] = [listEntitiesForPolicy];

type EntitiesOfUse = (database: Database, accountId: string, policyArn: string) => Promise<Entity[]>;

const usesAsked: Readonly<Record<PolicyUsageType | 'any', readonly EntitiesOfUse[]>> = {
  PermissionsPolicy: [attachedEntities],
  PermissionsBoundary: [boundedEntities],
  any: [attachedEntities, boundedEntities],
};

async function boundedEntities(database: Database, accountId: string, policyArn: string): Promise<Entity[]> {
  const users = await database
    .selectFrom('user_permissions_boundaries as boundary')
    .innerJoin('users', 'users.user_id', 'boundary.user_id')
    .select(['users.user_id as id', 'user_name as name', 'user_name_key as nameKey', 'path'])
    .where('boundary.policy_arn', '=', policyArn)
    .where('users.account_id', '=', accountId)
    .execute();
  const roles = await database
    .selectFrom('role_permissions_boundaries as boundary')
    .innerJoin('roles', 'roles.role_id', 'boundary.role_id')
    .select(['roles.role_id as id', 'role_name as name', 'role_name_key as nameKey', 'path'])
    .where('boundary.policy_arn', '=', policyArn)
    .where('roles.account_id', '=', accountId)
    .execute();
  return [
    ...users.map((user) => ({ kind: 'User' as const, ...user })),
    ...roles.map((role) => ({ kind: 'Role' as const, ...role })),
  ];
}

async function attachedEntities(database: Database, accountId: string, policyArn: string): Promise<Entity[]> {
  const users = await database
    .selectFrom('user_policy_attachments as attachment')
    .innerJoin('users', 'users.user_id', 'attachment.user_id')
    .select(['users.user_id as id', 'user_name as name', 'user_name_key as nameKey', 'path'])
    .where('attachment.policy_arn', '=', policyArn)
    .where('users.account_id', '=', accountId)
    .execute();
  const groups = await database
    .selectFrom('group_policy_attachments as attachment')
    .innerJoin('groups', 'groups.group_id', 'attachment.group_id')
    .select(['groups.group_id as id', 'group_name as name', 'group_name_key as nameKey', 'path'])
    .where('attachment.policy_arn', '=', policyArn)
    .where('groups.account_id', '=', accountId)
    .execute();
  const roles = await database
    .selectFrom('role_policy_attachments as attachment')
    .innerJoin('roles', 'roles.role_id', 'attachment.role_id')
    .select(['roles.role_id as id', 'role_name as name', 'role_name_key as nameKey', 'path'])
    .where('attachment.policy_arn', '=', policyArn)
    .where('roles.account_id', '=', accountId)
    .execute();
  return [
    ...users.map((user) => ({ kind: 'User' as const, ...user })),
    ...groups.map((group) => ({ kind: 'Group' as const, ...group })),
    ...roles.map((role) => ({ kind: 'Role' as const, ...role })),
  ];
}

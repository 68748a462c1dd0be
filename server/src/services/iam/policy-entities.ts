import { ListEntitiesForPolicy$, ListEntitiesForPolicyCommand } from '@aws-sdk/client-iam';
import type { Database } from '../../storage/database/database.ts';
import type { Operation } from '../operation.ts';
import { pageOfAll, pageRequest } from './pagination.ts';
import { existingPolicy, readablePolicyTarget } from './policy-catalogue.ts';
import { type IamServices, operation } from './service.ts';

/** A user, a group or a role that a policy is attached to. */
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
    const entities = await entitiesOf(database, call.principal.accountId, policy.arn);
    const wanted = entities.filter(
      ({ kind, path }) =>
        (input.EntityFilter === undefined || input.EntityFilter === kind) &&
        path.startsWith(input.PathPrefix ?? '/') &&
        // There are no permissions boundaries, so no policy is used as one.
        input.PolicyUsageFilter !== 'PermissionsBoundary',
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

async function entitiesOf(database: Database, accountId: string, policyArn: string): Promise<Entity[]> {
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

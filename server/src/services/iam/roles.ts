import {
  CreateRole$,
  CreateRoleCommand,
  DeleteRole$,
  DeleteRoleCommand,
  GetRole$,
  GetRoleCommand,
  ListRoles$,
  ListRolesCommand,
  type Role,
  UpdateAssumeRolePolicy$,
  UpdateAssumeRolePolicyCommand,
  UpdateRole$,
  UpdateRoleCommand,
  UpdateRoleDescription$,
  UpdateRoleDescriptionCommand,
} from '@aws-sdk/client-iam';
import { authorize } from '../../access/authorization.ts';
import { roleArn } from '../../access/principals.ts';
import { type DatabaseTransaction, lockAccount } from '../../storage/database/row-locks.ts';
import type { RoleRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { refuseWhileReferenced } from './delete-conflicts.ts';
import { alreadyExists, invalidInput, refuseDuplicate } from './errors.ts';
import { newRoleId } from './identifiers.ts';
import { page, pageRequest } from './pagination.ts';
import { pathBeginsWith } from './paths.ts';
import {
  boundaryArn,
  boundaryContext,
  boundaryPolicy,
  describeBoundary,
  setBoundary,
} from './permissions-boundaries.ts';
import { ACCOUNT_QUOTAS, refuseAboveAccountQuota } from './quotas.ts';
import {
  boundedRoleTarget,
  existingRole,
  modifiableRole,
  SERVICE_ROLE_PATH,
  withAnyLockedRole,
  withLockedRole,
} from './role-targets.ts';
import { type IamServices, operation } from './service.ts';
import { requestTagContext, tagList, tagsOf } from './tags.ts';
import { storableTrustPolicy, trustPolicyView } from './trust-policies.ts';
import { nameKey } from './user-targets.ts';

/** Seconds. */
const DEFAULT_SESSION_DURATION = 3600;

const createRole = operation(CreateRole$, CreateRoleCommand, {
  target: (_services, { principal: { accountId } }, input) => {
    const arn = roleArn(accountId, input.Path ?? '/', input.RoleName);
    return {
      resources: [{ arn, accountId }] as const,
      context: [...requestTagContext(input.Tags), ...boundaryContext(input.PermissionsBoundary)],
    };
  },
  handle: async (services, call, input, { resources, context }) => {
    if (input.Path?.startsWith(SERVICE_ROLE_PATH)) {
      throw invalidInput(`Path ${SERVICE_ROLE_PATH} is reserved for service-linked roles.`);
    }
    const tags = tagsOf(input.Tags);
    if (input.Tags !== undefined && input.Tags.length > 0) {
      authorize(call.principal, call.environment, 'iam:TagRole', resources[0], context);
    }
    const { PermissionsBoundary: boundary } = input;
    const policy = boundary && (await boundaryPolicy(services.database, call.principal.accountId, boundary));
    const role: RoleRow = {
      role_id: newRoleId(),
      account_id: call.principal.accountId,
      role_name: input.RoleName,
      role_name_key: nameKey(input.RoleName),
      path: input.Path ?? '/',
      description: input.Description ?? null,
      trust_policy: await storableTrustPolicy(services.database, input.AssumeRolePolicyDocument),
      max_session_duration: input.MaxSessionDuration ?? DEFAULT_SESSION_DURATION,
      tags: JSON.stringify(tags),
      created_at: Date.now(),
      last_used_at: null,
      last_used_region: null,
    };
    const insertion = services.database.transaction().execute(async (transaction) => {
      await insertRole(transaction, role);
      if (policy) await setBoundary(transaction, 'role', role.role_id, policy);
    });
    await refuseDuplicate(insertion, () => alreadyExists(`Role with name ${input.RoleName} already exists.`));
    return { Role: await describeRole(services, role) };
  },
});

const getRole = operation(GetRole$, GetRoleCommand, {
  target: (services, call, input) => boundedRoleTarget(services, call, input.RoleName),
  handle: async (services, _call, _input, target) => {
    const role = existingRole(target);
    return { Role: { ...(await describeRole(services, role)), RoleLastUsed: lastUse(role) } };
  },
});

const listRoles = operation(ListRoles$, ListRolesCommand, {
  target: (_services, { principal: { accountId } }, input) => ({
    resources: [{ arn: roleArn(accountId, input.PathPrefix ?? '/', ''), accountId }],
  }),
  handle: async ({ database }, call, input) => {
    const request = pageRequest('ListRoles', input);
    const { PathPrefix: prefix } = input;
    const rows = await database
      .selectFrom('roles')
      .selectAll()
      .where('account_id', '=', call.principal.accountId)
      .$if(prefix !== undefined, (query) => query.where((eb) => pathBeginsWith(eb.ref('path'), prefix ?? '/')))
      .$if(request.after !== undefined, (query) => query.where('role_name_key', '>', request.after ?? ''))
      .orderBy('role_name_key')
      .limit(request.size + 1)
      .execute();
    const { items, continuation } = page(request, rows, (row) => row.role_name_key);
    const showTrust = await trustPolicyView(
      database,
      items.map((row) => row.trust_policy),
    );
    return { Roles: items.map((row) => describeListedRole(row, showTrust(row.trust_policy))), ...continuation };
  },
});

const updateRole = operation(UpdateRole$, UpdateRoleCommand, {
  target: (services, call, input) => boundedRoleTarget(services, call, input.RoleName),
  handle: async (services, _call, input, target) => {
    // Of a service-linked role the description may be changed, the longest session may not.
    const withRole = input.MaxSessionDuration === undefined ? withAnyLockedRole : withLockedRole;
    await withRole(services, target, (transaction, role) =>
      transaction
        .updateTable('roles')
        .set({
          // Without a value the default applies again: IAM API Reference, UpdateRole.
          max_session_duration: input.MaxSessionDuration ?? DEFAULT_SESSION_DURATION,
          description: input.Description ?? role.description,
        })
        .where('role_id', '=', role.role_id)
        .execute(),
    );
    return {};
  },
});

const updateRoleDescription = operation(UpdateRoleDescription$, UpdateRoleDescriptionCommand, {
  target: (services, call, input) => boundedRoleTarget(services, call, input.RoleName),
  handle: async (services, _call, input, target) => {
    const updated = await withAnyLockedRole(services, target, (transaction, role) =>
      transaction
        .updateTable('roles')
        .set({ description: input.Description })
        .where('role_id', '=', role.role_id)
        .returningAll()
        .executeTakeFirstOrThrow(),
    );
    return { Role: await describeRole(services, updated) };
  },
});

const updateAssumeRolePolicy = operation(UpdateAssumeRolePolicy$, UpdateAssumeRolePolicyCommand, {
  target: (services, call, input) => boundedRoleTarget(services, call, input.RoleName),
  handle: async (services, _call, input, target) => {
    modifiableRole(target);
    const document = await storableTrustPolicy(services.database, input.PolicyDocument);
    await withLockedRole(services, target, (transaction, role) =>
      transaction.updateTable('roles').set({ trust_policy: document }).where('role_id', '=', role.role_id).execute(),
    );
    return {};
  },
});

const deleteRole = operation(DeleteRole$, DeleteRoleCommand, {
  target: (services, call, input) => boundedRoleTarget(services, call, input.RoleName),
  handle: async (services, _call, _input, target) => {
    await withLockedRole(services, target, async (transaction, role) => {
      await refuseWhileReferenced(transaction, 'role', role.role_id);
      await transaction.deleteFrom('roles').where('role_id', '=', role.role_id).execute();
    });
    return {};
  },
});

export const roleOperations: readonly Operation<IamServices>[] = [
  createRole,
  getRole,
  listRoles,
  updateRole,
  updateRoleDescription,
  updateAssumeRolePolicy,
  deleteRole,
];

export async function insertRole(transaction: DatabaseTransaction, role: RoleRow): Promise<void> {
  await lockAccount(transaction, role.account_id);
  await transaction.insertInto('roles').values(role).execute();
  await refuseAboveAccountQuota(transaction, 'roles', role.account_id, 'RolesPerAccount', ACCOUNT_QUOTAS.roles);
}

/** As in lists, which leave out tags, permissions boundary and last use. */
export function describeListedRole(role: RoleRow, trustPolicy: string): Role {
  return {
    Path: role.path,
    RoleName: role.role_name,
    RoleId: role.role_id,
    Arn: roleArn(role.account_id, role.path, role.role_name),
    CreateDate: new Date(role.created_at),
    AssumeRolePolicyDocument: trustPolicy,
    Description: role.description ?? undefined,
    MaxSessionDuration: role.max_session_duration,
  };
}

export async function describeRole({ database }: IamServices, role: RoleRow): Promise<Role> {
  const showTrust = await trustPolicyView(database, [role.trust_policy]);
  const boundary = await boundaryArn(database, 'role', role.role_id);
  return {
    ...describeListedRole(role, showTrust(role.trust_policy)),
    Tags: tagList(role.tags),
    PermissionsBoundary: describeBoundary(boundary),
  };
}

/** Empty for a role that was never used. */
export function lastUse(role: RoleRow): Role['RoleLastUsed'] {
  if (role.last_used_at === null) return {};
  return { LastUsedDate: new Date(role.last_used_at), Region: role.last_used_region ?? undefined };
}

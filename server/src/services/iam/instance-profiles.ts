import {
  CreateInstanceProfile$,
  CreateInstanceProfileCommand,
  DeleteInstanceProfile$,
  DeleteInstanceProfileCommand,
  GetInstanceProfile$,
  GetInstanceProfileCommand,
  type InstanceProfile,
  ListInstanceProfiles$,
  ListInstanceProfilesCommand,
  ListInstanceProfilesForRole$,
  ListInstanceProfilesForRoleCommand,
} from '@aws-sdk/client-iam';
import type { SelectQueryBuilder } from 'kysely';
import { authorize } from '../../access/authorization.ts';
import type { Database } from '../../storage/database/database.ts';
import { lockAccount } from '../../storage/database/row-locks.ts';
import type { DatabaseSchema, InstanceProfileRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { alreadyExists, deleteConflict, refuseDuplicate } from './errors.ts';
import { newInstanceProfileId } from './identifiers.ts';
import {
  existingInstanceProfile,
  instanceProfileArn,
  instanceProfileTarget,
  withLockedInstanceProfile,
} from './instance-profile-targets.ts';
import { type PageRequest, page, pageRequest } from './pagination.ts';
import { pathBeginsWith } from './paths.ts';
import { ACCOUNT_QUOTAS, refuseAboveAccountQuota } from './quotas.ts';
import { existingRole, roleTarget } from './role-targets.ts';
import { describeListedRole } from './roles.ts';
import { type IamServices, operation } from './service.ts';
import { requestTagContext, tagList, tagsOf } from './tags.ts';
import { trustPolicyView } from './trust-policies.ts';
import { nameKey } from './user-targets.ts';

const createInstanceProfile = operation(CreateInstanceProfile$, CreateInstanceProfileCommand, {
  target: (_services, { principal: { accountId } }, input) => {
    const arn = instanceProfileArn(accountId, input.Path ?? '/', input.InstanceProfileName);
    return { resources: [{ arn, accountId }] as const, context: requestTagContext(input.Tags) };
  },
  handle: async ({ database }, call, input, { resources, context }) => {
    const tags = tagsOf(input.Tags);
    if (input.Tags !== undefined && input.Tags.length > 0) {
      authorize(call.principal, call.environment, 'iam:TagInstanceProfile', resources[0], context);
    }
    const { accountId } = call.principal;
    const profile: InstanceProfileRow = {
      profile_id: newInstanceProfileId(),
      account_id: accountId,
      profile_name: input.InstanceProfileName,
      profile_name_key: nameKey(input.InstanceProfileName),
      path: input.Path ?? '/',
      role_id: null,
      tags: JSON.stringify(tags),
      created_at: Date.now(),
    };
    const limit = ACCOUNT_QUOTAS.instanceProfiles;
    const insertion = database.transaction().execute(async (transaction) => {
      await lockAccount(transaction, accountId);
      await transaction.insertInto('instance_profiles').values(profile).execute();
      await refuseAboveAccountQuota(transaction, 'instance_profiles', accountId, 'InstanceProfilesPerAccount', limit);
    });
    await refuseDuplicate(insertion, () =>
      alreadyExists(`Instance Profile ${input.InstanceProfileName} already exists.`),
    );
    const [described] = await describeInstanceProfiles(database, [profile]);
    return { InstanceProfile: described && { ...described, Tags: tagList(profile.tags) } };
  },
});

const getInstanceProfile = operation(GetInstanceProfile$, GetInstanceProfileCommand, {
  target: (services, call, input) => instanceProfileTarget(services, call, input.InstanceProfileName),
  handle: async ({ database }, _call, _input, target) => {
    const profile = existingInstanceProfile(target);
    const [described] = await describeInstanceProfiles(database, [profile]);
    return { InstanceProfile: described && { ...described, Tags: tagList(profile.tags) } };
  },
});

const listInstanceProfiles = operation(ListInstanceProfiles$, ListInstanceProfilesCommand, {
  target: (_services, { principal: { accountId } }, input) => ({
    resources: [{ arn: instanceProfileArn(accountId, input.PathPrefix ?? '/', ''), accountId }],
  }),
  handle: async ({ database }, call, input) => {
    const request = pageRequest('ListInstanceProfiles', input);
    const { PathPrefix: prefix } = input;
    return pageOfProfiles(
      database,
      request,
      database
        .selectFrom('instance_profiles')
        .where('account_id', '=', call.principal.accountId)
        .$if(prefix !== undefined, (query) => query.where((eb) => pathBeginsWith(eb.ref('path'), prefix ?? '/'))),
    );
  },
});

const listInstanceProfilesForRole = operation(ListInstanceProfilesForRole$, ListInstanceProfilesForRoleCommand, {
  target: (services, call, input) => roleTarget(services, call, input.RoleName),
  handle: async ({ database }, _call, input, target) => {
    const request = pageRequest('ListInstanceProfilesForRole', input);
    const { role_id } = existingRole(target);
    return pageOfProfiles(database, request, database.selectFrom('instance_profiles').where('role_id', '=', role_id));
  },
});

const deleteInstanceProfile = operation(DeleteInstanceProfile$, DeleteInstanceProfileCommand, {
  target: (services, call, input) => instanceProfileTarget(services, call, input.InstanceProfileName),
  handle: async (services, _call, _input, target) => {
    await withLockedInstanceProfile(services, target, async (transaction, profile) => {
      if (profile.role_id !== null) {
        throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.');
      }
      await transaction.deleteFrom('instance_profiles').where('profile_id', '=', profile.profile_id).execute();
    });
    return {};
  },
});

export const instanceProfileOperations: readonly Operation<IamServices>[] = [
  createInstanceProfile,
  getInstanceProfile,
  listInstanceProfiles,
  listInstanceProfilesForRole,
  deleteInstanceProfile,
];

async function pageOfProfiles(
  database: Database,
  request: PageRequest,
  profiles: SelectQueryBuilder<DatabaseSchema, 'instance_profiles', object>,
): Promise<{ InstanceProfiles: InstanceProfile[]; IsTruncated: boolean; Marker?: string }> {
  const rows = await profiles
    .selectAll()
    .$if(request.after !== undefined, (query) => query.where('profile_name_key', '>', request.after ?? ''))
    .orderBy('profile_name_key')
    .limit(request.size + 1)
    .execute();
  const { items, continuation } = page(request, rows, (row) => row.profile_name_key);
  return { InstanceProfiles: await describeInstanceProfiles(database, items), ...continuation };
}

/** As in lists, which leave out the tags. */
export async function describeInstanceProfiles(
  database: Database,
  profiles: readonly InstanceProfileRow[],
): Promise<InstanceProfile[]> {
  const roleIds = profiles.flatMap(({ role_id }) => role_id ?? []);
  const roles =
    roleIds.length === 0
      ? []
      : await database.selectFrom('roles').selectAll().where('role_id', 'in', roleIds).execute();
  const showTrust = await trustPolicyView(
    database,
    roles.map((role) => role.trust_policy),
  );
  return profiles.map((profile) => ({
    Path: profile.path,
    InstanceProfileName: profile.profile_name,
    InstanceProfileId: profile.profile_id,
    Arn: instanceProfileArn(profile.account_id, profile.path, profile.profile_name),
    CreateDate: new Date(profile.created_at),
    Roles: roles
      .filter(({ role_id }) => role_id === profile.role_id)
      .map((role) => describeListedRole(role, showTrust(role.trust_policy))),
  }));
}

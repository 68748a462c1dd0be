import {
  CreateGroup$,
  CreateGroupCommand,
  DeleteGroup$,
  DeleteGroupCommand,
  GetGroup$,
  GetGroupCommand,
  type Group,
  ListGroups$,
  ListGroupsCommand,
  UpdateGroup$,
  UpdateGroupCommand,
} from '@aws-sdk/client-iam';
import { groupArn } from '../../access/principals.ts';
import { lockAccount } from '../../storage/database/row-locks.ts';
import type { GroupRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { refuseWhileReferenced } from './delete-conflicts.ts';
import { alreadyExists, refuseDuplicate } from './errors.ts';
import { existingGroup, groupTarget, noSuchGroup, withLockedGroup } from './group-targets.ts';
import { newGroupId } from './identifiers.ts';
import { page, pageRequest } from './pagination.ts';
import { pathBeginsWith } from './paths.ts';
import { ACCOUNT_QUOTAS, refuseAboveAccountQuota } from './quotas.ts';
import { type IamServices, operation } from './service.ts';
import { nameKey } from './user-targets.ts';
import { describeListedUser } from './users.ts';

const createGroup = operation(CreateGroup$, CreateGroupCommand, {
  target: (_services, { principal: { accountId } }, input) => ({
    resources: [{ arn: groupArn(accountId, input.Path ?? '/', input.GroupName), accountId }],
  }),
  handle: async ({ database }, call, input) => {
    const group: GroupRow = {
      group_id: newGroupId(),
      account_id: call.principal.accountId,
      group_name: input.GroupName,
      group_name_key: nameKey(input.GroupName),
      path: input.Path ?? '/',
      created_at: Date.now(),
    };
    const insertion = database.transaction().execute(async (transaction) => {
      await lockAccount(transaction, group.account_id);
      await transaction.insertInto('groups').values(group).execute();
      await refuseAboveAccountQuota(transaction, 'groups', group.account_id, 'GroupsPerAccount', ACCOUNT_QUOTAS.groups);
    });
    await refuseDuplicate(insertion, () => groupExists(input.GroupName));
    return { Group: describeGroup(group) };
  },
});

const getGroup = operation(GetGroup$, GetGroupCommand, {
  target: (services, call, input) => groupTarget(services, call, input.GroupName),
  handle: async ({ database }, _call, input, target) => {
    const request = pageRequest('GetGroup', input);
    const group = existingGroup(target);
    const members = await database
      .selectFrom('group_members as member')
      .innerJoin('users', 'users.user_id', 'member.user_id')
      .selectAll('users')
      .where('member.group_id', '=', group.group_id)
      .$if(request.after !== undefined, (query) => query.where('member.name_key', '>', request.after ?? ''))
      .orderBy('member.name_key')
      .limit(request.size + 1)
      .execute();
    const { items, continuation } = page(request, members, (user) => user.user_name_key);
    return { Group: describeGroup(group), Users: items.map(describeListedUser), ...continuation };
  },
});

const listGroups = operation(ListGroups$, ListGroupsCommand, {
  target: (_services, { principal: { accountId } }, input) => ({
    resources: [{ arn: groupArn(accountId, input.PathPrefix ?? '/', ''), accountId }],
  }),
  handle: async ({ database }, call, input) => {
    const request = pageRequest('ListGroups', input);
    const { PathPrefix: prefix } = input;
    const rows = await database
      .selectFrom('groups')
      .selectAll()
      .where('account_id', '=', call.principal.accountId)
      .$if(prefix !== undefined, (query) => query.where((eb) => pathBeginsWith(eb.ref('path'), prefix ?? '/')))
      .$if(request.after !== undefined, (query) => query.where('group_name_key', '>', request.after ?? ''))
      .orderBy('group_name_key')
      .limit(request.size + 1)
      .execute();
    const { items, continuation } = page(request, rows, (row) => row.group_name_key);
    return { Groups: items.map(describeGroup), ...continuation };
  },
});

const updateGroup = operation(UpdateGroup$, UpdateGroupCommand, {
  // Permission is needed on both the source and the target: IAM API Reference, UpdateGroup.
  target: async (services, call, input) => {
    const source = await groupTarget(services, call, input.GroupName);
    const { accountId } = call.principal;
    const arn = groupArn(
      accountId,
      input.NewPath ?? source.group?.path ?? '/',
      input.NewGroupName ?? source.group?.group_name ?? input.GroupName,
    );
    return { ...source, resources: [...source.resources, { arn, accountId }] };
  },
  handle: async ({ database }, _call, input, target) => {
    const group = existingGroup(target);
    const name = input.NewGroupName ?? group.group_name;
    const update = database
      .updateTable('groups')
      .set({ group_name: name, group_name_key: nameKey(name), path: input.NewPath ?? group.path })
      .where('group_id', '=', group.group_id)
      .executeTakeFirst();
    const { numUpdatedRows } = await refuseDuplicate(update, () => groupExists(name));
    if (numUpdatedRows === 0n) throw noSuchGroup(target.groupName);
    return {};
  },
});

const deleteGroup = operation(DeleteGroup$, DeleteGroupCommand, {
  target: (services, call, input) => groupTarget(services, call, input.GroupName),
  handle: async (services, _call, _input, target) => {
    await withLockedGroup(services, target, async (transaction, group) => {
      await refuseWhileReferenced(transaction, 'group', group.group_id);
      await transaction.deleteFrom('groups').where('group_id', '=', group.group_id).execute();
    });
    return {};
  },
});

export const groupOperations: readonly Operation<IamServices>[] = [
  createGroup,
  getGroup,
  listGroups,
  updateGroup,
  deleteGroup,
];

export function describeGroup(group: GroupRow): Group {
  return {
    Path: group.path,
    GroupName: group.group_name,
    GroupId: group.group_id,
    Arn: groupArn(group.account_id, group.path, group.group_name),
    CreateDate: new Date(group.created_at),
  };
}

function groupExists(name: string): Error {
  return alreadyExists(`Group with name ${name} already exists.`);
}

import {
  AddUserToGroup$,
  AddUserToGroupCommand,
  ListGroupsForUser$,
  ListGroupsForUserCommand,
  RemoveUserFromGroup$,
  RemoveUserFromGroupCommand,
} from '@aws-sdk/client-iam';
import { type DatabaseTransaction, lockGroup, lockUser } from '../../storage/database/row-locks.ts';
import type { Operation } from '../operation.ts';
import { noSuchEntity, noSuchUser, quotaExceeded } from './errors.ts';
import { existingGroup, groupTarget, noSuchGroup } from './group-targets.ts';
import { describeGroup } from './groups.ts';
import { page, pageRequest } from './pagination.ts';
import { MAX_GROUPS_OF_USER } from './quotas.ts';
import { type IamServices, operation } from './service.ts';
import { existingUser, findUser, userTarget } from './user-targets.ts';

const addUserToGroup = operation(AddUserToGroup$, AddUserToGroupCommand, {
  target: (services, call, input) => groupTarget(services, call, input.GroupName),
  handle: async ({ database }, call, input, target) => {
    const { group_id } = existingGroup(target);
    const user = await findUser(database, call.principal.accountId, input.UserName);
    if (user === undefined) throw noSuchUser(input.UserName);
    await database.transaction().execute(async (transaction) => {
      // Both, so that neither is deleted meanwhile; always in this order.
      if ((await lockUser(transaction, user.user_id)) === undefined) throw noSuchUser(input.UserName);
      if ((await lockGroup(transaction, group_id)) === undefined) throw noSuchGroup(input.GroupName);
      await addMember(transaction, group_id, user.user_id);
    });
    return {};
  },
});

const removeUserFromGroup = operation(RemoveUserFromGroup$, RemoveUserFromGroupCommand, {
  target: (services, call, input) => groupTarget(services, call, input.GroupName),
  handle: async ({ database }, call, input, target) => {
    const { group_id } = existingGroup(target);
    const user = await findUser(database, call.principal.accountId, input.UserName);
    if (user === undefined) throw noSuchUser(input.UserName);
    const { numDeletedRows } = await database
      .deleteFrom('group_members')
      .where('group_id', '=', group_id)
      .where('user_id', '=', user.user_id)
      .executeTakeFirst();
    // The code is AWS's, its words are not known.
    if (numDeletedRows === 0n) {
      throw noSuchEntity(`The user with name ${input.UserName} is not in the group with name ${input.GroupName}.`);
    }
    return {};
  },
});

const listGroupsForUser = operation(ListGroupsForUser$, ListGroupsForUserCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async ({ database }, _call, input, target) => {
    const request = pageRequest('ListGroupsForUser', input);
    const rows = await database
      .selectFrom('group_members as member')
      .innerJoin('groups', 'groups.group_id', 'member.group_id')
      .selectAll('groups')
      .where('member.user_id', '=', existingUser(target).user_id)
      .$if(request.after !== undefined, (query) => query.where('groups.group_name_key', '>', request.after ?? ''))
      .orderBy('groups.group_name_key')
      .limit(request.size + 1)
      .execute();
    const { items, continuation } = page(request, rows, (group) => group.group_name_key);
    return { Groups: items.map(describeGroup), ...continuation };
  },
});

export const groupMemberOperations: readonly Operation<IamServices>[] = [
  addUserToGroup,
  removeUserFromGroup,
  listGroupsForUser,
];

/** Once more is no error. @throws LimitExceeded above ten groups */
async function addMember(transaction: DatabaseTransaction, groupId: string, userId: string): Promise<void> {
  await transaction
    .insertInto('group_members')
    .values({ group_id: groupId, user_id: userId, added_at: Date.now() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { count } = await transaction
    .selectFrom('group_members')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  if (count > MAX_GROUPS_OF_USER) throw quotaExceeded('GroupsPerUser', MAX_GROUPS_OF_USER);
}

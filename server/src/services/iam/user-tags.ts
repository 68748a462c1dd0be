import {
  ListUserTags$,
  ListUserTagsCommand,
  TagUser$,
  TagUserCommand,
  UntagUser$,
  UntagUserCommand,
} from '@aws-sdk/client-iam';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import type { UserRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { type IamServices, operation } from './service.ts';
import { pageOfTags, requestTagContext, storedWithoutTags, storedWithTags } from './tags.ts';
import { existingUser, userTarget, withLockedUser } from './user-targets.ts';

const tagUser = operation(TagUser$, TagUserCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName, requestTagContext(input.Tags)),
  handle: async (services, _call, input, target) => {
    await withLockedUser(services, target, (transaction, user) =>
      storeTags(transaction, user, storedWithTags(user.tags, input.Tags)),
    );
    return {};
  },
});

const untagUser = operation(UntagUser$, UntagUserCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName, [['aws:TagKeys', input.TagKeys]]),
  handle: async (services, _call, input, target) => {
    await withLockedUser(services, target, (transaction, user) =>
      storeTags(transaction, user, storedWithoutTags(user.tags, input.TagKeys)),
    );
    return {};
  },
});

const listUserTags = operation(ListUserTags$, ListUserTagsCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: (_services, _call, input, target) => pageOfTags('ListUserTags', input, existingUser(target).tags),
});

export const userTagOperations: readonly Operation<IamServices>[] = [tagUser, untagUser, listUserTags];

async function storeTags(transaction: DatabaseTransaction, user: UserRow, tags: string): Promise<void> {
  await transaction.updateTable('users').set({ tags }).where('user_id', '=', user.user_id).execute();
}

import {
  ListInstanceProfileTags$,
  ListInstanceProfileTagsCommand,
  TagInstanceProfile$,
  TagInstanceProfileCommand,
  UntagInstanceProfile$,
  UntagInstanceProfileCommand,
} from '@aws-sdk/client-iam';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import type { InstanceProfileRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import {
  existingInstanceProfile,
  instanceProfileTarget,
  withLockedInstanceProfile,
} from './instance-profile-targets.ts';
import { type IamServices, operation } from './service.ts';
import { pageOfTags, requestTagContext, storedWithoutTags, storedWithTags } from './tags.ts';

const tagInstanceProfile = operation(TagInstanceProfile$, TagInstanceProfileCommand, {
  target: (services, call, input) =>
    instanceProfileTarget(services, call, input.InstanceProfileName, requestTagContext(input.Tags)),
  handle: async (services, _call, input, target) => {
    await withLockedInstanceProfile(services, target, (transaction, profile) =>
      storeTags(transaction, profile, storedWithTags(profile.tags, input.Tags)),
    );
    return {};
  },
});

const untagInstanceProfile = operation(UntagInstanceProfile$, UntagInstanceProfileCommand, {
  target: (services, call, input) =>
    instanceProfileTarget(services, call, input.InstanceProfileName, [['aws:TagKeys', input.TagKeys]]),
  handle: async (services, _call, input, target) => {
    await withLockedInstanceProfile(services, target, (transaction, profile) =>
      storeTags(transaction, profile, storedWithoutTags(profile.tags, input.TagKeys)),
    );
    return {};
  },
});

const listInstanceProfileTags = operation(ListInstanceProfileTags$, ListInstanceProfileTagsCommand, {
  target: (services, call, input) => instanceProfileTarget(services, call, input.InstanceProfileName),
  handle: (_services, _call, input, target) =>
    pageOfTags('ListInstanceProfileTags', input, existingInstanceProfile(target).tags),
});

export const instanceProfileTagOperations: readonly Operation<IamServices>[] = [
  tagInstanceProfile,
  untagInstanceProfile,
  listInstanceProfileTags,
];

async function storeTags(transaction: DatabaseTransaction, profile: InstanceProfileRow, tags: string): Promise<void> {
  await transaction
    .updateTable('instance_profiles')
    .set({ tags })
    .where('profile_id', '=', profile.profile_id)
    .execute();
}

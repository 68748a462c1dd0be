import {
  ListPolicyTags$,
  ListPolicyTagsCommand,
  TagPolicy$,
  TagPolicyCommand,
  UntagPolicy$,
  UntagPolicyCommand,
} from '@aws-sdk/client-iam';
import type { Database } from '../../storage/database/database.ts';
import type { Operation } from '../operation.ts';
import {
  existingPolicy,
  type PolicyTarget,
  readablePolicyTarget,
  withLockedPolicy,
  writablePolicyTarget,
} from './policy-catalogue.ts';
import { type IamServices, operation } from './service.ts';
import { pageOfTags, requestTagContext, storedWithoutTags, storedWithTags } from './tags.ts';

const tagPolicy = operation(TagPolicy$, TagPolicyCommand, {
  target: ({ database }, call, input) =>
    writablePolicyTarget(database, call, input.PolicyArn, requestTagContext(input.Tags)),
  handle: async ({ database }, _call, input, target) => {
    await updateTags(database, target, (tags) => storedWithTags(tags, input.Tags));
    return {};
  },
});

const untagPolicy = operation(UntagPolicy$, UntagPolicyCommand, {
  target: ({ database }, call, input) =>
    writablePolicyTarget(database, call, input.PolicyArn, [['aws:TagKeys', input.TagKeys]]),
  handle: async ({ database }, _call, input, target) => {
    await updateTags(database, target, (tags) => storedWithoutTags(tags, input.TagKeys));
    return {};
  },
});

const listPolicyTags = operation(ListPolicyTags$, ListPolicyTagsCommand, {
  target: ({ database }, call, input) => readablePolicyTarget(database, call, input.PolicyArn),
  handle: (_services, _call, input, target) =>
    pageOfTags('ListPolicyTags', input, existingPolicy(target, input.PolicyArn).tags),
});

export const policyTagOperations: readonly Operation<IamServices>[] = [tagPolicy, untagPolicy, listPolicyTags];

async function updateTags(database: Database, target: PolicyTarget, change: (tags: string) => string): Promise<void> {
  await withLockedPolicy(database, target, (transaction, policy) =>
    transaction
      .updateTable('policies')
      .set({ tags: change(policy.tags) })
      .where('policy_id', '=', policy.policy_id)
      .execute(),
  );
}

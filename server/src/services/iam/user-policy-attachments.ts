import {
  AttachUserPolicy$,
  AttachUserPolicyCommand,
  DetachUserPolicy$,
  DetachUserPolicyCommand,
  ListAttachedUserPolicies$,
  ListAttachedUserPoliciesCommand,
} from '@aws-sdk/client-iam';
import { lockPolicy } from '../../storage/database/row-locks.ts';
import type { Operation } from '../operation.ts';
import { quotaExceeded } from './errors.ts';
import { pageOfAll, pageRequest } from './pagination.ts';
import { findPolicy, noSuchPolicy, notAttachable, parsePolicyArn } from './policy-catalogue.ts';
import { type IamServices, operation } from './service.ts';
import { boundedUserTarget, existingUser, nameKey, userTarget, withLockedUser } from './user-targets.ts';

const MAX_ATTACHED = 10;

const attachUserPolicy = operation(AttachUserPolicy$, AttachUserPolicyCommand, {
  target: (services, call, input) =>
    boundedUserTarget(services, call, input.UserName, [['iam:PolicyARN', input.PolicyArn]]),
  handle: async (services, call, input, target) => {
    existingUser(target);
    const policy = await findPolicy(services.database, call.principal.accountId, input.PolicyArn);
    if (policy === undefined) throw notAttachable(input.PolicyArn);
    const ownPolicyId = policy.document === undefined ? policy.policyId : null;
    await withLockedUser(services, target, async (transaction, user) => {
      if (ownPolicyId !== null && !(await lockPolicy(transaction, ownPolicyId))) throw notAttachable(input.PolicyArn);
      await transaction
        .insertInto('user_policy_attachments')
        .values({ user_id: user.user_id, policy_arn: policy.arn, policy_id: ownPolicyId, attached_at: Date.now() })
        .onConflict((conflict) => conflict.columns(['user_id', 'policy_arn']).doNothing())
        .execute();
      const { count } = await transaction
        .selectFrom('user_policy_attachments')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('user_id', '=', user.user_id)
        .executeTakeFirstOrThrow();
      if (count > MAX_ATTACHED) throw quotaExceeded('PoliciesPerUser', MAX_ATTACHED);
    });
    return {};
  },
});

const detachUserPolicy = operation(DetachUserPolicy$, DetachUserPolicyCommand, {
  target: (services, call, input) =>
    boundedUserTarget(services, call, input.UserName, [['iam:PolicyARN', input.PolicyArn]]),
  handle: async ({ database }, _call, input, target) => {
    const { numDeletedRows } = await database
      .deleteFrom('user_policy_attachments')
      .where('user_id', '=', existingUser(target).user_id)
      .where('policy_arn', '=', input.PolicyArn)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw noSuchPolicy(input.PolicyArn);
    return {};
  },
});

const listAttachedUserPolicies = operation(ListAttachedUserPolicies$, ListAttachedUserPoliciesCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async ({ database }, _call, input, target) => {
    const request = pageRequest('ListAttachedUserPolicies', input);
    const rows = await database
      .selectFrom('user_policy_attachments')
      .select('policy_arn')
      .where('user_id', '=', existingUser(target).user_id)
      .execute();
    const attached = rows
      .map(({ policy_arn: arn }) => ({ arn, ...parsePolicyArn(arn) }))
      .filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'));
    const { items, continuation } = pageOfAll(request, attached, ({ name, arn }) => `${nameKey(name)} ${arn}`);
    return {
      AttachedPolicies: items.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn })),
      ...continuation,
    };
  },
});

export const userPolicyAttachmentOperations: readonly Operation<IamServices>[] = [
  attachUserPolicy,
  detachUserPolicy,
  listAttachedUserPolicies,
];

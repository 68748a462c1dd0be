import {
  AttachUserPolicy$,
  AttachUserPolicyCommand,
  DetachUserPolicy$,
  DetachUserPolicyCommand,
  ListAttachedUserPolicies$,
  ListAttachedUserPoliciesCommand,
} from '@aws-sdk/client-iam';
import type { Operation } from '../operation.ts';
import { attachablePolicy, attachPolicy, detachPolicy, pageOfAttachedPolicies } from './attached-policies.ts';
import { USER_POLICIES } from './policy-holders.ts';
import { type IamServices, operation } from './service.ts';
import { boundedUserTarget, existingUser, userTarget, withLockedUser } from './user-targets.ts';

const attachUserPolicy = operation(AttachUserPolicy$, AttachUserPolicyCommand, {
  target: (services, call, input) =>
    boundedUserTarget(services, call, input.UserName, [['iam:PolicyARN', input.PolicyArn]]),
  handle: async (services, call, input, target) => {
    existingUser(target);
    const policy = await attachablePolicy(services, call, input.PolicyArn);
    await withLockedUser(services, target, (transaction, user) =>
      attachPolicy(transaction, USER_POLICIES, user.user_id, policy),
    );
    return {};
  },
});

const detachUserPolicy = operation(DetachUserPolicy$, DetachUserPolicyCommand, {
  target: (services, call, input) =>
    boundedUserTarget(services, call, input.UserName, [['iam:PolicyARN', input.PolicyArn]]),
  handle: async (services, _call, input, target) => {
    await detachPolicy(services, USER_POLICIES, existingUser(target).user_id, input.PolicyArn);
    return {};
  },
});

const listAttachedUserPolicies = operation(ListAttachedUserPolicies$, ListAttachedUserPoliciesCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: (services, _call, input, target) => {
    const { user_id } = existingUser(target);
    return pageOfAttachedPolicies(services, USER_POLICIES, user_id, 'ListAttachedUserPolicies', input);
  },
});

export const userPolicyAttachmentOperations: readonly Operation<IamServices>[] = [
  attachUserPolicy,
  detachUserPolicy,
  listAttachedUserPolicies,
];

import {
  AttachGroupPolicy$,
  AttachGroupPolicyCommand,
  DetachGroupPolicy$,
  DetachGroupPolicyCommand,
  ListAttachedGroupPolicies$,
  ListAttachedGroupPoliciesCommand,
} from '@aws-sdk/client-iam';
import type { Operation } from '../operation.ts';
import { attachablePolicy, attachPolicy, detachPolicy, pageOfAttachedPolicies } from './attached-policies.ts';
import { existingGroup, groupTarget, withLockedGroup } from './group-targets.ts';
import { GROUP_POLICIES } from './policy-holders.ts';
import { type IamServices, operation } from './service.ts';

const attachGroupPolicy = operation(AttachGroupPolicy$, AttachGroupPolicyCommand, {
  target: (services, call, input) => groupTarget(services, call, input.GroupName, [['iam:PolicyARN', input.PolicyArn]]),
  handle: async (services, call, input, target) => {
    existingGroup(target);
    const policy = await attachablePolicy(services, call, input.PolicyArn);
    await withLockedGroup(services, target, (transaction, group) =>
      attachPolicy(transaction, GROUP_POLICIES, group.group_id, policy),
    );
    return {};
  },
});

const detachGroupPolicy = operation(DetachGroupPolicy$, DetachGroupPolicyCommand, {
  target: (services, call, input) => groupTarget(services, call, input.GroupName, [['iam:PolicyARN', input.PolicyArn]]),
  handle: async (services, _call, input, target) => {
    await detachPolicy(services, GROUP_POLICIES, existingGroup(target).group_id, input.PolicyArn);
    return {};
  },
});

const listAttachedGroupPolicies = operation(ListAttachedGroupPolicies$, ListAttachedGroupPoliciesCommand, {
  target: (services, call, input) => groupTarget(services, call, input.GroupName),
  handle: (services, _call, input, target) => {
    const { group_id } = existingGroup(target);
    return pageOfAttachedPolicies(services, GROUP_POLICIES, group_id, 'ListAttachedGroupPolicies', input);
  },
});

export const groupPolicyAttachmentOperations: readonly Operation<IamServices>[] = [
  attachGroupPolicy,
  detachGroupPolicy,
  listAttachedGroupPolicies,
];

import {
  DeleteGroupPolicy$,
  DeleteGroupPolicyCommand,
  GetGroupPolicy$,
  GetGroupPolicyCommand,
  ListGroupPolicies$,
  ListGroupPoliciesCommand,
  PutGroupPolicy$,
  PutGroupPolicyCommand,
} from '@aws-sdk/client-iam';
import type { Operation } from '../operation.ts';
import { existingGroup, groupTarget, withLockedGroup } from './group-targets.ts';
import { deleteInlinePolicy, getInlinePolicy, pageOfInlinePolicies, putInlinePolicy } from './inline-policies.ts';
import { refuseMalformedDocument } from './policy-documents.ts';
import { GROUP_POLICIES } from './policy-holders.ts';
import { type IamServices, operation } from './service.ts';

const putGroupPolicy = operation(PutGroupPolicy$, PutGroupPolicyCommand, {
  target: (services, call, input) => groupTarget(services, call, input.GroupName),
  handle: async (services, _call, input, target) => {
    existingGroup(target);
    refuseMalformedDocument(input.PolicyDocument);
    await withLockedGroup(services, target, (transaction, { group_id: id, group_name: name }) =>
      putInlinePolicy(transaction, GROUP_POLICIES, { id, name }, input),
    );
    return {};
  },
});

const getGroupPolicy = operation(GetGroupPolicy$, GetGroupPolicyCommand, {
  target: (services, call, input) => groupTarget(services, call, input.GroupName),
  handle: async (services, _call, input, target) => {
    const group = existingGroup(target);
    const policy = await getInlinePolicy(services, GROUP_POLICIES, group.group_id, input.PolicyName);
    return { GroupName: group.group_name, ...policy };
  },
});

const deleteGroupPolicy = operation(DeleteGroupPolicy$, DeleteGroupPolicyCommand, {
  target: (services, call, input) => groupTarget(services, call, input.GroupName),
  handle: async (services, _call, input, target) => {
    await deleteInlinePolicy(services, GROUP_POLICIES, existingGroup(target).group_id, input.PolicyName);
    return {};
  },
});

const listGroupPolicies = operation(ListGroupPolicies$, ListGroupPoliciesCommand, {
  target: (services, call, input) => groupTarget(services, call, input.GroupName),
  handle: (services, _call, input, target) =>
    pageOfInlinePolicies(services, GROUP_POLICIES, existingGroup(target).group_id, 'ListGroupPolicies', input),
});

export const groupPolicyOperations: readonly Operation<IamServices>[] = [
  putGroupPolicy,
  getGroupPolicy,
  deleteGroupPolicy,
  listGroupPolicies,
];

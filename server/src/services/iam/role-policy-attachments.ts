import {
  AttachRolePolicy$,
  AttachRolePolicyCommand,
  DetachRolePolicy$,
  DetachRolePolicyCommand,
  ListAttachedRolePolicies$,
  ListAttachedRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import type { Operation } from '../operation.ts';
import { attachablePolicy, attachPolicy, detachPolicy, pageOfAttachedPolicies } from './attached-policies.ts';
import { ROLE_POLICIES } from './policy-holders.ts';
import { boundedRoleTarget, existingRole, modifiableRole, roleTarget, withLockedRole } from './role-targets.ts';
import { type IamServices, operation } from './service.ts';

const attachRolePolicy = operation(AttachRolePolicy$, AttachRolePolicyCommand, {
  target: (services, call, input) =>
    boundedRoleTarget(services, call, input.RoleName, [['iam:PolicyARN', input.PolicyArn]]),
  handle: async (services, call, input, target) => {
    modifiableRole(target);
    const policy = await attachablePolicy(services, call, input.PolicyArn);
    await withLockedRole(services, target, (transaction, role) =>
      attachPolicy(transaction, ROLE_POLICIES, role.role_id, policy),
    );
    return {};
  },
});

const detachRolePolicy = operation(DetachRolePolicy$, DetachRolePolicyCommand, {
  target: (services, call, input) =>
    boundedRoleTarget(services, call, input.RoleName, [['iam:PolicyARN', input.PolicyArn]]),
  handle: async (services, _call, input, target) => {
    await detachPolicy(services, ROLE_POLICIES, modifiableRole(target).role_id, input.PolicyArn);
    return {};
  },
});

const listAttachedRolePolicies = operation(ListAttachedRolePolicies$, ListAttachedRolePoliciesCommand, {
  target: (services, call, input) => roleTarget(services, call, input.RoleName),
  handle: (services, _call, input, target) => {
    const { role_id } = existingRole(target);
    return pageOfAttachedPolicies(services, ROLE_POLICIES, role_id, 'ListAttachedRolePolicies', input);
  },
});

export const rolePolicyAttachmentOperations: readonly Operation<IamServices>[] = [
  attachRolePolicy,
  detachRolePolicy,
  listAttachedRolePolicies,
];

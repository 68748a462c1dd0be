import {
  DeleteRolePolicy$,
  DeleteRolePolicyCommand,
  GetRolePolicy$,
  GetRolePolicyCommand,
  ListRolePolicies$,
  ListRolePoliciesCommand,
  PutRolePolicy$,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { Operation } from '../operation.ts';
import { deleteInlinePolicy, getInlinePolicy, pageOfInlinePolicies, putInlinePolicy } from './inline-policies.ts';
import { refuseMalformedDocument } from './policy-documents.ts';
import { ROLE_POLICIES } from './policy-holders.ts';
import { boundedRoleTarget, existingRole, modifiableRole, roleTarget, withLockedRole } from './role-targets.ts';
import { type IamServices, operation } from './service.ts';

const putRolePolicy = operation(PutRolePolicy$, PutRolePolicyCommand, {
  target: (services, call, input) => boundedRoleTarget(services, call, input.RoleName),
  handle: async (services, _call, input, target) => {
    modifiableRole(target);
    refuseMalformedDocument(input.PolicyDocument);
    await withLockedRole(services, target, (transaction, { role_id: id, role_name: name }) =>
      putInlinePolicy(transaction, ROLE_POLICIES, { id, name }, input),
    );
    return {};
  },
});

const getRolePolicy = operation(GetRolePolicy$, GetRolePolicyCommand, {
  target: (services, call, input) => roleTarget(services, call, input.RoleName),
  handle: async (services, _call, input, target) => {
    const role = existingRole(target);
    const policy = await getInlinePolicy(services, ROLE_POLICIES, role.role_id, input.PolicyName);
    return { RoleName: role.role_name, ...policy };
  },
});

const deleteRolePolicy = operation(DeleteRolePolicy$, DeleteRolePolicyCommand, {
  target: (services, call, input) => boundedRoleTarget(services, call, input.RoleName),
  handle: async (services, _call, input, target) => {
    await deleteInlinePolicy(services, ROLE_POLICIES, modifiableRole(target).role_id, input.PolicyName);
    return {};
  },
});

const listRolePolicies = operation(ListRolePolicies$, ListRolePoliciesCommand, {
  target: (services, call, input) => roleTarget(services, call, input.RoleName),
  handle: (services, _call, input, target) =>
    pageOfInlinePolicies(services, ROLE_POLICIES, existingRole(target).role_id, 'ListRolePolicies', input),
});

export const rolePolicyOperations: readonly Operation<IamServices>[] = [
  putRolePolicy,
  getRolePolicy,
  deleteRolePolicy,
  listRolePolicies,
];

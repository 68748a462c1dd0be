import {
  DeleteUserPolicy$,
  DeleteUserPolicyCommand,
  GetUserPolicy$,
  GetUserPolicyCommand,
  ListUserPolicies$,
  ListUserPoliciesCommand,
  PutUserPolicy$,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import type { Operation } from '../operation.ts';
import { deleteInlinePolicy, getInlinePolicy, pageOfInlinePolicies, putInlinePolicy } from './inline-policies.ts';
import { refuseMalformedDocument } from './policy-documents.ts';
import { USER_POLICIES } from './policy-holders.ts';
import { type IamServices, operation } from './service.ts';
import { boundedUserTarget, existingUser, userTarget, withLockedUser } from './user-targets.ts';

const putUserPolicy = operation(PutUserPolicy$, PutUserPolicyCommand, {
  target: (services, call, input) => boundedUserTarget(services, call, input.UserName),
  handle: async (services, _call, input, target) => {
    existingUser(target);
    refuseMalformedDocument(input.PolicyDocument);
    await withLockedUser(services, target, (transaction, { user_id: id, user_name: name }) =>
      putInlinePolicy(transaction, USER_POLICIES, { id, name }, input),
    );
    return {};
  },
});

const getUserPolicy = operation(GetUserPolicy$, GetUserPolicyCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async (services, _call, input, target) => {
    const user = existingUser(target);
    const policy = await getInlinePolicy(services, USER_POLICIES, user.user_id, input.PolicyName);
    return { UserName: user.user_name, ...policy };
  },
});

const deleteUserPolicy = operation(DeleteUserPolicy$, DeleteUserPolicyCommand, {
  target: (services, call, input) => boundedUserTarget(services, call, input.UserName),
  handle: async (services, _call, input, target) => {
    await deleteInlinePolicy(services, USER_POLICIES, existingUser(target).user_id, input.PolicyName);
    return {};
  },
});

const listUserPolicies = operation(ListUserPolicies$, ListUserPoliciesCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: (services, _call, input, target) =>
    pageOfInlinePolicies(services, USER_POLICIES, existingUser(target).user_id, 'ListUserPolicies', input),
});

export const userPolicyOperations: readonly Operation<IamServices>[] = [
  putUserPolicy,
  getUserPolicy,
  deleteUserPolicy,
  listUserPolicies,
];

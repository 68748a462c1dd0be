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
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import type { Operation } from '../operation.ts';
import { limitExceeded, noSuchEntity } from './errors.ts';
import { page, pageRequest } from './pagination.ts';
import { documentSize, encodedDocument, refuseMalformedDocument } from './policy-documents.ts';
import { type IamServices, operation } from './service.ts';
import { boundedUserTarget, existingUser, userTarget, withLockedUser } from './user-targets.ts';

/** Of all inline policies of a user together, without white space. */
const MAX_INLINE_SIZE = 2048;

const putUserPolicy = operation(PutUserPolicy$, PutUserPolicyCommand, {
  target: (services, call, input) => boundedUserTarget(services, call, input.UserName),
  handle: async (services, _call, input, target) => {
    existingUser(target);
    refuseMalformedDocument(input.PolicyDocument);
    await withLockedUser(services, target, async (transaction, user) => {
      await transaction
        .insertInto('user_policies')
        .values({ user_id: user.user_id, policy_name: input.PolicyName, document: input.PolicyDocument })
        .onConflict((conflict) =>
          conflict.columns(['user_id', 'policy_name']).doUpdateSet({ document: input.PolicyDocument }),
        )
        .execute();
      if ((await inlineSize(transaction, user.user_id)) > MAX_INLINE_SIZE) {
        throw limitExceeded(`Maximum policy size of ${MAX_INLINE_SIZE} bytes exceeded for user ${user.user_name}`);
      }
    });
    return {};
  },
});

const getUserPolicy = operation(GetUserPolicy$, GetUserPolicyCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async ({ database }, _call, input, target) => {
    const user = existingUser(target);
    const policy = await database
      .selectFrom('user_policies')
      .selectAll()
      .where('user_id', '=', user.user_id)
      .where('policy_name', '=', input.PolicyName)
      .executeTakeFirst();
    if (policy === undefined) throw noSuchUserPolicy(input.PolicyName);
    return {
      UserName: user.user_name,
      PolicyName: policy.policy_name,
      PolicyDocument: encodedDocument(policy.document),
    };
  },
});

const deleteUserPolicy = operation(DeleteUserPolicy$, DeleteUserPolicyCommand, {
  target: (services, call, input) => boundedUserTarget(services, call, input.UserName),
  handle: async ({ database }, _call, input, target) => {
    const { numDeletedRows } = await database
      .deleteFrom('user_policies')
      .where('user_id', '=', existingUser(target).user_id)
      .where('policy_name', '=', input.PolicyName)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw noSuchUserPolicy(input.PolicyName);
    return {};
  },
});

const listUserPolicies = operation(ListUserPolicies$, ListUserPoliciesCommand, {
  target: (services, call, input) => userTarget(services, call, input.UserName),
  handle: async ({ database }, _call, input, target) => {
    const request = pageRequest('ListUserPolicies', input);
    const rows = await database
      .selectFrom('user_policies')
      .select('policy_name')
      .where('user_id', '=', existingUser(target).user_id)
      .$if(request.after !== undefined, (query) => query.where('policy_name', '>', request.after ?? ''))
      .orderBy('policy_name')
      .limit(request.size + 1)
      .execute();
    const { items, continuation } = page(request, rows, (row) => row.policy_name);
    return { PolicyNames: items.map((row) => row.policy_name), ...continuation };
  },
});

export const userPolicyOperations: readonly Operation<IamServices>[] = [
  putUserPolicy,
  getUserPolicy,
  deleteUserPolicy,
  listUserPolicies,
];

async function inlineSize(transaction: DatabaseTransaction, userId: string): Promise<number> {
  const rows = await transaction.selectFrom('user_policies').select('document').where('user_id', '=', userId).execute();
  return rows.reduce((size, row) => size + documentSize(row.document), 0);
}

function noSuchUserPolicy(policyName: string): Error {
  return noSuchEntity(`The user policy with name ${policyName} cannot be found.`);
}

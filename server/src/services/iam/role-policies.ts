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
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import type { Operation } from '../operation.ts';
import { limitExceeded, noSuchEntity } from './errors.ts';
import { page, pageRequest } from './pagination.ts';
import { documentSize, encodedDocument, refuseMalformedDocument } from './policy-documents.ts';
import { boundedRoleTarget, existingRole, roleTarget, withLockedRole } from './role-targets.ts';
import { type IamServices, operation } from './service.ts';

/** Of all inline policies of a role together, without white space. */
const MAX_INLINE_SIZE = 10_240;

const putRolePolicy = operation(PutRolePolicy$, PutRolePolicyCommand, {
  target: (services, call, input) => boundedRoleTarget(services, call, input.RoleName),
  handle: async (services, _call, input, target) => {
    existingRole(target);
    refuseMalformedDocument(input.PolicyDocument);
    await withLockedRole(services, target, async (transaction, role) => {
      await transaction
        .insertInto('role_policies')
        .values({ role_id: role.role_id, policy_name: input.PolicyName, document: input.PolicyDocument })
        .onConflict((conflict) =>
          conflict.columns(['role_id', 'policy_name']).doUpdateSet({ document: input.PolicyDocument }),
        )
        .execute();
      if ((await inlineSize(transaction, role.role_id)) > MAX_INLINE_SIZE) {
        throw limitExceeded(`Maximum policy size of ${MAX_INLINE_SIZE} bytes exceeded for role ${role.role_name}`);
      }
    });
    return {};
  },
});

const getRolePolicy = operation(GetRolePolicy$, GetRolePolicyCommand, {
  target: (services, call, input) => roleTarget(services, call, input.RoleName),
  handle: async ({ database }, _call, input, target) => {
    const role = existingRole(target);
    const policy = await database
      .selectFrom('role_policies')
      .selectAll()
      .where('role_id', '=', role.role_id)
      .where('policy_name', '=', input.PolicyName)
      .executeTakeFirst();
    if (policy === undefined) throw noSuchRolePolicy(input.PolicyName);
    return {
      RoleName: role.role_name,
      PolicyName: policy.policy_name,
      PolicyDocument: encodedDocument(policy.document),
    };
  },
});

const deleteRolePolicy = operation(DeleteRolePolicy$, DeleteRolePolicyCommand, {
  target: (services, call, input) => boundedRoleTarget(services, call, input.RoleName),
  handle: async ({ database }, _call, input, target) => {
    const { numDeletedRows } = await database
      .deleteFrom('role_policies')
      .where('role_id', '=', existingRole(target).role_id)
      .where('policy_name', '=', input.PolicyName)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw noSuchRolePolicy(input.PolicyName);
    return {};
  },
});

const listRolePolicies = operation(ListRolePolicies$, ListRolePoliciesCommand, {
  target: (services, call, input) => roleTarget(services, call, input.RoleName),
  handle: async ({ database }, _call, input, target) => {
    const request = pageRequest('ListRolePolicies', input);
    const rows = await database
      .selectFrom('role_policies')
      .select('policy_name')
      .where('role_id', '=', existingRole(target).role_id)
      .$if(request.after !== undefined, (query) => query.where('policy_name', '>', request.after ?? ''))
      .orderBy('policy_name')
      .limit(request.size + 1)
      .execute();
    const { items, continuation } = page(request, rows, (row) => row.policy_name);
    return { PolicyNames: items.map((row) => row.policy_name), ...continuation };
  },
});

export const rolePolicyOperations: readonly Operation<IamServices>[] = [
  putRolePolicy,
  getRolePolicy,
  deleteRolePolicy,
  listRolePolicies,
];

async function inlineSize(transaction: DatabaseTransaction, roleId: string): Promise<number> {
  const rows = await transaction.selectFrom('role_policies').select('document').where('role_id', '=', roleId).execute();
  return rows.reduce((size, row) => size + documentSize(row.document), 0);
}

function noSuchRolePolicy(policyName: string): Error {
  return noSuchEntity(`The role policy with name ${policyName} cannot be found.`);
}

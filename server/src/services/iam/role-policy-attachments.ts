import {
  AttachRolePolicy$,
  AttachRolePolicyCommand,
  DetachRolePolicy$,
  DetachRolePolicyCommand,
  ListAttachedRolePolicies$,
  ListAttachedRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { lockPolicy } from '../../storage/database/row-locks.ts';
import type { Operation } from '../operation.ts';
import { quotaExceeded } from './errors.ts';
import { pageOfAll, pageRequest } from './pagination.ts';
import { findPolicy, noSuchPolicy, notAttachable, parsePolicyArn } from './policy-catalogue.ts';
import { boundedRoleTarget, existingRole, roleTarget, withLockedRole } from './role-targets.ts';
import { type IamServices, operation } from './service.ts';
import { nameKey } from './user-targets.ts';

const MAX_ATTACHED = 10;

const attachRolePolicy = operation(AttachRolePolicy$, AttachRolePolicyCommand, {
  target: (services, call, input) =>
    boundedRoleTarget(services, call, input.RoleName, [['iam:PolicyARN', input.PolicyArn]]),
  handle: async (services, call, input, target) => {
    existingRole(target);
    const policy = await findPolicy(services.database, call.principal.accountId, input.PolicyArn);
    if (policy === undefined) throw notAttachable(input.PolicyArn);
    const ownPolicyId = policy.document === undefined ? policy.policyId : null;
    await withLockedRole(services, target, async (transaction, role) => {
      if (ownPolicyId !== null && !(await lockPolicy(transaction, ownPolicyId))) throw notAttachable(input.PolicyArn);
      await transaction
        .insertInto('role_policy_attachments')
        .values({ role_id: role.role_id, policy_arn: policy.arn, policy_id: ownPolicyId, attached_at: Date.now() })
        .onConflict((conflict) => conflict.columns(['role_id', 'policy_arn']).doNothing())
        .execute();
      const { count } = await transaction
        .selectFrom('role_policy_attachments')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('role_id', '=', role.role_id)
        .executeTakeFirstOrThrow();
      if (count > MAX_ATTACHED) throw quotaExceeded('PoliciesPerRole', MAX_ATTACHED);
    });
    return {};
  },
});

const detachRolePolicy = operation(DetachRolePolicy$, DetachRolePolicyCommand, {
  target: (services, call, input) =>
    boundedRoleTarget(services, call, input.RoleName, [['iam:PolicyARN', input.PolicyArn]]),
  handle: async ({ database }, _call, input, target) => {
    const { numDeletedRows } = await database
      .deleteFrom('role_policy_attachments')
      .where('role_id', '=', existingRole(target).role_id)
      .where('policy_arn', '=', input.PolicyArn)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw noSuchPolicy(input.PolicyArn);
    return {};
  },
});

const listAttachedRolePolicies = operation(ListAttachedRolePolicies$, ListAttachedRolePoliciesCommand, {
  target: (services, call, input) => roleTarget(services, call, input.RoleName),
  handle: async ({ database }, _call, input, target) => {
    const request = pageRequest('ListAttachedRolePolicies', input);
    const rows = await database
      .selectFrom('role_policy_attachments')
      .select('policy_arn')
      .where('role_id', '=', existingRole(target).role_id)
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

export const rolePolicyAttachmentOperations: readonly Operation<IamServices>[] = [
  attachRolePolicy,
  detachRolePolicy,
  listAttachedRolePolicies,
];

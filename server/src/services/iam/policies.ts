import {
  CreatePolicy$,
  CreatePolicyCommand,
  DeletePolicy$,
  DeletePolicyCommand,
  GetPolicy$,
  GetPolicyCommand,
  ListPolicies$,
  ListPoliciesCommand,
  type ListPoliciesCommandInput,
  type Policy,
} from '@aws-sdk/client-iam';
import { authorize } from '../../access/authorization.ts';
import type { Database } from '../../storage/database/database.ts';
import { type DatabaseTransaction, lockAccount } from '../../storage/database/row-locks.ts';
import type { PolicyRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { alreadyExists, deleteConflict, refuseDuplicate } from './errors.ts';
import { newPolicyId } from './identifiers.ts';
import { pageOfAll, pageRequest } from './pagination.ts';
import {
  type CataloguedPolicy,
  existingPolicy,
  ofAccount,
  policiesOfAccount,
  policiesOfAws,
  policyArn,
  readablePolicyTarget,
  withLockedPolicy,
  writablePolicyTarget,
} from './policy-catalogue.ts';
import { refuseUnfitManagedDocument } from './policy-documents.ts';
import { type PolicyUse, type PolicyUses, policyUses } from './policy-uses.ts';
import { countVersions } from './policy-versions.ts';
import { ACCOUNT_QUOTAS, refuseAboveAccountQuota } from './quotas.ts';
import { type IamServices, operation } from './service.ts';
import { requestTagContext, tagList, tagsOf } from './tags.ts';
import { nameKey } from './user-targets.ts';

const FIRST_VERSION = 'v1';

const createPolicy = operation(CreatePolicy$, CreatePolicyCommand, {
  target: (_services, { principal: { accountId } }, input) => {
    const arn = policyArn(accountId, input.Path ?? '/', input.PolicyName);
    return { resources: [{ arn, accountId }] as const, context: requestTagContext(input.Tags) };
  },
  handle: async ({ database }, call, input, { resources, context }) => {
    const tags = tagsOf(input.Tags);
    if (input.Tags !== undefined && input.Tags.length > 0) {
      authorize(call.principal, call.environment, 'iam:TagPolicy', resources[0], context);
    }
    refuseUnfitManagedDocument(input.PolicyDocument);
    const now = Date.now();
    const policy: PolicyRow = {
      policy_id: newPolicyId(),
      account_id: call.principal.accountId,
      policy_name: input.PolicyName,
      policy_name_key: nameKey(input.PolicyName),
      path: input.Path ?? '/',
      description: input.Description ?? null,
      default_version_id: FIRST_VERSION,
      last_version: 1,
      tags: JSON.stringify(tags),
      created_at: now,
      updated_at: now,
    };
    const insertion = database
      .transaction()
      .execute((transaction) => insertPolicy(transaction, policy, input.PolicyDocument));
    await refuseDuplicate(insertion, () =>
      alreadyExists(`A policy called ${input.PolicyName} already exists. Duplicate names are not allowed.`),
    );
    return { Policy: describeFully(ofAccount(policy), unused) };
  },
});

const deletePolicy = operation(DeletePolicy$, DeletePolicyCommand, {
  target: ({ database }, call, input) => writablePolicyTarget(database, call, input.PolicyArn),
  handle: async ({ database }, _call, input, target) => {
    const { policyId } = existingPolicy(target, input.PolicyArn);
    await withLockedPolicy(database, target, async (transaction) => {
      if (await isAttached(transaction, policyId)) throw deleteConflict('Cannot delete a policy attached to entities.');
      if ((await countVersions(transaction, policyId)) > 1) {
        throw deleteConflict(
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. " +
            'The default version is deleted with the policy.',
        );
      }
      await transaction.deleteFrom('policy_versions').where('policy_id', '=', policyId).execute();
      await transaction.deleteFrom('policies').where('policy_id', '=', policyId).execute();
    });
    return {};
  },
});

const getPolicy = operation(GetPolicy$, GetPolicyCommand, {
  target: ({ database }, call, input) => readablePolicyTarget(database, call, input.PolicyArn),
  handle: async ({ database }, call, input, target) => {
    const policy = existingPolicy(target, input.PolicyArn);
    const usesOf = await policyUses(database, call.principal.accountId, [policy.arn]);
    return { Policy: describeFully(policy, usesOf(policy)) };
  },
});

const listPolicies = operation(ListPolicies$, ListPoliciesCommand, {
  // AWS names no ARN here: "… on resource: policy path /".
  target: (_services, { principal: { accountId } }, input) => ({
    resources: [{ arn: `policy path ${input.PathPrefix ?? '/'}`, accountId }],
  }),
  handle: async ({ database }, call, input) => {
    const request = pageRequest('ListPolicies', input);
    const { accountId } = call.principal;
    const uses = usesAsked(input);
    const pathPrefix = input.PathPrefix ?? '/';
    const [afterName = ''] = request.after?.split(' ') ?? [];
    const policies = [
      ...(input.Scope === 'Local' ? [] : await listedPoliciesOfAws(database, accountId, pathPrefix, uses)),
      ...(input.Scope === 'AWS'
        ? []
        : await policiesOfAccount(database, accountId, {
            pathPrefix,
            fromName: afterName,
            uses,
            // The one that the page before ended with, the page, and one more.
            limit: request.size + 2,
          })),
    ];
    const { items, continuation } = pageOfAll(request, policies, ({ name, arn }) => `${nameKey(name)} ${arn}`);
    const arns = items.map(({ arn }) => arn);
    const usesOf = await policyUses(database, accountId, arns);
    return { Policies: items.map((policy) => describeListedPolicy(policy, usesOf(policy))), ...continuation };
  },
});

export const policyOperations: readonly Operation<IamServices>[] = [
  createPolicy,
  deletePolicy,
  getPolicy,
  listPolicies,
];

async function insertPolicy(transaction: DatabaseTransaction, policy: PolicyRow, document: string): Promise<void> {
  await lockAccount(transaction, policy.account_id);
  await transaction.insertInto('policies').values(policy).execute();
  await transaction
    .insertInto('policy_versions')
    .values({ policy_id: policy.policy_id, version_id: FIRST_VERSION, document, created_at: policy.created_at })
    .execute();
  const { account_id } = policy;
  await refuseAboveAccountQuota(transaction, 'policies', account_id, 'PoliciesPerAccount', ACCOUNT_QUOTAS.policies);
}

async function isAttached(transaction: DatabaseTransaction, policyId: string): Promise<boolean> {
  for (const table of [
    'user_policy_attachments',
    'group_policy_attachments',
    'role_policy_attachments',
    'user_permissions_boundaries',
    'role_permissions_boundaries',
  ] as const) {
    const attachment = await transaction
      .selectFrom(table)
      .select('policy_arn')
      .where('policy_id', '=', policyId)
      .limit(1)
      .executeTakeFirst();
    if (attachment !== undefined) return true;
  }
  return false;
}

const unused: PolicyUses = { attachments: 0, boundaries: 0 };

/** In which ways a policy must be used to be listed; undefined: it need not be used. */
function usesAsked({ OnlyAttached, PolicyUsageFilter }: ListPoliciesCommandInput): readonly PolicyUse[] | undefined {
  if (PolicyUsageFilter === 'PermissionsBoundary') return ['boundary'];
  if (OnlyAttached !== true) return undefined;
  return PolicyUsageFilter === undefined ? ['attachment', 'boundary'] : ['attachment'];
}

async function listedPoliciesOfAws(
  database: Database,
  accountId: string,
  pathPrefix: string,
  uses: readonly PolicyUse[] | undefined,
): Promise<CataloguedPolicy[]> {
  const policies = policiesOfAws().filter(({ path }) => path.startsWith(pathPrefix));
  if (uses === undefined) return policies;
  const arns = policies.map(({ arn }) => arn);
  const usesOf = await policyUses(database, accountId, arns);
  return policies.filter((policy) => {
    const { attachments, boundaries } = usesOf(policy);
    return (uses.includes('attachment') && attachments > 0) || (uses.includes('boundary') && boundaries > 0);
  });
}

/** As in lists, which leave out description and tags. */
export function describeListedPolicy(policy: CataloguedPolicy, uses: PolicyUses): Policy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.policyId,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: uses.attachments,
    PermissionsBoundaryUsageCount: uses.boundaries,
    IsAttachable: true,
    CreateDate: policy.createDate,
    UpdateDate: policy.updateDate,
  };
}

function describeFully(policy: CataloguedPolicy, uses: PolicyUses): Policy {
  return {
    ...describeListedPolicy(policy, uses),
    Description: policy.description ?? undefined,
    Tags: tagList(policy.tags),
  };
}

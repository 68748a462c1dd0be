import {
  CreatePolicyVersion$,
  CreatePolicyVersionCommand,
  DeletePolicyVersion$,
  DeletePolicyVersionCommand,
  GetPolicyVersion$,
  GetPolicyVersionCommand,
  ListPolicyVersions$,
  ListPolicyVersionsCommand,
  type PolicyVersion,
  SetDefaultPolicyVersion$,
  SetDefaultPolicyVersionCommand,
} from '@aws-sdk/client-iam';
import type { Database } from '../../storage/database/database.ts';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import type { PolicyRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { deleteConflict, limitExceeded, noSuchEntity } from './errors.ts';
import { pageOfAll, pageRequest } from './pagination.ts';
import {
  type CataloguedPolicy,
  existingPolicy,
  readablePolicyTarget,
  withLockedPolicy,
  writablePolicyTarget,
} from './policy-catalogue.ts';
import { encodedDocument, refuseUnfitManagedDocument } from './policy-documents.ts';
import { MAX_POLICY_VERSIONS } from './quotas.ts';
import { type IamServices, operation } from './service.ts';

interface PolicyVersionContent {
  readonly versionId: string;
  readonly document: string;
  readonly createDate: Date;
}

const createPolicyVersion = operation(CreatePolicyVersion$, CreatePolicyVersionCommand, {
  target: ({ database }, call, input) => writablePolicyTarget(database, call, input.PolicyArn),
  handle: async ({ database }, _call, input, target) => {
    existingPolicy(target, input.PolicyArn);
    refuseUnfitManagedDocument(input.PolicyDocument);
    const isDefault = input.SetAsDefault === true;
    const version = await withLockedPolicy(database, target, (transaction, policy) =>
      insertVersion(transaction, policy, input.PolicyDocument, isDefault),
    );
    return { PolicyVersion: describePolicyVersion(version, isDefault) };
  },
});

const setDefaultPolicyVersion = operation(SetDefaultPolicyVersion$, SetDefaultPolicyVersionCommand, {
  target: ({ database }, call, input) => writablePolicyTarget(database, call, input.PolicyArn),
  handle: async ({ database }, _call, input, target) => {
    await withLockedPolicy(database, target, async (transaction, { policy_id }) => {
      const version = await transaction
        .selectFrom('policy_versions')
        .select('version_id')
        .where('policy_id', '=', policy_id)
        .where('version_id', '=', input.VersionId)
        .executeTakeFirst();
      if (version === undefined) throw noSuchVersion(input);
      await transaction
        .updateTable('policies')
        .set({ default_version_id: input.VersionId })
        .where('policy_id', '=', policy_id)
        .execute();
    });
    return {};
  },
});

const deletePolicyVersion = operation(DeletePolicyVersion$, DeletePolicyVersionCommand, {
  target: ({ database }, call, input) => writablePolicyTarget(database, call, input.PolicyArn),
  handle: async ({ database }, _call, input, target) => {
    await withLockedPolicy(database, target, async (transaction, policy) => {
      if (policy.default_version_id === input.VersionId) {
        throw deleteConflict('Cannot delete the default version of a policy.');
      }
      const { numDeletedRows } = await transaction
        .deleteFrom('policy_versions')
        .where('policy_id', '=', policy.policy_id)
        .where('version_id', '=', input.VersionId)
        .executeTakeFirst();
      if (numDeletedRows === 0n) throw noSuchVersion(input);
    });
    return {};
  },
});

const getPolicyVersion = operation(GetPolicyVersion$, GetPolicyVersionCommand, {
  target: ({ database }, call, input) => readablePolicyTarget(database, call, input.PolicyArn),
  handle: async ({ database }, _call, input, target) => {
    const policy = existingPolicy(target, input.PolicyArn);
    const version = (await versionsOf(database, policy)).find(({ versionId }) => versionId === input.VersionId);
    if (version === undefined) throw noSuchVersion(input);
    const isDefault = version.versionId === policy.defaultVersionId;
    return {
      PolicyVersion: { Document: encodedDocument(version.document), ...describePolicyVersion(version, isDefault) },
    };
  },
});

const listPolicyVersions = operation(ListPolicyVersions$, ListPolicyVersionsCommand, {
  target: ({ database }, call, input) => readablePolicyTarget(database, call, input.PolicyArn),
  handle: async ({ database }, _call, input, target) => {
    const request = pageRequest('ListPolicyVersions', input);
    const policy = existingPolicy(target, input.PolicyArn);
    const versions = await versionsOf(database, policy);
    const { items, continuation } = pageOfAll(request, versions, newestFirst);
    return {
      Versions: items.map((version) => describePolicyVersion(version, version.versionId === policy.defaultVersionId)),
      ...continuation,
    };
  },
});

export const policyVersionOperations: readonly Operation<IamServices>[] = [
  createPolicyVersion,
  setDefaultPolicyVersion,
  deletePolicyVersion,
  getPolicyVersion,
  listPolicyVersions,
];

export async function countVersions(transaction: DatabaseTransaction, policyId: string): Promise<number> {
  const { count } = await transaction
    .selectFrom('policy_versions')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('policy_id', '=', policyId)
    .executeTakeFirstOrThrow();
  return count;
}

async function insertVersion(
  transaction: DatabaseTransaction,
  policy: PolicyRow,
  document: string,
  isDefault: boolean,
): Promise<PolicyVersionContent> {
  if ((await countVersions(transaction, policy.policy_id)) >= MAX_POLICY_VERSIONS) {
    throw limitExceeded(
      `A managed policy can have up to ${MAX_POLICY_VERSIONS} versions. Before you create a new version, you must delete an ` +
        'existing version.',
    );
  }
  const number = policy.last_version + 1;
  const versionId = `v${number}`;
  const now = Date.now();
  await transaction
    .insertInto('policy_versions')
    .values({ policy_id: policy.policy_id, version_id: versionId, document, created_at: now })
    .execute();
  await transaction
    .updateTable('policies')
    .set({ last_version: number, updated_at: now, ...(isDefault && { default_version_id: versionId }) })
    .where('policy_id', '=', policy.policy_id)
    .execute();
  return { versionId, document, createDate: new Date(now) };
}

/** All versions, the newest first. Of an AWS managed policy only the current one is known. */
export async function versionsOf(database: Database, policy: CataloguedPolicy): Promise<PolicyVersionContent[]> {
  if (policy.document !== undefined) {
    return [{ versionId: policy.defaultVersionId, document: policy.document, createDate: policy.updateDate }];
  }
  const rows = await database
    .selectFrom('policy_versions')
    .select(['version_id', 'document', 'created_at'])
    .where('policy_id', '=', policy.policyId)
    .execute();
  const versions = rows.map((row) => ({
    versionId: row.version_id,
    document: row.document,
    createDate: new Date(row.created_at),
  }));
  return versions.sort((one, other) => (newestFirst(one) < newestFirst(other) ? -1 : 1));
}

/** A key that sorts v10 before v9. */
function newestFirst({ versionId }: PolicyVersionContent): string {
  return String(Number.MAX_SAFE_INTEGER - Number(versionId.slice(1)));
}

export function describePolicyVersion(
  { versionId, createDate }: PolicyVersionContent,
  isDefault: boolean,
): PolicyVersion {
  return { VersionId: versionId, IsDefaultVersion: isDefault, CreateDate: createDate };
}

function noSuchVersion({ PolicyArn, VersionId }: { readonly PolicyArn: string; readonly VersionId: string }): Error {
  return noSuchEntity(`Policy ${PolicyArn} version ${VersionId} does not exist or is not attachable.`);
}

import {
  GetPolicyVersion$,
  GetPolicyVersionCommand,
  ListPolicyVersions$,
  ListPolicyVersionsCommand,
} from '@aws-sdk/client-iam';
import type { Database } from '../../storage/database/database.ts';
import type { Operation } from '../operation.ts';
import { noSuchEntity } from './errors.ts';
import { pageOfAll, pageRequest } from './pagination.ts';
import { type CataloguedPolicy, existingPolicy, readablePolicyTarget } from './policy-catalogue.ts';
import { encodedDocument } from './policy-documents.ts';
import { type IamServices, operation } from './service.ts';

interface PolicyVersionContent {
  readonly versionId: string;
  readonly document: string;
  readonly createDate: Date;
}

const getPolicyVersion = operation(GetPolicyVersion$, GetPolicyVersionCommand, {
  target: ({ database }, call, input) => readablePolicyTarget(database, call, input.PolicyArn),
  handle: async ({ database }, _call, input, target) => {
    const policy = existingPolicy(target, input.PolicyArn);
    const versions = await versionsOf(database, policy);
    const version = versions.find(({ versionId }) => versionId === input.VersionId);
    if (version === undefined) {
      throw noSuchEntity(`Policy ${input.PolicyArn} version ${input.VersionId} does not exist or is not attachable.`);
    }
    return { PolicyVersion: { Document: encodedDocument(version.document), ...describe(policy, version) } };
  },
});

const listPolicyVersions = operation(ListPolicyVersions$, ListPolicyVersionsCommand, {
  target: ({ database }, call, input) => readablePolicyTarget(database, call, input.PolicyArn),
  handle: async ({ database }, _call, input, target) => {
    const request = pageRequest('ListPolicyVersions', input);
    const policy = existingPolicy(target, input.PolicyArn);
    const versions = await versionsOf(database, policy);
    const { items, continuation } = pageOfAll(request, versions, ({ versionId }) => versionId);
    return { Versions: items.map((version) => describe(policy, version)), ...continuation };
  },
});

export const policyVersionOperations: readonly Operation<IamServices>[] = [getPolicyVersion, listPolicyVersions];

/** Of an AWS managed policy only the current version is known. */
async function versionsOf(database: Database, policy: CataloguedPolicy): Promise<PolicyVersionContent[]> {
  if (policy.document !== undefined) {
    return [{ versionId: policy.defaultVersionId, document: policy.document, createDate: policy.updateDate }];
  }
  const rows = await database
    .selectFrom('policy_versions')
    .select(['version_id', 'document', 'created_at'])
    .where('policy_id', '=', policy.policyId)
    .execute();
  return rows.map((row) => ({
    versionId: row.version_id,
    document: row.document,
    createDate: new Date(row.created_at),
  }));
}

function describe(policy: CataloguedPolicy, version: PolicyVersionContent) {
  return {
    VersionId: version.versionId,
    IsDefaultVersion: version.versionId === policy.defaultVersionId,
    CreateDate: version.createDate,
  };
}

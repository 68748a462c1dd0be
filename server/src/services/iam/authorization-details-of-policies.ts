import type { Database } from '../../storage/database/database.ts';
import type { Detail } from './authorization-details-of-identities.ts';
import { describeListedPolicy } from './policies.ts';
import { type CataloguedPolicy, ofAccount, policiesOfAws } from './policy-catalogue.ts';
import { encodedDocument } from './policy-documents.ts';
import { type PolicyUses, policyUses } from './policy-uses.ts';
import { describePolicyVersion, versionsOf } from './policy-versions.ts';
import { nameKey } from './user-targets.ts';

export async function readAccountPolicies(
  database: Database,
  accountId: string,
  after: string | undefined,
  limit: number,
): Promise<Detail[]> {
  const rows = await database
    .selectFrom('policies')
    .selectAll()
    .where('account_id', '=', accountId)
    .$if(after !== undefined, (query) => query.where('policy_name_key', '>', after ?? ''))
    .orderBy('policy_name_key')
    .limit(limit)
    .execute();
  return describe(database, accountId, rows.map(ofAccount));
}

/** Those that the account uses. */
export async function readAwsPolicies(
  database: Database,
  accountId: string,
  after: string | undefined,
  limit: number,
): Promise<Detail[]> {
  const catalogue = policiesOfAws();
  const arns = catalogue.map(({ arn }) => arn);
  const usesOf = await policyUses(database, accountId, arns);
  const policies = catalogue
    .filter((policy) => isUsed(usesOf(policy)) && (after === undefined || nameKey(policy.name) > after))
    .sort((one, other) => (nameKey(one.name) < nameKey(other.name) ? -1 : 1));
  return describe(database, accountId, policies.slice(0, limit));
}

function isUsed({ attachments, boundaries }: PolicyUses): boolean {
  return attachments + boundaries > 0;
}

async function describe(
  database: Database,
  accountId: string,
  policies: readonly CataloguedPolicy[],
): Promise<Detail[]> {
  const arns = policies.map(({ arn }) => arn);
  const usesOf = await policyUses(database, accountId, arns);
  const details: Detail[] = [];
  for (const policy of policies) {
    const versions = await versionsOf(database, policy);
    details.push({
      key: nameKey(policy.name),
      policy: {
        ...describeListedPolicy(policy, usesOf(policy)),
        Description: policy.description ?? undefined,
        PolicyVersionList: versions.map((version) => ({
          Document: encodedDocument(version.document),
          ...describePolicyVersion(version, version.versionId === policy.defaultVersionId),
        })),
      },
    });
  }
  return details;
}

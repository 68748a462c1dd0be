import { sql } from 'kysely';
import { awsManagedPolicies } from '../../access/managed-policies/index.ts';
import { type PolicyDocument, parsePolicyDocument } from '../../access/policy/policy-document.ts';
import type { Database } from '../../storage/database/database.ts';
import type { PolicyHolder } from './policy-holders.ts';

/** The services of this endpoint, by namespace, with AWS's names for them. */
export const SERVICE_NAMES: ReadonlyMap<string, string> = new Map([
  ['codecommit', 'AWS CodeCommit'],
  ['iam', 'AWS Identity and Access Management'],
  ['kms', 'AWS Key Management Service'],
  ['sts', 'AWS Security Token Service'],
]);

/** Namespaces of the services of which the policies allow any action, whatever else denies it. */
export function servicesGrantedBy(documents: readonly string[]): string[] {
  const parsed = documents.map(parsePolicyDocument);
  return [...SERVICE_NAMES.keys()].filter((service) => parsed.some((document) => grants(document, service)));
}

/** Every policy document that users, groups or roles have themselves. */
export async function documentsOf(
  database: Database,
  { inlinePolicies, attachments, idColumn }: PolicyHolder,
  holderIds: readonly string[],
): Promise<string[]> {
  if (holderIds.length === 0) return [];
  const inline = await database
    .selectFrom(inlinePolicies)
    .select('document')
    .where(sql.ref(idColumn), 'in', holderIds)
    .execute();
  const attached = await database
    .selectFrom(attachments)
    .select(['policy_arn', 'policy_id'])
    .where(sql.ref(idColumn), 'in', holderIds)
    .execute();
  const ofAccount = await Promise.all(
    attached.map(({ policy_id }) => (policy_id === null ? undefined : defaultDocument(database, policy_id))),
  );
  const ofAws = attached.map(({ policy_arn }) => awsManagedPolicies.get(policy_arn)?.document);
  return [...inline.map(({ document }) => document), ...ofAccount, ...ofAws].filter((text) => text !== undefined);
}

/** The default version of one of the account's policies. */
export async function defaultDocument(database: Database, policyId: string): Promise<string | undefined> {
  const row = await database
    .selectFrom('policies as policy')
    .innerJoin('policy_versions as version', (join) =>
      join
        .onRef('version.policy_id', '=', 'policy.policy_id')
        .onRef('version.version_id', '=', 'policy.default_version_id'),
    )
    .select('version.document')
    .where('policy.policy_id', '=', policyId)
    .executeTakeFirst();
  return row?.document;
}

function grants({ statements }: PolicyDocument, service: string): boolean {
  return statements.some(({ effect, actions }) => {
    if (effect !== 'Allow' || actions === undefined) return false;
    const { negated, patterns } = actions;
    // The vendor of an action is one, or all of them: it has no wildcards in it.
    const ofService = patterns.filter((pattern) => ['*', service].includes(vendorOf(pattern)));
    return negated ? !ofService.some(coversAll) : ofService.length > 0;
  });
}

function vendorOf(pattern: string): string {
  return (pattern.split(':')[0] ?? '').toLowerCase();
}

function coversAll(pattern: string): boolean {
  return pattern === '*' || pattern.endsWith(':*');
}

import { sql } from 'kysely';
import { type PolicyDocument, parsePolicyDocument } from '../../access/policy/policy-document.ts';
import type { Database } from '../../storage/database/database.ts';
import { findPolicy } from './policy-catalogue.ts';
import type { PolicyHolder } from './policy-holders.ts';
import { versionsOf } from './policy-versions.ts';

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
  accountId: string,
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
    .select('policy_arn')
    .where(sql.ref(idColumn), 'in', holderIds)
    .execute();
  const ofAttached = await Promise.all(
    attached.map(({ policy_arn }) => defaultDocument(database, accountId, policy_arn)),
  );
  return [...inline.map(({ document }) => document), ...ofAttached].filter((text) => text !== undefined);
}

/** The default version of a managed policy; undefined when the account has none of that ARN. */
export async function defaultDocument(
  database: Database,
  accountId: string,
  policyArn: string,
): Promise<string | undefined> {
  const policy = await findPolicy(database, accountId, policyArn);
  const versions = policy === undefined ? [] : await versionsOf(database, policy);
  return versions.find(({ versionId }) => versionId === policy?.defaultVersionId)?.document;
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

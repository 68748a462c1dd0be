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

/** A policy of a user, a group or a role. */
export interface HeldPolicy {
  readonly document: string;
  readonly name: string;
  /** Of a managed policy. */
  readonly arn?: string;
  /** Whose an inline policy is. */
  readonly holder?: Holder;
}

interface Holder {
  readonly type: 'USER' | 'GROUP' | 'ROLE';
  readonly id: string;
  readonly name: string;
}

/** Namespaces of the services of which the policies allow any action, whatever else denies it. */
export function servicesGrantedBy(policies: readonly HeldPolicy[]): string[] {
  const parsed = policies.map(({ document }) => parsePolicyDocument(document));
  return [...SERVICE_NAMES.keys()].filter((service) => parsed.some((document) => grants(document, service)));
}

/** Those of the policies that allow any action of the service, whatever else denies it. */
export function policiesGranting(service: string, policies: readonly HeldPolicy[]): HeldPolicy[] {
  return policies.filter(({ document }) => grants(parsePolicyDocument(document), service));
}

/** Every policy that users, groups or roles have themselves: inline ones first, each managed one once. */
export async function policiesHeldBy(
  database: Database,
  accountId: string,
  { inlinePolicies, attachments, idColumn }: PolicyHolder,
  holders: readonly Holder[],
): Promise<HeldPolicy[]> {
  if (holders.length === 0) return [];
  const ids = holders.map(({ id }) => id);
  const inline = await database
    .selectFrom(inlinePolicies)
    .select(['policy_name', 'document', sql.ref<string>(idColumn).as('holder_id')])
    .where(sql.ref(idColumn), 'in', ids)
    .orderBy('policy_name')
    .execute();
  const attached = await database
    .selectFrom(attachments)
    .select('policy_arn')
    .distinct()
    .where(sql.ref(idColumn), 'in', ids)
    .orderBy('policy_arn')
    .execute();
  const managed = await Promise.all(
    attached.map(async ({ policy_arn: arn }) => {
      const document = await defaultDocument(database, accountId, arn);
      return document === undefined ? [] : [{ document, name: arn.slice(arn.lastIndexOf('/') + 1), arn }];
    }),
  );
  const ofInline = inline.map(({ policy_name: name, document, holder_id }) => {
    const holder = holders.find(({ id }) => id === holder_id);
    return { document, name, ...(holder !== undefined && { holder }) };
  });
  return [...ofInline, ...managed.flat()];
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

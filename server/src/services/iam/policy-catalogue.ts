import { sql } from 'kysely';
import type { ConditionEntries } from '../../access/authorization.ts';
import { awsManagedPolicies, type ManagedPolicy } from '../../access/managed-policies/index.ts';
import type { Tags } from '../../access/principal.ts';
import type { Database } from '../../storage/database/database.ts';
import { type DatabaseTransaction, lockPolicy } from '../../storage/database/row-locks.ts';
import type { PolicyRow } from '../../storage/database/schema.ts';
import type { Call, Target } from '../operation.ts';
import { invalidInput, noSuchEntity } from './errors.ts';
import { pathBeginsWith } from './paths.ts';
import { isUsedPolicy, type PolicyUse } from './policy-uses.ts';
import { resourceTagContext } from './tags.ts';

/** A managed policy, AWS's or the account's own. */
export interface CataloguedPolicy {
  readonly arn: string;
  readonly policyId: string;
  readonly name: string;
  readonly path: string;
  readonly description: string | null;
  readonly defaultVersionId: string;
  readonly createDate: Date;
  readonly updateDate: Date;
  readonly tags: string;
  /** Of an AWS managed policy; the account's own are read from the database where they are needed. */
  readonly document: string | undefined;
}

/** An operation on a managed policy, which may not exist: that is told after authorisation only. */
export interface PolicyTarget extends Target {
  readonly arn: string;
  readonly policy: CataloguedPolicy | undefined;
}

interface PolicyArn {
  /** Twelve digits, or `aws`. */
  readonly owner: string;
  readonly path: string;
  readonly name: string;
}

const POLICY_ARN = /^arn:aws:iam::(aws|\d{12}):policy(\/(?:[\x21-\x7e]+\/)?)([\w+=,.@-]+)$/;
const AWS = 'aws';

/** @throws InvalidInput when the text is no ARN of a managed policy */
export function parsePolicyArn(arn: string): PolicyArn {
  const [, owner, path, name] = POLICY_ARN.exec(arn) ?? [];
  if (owner === undefined || path === undefined || name === undefined) throw invalidInput(`ARN ${arn} is not valid.`);
  return { owner, path, name };
}

/** `path` begins and ends with a slash. */
export function policyArn(accountId: string, path: string, name: string): string {
  return `arn:aws:iam::${accountId}:policy${path}${name}`;
}

/** The policy as a resource to read; AWS's policies are every account's. */
export async function readablePolicyTarget(
  database: Database,
  { principal }: Call,
  arn: string,
): Promise<PolicyTarget> {
  const { owner } = parsePolicyArn(arn);
  const policy = await findPolicy(database, principal.accountId, arn);
  return targetOf(arn, owner === AWS ? principal.accountId : owner, policy, []);
}

/** The policy as a resource to change; AWS's policies belong to no account, so nobody may. */
export async function writablePolicyTarget(
  database: Database,
  { principal }: Call,
  arn: string,
  context: ConditionEntries = [],
): Promise<PolicyTarget> {
  const policy = await findPolicy(database, principal.accountId, arn);
  return targetOf(arn, parsePolicyArn(arn).owner, policy, context);
}

/** The policy of that ARN, if the account has it. */
export async function findPolicy(
  database: Database,
  accountId: string,
  arn: string,
): Promise<CataloguedPolicy | undefined> {
  const { owner, name } = parsePolicyArn(arn);
  if (owner === AWS) {
    const managed = awsManagedPolicies.get(arn);
    return managed === undefined ? undefined : ofAws(managed);
  }
  if (owner !== accountId) return undefined;
  const row = await database
    .selectFrom('policies')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('policy_name', '=', name)
    .executeTakeFirst();
  // The path is part of the ARN, though not of what makes a name unique.
  return row !== undefined && policyArn(accountId, row.path, row.policy_name) === arn ? ofAccount(row) : undefined;
}

export function policiesOfAws(): CataloguedPolicy[] {
  return [...awsManagedPolicies.values()].map(ofAws);
}

interface PolicyQuery {
  readonly pathPrefix: string;
  /** Key of the name of the first. */
  readonly fromName: string;
  /** Only those that are used in one of these ways; all where it is absent. */
  readonly uses: readonly PolicyUse[] | undefined;
  readonly limit: number;
}

/** {@link policyArn} in the database. */
const ARN_OF_ROW = sql<string>`'arn:aws:iam::' || policies.account_id || ':policy' || policies.path || policies.policy_name`;

/** By name. */
export async function policiesOfAccount(
  database: Database,
  accountId: string,
  { pathPrefix, fromName, uses, limit }: PolicyQuery,
): Promise<CataloguedPolicy[]> {
  const rows = await database
    .selectFrom('policies')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('policy_name_key', '>=', fromName)
    .where((eb) => pathBeginsWith(eb.ref('path'), pathPrefix))
    .$if(uses !== undefined, (query) => query.where(() => isUsedPolicy(accountId, ARN_OF_ROW, uses ?? [])))
    .orderBy('policy_name_key')
    .limit(limit)
    .execute();
  return rows.map(ofAccount);
}

/**
 * Runs a transaction that holds the row of one of the account's policies, so that work on one comes one after another.
 *
 * @throws NoSuchEntity when the policy does not exist or is gone by now
 */
export function withLockedPolicy<T>(
  database: Database,
  target: PolicyTarget,
  work: (transaction: DatabaseTransaction, policy: PolicyRow) => Promise<T>,
): Promise<T> {
  const { policyId } = existingPolicy(target, target.arn);
  return database.transaction().execute(async (transaction) => {
    const policy = await lockPolicy(transaction, policyId);
    if (policy === undefined) throw noSuchPolicy(target.arn);
    return work(transaction, policy);
  });
}

/** @throws NoSuchEntity */
export function existingPolicy({ policy }: PolicyTarget, arn: string): CataloguedPolicy {
  if (policy === undefined) throw noSuchPolicy(arn);
  return policy;
}

export function noSuchPolicy(arn: string): Error {
  return noSuchEntity(`Policy ${arn} was not found.`);
}

export function notAttachable(arn: string): Error {
  return noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
}

function targetOf(
  arn: string,
  accountId: string,
  policy: CataloguedPolicy | undefined,
  context: ConditionEntries,
): PolicyTarget {
  const tags = policy === undefined ? {} : (JSON.parse(policy.tags) as Tags);
  return {
    arn,
    policy,
    resources: [{ arn, accountId, tags }],
    context: [...resourceTagContext(tags), ...context],
  };
}

function ofAws(policy: ManagedPolicy): CataloguedPolicy {
  return { ...policy, tags: '{}' };
}

export function ofAccount(row: PolicyRow): CataloguedPolicy {
  return {
    arn: policyArn(row.account_id, row.path, row.policy_name),
    policyId: row.policy_id,
    name: row.policy_name,
    path: row.path,
    description: row.description,
    defaultVersionId: row.default_version_id,
    createDate: new Date(row.created_at),
    updateDate: new Date(row.updated_at),
    tags: row.tags,
    document: undefined,
  };
}

import { sql } from 'kysely';
import type { Database } from '../../storage/database/database.ts';

/** A policy gives what it allows to those that it is attached to, and limits those whose boundary it is. */
export type PolicyUse = 'attachment' | 'boundary';
export type EntityKind = 'User' | 'Group' | 'Role';

interface UsingTable {
  readonly use: PolicyUse;
  readonly kind: EntityKind;
  readonly table: string;
  readonly entities: string;
  /** Of the columns of the ID and the name. */
  readonly prefix: string;
}

// SQLite takes the tables of a cross join in their order: the few rows of a policy first, not every user of the account.

const TABLES: readonly UsingTable[] = [
  { use: 'attachment', kind: 'User', table: 'user_policy_attachments', entities: 'users', prefix: 'user' },
  { use: 'attachment', kind: 'Group', table: 'group_policy_attachments', entities: 'groups', prefix: 'group' },
  { use: 'attachment', kind: 'Role', table: 'role_policy_attachments', entities: 'roles', prefix: 'role' },
  { use: 'boundary', kind: 'User', table: 'user_permissions_boundaries', entities: 'users', prefix: 'user' },
  { use: 'boundary', kind: 'Role', table: 'role_permissions_boundaries', entities: 'roles', prefix: 'role' },
];

/** By how many users, groups and roles a policy is used, and as what. */
export interface PolicyUses {
  readonly attachments: number;
  readonly boundaries: number;
}

/**
 * How policies are used in the account.
 *
 * @param arns of the policies that are asked about; all where it is absent
 */
export async function policyUses(
  database: Database,
  accountId: string,
  arns?: readonly string[],
): Promise<(policy: { readonly arn: string }) => PolicyUses> {
  const attachments = await countUses(database, accountId, 'attachment', arns);
  const boundaries = await countUses(database, accountId, 'boundary', arns);
  return ({ arn }) => ({ attachments: attachments.get(arn) ?? 0, boundaries: boundaries.get(arn) ?? 0 });
}

async function countUses(
  database: Database,
  accountId: string,
  use: PolicyUse,
  arns: readonly string[] | undefined,
): Promise<ReadonlyMap<string, number>> {
  if (arns?.length === 0) return new Map();
  const asked = arns === undefined ? sql`` : sql`and used.policy_arn in (${sql.join(arns)})`;
  const parts = TABLES.filter((table) => table.use === use).map(
    ({ table, entities, prefix }) => sql`
      select used.policy_arn from ${sql.table(table)} as used cross join ${sql.table(entities)} as entity
      where ${sql.ref(`entity.${prefix}_id`)} = ${sql.ref(`used.${prefix}_id`)} and entity.account_id = ${accountId} ${asked}`,
  );
  const { rows } = await sql<{ policy_arn: string; count: number }>`
    select policy_arn, count(*) as count from (${sql.join(parts, sql` union all `)}) as uses group by policy_arn
  `.execute(database);
  return new Map(rows.map((row) => [row.policy_arn, row.count]));
}

/** A user, a group or a role that uses a policy. */
export interface PolicyEntity {
  readonly kind: EntityKind;
  readonly id: string;
  readonly name: string;
  readonly name_key: string;
}

interface EntityQuery {
  readonly uses: readonly PolicyUse[];
  /** All kinds where it is absent. */
  readonly kind: EntityKind | undefined;
  readonly pathPrefix: string;
  /** Kind and key of the name, with a space between them: what comes after it in that order. */
  readonly after: string | undefined;
  readonly limit: number;
}

/** Those of the account that use a policy, each once, by kind and name. */
export async function entitiesOfPolicy(
  database: Database,
  accountId: string,
  policyArn: string,
  { uses, kind, pathPrefix, after, limit }: EntityQuery,
): Promise<PolicyEntity[]> {
  const tables = TABLES.filter((table) => uses.includes(table.use) && (kind === undefined || table.kind === kind));
  if (tables.length === 0) return [];
  const [, afterKind = '', afterName = ''] = /^(\w+) (.*)$/.exec(after ?? '') ?? [];
  const parts = tables.map(
    ({ kind: entityKind, table, entities, prefix }) => sql`
      select ${sql.lit(entityKind)} as kind, ${sql.ref(`entity.${prefix}_id`)} as id,
        ${sql.ref(`entity.${prefix}_name`)} as name, ${sql.ref(`entity.${prefix}_name_key`)} as name_key
      from ${sql.table(table)} as used cross join ${sql.table(entities)} as entity
      where ${sql.ref(`entity.${prefix}_id`)} = ${sql.ref(`used.${prefix}_id`)} and used.policy_arn = ${policyArn} and entity.account_id = ${accountId}
        and substr(entity.path, 1, ${sql.lit(pathPrefix.length)}) = ${pathPrefix}
        and ${entityKind < afterKind ? sql`1 = 0` : entityKind > afterKind ? sql`1 = 1` : sql`${sql.ref(`entity.${prefix}_name_key`)} > ${afterName}`}`,
  );
  // Without ALL, so that one that uses the policy in both ways is listed once.
  const { rows } = await sql<PolicyEntity>`
    select kind, id, name, name_key from (${sql.join(parts, sql` union `)}) as entities
    order by kind, name_key limit ${sql.lit(limit)}
  `.execute(database);
  return rows;
}

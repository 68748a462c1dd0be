import { type Expression, type SqlBool, sql } from 'kysely';
import type { Database } from '../../storage/database/database.ts';
import { pathBeginsWith } from './paths.ts';

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
 * How often policies are used in the account. Counted from an index each time: a user, group or role has few policies, so
 * that all uses in an account are some ten thousand; counters in their place would be rows that everybody who attaches a
 * policy waits for.
 */
export async function policyUses(
  database: Database,
  accountId: string,
  arns: readonly string[],
): Promise<(policy: { readonly arn: string }) => PolicyUses> {
  const attachments = await countUses(database, accountId, 'attachment', arns);
  const boundaries = await countUses(database, accountId, 'boundary', arns);
  return ({ arn }) => ({ attachments: attachments.get(arn) ?? 0, boundaries: boundaries.get(arn) ?? 0 });
}

async function countUses(
  database: Database,
  accountId: string,
  use: PolicyUse,
  arns: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (arns.length === 0) return new Map();
  const parts = TABLES.filter((table) => table.use === use).map(
    ({ table }) => sql`
      select policy_arn, count(*) as count from ${sql.table(table)}
      where account_id = ${accountId} and policy_arn in (${sql.join(arns)}) group by policy_arn`,
  );
  const { rows } = await sql<{ policy_arn: string; count: number }>`${sql.join(parts, sql` union all `)}`.execute(
    database,
  );
  const counts = new Map<string, number>();
  for (const { policy_arn: arn, count } of rows) counts.set(arn, (counts.get(arn) ?? 0) + count);
  return counts;
}

/** A condition: the policy of that ARN is used in the account in one of these ways. */
export function isUsedPolicy(
  accountId: string,
  arn: Expression<string>,
  uses: readonly PolicyUse[],
): Expression<SqlBool> {
  const parts = TABLES.filter(({ use }) => uses.includes(use)).map(
    ({ table }) => sql`
      exists (select 1 from ${sql.table(table)} as used where used.account_id = ${accountId} and used.policy_arn = ${arn})`,
  );
  return sql<SqlBool>`(${sql.join(parts, sql` or `)})`;
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

const KINDS: readonly EntityKind[] = ['Group', 'Role', 'User'];

/** Those of the account that use a policy, each once, by kind and name. */
export async function entitiesOfPolicy(
  database: Database,
  accountId: string,
  policyArn: string,
  { after, limit, ...query }: EntityQuery,
): Promise<PolicyEntity[]> {
  const [, afterKind = '', afterName = ''] = /^(\w+) (.*)$/.exec(after ?? '') ?? [];
  const found: PolicyEntity[] = [];
  for (const kind of KINDS) {
    if (kind < afterKind || (query.kind !== undefined && kind !== query.kind) || found.length >= limit) continue;
    const position = { after: kind === afterKind ? afterName : '', limit: limit - found.length };
    found.push(...(await entitiesOfKind(database, accountId, policyArn, { ...query, ...position, kind })));
  }
  return found;
}

async function entitiesOfKind(
  database: Database,
  accountId: string,
  policyArn: string,
  { uses, kind, pathPrefix, after = '', limit }: EntityQuery & { readonly kind: EntityKind },
): Promise<PolicyEntity[]> {
  const tables = TABLES.filter((table) => uses.includes(table.use) && table.kind === kind);
  if (tables.length === 0) return [];
  // Each part is read in the order of its index and no further than the page.
  const parts = tables.map(({ table, entities, prefix }) => {
    const id = sql.ref(`${prefix}_id`);
    return sql`select * from (
      select ${sql.lit(kind)} as kind, entity.${id} as id, entity.${sql.ref(`${prefix}_name`)} as name, used.name_key
      from ${sql.table(table)} as used cross join ${sql.table(entities)} as entity
      where used.account_id = ${accountId} and used.policy_arn = ${policyArn} and used.name_key > ${after}
        and entity.${id} = used.${id} and ${pathBeginsWith(sql.ref('entity.path'), pathPrefix)}
      order by used.name_key limit ${sql.lit(limit)}) as part`;
  });
  // Without ALL, so that one that uses the policy in both ways is listed once.
  const { rows } = await sql<PolicyEntity>`
    select kind, id, name, name_key from (${sql.join(parts, sql` union `)}) as entities
    order by name_key limit ${sql.lit(limit)}
  `.execute(database);
  return rows;
}

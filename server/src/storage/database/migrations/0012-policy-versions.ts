import type { Kysely } from 'kysely';

/** How many versions a policy has had: their numbers are never used again. */
export async function policyVersions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('policies')
    .addColumn('last_version', 'integer', (c) => c.notNull().defaultTo(1))
    .execute();
}

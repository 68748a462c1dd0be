import { type Kysely, sql } from 'kysely';
import type { Engine } from '../database.ts';

/** When users and roles last used each service, and the reports of it that were asked for. */
export async function serviceUses(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  await db.schema
    .createTable('service_uses')
    // No foreign key: it is a user or a role, and IDs are never used again.
    .addColumn('identity_id', text, (c) => c.notNull())
    .addColumn('service', text, (c) => c.notNull())
    .addColumn('used_at', 'bigint', (c) => c.notNull())
    .addColumn('region', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('service_uses_key', ['identity_id', 'service'])
    .execute();
  await db.schema
    .createTable('last_accessed_jobs')
    .addColumn('job_id', text, (c) => c.primaryKey())
    .addColumn('account_id', text, (c) => c.notNull().references('accounts.account_id'))
    .addColumn('entity_arn', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
}

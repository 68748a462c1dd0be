import { type Kysely, sql } from 'kysely';
import type { Engine } from '../database.ts';

/** The deletions of service-linked roles, whose status is asked for afterwards. */
export async function serviceLinkedRoles(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  await db.schema
    .createTable('role_deletions')
    .addColumn('task_id', text, (c) => c.primaryKey())
    .addColumn('account_id', text, (c) => c.notNull().references('accounts.account_id'))
    .addColumn('deleted_at', 'bigint', (c) => c.notNull())
    .execute();
}

import { type Kysely, sql } from 'kysely';
import type { Engine } from '../database.ts';

/** The newest credential report of each account that asked for one. */
export async function credentialReports(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  await db.schema
    .createTable('credential_reports')
    .addColumn('account_id', text, (c) => c.primaryKey().references('accounts.account_id'))
    .addColumn('generated_at', 'bigint', (c) => c.notNull())
    .addColumn('content', text, (c) => c.notNull())
    .execute();
}

import { type Kysely, sql } from 'kysely';
import type { Engine } from '../database.ts';

/** Who is signed in to the console. A session goes with its account or user; a changed password ends it when it is read. */
export async function consoleSessions(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  await db.schema
    .createTable('console_sessions')
    .addColumn('token_hash', text, (c) => c.primaryKey())
    .addColumn('account_id', text, (c) => c.notNull().references('accounts.account_id').onDelete('cascade'))
    .addColumn('user_id', text, (c) => c.references('users.user_id').onDelete('cascade'))
    .addColumn('password_check', text, (c) => c.notNull())
    .addColumn('mfa_authenticated_at', 'bigint')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('console_sessions_identity')
    .on('console_sessions')
    .columns(['account_id', 'user_id'])
    .execute();
  await db.schema.createIndex('console_sessions_expiry').on('console_sessions').column('expires_at').execute();
}

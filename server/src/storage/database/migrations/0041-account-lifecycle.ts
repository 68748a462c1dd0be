import { type Kysely, sql } from 'kysely';
import { raiseAccessGenerationOnChange } from '../access-generation-triggers.ts';
import type { Engine } from '../database.ts';

/** What accounts are called, when they were closed, and how old the root user's password is. */
export async function accountLifecycle(db: Kysely<unknown>, engine: Engine): Promise<void> {
  await db.schema.alterTable('accounts').addColumn('account_name', 'text').execute();
  await db.schema.alterTable('accounts').addColumn('closed_at', 'bigint').execute();
  await db.schema
    .alterTable('accounts')
    .addColumn('root_password_changed_at', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable('accounts').addColumn('root_password_last_used', 'bigint').execute();
  await sql`update accounts set root_password_changed_at = created_at`.execute(db);
  // Addresses that differ in nothing but case reach the same person.
  await sql`create unique index accounts_root_email_lower on accounts (lower(root_email))`.execute(db);
  await raiseAccessGenerationOnChange(db, engine, { accounts: ['closed_at'] });
}

import { type Kysely, sql } from 'kysely';
import type { Engine } from '../database.ts';

/** Account aliases, password policies, and what these need to know of passwords. */
export async function accountSettings(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;

  await db.schema
    .createTable('account_aliases')
    .addColumn('account_id', text, (c) => c.primaryKey().references('accounts.account_id'))
    .addColumn('alias', text, (c) => c.notNull().unique())
    .execute();

  await db.schema
    .createTable('password_policies')
    .addColumn('account_id', text, (c) => c.primaryKey().references('accounts.account_id'))
    .addColumn('minimum_length', 'integer', (c) => c.notNull())
    .addColumn('require_symbols', 'integer', (c) => c.notNull())
    .addColumn('require_numbers', 'integer', (c) => c.notNull())
    .addColumn('require_uppercase', 'integer', (c) => c.notNull())
    .addColumn('require_lowercase', 'integer', (c) => c.notNull())
    .addColumn('users_may_change', 'integer', (c) => c.notNull())
    .addColumn('max_age_days', 'integer')
    .addColumn('reuse_prevention', 'integer')
    .addColumn('hard_expiry', 'integer')
    .execute();

  await db.schema
    .alterTable('login_profiles')
    .addColumn('password_changed_at', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute();
  await sql`update login_profiles set password_changed_at = created_at`.execute(db);

  await db.schema
    .createTable('former_passwords')
    .addColumn('user_id', text, (c) => c.notNull().references('users.user_id'))
    .addColumn('password_hash', text, (c) => c.notNull())
    .addColumn('replaced_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('former_passwords_key', ['user_id', 'password_hash'])
    .execute();
}

import { type Kysely, sql } from 'kysely';
import type { Engine } from '../database.ts';

/** Instance profiles, each with at most one role. */
export async function instanceProfiles(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  await db.schema
    .createTable('instance_profiles')
    .addColumn('profile_id', text, (c) => c.primaryKey())
    .addColumn('account_id', text, (c) => c.notNull().references('accounts.account_id'))
    .addColumn('profile_name', text, (c) => c.notNull())
    .addColumn('profile_name_key', text, (c) => c.notNull())
    .addColumn('path', text, (c) => c.notNull())
    .addColumn('role_id', text, (c) => c.references('roles.role_id'))
    .addColumn('tags', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('instance_profiles_name', ['account_id', 'profile_name_key'])
    .execute();
  await db.schema.createIndex('instance_profiles_role').on('instance_profiles').column('role_id').execute();
}

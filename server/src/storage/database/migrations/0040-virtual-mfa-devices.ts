import { type Kysely, sql } from 'kysely';
import type { Engine } from '../database.ts';

/** Virtual MFA devices, unassigned, or enabled for a user or the root user. */
export async function virtualMfaDevices(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  const bytes = engine === 'sqlite' ? sql`blob` : sql`bytea`;
  await db.schema
    .createTable('virtual_mfa_devices')
    .addColumn('serial_number', text, (c) => c.primaryKey())
    .addColumn('account_id', text, (c) => c.notNull().references('accounts.account_id'))
    .addColumn('seed', bytes, (c) => c.notNull())
    .addColumn('tags', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('user_id', text, (c) => c.references('users.user_id'))
    .addColumn('enabled_at', 'bigint')
    .addColumn('clock_offset', 'integer', (c) => c.notNull())
    .addColumn('last_used_step', 'bigint', (c) => c.notNull())
    .addColumn('failed_tries', 'integer', (c) => c.notNull())
    .addColumn('refused_until', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('virtual_mfa_devices_account')
    .on('virtual_mfa_devices')
    .columns(['account_id', 'serial_number'])
    .execute();
  await db.schema.createIndex('virtual_mfa_devices_user').on('virtual_mfa_devices').column('user_id').execute();
}

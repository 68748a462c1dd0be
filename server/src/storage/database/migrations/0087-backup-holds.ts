import { type Kysely, sql } from 'kysely';
import type { Engine } from '../database.ts';

/** Backups that are being made: as long as one holds, no blob is removed. */
export async function backupHolds(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  await db.schema
    .createTable('backup_holds')
    .addColumn('hold_id', text, (c) => c.primaryKey())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute();
}

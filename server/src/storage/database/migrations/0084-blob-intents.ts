import { type Kysely, sql } from 'kysely';
import type { Engine } from '../database.ts';

/** Blobs that are being stored and that nothing lists yet, so that garbage is decided by rows and not by dates of files. */
export async function blobIntents(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  await db.schema
    .createTable('blob_intents')
    .addColumn('blob_id', text, (c) => c.primaryKey())
    // No foreign key: the blobs of a repository that was deleted meanwhile are collected by way of this row.
    .addColumn('repository_id', text, (c) => c.notNull())
    .addColumn('kind', text, (c) => c.notNull())
    .addColumn('opened_at', 'bigint', (c) => c.notNull())
    .addColumn('abandoned_at', 'bigint')
    .execute();
  await db.schema.createIndex('blob_intents_opened_at').on('blob_intents').column('opened_at').execute();
  await db.schema
    .createIndex('packs_dropped')
    .on('packs')
    .column('dropped_at')
    .where(sql.ref('dropped_at'), 'is not', null)
    .execute();
}

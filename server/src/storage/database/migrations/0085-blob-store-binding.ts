import type { Kysely } from 'kysely';

/** Which blob store the database lists: the ID in the store's marker, null until one has been marked. */
export async function blobStoreBinding(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('installation').addColumn('blob_store_id', 'text').execute();
}

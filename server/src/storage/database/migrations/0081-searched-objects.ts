import type { Kysely } from 'kysely';

/** Of how many objects of a pack the deltas have been searched here; none of those that are there already. */
export async function searchedObjects(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('packs')
    .addColumn('searched_objects', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
}

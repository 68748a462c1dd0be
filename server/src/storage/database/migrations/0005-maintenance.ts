import { type Kysely, sql } from 'kysely';
import type { Engine } from '../database.ts';

/** Which node maintains a repository, and until when. */
export async function maintenance(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  await db.schema
    .createTable('maintenance_leases')
    // No foreign key: a lease of a deleted repository expires like any other.
    .addColumn('repository_id', text, (c) => c.primaryKey())
    .addColumn('node', text, (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute();
}

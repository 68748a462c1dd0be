import { type Kysely, sql } from 'kysely';
import type { Engine } from '../database.ts';

/** Git LFS: which objects a repository has, and who has locked which path. */
export async function lfs(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  await db.schema
    .createTable('lfs_objects')
    .addColumn('repository_id', text, (c) => c.notNull())
    .addColumn('object_id', text, (c) => c.notNull())
    .addColumn('blob_id', text, (c) => c.notNull().unique())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('lfs_objects_key', ['repository_id', 'object_id'])
    .execute();
  await db.schema
    .createTable('lfs_locks')
    .addColumn('lock_id', text, (c) => c.primaryKey())
    .addColumn('repository_id', text, (c) => c.notNull().references('repositories.repository_id').onDelete('cascade'))
    .addColumn('path', text, (c) => c.notNull())
    .addColumn('reference_name', text)
    .addColumn('owner_id', text, (c) => c.notNull())
    .addColumn('owner_name', text, (c) => c.notNull())
    .addColumn('locked_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('lfs_locks_path', ['repository_id', 'path'])
    .execute();
}

import { type Kysely, sql } from 'kysely';
import type { Engine } from '../database.ts';

/** The keys by which the SSH server proves who it is: the same on every node, made at the first start. */
export async function sshHostKeys(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const bytes = engine === 'sqlite' ? sql`blob` : sql`bytea`;
  await db.schema
    .createTable('ssh_host_keys')
    .addColumn('algorithm', 'text', (c) => c.primaryKey())
    .addColumn('public_key', 'text', (c) => c.notNull())
    .addColumn('private_key', bytes, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
}

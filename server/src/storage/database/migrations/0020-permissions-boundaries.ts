import { type Kysely, sql } from 'kysely';
import { raiseAccessGenerationOnChange } from '../access-generation-triggers.ts';
import type { Engine } from '../database.ts';

/** Which managed policy bounds what a user or a role may do; a boundary goes with whom it bounds. */
export async function permissionsBoundaries(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  for (const [table, id, bounded] of [
    ['user_permissions_boundaries', 'user_id', 'users.user_id'],
    ['role_permissions_boundaries', 'role_id', 'roles.role_id'],
  ] as const) {
    await db.schema
      .createTable(table)
      .addColumn(id, text, (c) => c.primaryKey().references(bounded).onDelete('cascade'))
      .addColumn('policy_arn', text, (c) => c.notNull())
      .addColumn('policy_id', text, (c) => c.references('policies.policy_id'))
      .execute();
    await db.schema.createIndex(`${table}_policy`).on(table).column('policy_arn').execute();
  }
  await raiseAccessGenerationOnChange(db, engine, {
    user_permissions_boundaries: ['policy_arn', 'policy_id'],
    role_permissions_boundaries: ['policy_arn', 'policy_id'],
  });
}

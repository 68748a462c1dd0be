import { type Kysely, sql } from 'kysely';
import { raiseAccessGenerationOnChange } from '../access-generation-triggers.ts';
import type { Engine } from '../database.ts';

/** A counter that every change of what access decisions are made of raises, so that they can be made from memory. */
export async function accessGeneration(db: Kysely<unknown>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('access_generation')
    .addColumn('access_generation_id', 'integer', (c) => c.primaryKey())
    .addColumn('generation', 'bigint', (c) => c.notNull())
    .execute();
  await sql`insert into access_generation (access_generation_id, generation) values (1, 1)`.execute(db);
  if (engine === 'postgresql') {
    await sql`create function raise_access_generation() returns trigger language plpgsql as $$
      begin
        update access_generation set generation = generation + 1;
        return null;
      end $$`.execute(db);
  }
  await raiseAccessGenerationOnChange(db, engine, {
    users: ['user_name', 'path', 'tags'],
    access_keys: ['secret', 'status', 'user_id'],
    policies: ['default_version_id'],
    policy_versions: ['document'],
    user_policy_attachments: ['policy_arn', 'policy_id'],
    user_policies: ['document'],
    service_specific_credentials: ['password_hash', 'status', 'user_id'],
    kms_keys: ['state'],
    kms_aliases: ['key_id'],
    repositories: ['repository_name', 'tags', 'kms_key_arn', 'data_key'],
  });
}

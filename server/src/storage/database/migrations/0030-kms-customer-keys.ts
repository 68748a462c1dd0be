import { type Kysely, sql } from 'kysely';
import { raiseAccessGenerationOnChange } from '../access-generation-triggers.ts';
import type { Engine } from '../database.ts';

/** Customer managed keys: their kinds, policies, tags, rotation and grants. */
export async function kmsCustomerKeys(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const bytes = engine === 'sqlite' ? sql`blob` : sql`bytea`;
  // PostgreSQL would sort by the server's locale; bytes are what AWS sorts by.
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;

  const columns = [
    ['key_spec', text, 'SYMMETRIC_DEFAULT'],
    ['key_usage', text, 'ENCRYPT_DECRYPT'],
    ['tags', text, '{}'],
  ] as const;
  for (const [name, type, value] of columns) {
    await db.schema
      .alterTable('kms_keys')
      .addColumn(name, type, (c) => c.notNull().defaultTo(value))
      .execute();
  }
  await db.schema.alterTable('kms_keys').addColumn('policy', text).execute();
  await db.schema.alterTable('kms_keys').addColumn('rotation_period_days', 'integer').execute();
  await db.schema.alterTable('kms_keys').addColumn('next_rotation_at', 'bigint').execute();

  await db.schema.alterTable('kms_key_materials').addColumn('public_key', bytes).execute();
  await db.schema.alterTable('kms_key_materials').addColumn('rotation_type', text).execute();

  await db.schema
    .alterTable('kms_aliases')
    .addColumn('updated_at', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute();
  await sql`update kms_aliases set updated_at = created_at`.execute(db);
  await db.schema.createIndex('kms_aliases_named_key').on('kms_aliases').column('key_id').execute();

  await db.schema
    .createTable('kms_grants')
    .addColumn('grant_id', text, (c) => c.primaryKey())
    .addColumn('key_id', text, (c) => c.notNull().references('kms_keys.key_id'))
    .addColumn('grant_name', text)
    .addColumn('issuing_account', text, (c) => c.notNull())
    .addColumn('grantee_principal', text, (c) => c.notNull())
    .addColumn('retiring_principal', text)
    .addColumn('operations', text, (c) => c.notNull())
    .addColumn('constraints', text)
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('kms_grants_of_key').on('kms_grants').columns(['key_id', 'grant_id']).execute();
  await db.schema
    .createIndex('kms_grants_retiring')
    .on('kms_grants')
    .columns(['retiring_principal', 'grant_id'])
    .execute();

  await raiseAccessGenerationOnChange(db, engine, {
    kms_keys: ['state', 'policy', 'tags'],
    kms_grants: ['operations'],
  });
}

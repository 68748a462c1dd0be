import { type Kysely, sql } from 'kysely';
import type { Engine } from '../database.ts';

/** Accounts, IAM users with their credentials and policies, KMS keys, repositories with their references and packs. */
export async function mainJourney(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const bytes = engine === 'sqlite' ? sql`blob` : sql`bytea`;
  // PostgreSQL would sort by the server's locale; bytes are what Git and AWS sort by.
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;

  await db.schema
    .createTable('installation')
    .addColumn('installation_id', 'integer', (c) => c.primaryKey())
    .addColumn('root_key_check', bytes, (c) => c.notNull())
    .execute();

  await db.schema
    .createTable('accounts')
    .addColumn('account_id', text, (c) => c.primaryKey())
    .addColumn('root_email', text, (c) => c.notNull().unique())
    .addColumn('root_password_hash', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();

  await db.schema
    .createTable('users')
    .addColumn('user_id', text, (c) => c.primaryKey())
    .addColumn('account_id', text, (c) => c.notNull().references('accounts.account_id'))
    .addColumn('user_name', text, (c) => c.notNull())
    .addColumn('user_name_key', text, (c) => c.notNull())
    .addColumn('path', text, (c) => c.notNull())
    .addColumn('tags', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('password_last_used', 'bigint')
    .addUniqueConstraint('users_name', ['account_id', 'user_name_key'])
    .execute();

  await db.schema
    .createTable('login_profiles')
    .addColumn('user_id', text, (c) => c.primaryKey().references('users.user_id'))
    .addColumn('password_hash', text, (c) => c.notNull())
    .addColumn('password_reset_required', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();

  await db.schema
    .createTable('access_keys')
    .addColumn('access_key_id', text, (c) => c.primaryKey())
    .addColumn('account_id', text, (c) => c.notNull().references('accounts.account_id'))
    .addColumn('user_id', text, (c) => c.references('users.user_id'))
    .addColumn('secret', bytes, (c) => c.notNull())
    .addColumn('status', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('last_used_at', 'bigint')
    .addColumn('last_used_region', text)
    .addColumn('last_used_service', text)
    .execute();
  await db.schema
    .createIndex('access_keys_owner')
    .on('access_keys')
    .columns(['account_id', 'user_id', 'access_key_id'])
    .execute();

  await db.schema
    .createTable('policies')
    .addColumn('policy_id', text, (c) => c.primaryKey())
    .addColumn('account_id', text, (c) => c.notNull().references('accounts.account_id'))
    .addColumn('policy_name', text, (c) => c.notNull())
    .addColumn('policy_name_key', text, (c) => c.notNull())
    .addColumn('path', text, (c) => c.notNull())
    .addColumn('description', text)
    .addColumn('default_version_id', text, (c) => c.notNull())
    .addColumn('tags', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('policies_name', ['account_id', 'policy_name_key'])
    .execute();

  await db.schema
    .createTable('policy_versions')
    .addColumn('policy_id', text, (c) => c.notNull().references('policies.policy_id'))
    .addColumn('version_id', text, (c) => c.notNull())
    .addColumn('document', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('policy_versions_key', ['policy_id', 'version_id'])
    .execute();

  await db.schema
    .createTable('user_policy_attachments')
    .addColumn('user_id', text, (c) => c.notNull().references('users.user_id'))
    .addColumn('policy_arn', text, (c) => c.notNull())
    .addColumn('policy_id', text, (c) => c.references('policies.policy_id'))
    .addColumn('attached_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('user_policy_attachments_key', ['user_id', 'policy_arn'])
    .execute();
  await db.schema
    .createIndex('user_policy_attachments_policy')
    .on('user_policy_attachments')
    .column('policy_arn')
    .execute();

  await db.schema
    .createTable('user_policies')
    .addColumn('user_id', text, (c) => c.notNull().references('users.user_id'))
    .addColumn('policy_name', text, (c) => c.notNull())
    .addColumn('document', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('user_policies_key', ['user_id', 'policy_name'])
    .execute();

  await db.schema
    .createTable('service_specific_credentials')
    .addColumn('credential_id', text, (c) => c.primaryKey())
    .addColumn('account_id', text, (c) => c.notNull().references('accounts.account_id'))
    .addColumn('user_id', text, (c) => c.notNull().references('users.user_id'))
    .addColumn('service_name', text, (c) => c.notNull())
    .addColumn('service_user_name', text, (c) => c.notNull().unique())
    .addColumn('password_hash', bytes, (c) => c.notNull())
    .addColumn('status', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('service_specific_credentials_user')
    .on('service_specific_credentials')
    .column('user_id')
    .execute();

  await db.schema
    .createTable('ssh_public_keys')
    .addColumn('ssh_public_key_id', text, (c) => c.primaryKey())
    .addColumn('account_id', text, (c) => c.notNull().references('accounts.account_id'))
    .addColumn('user_id', text, (c) => c.notNull().references('users.user_id'))
    .addColumn('fingerprint', text, (c) => c.notNull())
    .addColumn('public_key', text, (c) => c.notNull())
    .addColumn('status', text, (c) => c.notNull())
    .addColumn('uploaded_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('ssh_public_keys_fingerprint', ['user_id', 'fingerprint'])
    .execute();

  await db.schema
    .createTable('kms_keys')
    .addColumn('key_id', text, (c) => c.primaryKey())
    .addColumn('account_id', text, (c) => c.notNull().references('accounts.account_id'))
    .addColumn('region', text, (c) => c.notNull())
    .addColumn('manager', text, (c) => c.notNull())
    .addColumn('state', text, (c) => c.notNull())
    .addColumn('description', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('deletion_at', 'bigint')
    .execute();
  await db.schema.createIndex('kms_keys_account').on('kms_keys').columns(['account_id', 'region', 'key_id']).execute();

  await db.schema
    .createTable('kms_key_materials')
    .addColumn('key_id', text, (c) => c.notNull().references('kms_keys.key_id'))
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('material', bytes, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('kms_key_materials_key', ['key_id', 'version'])
    .execute();

  await db.schema
    .createTable('kms_aliases')
    .addColumn('account_id', text, (c) => c.notNull().references('accounts.account_id'))
    .addColumn('region', text, (c) => c.notNull())
    .addColumn('alias_name', text, (c) => c.notNull())
    .addColumn('key_id', text, (c) => c.notNull().references('kms_keys.key_id'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('kms_aliases_key', ['account_id', 'region', 'alias_name'])
    .execute();

  await db.schema
    .createTable('repositories')
    .addColumn('repository_id', text, (c) => c.primaryKey())
    .addColumn('account_id', text, (c) => c.notNull().references('accounts.account_id'))
    .addColumn('region', text, (c) => c.notNull())
    .addColumn('repository_name', text, (c) => c.notNull())
    .addColumn('description', text)
    .addColumn('default_branch', text)
    .addColumn('kms_key_arn', text, (c) => c.notNull())
    .addColumn('data_key', bytes, (c) => c.notNull())
    .addColumn('generation', 'bigint', (c) => c.notNull())
    .addColumn('tags', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('repositories_name', ['account_id', 'region', 'repository_name'])
    .execute();
  await db.schema
    .createIndex('repositories_updated')
    .on('repositories')
    .columns(['account_id', 'region', 'updated_at', 'repository_id'])
    .execute();

  await db.schema
    .createTable('repository_references')
    .addColumn('repository_id', text, (c) => c.notNull().references('repositories.repository_id'))
    .addColumn('reference_name', text, (c) => c.notNull())
    .addColumn('object_id', text, (c) => c.notNull())
    .addColumn('peeled_id', text)
    .addPrimaryKeyConstraint('repository_references_key', ['repository_id', 'reference_name'])
    .execute();

  await db.schema
    .createTable('packs')
    .addColumn('pack_id', text, (c) => c.primaryKey())
    .addColumn('repository_id', text, (c) => c.notNull())
    .addColumn('checksum', text, (c) => c.notNull())
    .addColumn('source', text, (c) => c.notNull())
    .addColumn('files', text, (c) => c.notNull())
    .addColumn('object_count', 'bigint', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('dropped_at', 'bigint')
    .execute();
  await db.schema.createIndex('packs_repository').on('packs').columns(['repository_id', 'dropped_at']).execute();
}

import { type Kysely, sql } from 'kysely';
import { raiseAccessGenerationOnChange } from '../access-generation-triggers.ts';
import type { Engine } from '../database.ts';

/** IAM roles with their trust policies, inline policies and attached policies. */
export async function roles(db: Kysely<unknown>, engine: Engine): Promise<void> {
  // PostgreSQL would sort by the server's locale; bytes are what AWS sorts by.
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;

  await db.schema
    .createTable('roles')
    .addColumn('role_id', text, (c) => c.primaryKey())
    .addColumn('account_id', text, (c) => c.notNull().references('accounts.account_id'))
    .addColumn('role_name', text, (c) => c.notNull())
    .addColumn('role_name_key', text, (c) => c.notNull())
    .addColumn('path', text, (c) => c.notNull())
    .addColumn('description', text)
    .addColumn('trust_policy', text, (c) => c.notNull())
    .addColumn('max_session_duration', 'integer', (c) => c.notNull())
    .addColumn('tags', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('last_used_at', 'bigint')
    .addColumn('last_used_region', text)
    .addUniqueConstraint('roles_name', ['account_id', 'role_name_key'])
    .execute();

  await db.schema
    .createTable('role_policy_attachments')
    .addColumn('role_id', text, (c) => c.notNull().references('roles.role_id'))
    .addColumn('policy_arn', text, (c) => c.notNull())
    .addColumn('policy_id', text, (c) => c.references('policies.policy_id'))
    .addColumn('attached_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('role_policy_attachments_key', ['role_id', 'policy_arn'])
    .execute();
  await db.schema
    .createIndex('role_policy_attachments_policy')
    .on('role_policy_attachments')
    .column('policy_arn')
    .execute();

  await db.schema
    .createTable('role_policies')
    .addColumn('role_id', text, (c) => c.notNull().references('roles.role_id'))
    .addColumn('policy_name', text, (c) => c.notNull())
    .addColumn('document', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('role_policies_key', ['role_id', 'policy_name'])
    .execute();

  await raiseAccessGenerationOnChange(db, engine, {
    roles: ['role_name', 'path', 'tags', 'trust_policy', 'max_session_duration'],
    role_policy_attachments: ['policy_arn', 'policy_id'],
    role_policies: ['document'],
  });
}

import { type Kysely, sql } from 'kysely';
import { raiseAccessGenerationOnChange } from '../access-generation-triggers.ts';
import type { Engine } from '../database.ts';

/** IAM groups with their members, inline policies and attached policies. */
export async function groups(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;

  await db.schema
    .createTable('groups')
    .addColumn('group_id', text, (c) => c.primaryKey())
    .addColumn('account_id', text, (c) => c.notNull().references('accounts.account_id'))
    .addColumn('group_name', text, (c) => c.notNull())
    .addColumn('group_name_key', text, (c) => c.notNull())
    .addColumn('path', text, (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('groups_name', ['account_id', 'group_name_key'])
    .execute();

  await db.schema
    .createTable('group_members')
    .addColumn('group_id', text, (c) => c.notNull().references('groups.group_id'))
    .addColumn('user_id', text, (c) => c.notNull().references('users.user_id'))
    .addColumn('added_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('group_members_key', ['group_id', 'user_id'])
    .execute();
  await db.schema.createIndex('group_members_user').on('group_members').column('user_id').execute();

  await db.schema
    .createTable('group_policy_attachments')
    .addColumn('group_id', text, (c) => c.notNull().references('groups.group_id'))
    .addColumn('policy_arn', text, (c) => c.notNull())
    .addColumn('policy_id', text, (c) => c.references('policies.policy_id'))
    .addColumn('attached_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('group_policy_attachments_key', ['group_id', 'policy_arn'])
    .execute();
  await db.schema
    .createIndex('group_policy_attachments_policy')
    .on('group_policy_attachments')
    .column('policy_arn')
    .execute();

  await db.schema
    .createTable('group_policies')
    .addColumn('group_id', text, (c) => c.notNull().references('groups.group_id'))
    .addColumn('policy_name', text, (c) => c.notNull())
    .addColumn('document', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('group_policies_key', ['group_id', 'policy_name'])
    .execute();

  // Names and paths of groups decide nothing.
  await raiseAccessGenerationOnChange(db, engine, {
    group_members: ['group_id', 'user_id'],
    group_policy_attachments: ['policy_arn', 'policy_id'],
    group_policies: ['document'],
  });
}

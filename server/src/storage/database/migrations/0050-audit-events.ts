import { type Kysely, sql } from 'kysely';
import type { Engine } from '../database.ts';

/** The audit trail's events as LookupEvents finds them, and how far the chain of each node is in them. */
export async function auditEvents(db: Kysely<unknown>, engine: Engine): Promise<void> {
  // PostgreSQL would compare by the server's locale, more slowly.
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;

  await db.schema
    .createTable('audit_events')
    .addColumn('event_id', text, (c) => c.primaryKey())
    // No foreign key: what an account did outlives it.
    .addColumn('account_id', text, (c) => c.notNull())
    .addColumn('region', text, (c) => c.notNull())
    .addColumn('event_time', 'bigint', (c) => c.notNull())
    .addColumn('event_name', text, (c) => c.notNull())
    .addColumn('event_source', text, (c) => c.notNull())
    .addColumn('read_only', 'integer', (c) => c.notNull())
    .addColumn('user_name', text)
    .addColumn('access_key_id', text)
    .addColumn('record', text, (c) => c.notNull())
    .execute();
  for (const [name, ...columns] of [
    ['audit_events_time'],
    ['audit_events_name', 'event_name'],
    ['audit_events_user', 'user_name'],
  ] as const) {
    await db.schema
      .createIndex(name)
      .on('audit_events')
      .columns(['account_id', 'region', ...columns, 'event_time', 'event_id'])
      .execute();
  }
  await db.schema.createIndex('audit_events_age').on('audit_events').column('event_time').execute();

  await db.schema
    .createTable('audit_event_resources')
    .addColumn('event_id', text, (c) => c.notNull())
    .addColumn('resource_arn', text, (c) => c.notNull())
    .addColumn('resource_type', text, (c) => c.notNull())
    .addColumn('resource_name', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('audit_event_resources_key', ['event_id', 'resource_arn'])
    .execute();

  await db.schema
    .createTable('audit_chains')
    .addColumn('chain_id', text, (c) => c.primaryKey())
    .addColumn('node', text, (c) => c.notNull())
    .addColumn('sequence', 'bigint', (c) => c.notNull())
    .addColumn('hash', text, (c) => c.notNull())
    .execute();
}

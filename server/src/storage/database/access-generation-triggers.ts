import { type Kysely, sql } from 'kysely';
import type { Engine } from './database.ts';

/** For each table, the columns whose change counts; rows that come or go always count. */
type WatchedColumns = Readonly<Record<string, readonly string[]>>;

/**
 * Makes the database raise the access generation itself, in the transaction of the change: no code that writes one of
 * these tables can forget it. For migrations; a table that is watched already is watched for these columns from now on.
 */
export async function raiseAccessGenerationOnChange(
  db: Kysely<unknown>,
  engine: Engine,
  watched: WatchedColumns,
): Promise<void> {
  const create = engine === 'sqlite' ? createSqliteTriggers : createPostgresqlTriggers;
  for (const [table, columns] of Object.entries(watched)) await create(db, table, columns);
}

async function createSqliteTriggers(db: Kysely<unknown>, table: string, columns: readonly string[]): Promise<void> {
  const changed = columns.map((column) => sql`old.${sql.ref(column)} is not new.${sql.ref(column)}`);
  const events = [
    ['insert', sql`insert`, sql``],
    ['delete', sql`delete`, sql``],
    ['update', sql`update of ${sql.join(columns.map(sql.ref))}`, sql`when ${sql.join(changed, sql` or `)}`],
  ] as const;
  for (const [name, event, condition] of events) {
    const trigger = sql.id(`access_generation_${table}_${name}`);
    await sql`drop trigger if exists ${trigger}`.execute(db);
    await sql`create trigger ${trigger} after ${event} on ${sql.table(table)}
      for each row ${condition}
      begin update access_generation set generation = generation + 1; end`.execute(db);
  }
}

/** Deferred: the counter's row is taken last, when the transaction needs no other lock any more. */
async function createPostgresqlTriggers(db: Kysely<unknown>, table: string, columns: readonly string[]): Promise<void> {
  const changed = columns.map((column) => sql`old.${sql.ref(column)} is distinct from new.${sql.ref(column)}`);
  const events = [
    ['rows', sql`insert or delete`, sql``],
    ['update', sql`update of ${sql.join(columns.map(sql.ref))}`, sql`when (${sql.join(changed, sql` or `)})`],
  ] as const;
  for (const [name, event, condition] of events) {
    const trigger = sql.id(`access_generation_${table}_${name}`);
    await sql`drop trigger if exists ${trigger} on ${sql.table(table)}`.execute(db);
    await sql`create constraint trigger ${trigger} after ${event}
      on ${sql.table(table)} deferrable initially deferred
      for each row ${condition} execute function raise_access_generation()`.execute(db);
  }
}

import { PostgresAdapter, type RawBuilder, sql } from 'kysely';
import type { Database } from './database.ts';

/**
 * The database's own time in milliseconds, for what nodes decide together: their clocks may differ by hours. With SQLite
 * it is this machine's.
 */
export function databaseTime(database: Database): RawBuilder<number> {
  return database.getExecutor().adapter instanceof PostgresAdapter
    ? sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`
    : sql<number>`cast(unixepoch('subsec') * 1000 as integer)`;
}

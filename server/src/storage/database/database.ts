import { setTimeout as delay } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { type Dialect, Kysely, type SqliteDatabase, SqliteDialect, sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import { StorageFailure } from '../storage-failure.ts';
import { migrate } from './migrations/index.ts';
import { isPassing, postgresqlDialect } from './postgresql-dialect.ts';
import type { DatabaseSchema } from './schema.ts';
import { steadyDialect } from './steady-dialect.ts';

export type Engine = 'sqlite' | 'postgresql';
export type Database = Kysely<DatabaseSchema>;

/** Where the metadata lives: a file for SQLite, or a `postgres://` URL. */
export type DatabaseLocation =
  | { readonly sqliteFile: string }
  | {
      readonly postgresqlUrl: string;
      /** At most so many at once, 20 unless told. */
      readonly connections?: number;
    };

interface OpeningOptions {
  /** How long a database that is starting is waited for; not at all unless told. */
  readonly waitMs?: number;
  /** Told once when it has to be waited for. */
  readonly onWaiting?: () => void;
}

const SQLITE_STATEMENTS = 500;
const POSTGRESQL_CONNECTIONS = 20;
const WAIT_STEP_MS = 500;

/** Of databases that no other process writes. */
const localWrites = new WeakMap<Database, WriteCount>();

interface WriteCount {
  count: number;
}

/**
 * How many writing statements this process has begun, for a database that no other process writes: as long as the
 * number stays, so does everything that a query outside of a transaction has read. Undefined for any other database.
 */
export function localWriteCount(database: Database): number | undefined {
  return localWrites.get(database)?.count;
}

/** Opens the database and brings it to the current schema; several nodes may do so at once. */
export async function openDatabase(location: DatabaseLocation, options: OpeningOptions = {}): Promise<Database> {
  const engine: Engine = 'sqliteFile' in location ? 'sqlite' : 'postgresql';
  const writes: WriteCount = { count: 0 };
  const database = connect(location, writes);
  if (engine === 'sqlite') localWrites.set(database, writes);
  try {
    await untilReady(database, options);
    await migrated(location, database, engine);
  } catch (error) {
    await database.destroy();
    throw error;
  }
  return database;
}

/** Opens a database that a server may be using, for reading: its schema stays as it is. */
export function openDatabaseToRead(location: DatabaseLocation): Database {
  return connect(location, { count: 0 });
}

function connect(location: DatabaseLocation, writes: WriteCount): Database {
  if ('sqliteFile' in location) return new Kysely({ dialect: sqliteDialect(location.sqliteFile, writes) });
  const { postgresqlUrl: url, connections = POSTGRESQL_CONNECTIONS } = location;
  return new Kysely({ dialect: postgresqlDialect({ url, connections, limited: true }) });
}

async function untilReady(database: Database, { waitMs = 0, onWaiting }: OpeningOptions): Promise<void> {
  const end = performance.now() + waitMs;
  for (let attempt = 0; ; attempt++) {
    try {
      await sql`select 1`.execute(database);
      return;
    } catch (error) {
      if (!isPassing(error) || performance.now() >= end) throw error instanceof StorageFailure ? error.cause : error;
      if (attempt === 0) onWaiting?.();
      await delay(WAIT_STEP_MS);
    }
  }
}

/** A migration may take longer than a statement of a request. */
async function migrated(location: DatabaseLocation, database: Database, engine: Engine): Promise<void> {
  if ('sqliteFile' in location) return migrate(database, engine);
  const dialect = postgresqlDialect({ url: location.postgresqlUrl, connections: 1, limited: false });
  const unlimited = new Kysely<DatabaseSchema>({ dialect });
  try {
    await migrate(unlimited, engine);
  } finally {
    await unlimited.destroy();
  }
}

/** True for a violated unique or primary key, on either engine. */
export function isUniqueViolation(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY' || code === '23505';
}

function sqliteDialect(file: string, writes: WriteCount): Dialect {
  const connection = new BetterSqlite3(file);
  connection.pragma('journal_mode = WAL');
  // A commit is flushed before it is acknowledged: storage rule 1.
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  connection.pragma('busy_timeout = 5000');
  const dialect = new SqliteDialect({ database: withStatementCache(connection, writes) });
  return steadyDialect(dialect, { translate: (error) => error, isPassing: () => false, connectionMs: 0 });
}

/** Kysely prepares each query anew, at once before it runs it, which costs more than most of them take to run. */
function withStatementCache(connection: BetterSqlite3.Database, writes: WriteCount): SqliteDatabase {
  const statements = new LRUCache<string, BetterSqlite3.Statement>({ max: SQLITE_STATEMENTS });
  return {
    close: () => connection.close(),
    prepare(sql) {
      let statement = statements.get(sql);
      // A statement that is being iterated cannot run a second time meanwhile.
      if (statement === undefined || statement.busy) {
        statement = connection.prepare(sql);
        statements.set(sql, statement);
      }
      if (!statement.readonly) writes.count++;
      return statement;
    },
  };
}

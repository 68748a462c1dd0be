import BetterSqlite3 from 'better-sqlite3';
import { Kysely, PostgresDialect, type SqliteDatabase, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { LRUCache } from 'lru-cache';
import pg from 'pg';
import { mainJourney } from './migrations/0001-main-journey.ts';
import { accessGeneration } from './migrations/0002-access-generation.ts';
import { roles } from './migrations/0003-roles.ts';
import { lfs } from './migrations/0004-lfs.ts';
import { maintenance } from './migrations/0005-maintenance.ts';
import { sshHostKeys } from './migrations/0006-ssh-host-keys.ts';
import { oidcProviders } from './migrations/0010-oidc-providers.ts';
import { groups } from './migrations/0011-groups.ts';
import { policyVersions } from './migrations/0012-policy-versions.ts';
import { accountSettings } from './migrations/0013-account-settings.ts';
import { instanceProfiles } from './migrations/0014-instance-profiles.ts';
import { serviceLinkedRoles } from './migrations/0015-service-linked-roles.ts';
import { samlProviders } from './migrations/0016-saml-providers.ts';
import { serviceUses } from './migrations/0017-service-uses.ts';
import { permissionsBoundaries } from './migrations/0020-permissions-boundaries.ts';
import { kmsCustomerKeys } from './migrations/0030-kms-customer-keys.ts';
import { virtualMfaDevices } from './migrations/0040-virtual-mfa-devices.ts';
import { accountLifecycle } from './migrations/0041-account-lifecycle.ts';
import { auditEvents } from './migrations/0050-audit-events.ts';
import { consoleSessions } from './migrations/0070-console-sessions.ts';
import { credentialReports } from './migrations/0071-credential-reports.ts';
import { listOrders } from './migrations/0072-list-orders.ts';
import { oneRaise } from './migrations/0073-one-raise.ts';
import { repositoriesOfKey } from './migrations/0080-repositories-of-key.ts';
import { searchedObjects } from './migrations/0081-searched-objects.ts';
import { blobIntents } from './migrations/0084-blob-intents.ts';
import type { DatabaseSchema } from './schema.ts';

export type Engine = 'sqlite' | 'postgresql';
export type Database = Kysely<DatabaseSchema>;

/** Where the metadata lives: a file for SQLite, or a `postgres://` URL. */
export type DatabaseLocation = { readonly sqliteFile: string } | { readonly postgresqlUrl: string };

const MIGRATIONS = {
  '0001-main-journey': mainJourney,
  '0002-access-generation': accessGeneration,
  '0003-roles': roles,
  '0004-lfs': lfs,
  '0005-maintenance': maintenance,
  '0006-ssh-host-keys': sshHostKeys,
  '0010-oidc-providers': oidcProviders,
  '0011-groups': groups,
  '0012-policy-versions': policyVersions,
  '0013-account-settings': accountSettings,
  '0014-instance-profiles': instanceProfiles,
  '0015-service-linked-roles': serviceLinkedRoles,
  '0016-saml-providers': samlProviders,
  '0017-service-uses': serviceUses,
  '0020-permissions-boundaries': permissionsBoundaries,
  '0030-kms-customer-keys': kmsCustomerKeys,
  '0040-virtual-mfa-devices': virtualMfaDevices,
  '0050-audit-events': auditEvents,
  '0070-console-sessions': consoleSessions,
  '0071-credential-reports': credentialReports,
  '0041-account-lifecycle': accountLifecycle,
  '0072-list-orders': listOrders,
  '0073-one-raise': oneRaise,
  '0080-repositories-of-key': repositoriesOfKey,
  '0081-searched-objects': searchedObjects,
  '0084-blob-intents': blobIntents,
};
const SQLITE_STATEMENTS = 500;
const POSTGRESQL_CONNECTIONS = 20;
const POSTGRESQL_CONNECT_TIMEOUT_MS = 10_000;

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
export async function openDatabase(location: DatabaseLocation): Promise<Database> {
  const engine: Engine = 'sqliteFile' in location ? 'sqlite' : 'postgresql';
  const writes: WriteCount = { count: 0 };
  const database = connect(location, writes);
  if (engine === 'sqlite') localWrites.set(database, writes);
  try {
    await migrate(database, engine);
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
  return new Kysely<DatabaseSchema>({
    dialect:
      'sqliteFile' in location ? sqliteDialect(location.sqliteFile, writes) : postgresqlDialect(location.postgresqlUrl),
  });
}

/** True for a violated unique or primary key, on either engine. */
export function isUniqueViolation(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY' || code === '23505';
}

function sqliteDialect(file: string, writes: WriteCount): SqliteDialect {
  const connection = new BetterSqlite3(file);
  connection.pragma('journal_mode = WAL');
  // A commit is flushed before it is acknowledged: storage rule 1.
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  connection.pragma('busy_timeout = 5000');
  return new SqliteDialect({ database: withStatementCache(connection, writes) });
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

function postgresqlDialect(url: string): PostgresDialect {
  const types = new pg.TypeOverrides();
  // Every bigint of the schema is a time, a size or a counter below 2^53.
  types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: POSTGRESQL_CONNECTIONS,
    connectionTimeoutMillis: POSTGRESQL_CONNECT_TIMEOUT_MS,
    options: '-c synchronous_commit=on',
  });
  // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
  pool.on('error', () => {});
  return new PostgresDialect({ pool });
}

async function migrate(database: Database, engine: Engine): Promise<void> {
  const migrator = new Migrator({
    db: database,
    provider: {
      getMigrations: async () =>
        Object.fromEntries(
          Object.entries(MIGRATIONS).map(([name, up]) => [name, { up: (db: Kysely<unknown>) => up(db, engine) }]),
        ),
    },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

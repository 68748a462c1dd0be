import { randomUUID } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type Database, type DatabaseLocation, openDatabase } from '../../src/storage/database/database.ts';
import { administer, databaseUrl } from './postgresql-administration.ts';
import type { TemplateDatabases } from './template-databases.ts';
import { temporaryFolder } from './temporary-folders.ts';

interface TestDatabase {
  /** For a second connection to the same data, or for a server to open. */
  readonly location: DatabaseLocation;
  readonly database: Database;
  /** Closes `database` and removes the data; other connections to it must be closed before. */
  close(): Promise<void>;
}

interface DatabaseEngine {
  readonly name: 'sqlite' | 'postgresql';
  /** Why tests cannot run on this engine here; absent where they can. */
  readonly skipReason?: string;
  /** A new, empty database at the current schema. */
  open(): Promise<TestDatabase>;
}

const { sqliteFile: SQLITE_TEMPLATE, postgresql: POSTGRESQL } = inject('templates');

/** For tests that need a database and ask nothing of its kind. */
export const sqliteEngine: DatabaseEngine = { name: 'sqlite', open: openSqlite };
const everyEngine: readonly DatabaseEngine[] = [
  sqliteEngine,
  ...(POSTGRESQL === undefined ? [] : [postgresqlEngine(POSTGRESQL)]),
];
const ENGINES = inject('engines');

/**
 * The engines that every test of the database runs on:
 * `describe.each(databaseEngines)('… on $name', (engine) => …)`, skipped where it has a `skipReason`.
 * `npm test` has SQLite alone.
 */
export const databaseEngines = everyEngine.filter(({ name }) => ENGINES.includes(name));

async function openSqlite(): Promise<TestDatabase> {
  const folder = await temporaryFolder('sqlite', { inMemory: true });
  const location = { sqliteFile: join(folder.path, 'codekeep.sqlite') };
  await copyFile(SQLITE_TEMPLATE, location.sqliteFile);
  const database = await openDatabase(location);
  return {
    location,
    database,
    async close() {
      await database.destroy();
      await folder.remove();
    },
  };
}

function postgresqlEngine(postgresql: NonNullable<TemplateDatabases['postgresql']>): DatabaseEngine {
  if (!('skipReason' in postgresql)) {
    return { name: 'postgresql', open: () => openPostgresql(postgresql.administrationUrl, postgresql.template) };
  }
  const { skipReason } = postgresql;
  return { name: 'postgresql', skipReason, open: () => Promise.reject(new Error(skipReason)) };
}

async function openPostgresql(administrationUrl: string, template: string): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(administrationUrl, `create database ${name} template ${template}`);
  const location = { postgresqlUrl: databaseUrl(administrationUrl, name) };
  const database = await openDatabase(location);
  return {
    location,
    database,
    async close() {
      await database.destroy();
      await administer(administrationUrl, `drop database ${name} with (force)`);
    },
  };
}

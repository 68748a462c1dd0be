import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { type Database, type DatabaseLocation, openDatabase } from '../../src/storage/database/database.ts';
import type { ProvidedPostgresql } from './postgresql-server.ts';

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

/**
 * The engines that every test of the database runs on:
 * `describe.each(databaseEngines)('… on $name', (engine) => …)`, skipped where it has a `skipReason`.
 */
export const databaseEngines: readonly DatabaseEngine[] = [
  { name: 'sqlite', open: openSqlite },
  postgresqlEngine(inject('postgresql')),
];

async function openSqlite(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'codekeep-sqlite-'));
  const location = { sqliteFile: join(folder, 'codekeep.sqlite') };
  const database = await openDatabase(location);
  return {
    location,
    database,
    async close() {
      await database.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function postgresqlEngine(provided: ProvidedPostgresql): DatabaseEngine {
  if (!('skipReason' in provided)) {
    return { name: 'postgresql', open: () => openPostgresql(provided.administrationUrl) };
  }
  const { skipReason } = provided;
  return { name: 'postgresql', skipReason, open: () => Promise.reject(new Error(skipReason)) };
}

async function openPostgresql(administrationUrl: string): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(administrationUrl, `create database ${name} template template0`);
  const url = new URL(administrationUrl);
  url.pathname = `/${name}`;
  const location = { postgresqlUrl: url.href };
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

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

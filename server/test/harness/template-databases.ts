import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/storage/database/database.ts';
import { administer, databaseUrl } from './postgresql-administration.ts';
import { startPostgresql } from './postgresql-server.ts';
import { temporaryFolder } from './temporary-folders.ts';

interface PostgresqlTemplate {
  /** Of a database where new databases can be made. */
  readonly administrationUrl: string;
  /** Name of the database that `create database … template` copies. */
  readonly template: string;
}

/** Databases at the current schema and without a row, of which every test takes a copy: migrating one anew takes a second. */
export interface TemplateDatabases {
  readonly sqliteFile: string;
  /** Absent where tests run on SQLite alone. */
  readonly postgresql?: PostgresqlTemplate | { readonly skipReason: string };
}

declare module 'vitest' {
  interface ProvidedContext {
    templates: TemplateDatabases;
    /** What tests of the database run on. */
    engines: readonly ('sqlite' | 'postgresql')[];
  }
}

const TEMPLATE = 'codekeep_template';

/**
 * vitest's globalSetup. Where PostgreSQL is wanted and not installed its tests skip and the reason is printed; with
 * CODEKEEP_TEST_REQUIRE_ALL=1 the run fails instead.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await temporaryFolder('templates', { inMemory: true });
  const sqliteFile = join(folder.path, 'codekeep.sqlite');
  await (await openDatabase({ sqliteFile })).destroy();
  if (existsSync(`${sqliteFile}-wal`)) throw new Error('The template is not in one file');
  if (!project.getProvidedContext().engines.includes('postgresql')) {
    project.provide('templates', { sqliteFile });
    return () => folder.remove();
  }
  const { postgresql, stop } = await postgresqlTemplate();
  project.provide('templates', { sqliteFile, postgresql });
  return async () => {
    await stop();
    await folder.remove();
  };
}

async function postgresqlTemplate() {
  let server: Awaited<ReturnType<typeof startPostgresql>>;
  try {
    server = await startPostgresql();
  } catch (error) {
    if (process.env.CODEKEEP_TEST_REQUIRE_ALL === '1') throw error;
    const skipReason = (error as Error).message;
    console.warn(`Tests on PostgreSQL are skipped: ${skipReason}`);
    return { postgresql: { skipReason }, stop: async () => {} };
  }
  const { administrationUrl, stop } = server;
  try {
    await administer(administrationUrl, `create database ${TEMPLATE} template template0`);
    await (await openDatabase({ postgresqlUrl: databaseUrl(administrationUrl, TEMPLATE) })).destroy();
  } catch (error) {
    await stop();
    throw error;
  }
  return { postgresql: { administrationUrl, template: TEMPLATE }, stop };
}

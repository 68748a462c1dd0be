import { Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { type TcpProxy, tcpProxy } from '../../../test/harness/tcp-proxy.ts';
import { postgresqlDialect } from './postgresql-dialect.ts';
import type { DatabaseSchema } from './schema.ts';

const SILENCE_MS = 500;
const [postgresql] = databaseEngines.filter(({ name }) => name === 'postgresql');

describe.skipIf(postgresql === undefined || postgresql.skipReason)('a pool of connections to PostgreSQL', () => {
  let opened: Awaited<ReturnType<NonNullable<typeof postgresql>['open']>>;
  let proxy: TcpProxy;
  let database: Kysely<DatabaseSchema>;

  beforeEach(async () => {
    if (postgresql === undefined) throw new Error('No PostgreSQL');
    opened = await postgresql.open();
    if (!('postgresqlUrl' in opened.location)) throw new Error('No URL');
    const url = new URL(opened.location.postgresqlUrl);
    proxy = await tcpProxy(Number(url.port));
    url.port = String(proxy.port);
    const dialect = postgresqlDialect({ url: url.href, connections: 1, limited: true, silenceMs: SILENCE_MS });
    database = new Kysely({ dialect });
  });
  afterEach(async () => {
    await proxy?.close();
    await database?.destroy();
    await opened?.close();
  });

  const probe = () => sql<{ one: number }>`select 1 as one`.execute(database).then(({ rows }) => rows[0]?.one);
  const unavailable = { name: 'StorageFailure', problem: 'unavailable' };

  it('gives nobody a connection on which a statement was not answered', async () => {
    expect(await probe()).toBe(1);
    proxy.strand();
    await expect(probe()).rejects.toMatchObject(unavailable);
    expect(await probe()).toBe(1);
  });

  it('gives nobody a transaction that was not answered, and tells its first error', async () => {
    const done = database.transaction().execute(async (transaction) => {
      await sql`create table left_open (id int)`.execute(transaction);
      proxy.strand();
      await sql`select 1`.execute(transaction);
    });
    await expect(done).rejects.toMatchObject({ ...unavailable, cause: { message: 'Query read timeout' } });
    const idle = sql<{ found: boolean }>`select pg_current_xact_id_if_assigned() is not null as found`;
    expect((await idle.execute(database)).rows).toEqual([{ found: false }]);
  });

  it('keeps no place for connections that break before they are set up', async () => {
    const resets = proxy.cutAt('synchronous_commit');
    const answer = probe();
    await expect.poll(resets).toBeGreaterThan(2);
    proxy.cutAt(undefined);
    expect(await answer).toBe(1);
  });

  it('sets every connection up', async () => {
    const shown = sql<{ name: string; setting: string }>`
      select name, setting from pg_settings where name in
      ('synchronous_commit', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout') order by name`;
    expect((await shown.execute(database)).rows.map(({ setting }) => setting)).toEqual([
      '60000',
      '15000',
      '60000',
      'on',
    ]);
  });
});

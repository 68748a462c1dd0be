import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { isUniqueViolation, openDatabase } from './database.ts';

const ACCOUNT = '111122223333';
const REPOSITORY = '5b7c0f0e-6f5c-4dd1-8a86-2f0c7c4c9d11';
/** 9999-12-31: needs more than 32 bits. */
const FAR_FUTURE = 253_402_214_400_000;

describe.each(databaseEngines)('the database on $name', (engine) => {
  describe.skipIf(engine.skipReason)(engine.skipReason ?? 'at the current schema', () => {
    let opened: Awaited<ReturnType<typeof engine.open>>;

    beforeAll(async () => {
      opened = await engine.open();
      await opened.database
        .insertInto('accounts')
        .values({ account_id: ACCOUNT, root_email: 'a@example.com', root_password_hash: 'x', created_at: FAR_FUTURE })
        .execute();
      await opened.database
        .insertInto('repositories')
        .values({
          repository_id: REPOSITORY,
          account_id: ACCOUNT,
          region: 'us-east-1',
          repository_name: 'demo',
          description: null,
          default_branch: null,
          kms_key_arn: 'arn',
          data_key: Buffer.from([0, 1, 255]),
          generation: 0,
          tags: '{}',
          created_at: 1,
          updated_at: 1,
        })
        .execute();
    });

    afterAll(() => opened.close());

    const account = (accountId: string, email: string) => ({
      account_id: accountId,
      root_email: email,
      root_password_hash: 'x',
      created_at: 1,
    });

    it('keeps its data when it is opened again, by several at once', async () => {
      const others = await Promise.all([openDatabase(opened.location), openDatabase(opened.location)]);
      for (const other of others) {
        expect(await other.selectFrom('accounts').select('account_id').execute()).toEqual([{ account_id: ACCOUNT }]);
        await other.destroy();
      }
    });

    it('gives times as numbers, bytes as buffers and null as null', async () => {
      const { created_at: createdAt } = await opened.database
        .selectFrom('accounts')
        .select('created_at')
        .executeTakeFirstOrThrow();
      expect(createdAt).toBe(FAR_FUTURE);
      const row = await opened.database.selectFrom('repositories').selectAll().executeTakeFirstOrThrow();
      expect(row.data_key).toEqual(Buffer.from([0, 1, 255]));
      expect(row.description).toBeNull();
      expect(row.generation).toBe(0);
    });

    it('keeps bytes of every length', async () => {
      for (const bytes of [Buffer.alloc(0), randomBytes(1), randomBytes(70_000)]) {
        await opened.database.updateTable('repositories').set({ data_key: bytes }).execute();
        const row = await opened.database.selectFrom('repositories').select('data_key').executeTakeFirstOrThrow();
        expect(Buffer.compare(row.data_key, bytes)).toBe(0);
      }
    });

    it('tells a violated primary or unique key from other errors', async () => {
      const insertion = (accountId: string, email: string) =>
        opened.database
          .insertInto('accounts')
          .values(account(accountId, email))
          .execute()
          .catch((error: unknown) => error);
      expect(isUniqueViolation(await insertion(ACCOUNT, 'b@example.com'))).toBe(true);
      expect(isUniqueViolation(await insertion('444455556666', 'a@example.com'))).toBe(true);
      const foreign = opened.database.insertInto('login_profiles').values({
        user_id: 'AIDANOBODY',
        password_hash: 'x',
        password_reset_required: 0,
        created_at: 1,
      });
      const error = await foreign.execute().catch((e: unknown) => e);
      expect(error).toBeInstanceOf(Error);
      expect(isUniqueViolation(error)).toBe(false);
      expect(isUniqueViolation(undefined)).toBe(false);
    });

    it('sorts text by its bytes, as Git and AWS do', async () => {
      const names = [
        'refs/heads/a',
        'refs/heads/B',
        'refs/heads/_',
        'refs/heads/a-b',
        'refs/heads/a.b',
        'refs/heads/é',
      ];
      await opened.database
        .insertInto('repository_references')
        .values(
          names.map((name) => ({ repository_id: REPOSITORY, reference_name: name, object_id: 'x', peeled_id: null })),
        )
        .execute();
      const rows = await opened.database
        .selectFrom('repository_references')
        .select('reference_name')
        .orderBy('reference_name')
        .execute();
      const byBytes = names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(rows.map((row) => row.reference_name)).toEqual(byBytes);
    });

    it('compares text with regard to case', async () => {
      const rows = await opened.database
        .selectFrom('repositories')
        .select('repository_name')
        .where('repository_name', '=', 'DEMO')
        .execute();
      expect(rows).toEqual([]);
    });

    it('counts the rows of a compare-and-swap', async () => {
      const swap = (from: number) =>
        opened.database
          .updateTable('repositories')
          .set({ generation: from + 1 })
          .where('repository_id', '=', REPOSITORY)
          .where('generation', '=', from)
          .executeTakeFirst();
      expect((await swap(0)).numUpdatedRows).toBe(1n);
      expect((await swap(0)).numUpdatedRows).toBe(0n);
      const swaps = await Promise.all(Array.from({ length: 10 }, () => swap(1)));
      expect(swaps.filter(({ numUpdatedRows }) => numUpdatedRows === 1n)).toHaveLength(1);
    });

    it('undoes all of a transaction that fails', async () => {
      const transaction = opened.database.transaction().execute(async (open) => {
        await open.insertInto('accounts').values(account('777788889999', 'c@example.com')).execute();
        await open.deleteFrom('repository_references').execute();
        throw new Error('failed');
      });
      await expect(transaction).rejects.toThrow('failed');
      expect(await opened.database.selectFrom('accounts').select('account_id').execute()).toHaveLength(1);
      expect(await opened.database.selectFrom('repository_references').select('object_id').execute()).not.toHaveLength(
        0,
      );
    });

    it('flushes each commit before it is acknowledged', async () => {
      if (engine.name === 'sqlite') {
        const { rows } = await sql<{ synchronous: number }>`pragma synchronous`.execute(opened.database);
        expect(rows).toEqual([{ synchronous: 2 }]);
      } else {
        const { rows } = await sql<{ synchronous_commit: string }>`show synchronous_commit`.execute(opened.database);
        expect(rows).toEqual([{ synchronous_commit: 'on' }]);
      }
    });
  });
});

describe('a database that cannot be opened', () => {
  it('is told: a folder that is not there', async () => {
    await expect(openDatabase({ sqliteFile: '/nowhere/at/all/codekeep.sqlite' })).rejects.toThrow();
  });

  it('is told: a server that does not answer', async () => {
    await expect(openDatabase({ postgresqlUrl: 'postgres://codekeep@127.0.0.1:1/codekeep' })).rejects.toThrow(
      /ECONNREFUSED/,
    );
  });
});

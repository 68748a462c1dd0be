import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import type { Database } from './database.ts';
import { preparedQuery } from './prepared-query.ts';

const accountsBetween = preparedQuery(['first', 'last'], (database, { first, last }) =>
  database
    .selectFrom('accounts')
    .select(['account_id', first.as('asked')])
    .where('account_id', '>=', first)
    .where('account_id', '<=', last)
    .where('root_email', 'like', '%@example.com')
    .orderBy('account_id'),
);

describe.each(databaseEngines)('a prepared query on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    const opened: { readonly database: Database; close(): Promise<void> }[] = [];

    beforeAll(async () => {
      for (const account_id of ['111122223333', '444455556666']) {
        const each = await engine.open();
        opened.push(each);
        const account = { account_id, root_email: `${account_id}@example.com`, root_password_hash: '', created_at: 0 };
        await each.database.insertInto('accounts').values(account).execute();
      }
    });
    afterAll(async () => {
      for (const { close } of opened) await close();
    });

    it('takes other values each time, in each place where they stand, on each database', async () => {
      const ask = (first: string, last: string) =>
        Promise.all(opened.map(({ database }) => accountsBetween(database, { first, last })));
      expect(await ask('1', '2')).toEqual([[{ account_id: '111122223333', asked: '1' }], []]);
      expect(await ask('4', '5')).toEqual([[], [{ account_id: '444455556666', asked: '4' }]]);
      expect(await ask("2' or '1'='1", '3')).toEqual([[], []]);
    });

    it('sees what its transaction has written', async () => {
      const [first] = opened;
      if (first === undefined) throw new Error('No database');
      const rolledBack = first.database.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('accounts').execute();
        expect(await accountsBetween(transaction, { first: '1', last: '2' })).toEqual([]);
        throw new Error('rolled back');
      });
      await expect(rolledBack).rejects.toThrow('rolled back');
      expect(await accountsBetween(first.database, { first: '1', last: '2' })).toHaveLength(1);
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeAccount, GRACE_PERIOD_MS, reopenAccount } from '../../src/services/iam/account-closure.ts';
import { removeClosedAccounts } from '../../src/services/iam/account-removal.ts';
import { databaseEngines } from '../harness/databases.ts';
import { type PopulatedAccount, populatedAccount } from './populated-account.ts';
import { type AllServices, openServices } from './services.ts';

describe.each(databaseEngines)('data of closed accounts on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let services: AllServices;
    let closed: PopulatedAccount;
    let before: readonly string[];
    const closedAt = new Date('2026-01-01T00:00:00Z');
    const after = (milliseconds: number) => new Date(closedAt.getTime() + GRACE_PERIOD_MS + milliseconds);
    beforeAll(async () => {
      services = await openServices(engine);
      await populatedAccount(services, 'staying');
      before = await services.rows();
      closed = await populatedAccount(services, 'closed');
      await closeAccount(services.database, closed.names.accountId, closedAt);
    }, 60_000);
    afterAll(() => services.close());

    const remove = (time: Date, isStopped?: () => boolean) => removeClosedAccounts(services, time.getTime(), isStopped);

    it('stay for 90 days, in which the account can be reopened', async () => {
      const all = await services.rows();
      await remove(after(-1));
      expect(await services.rows()).toEqual(all);
      const { accountId } = closed.names;
      expect(await reopenAccount(services.database, accountId, after(-1))).toBe(true);
      await closeAccount(services.database, accountId, closedAt);
      expect(await reopenAccount(services.database, accountId, after(0))).toBe(false);
    });

    it('go repository by repository when a round is stopped or breaks off, and the next round goes on', async () => {
      const { accountId } = closed.names;
      const input = { repositoryName: 'second' };
      await services.run(closed.asRoot(), 'codecommit', 'CreateRepository', input);
      let asked = 0;
      await remove(after(0), () => asked++ > 0);
      const left = () =>
        services.database
          .selectFrom('repositories')
          .select('repository_id')
          .where('account_id', '=', accountId)
          .execute();
      expect(await left()).toHaveLength(1);
      const broken = { ...services, destroyRepository: () => Promise.reject(new Error('the disk is full')) };
      await expect(removeClosedAccounts(broken, after(0).getTime())).rejects.toThrow('the disk is full');
      expect(await left()).toHaveLength(1);
    });

    it('go whole after them, with every key, and nothing of another account does', async () => {
      await remove(after(0));
      const now = await services.rows();
      // Packs wait for the collection of garbage, as those of any deleted repository do: nobody has their key any more.
      expect(now.filter((row) => !row.startsWith('packs '))).toEqual(before.filter((row) => !row.startsWith('packs ')));
      await remove(after(0));
      expect(await services.rows()).toEqual(now);
    });
  });
});

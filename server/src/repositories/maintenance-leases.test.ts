import { afterEach, describe, expect, it, vi } from 'vitest';
import { databaseEngines } from '../../test/harness/databases.ts';
import { LeaseLostError, MaintenanceLeases } from './maintenance-leases.ts';

const REPOSITORY = '5b7c0f0e-6f5c-4dd1-8a86-2f0c7c4c9d11';
const never = new AbortController().signal;

afterEach(() => {
  vi.useRealTimers();
});

describe.each(databaseEngines)('leases on $name', (engine) => {
  it.skipIf(engine.skipReason)(
    'are held by one node, and taken over after a release or when they run out',
    async () => {
      const { database, close } = await engine.open();
      try {
        const one = new MaintenanceLeases(database, 'one');
        const two = new MaintenanceLeases(database, 'two');
        const attempt = (leases: MaintenanceLeases, repository = REPOSITORY) =>
          leases.hold(repository, never, async () => 'held');
        await one.hold(REPOSITORY, never, async () => {
          expect(await attempt(two)).toBeUndefined();
          expect(await attempt(two, 'another')).toBe('held');
        });
        expect(await attempt(two)).toBe('held');

        // What a killed node leaves: its next start takes it over at once, others when it has run out.
        const expiresAt = Date.now() + 30_000;
        const leave = () =>
          database
            .insertInto('maintenance_leases')
            .values({ repository_id: REPOSITORY, node: 'one', expires_at: expiresAt })
            .execute();
        await leave();
        expect(await attempt(two)).toBeUndefined();
        expect(await attempt(one)).toBe('held');
        await leave();
        vi.useFakeTimers({ toFake: ['Date'], now: expiresAt });
        expect(await attempt(two)).toBe('held');
      } finally {
        await close();
      }
    },
  );

  it.skipIf(engine.skipReason)('are renewed, and work ends when one is lost', async () => {
    const { database, close } = await engine.open();
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
    try {
      const one = new MaintenanceLeases(database, 'one');
      const expiry = async () =>
        (await database.selectFrom('maintenance_leases').select('expires_at').executeTakeFirst())?.expires_at;
      await one.hold(REPOSITORY, never, async (signal) => {
        const first = await expiry();
        vi.advanceTimersByTime(20_000);
        await expect.poll(expiry).not.toBe(first);
        expect(signal.aborted).toBe(false);
        await database
          .updateTable('maintenance_leases')
          .set({ node: 'two', expires_at: Date.now() + 1e9 })
          .execute();
        const lost = new Promise((resolve) => signal.addEventListener('abort', resolve));
        vi.advanceTimersByTime(20_000);
        await lost;
        expect(signal.reason).toBeInstanceOf(LeaseLostError);
      });
      // It is the other's: not released.
      expect(await expiry()).toBeDefined();
    } finally {
      await close();
    }
  });
});

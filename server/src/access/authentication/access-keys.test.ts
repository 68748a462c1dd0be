import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import type { Database } from '../../storage/database/database.ts';
import { RootKey } from '../../storage/encryption/root-key.ts';
import { Sealer } from '../../storage/encryption/sealing.ts';
import { AccessKeys, secretAccessKeyContext } from './access-keys.ts';

const accountId = '111122223333';
const sealer = new Sealer(RootKey.fromBase64(Buffer.alloc(32, 1).toString('base64')));
const MINUTE = 60_000;

describe.each(databaseEngines)('access keys in authentication on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let database: Database;
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ database, close } = await engine.open());
      await database
        .insertInto('accounts')
        .values({ account_id: accountId, root_email: 'root@example.com', root_password_hash: '', created_at: 0 })
        .execute();
    });
    afterAll(() => close());

    async function insertKey(access_key_id: string, secret: string) {
      const sealed = await sealer.seal(Buffer.from(secret), secretAccessKeyContext(access_key_id));
      await database
        .insertInto('access_keys')
        .values({
          access_key_id,
          account_id: accountId,
          user_id: null,
          secret: sealed,
          status: 'Active',
          created_at: 0,
        })
        .execute();
      return sealed;
    }

    async function lastUse(accessKeyId: string) {
      const row = await database
        .selectFrom('access_keys')
        .select(['last_used_at', 'last_used_region', 'last_used_service'])
        .where('access_key_id', '=', accessKeyId)
        .executeTakeFirstOrThrow();
      return [row.last_used_at, row.last_used_region, row.last_used_service];
    }

    it('are found as they are now', async () => {
      const accessKeys = new AccessKeys(database, sealer);
      await insertKey('AKIAFOUND', 'first secret');
      expect(await accessKeys.find('AKIAFOUND')).toEqual({
        accessKeyId: 'AKIAFOUND',
        secretAccessKey: 'first secret',
        status: 'Active',
        accountId,
        userId: null,
      });
      await database
        .updateTable('access_keys')
        .set({ status: 'Inactive' })
        .where('access_key_id', '=', 'AKIAFOUND')
        .execute();
      expect(await accessKeys.find('AKIAFOUND')).toMatchObject({ status: 'Inactive' });
      await database.deleteFrom('access_keys').where('access_key_id', '=', 'AKIAFOUND').execute();
      expect(await accessKeys.find('AKIAFOUND')).toBeUndefined();
      for (const impossible of ['', 'AKIA\0FOUND', 'AKIAFOUND\n', 'x'.repeat(10_000)]) {
        expect(await accessKeys.find(impossible)).toBeUndefined();
      }
      await insertKey('AKIAFOUND', 'second secret');
      expect(await accessKeys.find('AKIAFOUND')).toMatchObject({ secretAccessKey: 'second secret' });
    });

    it('do not open with the sealed secret of another key', async () => {
      const accessKeys = new AccessKeys(database, sealer);
      const sealed = await insertKey('AKIAONE', 'the secret of one');
      await insertKey('AKIATWO', 'the secret of two');
      await accessKeys.find('AKIAONE');
      await database
        .updateTable('access_keys')
        .set({ secret: sealed })
        .where('access_key_id', '=', 'AKIATWO')
        .execute();
      await expect(accessKeys.find('AKIATWO')).rejects.toThrow();
    });

    it('are written down at the first use and then once a minute', async () => {
      await insertKey('AKIAUSED', 'secret');
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 1_000_000 });
      try {
        const accessKeys = new AccessKeys(database, sealer);
        accessKeys.recordUse('AKIAUSED', 'eu-west-1', 'codecommit');
        await expect.poll(() => lastUse('AKIAUSED')).toEqual([1_000_000, 'eu-west-1', 'codecommit']);
        vi.setSystemTime(1_001_000);
        accessKeys.recordUse('AKIAUSED', 'us-east-1', 'iam');
        vi.setSystemTime(1_002_000);
        accessKeys.recordUse('AKIAUSED', 'us-east-1', 'sts');
        expect(await lastUse('AKIAUSED')).toEqual([1_000_000, 'eu-west-1', 'codecommit']);
        vi.advanceTimersByTime(2 * MINUTE);
        await expect.poll(() => lastUse('AKIAUSED')).toEqual([1_002_000, 'us-east-1', 'sts']);
        await accessKeys.close();
      } finally {
        vi.useRealTimers();
      }
    });

    it('are written down when the process ends, and not after', async () => {
      await insertKey('AKIALAST', 'secret');
      const accessKeys = new AccessKeys(database, sealer);
      accessKeys.recordUse('AKIALAST', 'eu-west-1', 'codecommit');
      accessKeys.recordUse('AKIALAST', 'us-east-1', 'iam');
      await accessKeys.close();
      const written = await lastUse('AKIALAST');
      expect(written).toEqual([expect.any(Number), 'us-east-1', 'iam']);
      accessKeys.recordUse('AKIALAST', 'ap-south-1', 'sts');
      await accessKeys.close();
      expect(await lastUse('AKIALAST')).toEqual(written);
    });

    it('keep the later use that another node saw', async () => {
      await insertKey('AKIALATER', 'secret');
      const later = Date.now() + MINUTE;
      await database
        .updateTable('access_keys')
        .set({ last_used_at: later, last_used_region: 'eu-west-1', last_used_service: 'kms' })
        .where('access_key_id', '=', 'AKIALATER')
        .execute();
      const accessKeys = new AccessKeys(database, sealer);
      accessKeys.recordUse('AKIALATER', 'us-east-1', 'iam');
      await accessKeys.close();
      expect(await lastUse('AKIALATER')).toEqual([later, 'eu-west-1', 'kms']);
    });
  });
});

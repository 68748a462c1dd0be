import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import type { Database } from '../../storage/database/database.ts';
import { RootKey } from '../../storage/encryption/root-key.ts';
import { GitCredentials } from './git-credentials.ts';

const accountId = '111122223333';
const rootKey = (byte: number) => RootKey.fromBase64(Buffer.alloc(32, byte).toString('base64'));

describe.each(databaseEngines)('Git credentials in authentication on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let database: Database;
    let close: () => Promise<void>;
    let credentials: GitCredentials;

    beforeAll(async () => {
      ({ database, close } = await engine.open());
      credentials = new GitCredentials(database, rootKey(1));
      await database
        .insertInto('accounts')
        .values({ account_id: accountId, root_email: 'root@example.com', root_password_hash: '', created_at: 0 })
        .execute();
      const owner = { user_id: 'AIDAALICE', account_id: accountId };
      await database
        .insertInto('users')
        .values({ ...owner, user_name: 'alice', user_name_key: 'alice', path: '/', tags: '{}', created_at: 0 })
        .execute();
      for (const [id, name, status] of [
        ['ACCA1', `alice-at-${accountId}`, 'Active'],
        ['ACCA2', `al+ice=@x+1-at-${accountId}`, 'Active'],
        ['ACCA3', `inactive-at-${accountId}`, 'Inactive'],
      ] as const) {
        await database
          .insertInto('service_specific_credentials')
          .values({
            ...owner,
            credential_id: id,
            service_name: 'codecommit.amazonaws.com',
            service_user_name: name,
            password_hash: credentials.hash(`password of ${id}`),
            status,
            created_at: 0,
          })
          .execute();
      }
    });
    afterAll(() => close());

    it('authenticate their user by the stored name and the password', async () => {
      expect(await credentials.authenticate(`alice-at-${accountId}`, 'password of ACCA1')).toBe('AIDAALICE');
      expect(await credentials.authenticate(`al+ice=@x+1-at-${accountId}`, 'password of ACCA2')).toBe('AIDAALICE');
    });

    it.each([
      [`alice-at-${accountId}`, 'password of ACCA2'],
      [`alice-at-${accountId}`, ''],
      [`ALICE-at-${accountId}`, 'password of ACCA1'],
      [`inactive-at-${accountId}`, 'password of ACCA3'],
      ['alice', 'password of ACCA1'],
      ['', ''],
      ['alice\0', 'password of ACCA1'],
      [`alice-at-${accountId}\n`, 'password of ACCA1'],
      ["' or 1=1 --", 'password of ACCA1'],
    ])('do not authenticate %s with %s', async (userName, password) => {
      expect(await credentials.authenticate(userName, password)).toBeUndefined();
    });

    it('are worth nothing under another root key', async () => {
      const elsewhere = new GitCredentials(database, rootKey(2));
      expect(await elsewhere.authenticate(`alice-at-${accountId}`, 'password of ACCA1')).toBeUndefined();
    });
  });
});

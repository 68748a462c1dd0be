import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import type { Database } from '../../storage/database/database.ts';
import { SshKeys } from './ssh-keys.ts';

const ACCOUNT = '111122223333';
const KEY = Buffer.from('the SSH form of a public key');
const PUBLIC_KEY = `ssh-ed25519 ${KEY.toString('base64')} ana@example.com`;

async function insertUser(database: Database): Promise<void> {
  await database
    .insertInto('accounts')
    .values({ account_id: ACCOUNT, root_email: 'root@example.com', root_password_hash: '', created_at: 0 })
    .execute();
  await database
    .insertInto('users')
    .values({
      user_id: 'AIDAEXAMPLE',
      account_id: ACCOUNT,
      user_name: 'ana',
      user_name_key: 'ana',
      path: '/',
      tags: '{}',
      created_at: 0,
      password_last_used: null,
    })
    .execute();
}

describe.each(databaseEngines)('SSH keys on $name $skipReason', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let opened: Awaited<ReturnType<typeof engine.open>>;
    let keys: SshKeys;
    beforeAll(async () => {
      opened = await engine.open();
      await insertUser(opened.database);
      for (const [id, status] of [
        ['APKAACTIVEACTIVEACTI', 'Active'],
        ['APKAINACTIVEINACTIVE', 'Inactive'],
      ] as const) {
        await opened.database
          .insertInto('ssh_public_keys')
          .values({
            ssh_public_key_id: id,
            account_id: ACCOUNT,
            user_id: 'AIDAEXAMPLE',
            fingerprint: id,
            public_key: PUBLIC_KEY,
            status,
            uploaded_at: 0,
          })
          .execute();
      }
      keys = new SshKeys(opened.database);
    });
    afterAll(() => opened.close());

    it('give their user for the active key of that ID', async () => {
      expect(await keys.find('APKAACTIVEACTIVEACTI', KEY)).toEqual({ userId: 'AIDAEXAMPLE', publicKey: PUBLIC_KEY });
    });

    it('are active or not, for their user alone', async () => {
      const isActive = (id: string, userId = 'AIDAEXAMPLE') => keys.isActive(id, userId);
      expect(await isActive('APKAACTIVEACTIVEACTI')).toBe(true);
      expect(await isActive('APKAACTIVEACTIVEACTI', 'AIDAANOTHER')).toBe(false);
      expect(await isActive('APKAINACTIVEINACTIVE')).toBe(false);
      expect(await isActive('APKAUNKNOWNUNKNOWNUN')).toBe(false);
      expect(await isActive('APKA\0AAAAAAAAAAAAAAAAA')).toBe(false);
    });

    it.each([
      ['another key', 'APKAACTIVEACTIVEACTI', Buffer.from('another')],
      ['no key', 'APKAACTIVEACTIVEACTI', Buffer.alloc(0)],
      ['an inactive key', 'APKAINACTIVEINACTIVE', KEY],
      ['an unknown ID', 'APKAUNKNOWNUNKNOWNUN', KEY],
      ['the name of the user', 'ana', KEY],
      ['an ID that no database takes', 'APKA\0AAAAAAAAAAAAAAAAA', KEY],
      ['an endless ID', 'A'.repeat(100_000), KEY],
    ])('give nobody for %s', async (_what, id, key) => {
      expect(await keys.find(id, key)).toBeUndefined();
    });
  });
});

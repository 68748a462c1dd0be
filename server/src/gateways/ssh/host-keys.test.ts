import { randomBytes } from 'node:crypto';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { RootKey } from '../../storage/encryption/root-key.ts';
import { Sealer } from '../../storage/encryption/sealing.ts';
import { openHostKeys } from './host-keys.ts';

const newSealer = () => new Sealer(RootKey.fromBase64(randomBytes(32).toString('base64')));

interface KeyPair {
  readonly public: string;
  readonly private: string;
}

/** One of Ed25519 in 256, whose public key begins with a zero. */
function unreadableKeyPair(): KeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    if (ssh2.utils.parseKey(pair.private) instanceof Error) return pair;
  }
}

describe.each(databaseEngines)('host keys on $name $skipReason', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let opened: Awaited<ReturnType<typeof engine.open>>;
    const sealer = newSealer();
    beforeAll(async () => {
      opened = await engine.open();
    });
    afterAll(() => opened.close());

    it('are made once, also when several nodes start at once', async () => {
      const { database } = opened;
      const [first, second] = await Promise.all([openHostKeys(database, sealer), openHostKeys(database, sealer)]);
      expect(second).toEqual(first);
      expect(await openHostKeys(database, sealer)).toEqual(first);
      expect(first.map(({ algorithm }) => algorithm)).toEqual(['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-rsa']);
      for (const { algorithm, publicKey, privateKey } of first) {
        expect(publicKey).toMatch(new RegExp(`^${algorithm} AAAA`));
        expect(privateKey).toContain('PRIVATE KEY');
      }
    });

    it('are made again where ssh2 cannot read what it has made', async () => {
      const unreadable = unreadableKeyPair();
      const generate = ssh2.utils.generateKeyPair as (...parameters: unknown[]) => void;
      let isFirst = true;
      const spy = vi.spyOn(ssh2.utils, 'generateKeyPair').mockImplementation((...parameters: unknown[]) => {
        if (!isFirst) return generate(...parameters);
        isFirst = false;
        (parameters.at(-1) as (error: null, pair: KeyPair) => void)(null, unreadable);
      });
      const other = await engine.open();
      try {
        const [key] = await openHostKeys(other.database, sealer);
        expect(isFirst).toBe(false);
        expect(key?.algorithm).toBe('ssh-ed25519');
        expect(key?.privateKey).not.toBe(unreadable.private);
      } finally {
        spy.mockRestore();
        await other.close();
      }
    });

    it('do not lie readable in the database, and open under no other root key and in no other place', async () => {
      const { database } = opened;
      const rows = await database.selectFrom('ssh_host_keys').selectAll().execute();
      for (const { private_key } of rows) expect(private_key.includes('PRIVATE KEY')).toBe(false);
      await expect(openHostKeys(database, newSealer())).rejects.toThrow();
      const [one, other] = rows;
      if (one === undefined || other === undefined) throw new Error('There are too few keys');
      await database
        .updateTable('ssh_host_keys')
        .set({ private_key: other.private_key })
        .where('algorithm', '=', one.algorithm)
        .execute();
      await expect(openHostKeys(database, sealer)).rejects.toThrow();
    });
  });
});

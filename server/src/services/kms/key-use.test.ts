import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { aesKeyring, SealedMessageError } from '../../storage/encryption/messages.ts';
import { sealUnder } from '../../storage/encryption/sealing.ts';
import { KeyAccessDeniedError, KeyDisabledError, KeyNotFoundError, KeyUnavailableError } from './key-errors.ts';
import { KeyUse, type KeyUseRequest } from './key-use.ts';
import { ACCOUNT, callOf, OTHER_ACCOUNT, openKms, REGION, run } from './test-account.ts';

const ALIAS = 'alias/aws/codecommit';
const NOBODY = callOf([]);

describe.each(databaseEngines)('use of keys on $name', (engine) => {
  describe.skipIf(engine.skipReason)(engine.skipReason ?? 'by services', () => {
    let kms: Awaited<ReturnType<typeof openKms>>;
    let use: KeyUseRequest;

    beforeAll(async () => {
      kms = await openKms(engine);
      use = {
        keyArn: await kms.keys.ensureAwsManagedKey(ACCOUNT, REGION, ALIAS),
        encryptionContext: { repositoryId: 'r1' },
        viaService: `codecommit.${REGION}.amazonaws.com`,
      };
    });

    afterAll(() => kms.close());

    async function inState<T>(state: 'Disabled' | 'PendingDeletion', work: () => Promise<T>): Promise<T> {
      const setState = (to: 'Enabled' | typeof state) =>
        kms.database
          .updateTable('kms_keys')
          .set({ state: to })
          .where('key_id', '=', use.keyArn.split('/')[1] ?? '')
          .execute();
      await setState(state);
      try {
        return await work();
      } finally {
        await setState('Enabled');
      }
    }

    it('makes one AWS managed key for an account and Region, however many ask at once', async () => {
      const region = 'eu-west-1';
      const nodes = Array.from({ length: 8 }, () => new KeyUse(kms.database, kms.sealer));
      const arns = await Promise.all(nodes.map((keys) => keys.ensureAwsManagedKey(ACCOUNT, region, ALIAS)));
      expect(new Set(arns).size).toBe(1);
      expect(arns[0]).toMatch(/^arn:aws:kms:eu-west-1:111122223333:key\/[0-9a-f-]{36}$/);
      expect(await kms.keys.ensureAwsManagedKey(ACCOUNT, region, ALIAS)).toBe(arns[0]);
      const rows = await kms.database.selectFrom('kms_keys').select('key_id').where('region', '=', region).execute();
      expect(rows).toHaveLength(1);
    });

    it('makes other keys for other Regions and accounts', async () => {
      const arns = [
        use.keyArn,
        await kms.keys.ensureAwsManagedKey(ACCOUNT, 'eu-central-1', ALIAS),
        await kms.keys.ensureAwsManagedKey(OTHER_ACCOUNT, REGION, ALIAS),
      ];
      expect(new Set(arns).size).toBe(3);
    });

    it('gives data keys that decrypt, without any permission', async () => {
      const first = await kms.keys.generateDataKey(NOBODY, use);
      const second = await kms.keys.generateDataKey(NOBODY, use);
      expect(first.plaintext).toHaveLength(32);
      expect(first.plaintext.equals(second.plaintext)).toBe(false);
      expect(first.ciphertext.includes(first.plaintext)).toBe(false);
      for (const keys of [kms.keys, kms.keys, new KeyUse(kms.database, kms.sealer)]) {
        expect(await keys.decryptDataKey(NOBODY, use, first.ciphertext)).toEqual(first.plaintext);
      }
    });

    it('keeps what it has cached from changes by its callers', async () => {
      const { plaintext, ciphertext } = await kms.keys.generateDataKey(NOBODY, use);
      const expected = Buffer.from(plaintext);
      for (let round = 0; round < 3; round += 1) {
        const decrypted = await kms.keys.decryptDataKey(NOBODY, use, ciphertext);
        expect(decrypted).toEqual(expected);
        decrypted.fill(0);
      }
    });

    it('refuses another encryption context, other ciphertext and another key, also once cached', async () => {
      const { ciphertext } = await kms.keys.generateDataKey(NOBODY, use);
      await kms.keys.decryptDataKey(NOBODY, use, ciphertext);
      const allowed = callOf([{ Effect: 'Allow', Action: 'kms:Decrypt' }]);
      const other = { ...use, keyArn: await customerKey(kms) };
      const altered = Buffer.from(ciphertext);
      altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
      const elsewhere = { ...use, encryptionContext: { repositoryId: 'r2' } };
      for (const [request, bytes] of [
        [elsewhere, ciphertext],
        [{ ...use, encryptionContext: {} }, ciphertext],
        [other, ciphertext],
        [use, altered],
        [use, randomBytes(100)],
      ] as const) {
        await expect(kms.keys.decryptDataKey(allowed, request, bytes)).rejects.toThrow(SealedMessageError);
      }
    });

    it.each([
      ['of everything', { Effect: 'Deny', Action: '*' }],
      ['of KMS', { Effect: 'Deny', Action: 'kms:*' }],
      ['of both actions', { Effect: 'Deny', Action: ['kms:Decrypt', 'kms:GenerateDataKey'] }],
      ['through CodeCommit', deny({ StringEquals: { 'kms:ViaService': 'codecommit.us-east-1.amazonaws.com' } })],
      ['for the repository', deny({ StringEquals: { 'kms:EncryptionContext:repositoryId': 'r1' } })],
      [
        'for the kind of context',
        deny({ 'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': 'repositoryId' } }),
      ],
      ['for the alias', deny({ 'ForAnyValue:StringLike': { 'kms:ResourceAliases': 'alias/aws/*' } })],
      ['through any service', deny({ Bool: { 'aws:ViaAWSService': 'true' } })],
      ['for the account', deny({ StringEquals: { 'kms:CallerAccount': ACCOUNT, 'aws:ResourceAccount': ACCOUNT } })],
      ['for the algorithm', deny({ StringEquals: { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' } })],
    ] as const)('is stopped by a deny %s, also once cached and beside an allow', async (_name, statement) => {
      const { ciphertext } = await kms.keys.generateDataKey(NOBODY, use);
      await kms.keys.decryptDataKey(NOBODY, use, ciphertext);
      const denied = callOf([{ Effect: 'Allow', Action: '*' }, statement]);
      await expect(kms.keys.decryptDataKey(denied, use, ciphertext)).rejects.toThrow(KeyAccessDeniedError);
      await expect(kms.keys.generateDataKey(denied, use)).rejects.toThrow(KeyAccessDeniedError);
    });

    it('is stopped by a deny on the ARN of the key', async () => {
      const denied = callOf([{ Effect: 'Deny', Action: 'kms:*', Resource: use.keyArn }]);
      await expect(kms.keys.generateDataKey(denied, use)).rejects.toThrow(KeyAccessDeniedError);
    });

    it.each([
      ['another service', deny({ StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } })],
      ['direct calls', deny({ Bool: { 'aws:ViaAWSService': 'false' } })],
      ['another repository', deny({ StringEquals: { 'kms:EncryptionContext:repositoryId': 'r2' } })],
      ['another key', { Effect: 'Deny', Action: 'kms:*', Resource: `arn:aws:kms:${REGION}:${ACCOUNT}:key/other` }],
      ['other actions', { Effect: 'Deny', Action: ['kms:DescribeKey', 'codecommit:*'] }],
    ] as const)('is not stopped by a deny for %s', async (_name, statement) => {
      const call = callOf([statement]);
      const { plaintext, ciphertext } = await kms.keys.generateDataKey(call, use);
      expect(await kms.keys.decryptDataKey(call, use, ciphertext)).toEqual(plaintext);
    });

    it('is told apart: decryption may be denied alone', async () => {
      const { ciphertext } = await kms.keys.generateDataKey(NOBODY, use);
      const denied = callOf([{ Effect: 'Deny', Action: 'kms:Decrypt' }]);
      await expect(kms.keys.decryptDataKey(denied, use, ciphertext)).rejects.toThrow(KeyAccessDeniedError);
      await kms.keys.generateDataKey(denied, use);
    });

    it('is refused to other accounts', async () => {
      const { ciphertext } = await kms.keys.generateDataKey(NOBODY, use);
      const stranger = callOf([{ Effect: 'Allow', Action: '*' }], { accountId: OTHER_ACCOUNT });
      await expect(kms.keys.decryptDataKey(stranger, use, ciphertext)).rejects.toThrow(KeyAccessDeniedError);
    });

    it.each([
      ['Disabled', KeyDisabledError],
      ['PendingDeletion', KeyUnavailableError],
    ] as const)(
      'is stopped at once by the state %s, also once cached, and goes on afterwards',
      async (state, error) => {
        const { plaintext, ciphertext } = await kms.keys.generateDataKey(NOBODY, use);
        await kms.keys.decryptDataKey(NOBODY, use, ciphertext);
        await inState(state, async () => {
          await expect(kms.keys.decryptDataKey(NOBODY, use, ciphertext)).rejects.toThrow(error);
          await expect(kms.keys.generateDataKey(NOBODY, use)).rejects.toThrow(error);
        });
        expect(await kms.keys.decryptDataKey(NOBODY, use, ciphertext)).toEqual(plaintext);
      },
    );

    it('tells a caller who is denied nothing of the state of a key', async () => {
      const denied = callOf([{ Effect: 'Deny', Action: 'kms:*' }]);
      await inState('Disabled', () =>
        expect(kms.keys.generateDataKey(denied, use)).rejects.toThrow(KeyAccessDeniedError),
      );
    });

    it.each([
      'arn:aws:kms:us-east-1:111122223333:key/5b7c0f0e-6f5c-4dd1-8a86-2f0c7c4c9d11',
      'arn:aws:kms:us-east-1:111122223333:alias/aws/codecommit',
      'alias/aws/codecommit',
      '',
    ])('finds no key for %j', async (keyArn) => {
      const allowed = callOf([{ Effect: 'Allow', Action: 'kms:*' }]);
      await expect(kms.keys.generateDataKey(allowed, { ...use, keyArn })).rejects.toThrow(KeyNotFoundError);
    });

    it('tells who may not use a key nothing of whether it exists', async () => {
      const missing = { ...use, keyArn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/5b7c0f0e-6f5c-4dd1-8a86-2f0c7c4c9d11` };
      const existing = { ...use, keyArn: await customerKey(kms) };
      for (const request of [missing, existing]) {
        await expect(kms.keys.generateDataKey(NOBODY, request)).rejects.toThrow(
          /because no identity-based policy allows the kms:GenerateDataKey action$/,
        );
      }
    });

    it('does not take a key by the ARN of another Region', async () => {
      const keyArn = use.keyArn.replace(REGION, 'us-west-2');
      const allowed = callOf([{ Effect: 'Allow', Action: 'kms:*' }]);
      await expect(kms.keys.generateDataKey(allowed, { ...use, keyArn })).rejects.toThrow(KeyNotFoundError);
    });

    it('leaves no key material readable in the database', async () => {
      const materials = await kms.database.selectFrom('kms_key_materials').selectAll().execute();
      for (const row of materials) {
        expect(row.material.length).toBeGreaterThan(32);
        const context = { purpose: 'kms-key-material', keyId: row.key_id, version: String(row.version) };
        const material = await kms.sealer.unseal(row.material, context);
        expect(material).toHaveLength(32);
        expect(row.material.includes(material)).toBe(false);
        await expect(kms.sealer.unseal(row.material, { ...context, keyId: 'other' })).rejects.toThrow();
      }
    });

    it('decrypts data keys from before ciphertexts had a header, in their own context only', async () => {
      const keyId = use.keyArn.split('/')[1] ?? '';
      const { material } = await kms.database
        .selectFrom('kms_key_materials')
        .select('material')
        .where('key_id', '=', keyId)
        .executeTakeFirstOrThrow();
      const context = { purpose: 'kms-key-material', keyId, version: '1' };
      const keyring = aesKeyring(await kms.sealer.unseal(material, context), `${keyId}/1`);
      const dataKey = randomBytes(32);
      const headerless = await sealUnder(keyring, dataKey, use.encryptionContext);
      expect(await kms.keys.decryptDataKey(NOBODY, use, headerless)).toEqual(dataKey);
      const elsewhere = { ...use, encryptionContext: { repositoryId: 'r2' } };
      await expect(kms.keys.decryptDataKey(NOBODY, elsewhere, headerless)).rejects.toThrow(SealedMessageError);
    });

    it('decrypts with every material of a key after a new one was added', async () => {
      const keyId = use.keyArn.split('/')[1] ?? '';
      const before = await kms.keys.generateDataKey(NOBODY, use);
      const material = await kms.sealer.seal(randomBytes(32), { purpose: 'kms-key-material', keyId, version: '2' });
      await kms.database
        .insertInto('kms_key_materials')
        .values({ key_id: keyId, version: 2, material, created_at: 1 })
        .execute();
      const after = await kms.keys.generateDataKey(NOBODY, use);
      const fresh = new KeyUse(kms.database, kms.sealer);
      expect(await fresh.decryptDataKey(NOBODY, use, before.ciphertext)).toEqual(before.plaintext);
      expect(await fresh.decryptDataKey(NOBODY, use, after.ciphertext)).toEqual(after.plaintext);
      await kms.database.deleteFrom('kms_key_materials').where('version', '=', 2).execute();
      await expect(new KeyUse(kms.database, kms.sealer).decryptDataKey(NOBODY, use, after.ciphertext)).rejects.toThrow(
        SealedMessageError,
      );
    });
  });
});

/** ARN of a new key whose policy leaves everything to the account's own policies. */
async function customerKey({ services }: Awaited<ReturnType<typeof openKms>>): Promise<string> {
  const call = callOf([{ Effect: 'Allow', Action: 'kms:*' }]);
  const { KeyMetadata } = (await run(services, call, 'CreateKey', {})) as { KeyMetadata: { Arn: string } };
  return KeyMetadata.Arn;
}

function deny(condition: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  return { Effect: 'Deny', Action: 'kms:*', Condition: condition } as const;
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { AccessDeniedError } from '../../access/authorization.ts';
import { rootPrincipal } from '../../access/principals.ts';
import { ACCOUNT, ALLOW_READING, callOf, OTHER_ACCOUNT, openKms, REGION, run } from './test-account.ts';

const ALIAS = 'alias/aws/codecommit';
const UNKNOWN_ID = '5b7c0f0e-6f5c-4dd1-8a86-2f0c7c4c9d11';
const reader = callOf([ALLOW_READING]);

const KEY_OPERATIONS = ['DescribeKey', 'GetKeyPolicy', 'GetKeyRotationStatus', 'ListKeyPolicies', 'ListResourceTags'];
const KEY_ONLY_OPERATIONS = KEY_OPERATIONS.filter((name) => name !== 'DescribeKey');

describe.each(databaseEngines)('KMS operations on $name', (engine) => {
  describe.skipIf(engine.skipReason)(engine.skipReason ?? 'of AWS managed keys', () => {
    let kms: Awaited<ReturnType<typeof openKms>>;
    let arn: string;
    let keyId: string;

    beforeAll(async () => {
      kms = await openKms(engine);
      arn = await kms.keys.ensureAwsManagedKey(ACCOUNT, REGION, ALIAS);
      keyId = arn.split('/')[1] ?? '';
      await kms.keys.ensureAwsManagedKey(ACCOUNT, 'eu-west-1', ALIAS);
      await kms.keys.ensureAwsManagedKey(OTHER_ACCOUNT, REGION, ALIAS);
    });

    afterAll(() => kms.close());

    const describeKey = (id: string, call = reader) => run(kms.services, call, 'DescribeKey', { KeyId: id });

    it('describe the key of CodeCommit by ID, ARN, alias and ARN of the alias', async () => {
      const aliasArn = `arn:aws:kms:${REGION}:${ACCOUNT}:${ALIAS}`;
      for (const id of [keyId, keyId.toUpperCase(), arn, ALIAS, aliasArn]) {
        expect(await describeKey(id)).toEqual({
          KeyMetadata: {
            AWSAccountId: ACCOUNT,
            KeyId: keyId,
            Arn: arn,
            CreationDate: expect.any(Date),
            Enabled: true,
            Description: 'Default key that protects my CodeCommit repositories when no other key is defined',
            KeyUsage: 'ENCRYPT_DECRYPT',
            KeyState: 'Enabled',
            Origin: 'AWS_KMS',
            KeyManager: 'AWS',
            CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
            KeySpec: 'SYMMETRIC_DEFAULT',
            EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
            MultiRegion: false,
            CurrentKeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
          },
        });
      }
    });

    it('describe a key that waits for its deletion', async () => {
      const at = Date.UTC(2027, 0, 1);
      const key = kms.database.updateTable('kms_keys').where('key_id', '=', keyId);
      await key.set({ state: 'PendingDeletion', deletion_at: at }).execute();
      expect(await describeKey(keyId)).toMatchObject({
        KeyMetadata: { Enabled: false, KeyState: 'PendingDeletion', DeletionDate: new Date(at) },
      });
      await key.set({ state: 'Enabled', deletion_at: null }).execute();
    });

    it.each([
      [UNKNOWN_ID, 'NotFoundException', `Key 'arn:aws:kms:${REGION}:${ACCOUNT}:key/${UNKNOWN_ID}' does not exist`],
      [
        `arn:aws:kms:${REGION}:${ACCOUNT}:key/${UNKNOWN_ID}`,
        'NotFoundException',
        `Key 'arn:aws:kms:${REGION}:${ACCOUNT}:key/${UNKNOWN_ID}' does not exist`,
      ],
      ['alias/mine', 'NotFoundException', `Alias arn:aws:kms:${REGION}:${ACCOUNT}:alias/mine is not found.`],
      [
        `arn:aws:kms:${REGION}:${ACCOUNT}:alias/mine`,
        'NotFoundException',
        `Alias arn:aws:kms:${REGION}:${ACCOUNT}:alias/mine is not found.`,
      ],
      ['codecommit', 'NotFoundException', "Invalid keyId 'codecommit'"],
      ['aws/codecommit', 'NotFoundException', "Invalid keyId 'aws/codecommit'"],
      [`arn:aws:kms:${REGION}:${ACCOUNT}:key/x`, 'NotFoundException', /^Invalid keyId/],
      [`arn:aws:kms:us-west-2:${ACCOUNT}:key/${UNKNOWN_ID}`, 'NotFoundException', 'Invalid arn us-west-2'],
      ['arn:aws:kms:us-east-1', 'InvalidArnException', /^Invalid arn/],
      [`arn:aws:s3:${REGION}:${ACCOUNT}:key/${UNKNOWN_ID}`, 'InvalidArnException', /^Invalid arn/],
      ['', 'ValidationException', /^1 validation error detected/],
      ['x'.repeat(2049), 'ValidationException', /^1 validation error detected/],
    ])('tell what is wrong with the key %j', async (id, name, message) => {
      const expected = expect.objectContaining({
        name,
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      });
      await expect(describeKey(id)).rejects.toEqual(expected);
    });

    it.each(KEY_ONLY_OPERATIONS)('%s takes no alias', async (name) => {
      await expect(run(kms.services, reader, name, { KeyId: ALIAS })).rejects.toMatchObject({
        name: 'NotFoundException',
      });
      await expect(
        run(kms.services, reader, name, { KeyId: `arn:aws:kms:${REGION}:${ACCOUNT}:${ALIAS}` }),
      ).rejects.toMatchObject({ name: 'InvalidArnException' });
    });

    it.each(KEY_OPERATIONS)('%s takes an ID and an ARN, and needs a permission on the key', async (name) => {
      await run(kms.services, reader, name, { KeyId: keyId });
      await run(kms.services, callOf([{ Effect: 'Allow', Action: `kms:${name}`, Resource: arn }]), name, {
        KeyId: arn,
      });
      await run(kms.services, { ...reader, principal: rootPrincipal(ACCOUNT) }, name, { KeyId: arn });
      for (const statements of [
        [],
        [{ Effect: 'Allow', Action: `kms:${name}`, Resource: arn.replace(keyId, UNKNOWN_ID) }],
        [ALLOW_READING, { Effect: 'Deny', Action: `kms:${name}`, Resource: arn }],
      ] as const) {
        await expect(run(kms.services, callOf(statements), name, { KeyId: keyId })).rejects.toThrow(AccessDeniedError);
      }
      await expect(run(kms.services, reader, name, {})).rejects.toMatchObject({ name: 'ValidationException' });
    });

    it.each(KEY_OPERATIONS)('%s tells who may not call it nothing of what exists', async (name) => {
      const messages: string[] = [];
      for (const id of [keyId, UNKNOWN_ID]) {
        const error = await run(kms.services, callOf([]), name, { KeyId: id }).catch((e: unknown) => e);
        expect(error).toBeInstanceOf(AccessDeniedError);
        messages.push(String(error).replace(id, 'ID'));
      }
      expect(messages[0]).toBe(messages[1]);
    });

    it.each(KEY_OPERATIONS)('%s refuses keys of another account', async (name) => {
      const foreign = await kms.keys.ensureAwsManagedKey(OTHER_ACCOUNT, REGION, ALIAS);
      await expect(run(kms.services, reader, name, { KeyId: foreign })).rejects.toThrow(AccessDeniedError);
      const foreignId = foreign.split('/')[1];
      await expect(run(kms.services, reader, name, { KeyId: foreignId })).rejects.toThrow('does not exist');
    });

    it('know conditions on the alias that a request names, and on those of the key', async () => {
      const byAlias = callOf([{ ...ALLOW_READING, Condition: { StringEquals: { 'kms:RequestAlias': ALIAS } } }]);
      await describeKey(ALIAS, byAlias);
      await expect(describeKey(keyId, byAlias)).rejects.toThrow(AccessDeniedError);
      const ofAlias = callOf([
        { ...ALLOW_READING, Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ALIAS } } },
      ]);
      await describeKey(keyId, ofAlias);
      await expect(describeKey(UNKNOWN_ID, ofAlias)).rejects.toThrow(AccessDeniedError);
    });

    it('give the policy of the key', async () => {
      const output = (await run(kms.services, reader, 'GetKeyPolicy', { KeyId: keyId })) as { Policy: string };
      expect(output).toMatchObject({ PolicyName: 'default' });
      expect(JSON.parse(output.Policy)).toMatchObject({
        Version: '2012-10-17',
        Statement: [
          {
            Principal: { AWS: '*' },
            Condition: {
              StringEquals: { 'kms:CallerAccount': ACCOUNT, 'kms:ViaService': 'codecommit.us-east-1.amazonaws.com' },
            },
          },
          { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } },
        ],
      });
      await expect(
        run(kms.services, reader, 'GetKeyPolicy', { KeyId: keyId, PolicyName: 'other' }),
      ).rejects.toMatchObject({ name: 'NotFoundException', message: 'No such policy exists' });
    });

    it('give policy names, tags and rotation', async () => {
      const input = { KeyId: keyId };
      expect(await run(kms.services, reader, 'ListKeyPolicies', input)).toEqual({
        PolicyNames: ['default'],
        Truncated: false,
      });
      expect(await run(kms.services, reader, 'ListResourceTags', input)).toEqual({ Tags: [], Truncated: false });
      expect(await run(kms.services, reader, 'GetKeyRotationStatus', input)).toEqual({
        KeyId: arn,
        KeyRotationEnabled: false,
      });
    });

    it('list the keys and aliases of the account and Region alone', async () => {
      expect(await run(kms.services, reader, 'ListKeys', {})).toEqual({
        Keys: [{ KeyId: keyId, KeyArn: arn }],
        Truncated: false,
      });
      const alias = {
        AliasName: ALIAS,
        AliasArn: `arn:aws:kms:${REGION}:${ACCOUNT}:${ALIAS}`,
        TargetKeyId: keyId,
        CreationDate: expect.any(Date),
        LastUpdatedDate: expect.any(Date),
      };
      for (const input of [{}, { KeyId: keyId }, { KeyId: arn }]) {
        expect(await run(kms.services, reader, 'ListAliases', input)).toEqual({ Aliases: [alias], Truncated: false });
      }
      expect(await run(kms.services, callOf([ALLOW_READING], { region: 'eu-north-1' }), 'ListKeys', {})).toEqual({
        Keys: [],
        Truncated: false,
      });
      for (const name of ['ListKeys', 'ListAliases']) {
        await expect(run(kms.services, callOf([]), name, {})).rejects.toThrow(AccessDeniedError);
      }
    });

    it('list the aliases of a key that exists in the account only', async () => {
      const foreign = await kms.keys.ensureAwsManagedKey(OTHER_ACCOUNT, REGION, ALIAS);
      for (const id of [UNKNOWN_ID, foreign]) {
        await expect(run(kms.services, reader, 'ListAliases', { KeyId: id })).rejects.toMatchObject({
          name: 'NotFoundException',
          message: expect.stringMatching(/^Key 'arn:aws:kms:.*' does not exist$/),
        });
      }
    });

    it('list page by page', async () => {
      const region = 'sa-east-1';
      const call = callOf([ALLOW_READING], { region });
      const ids = Array.from({ length: 5 }, (_, i) => `0000000${i}-6f5c-4dd1-8a86-2f0c7c4c9d11`);
      for (const id of ids) {
        const common = { account_id: ACCOUNT, region, created_at: 1, key_id: id };
        await kms.database
          .insertInto('kms_keys')
          .values({ ...common, manager: 'AWS', state: 'Enabled', description: '', deletion_at: null })
          .execute();
        await kms.database
          .insertInto('kms_aliases')
          .values({ ...common, alias_name: `alias/${id}`, updated_at: 1 })
          .execute();
      }
      type Output = { Keys?: { KeyId: string }[]; Aliases?: { TargetKeyId: string }[]; NextMarker?: string };
      for (const [name, otherName] of [
        ['ListKeys', 'ListAliases'],
        ['ListAliases', 'ListKeys'],
      ] as const) {
        const seen: string[][] = [];
        let marker: string | undefined;
        do {
          const input = { Limit: 2, ...(marker === undefined ? {} : { Marker: marker }) };
          const output = (await run(kms.services, call, name, input)) as Output;
          seen.push(
            (output.Keys ?? []).map((key) => key.KeyId),
            (output.Aliases ?? []).map((a) => a.TargetKeyId),
          );
          marker = output.NextMarker;
          if (marker !== undefined) {
            await expect(run(kms.services, call, otherName, { Marker: marker })).rejects.toMatchObject({
              name: 'InvalidMarkerException',
            });
          }
        } while (marker !== undefined);
        expect(seen.filter((page) => page.length > 0)).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
        await expect(run(kms.services, call, name, { Marker: 'x' })).rejects.toMatchObject({
          name: 'InvalidMarkerException',
        });
        await expect(run(kms.services, call, name, { Limit: 0 })).rejects.toMatchObject({
          name: 'ValidationException',
        });
      }
    });
  });
});

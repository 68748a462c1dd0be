import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { AccessDeniedError } from '../../access/authorization.ts';
import { rootPrincipal } from '../../access/principals.ts';
import type { Call } from '../operation.ts';
import { maintainKeys } from './key-maintenance.ts';
import { ACCOUNT, callOf, OTHER_ACCOUNT, openKms, REGION, run } from './test-account.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = new Date('2026-01-01T00:00:00Z');
const admin = callOf([{ Effect: 'Allow', Action: 'kms:*' }]);
const arnOf = (keyId: string) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${keyId}`;

describe.each(databaseEngines)('customer managed keys on $name', (engine) => {
  describe.skipIf(engine.skipReason)(engine.skipReason ?? '', () => {
    let kms: Awaited<ReturnType<typeof openKms>>;
    let keyId: string;
    const call = (name: string, input: object, by: Call = admin) => run(kms.services, by, name, input);
    const state = async (id = keyId) => (await call('DescribeKey', { KeyId: id })).KeyMetadata.KeyState;

    beforeAll(async () => {
      kms = await openKms(engine);
    });
    afterAll(() => kms.close());
    beforeEach(async () => {
      ({ KeyId: keyId } = (await call('CreateKey', {})).KeyMetadata);
    });

    it('are made with what the request says, and described so', async () => {
      const { KeyMetadata } = await call('CreateKey', {
        Description: 'for our code',
        Tags: [{ TagKey: 'team', TagValue: 'blue' }],
      });
      expect(KeyMetadata).toEqual({
        AWSAccountId: ACCOUNT,
        KeyId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        Arn: arnOf(KeyMetadata.KeyId),
        CreationDate: expect.any(Date),
        Enabled: true,
        Description: 'for our code',
        KeyUsage: 'ENCRYPT_DECRYPT',
        KeyState: 'Enabled',
        Origin: 'AWS_KMS',
        KeyManager: 'CUSTOMER',
        CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
        KeySpec: 'SYMMETRIC_DEFAULT',
        EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
        MultiRegion: false,
        CurrentKeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      expect(await call('DescribeKey', { KeyId: KeyMetadata.Arn })).toEqual({ KeyMetadata });
      expect(await call('ListResourceTags', { KeyId: KeyMetadata.KeyId })).toEqual({
        Tags: [{ TagKey: 'team', TagValue: 'blue' }],
        Truncated: false,
      });
    });

    it.each([
      [{ Tags: [{ TagKey: 'AWS:x', TagValue: '' }] }, 'TagException', 'Tags beginning with aws: are reserved'],
      [
        {
          Tags: [
            { TagKey: 'a', TagValue: '' },
            { TagKey: 'a', TagValue: '1' },
          ],
        },
        'TagException',
        'Duplicate tag keys',
      ],
      [
        { Tags: Array.from({ length: 51 }, (_, i) => ({ TagKey: `k${i}`, TagValue: '' })) },
        'TagException',
        'Too many tags',
      ],
      [
        { KeySpec: 'RSA_2048' },
        'ValidationException',
        'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
      ],
      [
        { KeySpec: 'RSA_2048', KeyUsage: 'KEY_AGREEMENT' },
        'ValidationException',
        'KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048',
      ],
      [
        { KeyUsage: 'SIGN_VERIFY' },
        'ValidationException',
        'KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT',
      ],
      [{ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }, 'UnsupportedOperationException', 'KeySpec SM2 is not supported'],
      [{ KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' }, 'UnsupportedOperationException', /ML_DSA_44/],
      [{ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' }, 'UnsupportedOperationException', /KEY_AGREEMENT/],
      [{ MultiRegion: true }, 'UnsupportedOperationException', /Multi-Region/],
      [{ Origin: 'EXTERNAL' }, 'UnsupportedOperationException', /Origin EXTERNAL/],
      [{ CustomKeyStoreId: 'cks-1234567890abcdef0' }, 'UnsupportedOperationException', /key stores/],
      [{ KeySpec: 'nonsense' }, 'ValidationException', /^1 validation error detected: Value 'nonsense' at 'keySpec'/],
      [
        { KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' },
        'ValidationException',
        /both|same/,
      ],
    ] as const)('are not made of %j', async (input, name, message) => {
      const expected = typeof message === 'string' ? message : expect.stringMatching(message);
      await expect(call('CreateKey', input)).rejects.toMatchObject({ name, message: expected });
    });

    it('are made by whoever may, under the conditions of the request', async () => {
      const onlyHmac = callOf([
        { Effect: 'Allow', Action: 'kms:CreateKey', Condition: { StringEquals: { 'kms:KeySpec': 'HMAC_256' } } },
      ]);
      const hmac = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' };
      const { KeyMetadata } = await call('CreateKey', hmac, onlyHmac);
      expect(KeyMetadata).toMatchObject({ MacAlgorithms: ['HMAC_SHA_256'], KeyUsage: 'GENERATE_VERIFY_MAC' });
      expect(KeyMetadata).not.toHaveProperty('CurrentKeyMaterialId');
      for (const [by, input] of [
        [onlyHmac, {}],
        [onlyHmac, { ...hmac, Tags: [{ TagKey: 'a', TagValue: '' }] }],
        [callOf([]), {}],
        [
          callOf([
            { Effect: 'Allow', Action: 'kms:*' },
            {
              Effect: 'Deny',
              Action: 'kms:CreateKey',
              Condition: { Bool: { 'kms:BypassPolicyLockoutSafetyCheck': 'true' } },
            },
          ]),
          { BypassPolicyLockoutSafetyCheck: true },
        ],
      ] as const) {
        await expect(call('CreateKey', input, by)).rejects.toThrow(AccessDeniedError);
      }
    });

    it('are disabled and enabled, and wait for their deletion, in which nothing may be done with them', async () => {
      await call('DisableKey', { KeyId: keyId });
      await call('DisableKey', { KeyId: keyId });
      expect(await state()).toBe('Disabled');
      await call('EnableKey', { KeyId: keyId });
      await call('EnableKey', { KeyId: keyId });
      expect(await state()).toBe('Enabled');
      await expect(call('CancelKeyDeletion', { KeyId: keyId })).rejects.toMatchObject({
        name: 'KMSInvalidStateException',
        message: `${arnOf(keyId)} is not pending deletion.`,
      });

      const deletion = await call('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 });
      expect(deletion).toEqual({
        KeyId: arnOf(keyId),
        DeletionDate: new Date(NOW.getTime() + 7 * DAY_MS),
        KeyState: 'PendingDeletion',
        PendingWindowInDays: 7,
      });
      expect((await call('DescribeKey', { KeyId: keyId })).KeyMetadata).toMatchObject({
        Enabled: false,
        KeyState: 'PendingDeletion',
        DeletionDate: deletion.DeletionDate,
      });
      const KeyId = keyId;
      for (const [name, input] of [
        ['EnableKey', { KeyId }],
        ['DisableKey', { KeyId }],
        ['ScheduleKeyDeletion', { KeyId }],
        ['UpdateKeyDescription', { KeyId, Description: 'x' }],
        ['TagResource', { KeyId, Tags: [{ TagKey: 'a', TagValue: '' }] }],
        ['UntagResource', { KeyId, TagKeys: ['a'] }],
        ['CreateAlias', { AliasName: 'alias/pending', TargetKeyId: KeyId }],
        ['Encrypt', { KeyId, Plaintext: Buffer.from('x') }],
        ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
        ['EnableKeyRotation', { KeyId }],
        ['RotateKeyOnDemand', { KeyId }],
        ['CreateGrant', { KeyId, GranteePrincipal: `arn:aws:iam::${ACCOUNT}:user/bob`, Operations: ['Decrypt'] }],
      ] as const) {
        await expect(call(name, input), name).rejects.toMatchObject({
          name: 'KMSInvalidStateException',
          message: `${arnOf(keyId)} is pending deletion.`,
        });
      }
      await call('PutKeyPolicy', { KeyId, Policy: (await call('GetKeyPolicy', { KeyId })).Policy });
      expect(await call('CancelKeyDeletion', { KeyId: keyId })).toEqual({ KeyId: arnOf(keyId) });
      expect(await state()).toBe('Disabled');
      expect((await call('DescribeKey', { KeyId: keyId })).KeyMetadata).not.toHaveProperty('DeletionDate');
    });

    it.each([6, 31])('do not wait %i days', async (days) => {
      await expect(call('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: days })).rejects.toMatchObject({
        name: 'ValidationException',
        message: `PendingWindowInDays should be between 7 and 30, but it is ${days}`,
      });
    });

    it('are destroyed when their window is over, and no moment before', async () => {
      await call('CreateAlias', { AliasName: 'alias/doomed', TargetKeyId: keyId });
      const GranteePrincipal = `arn:aws:iam::${ACCOUNT}:user/bob`;
      await call('CreateGrant', { KeyId: keyId, GranteePrincipal, Operations: ['Decrypt'] });
      const { CiphertextBlob } = await call('Encrypt', { KeyId: keyId, Plaintext: Buffer.from('x') });
      const { DeletionDate } = await call('ScheduleKeyDeletion', { KeyId: keyId });
      expect(DeletionDate).toEqual(new Date(NOW.getTime() + 30 * DAY_MS));
      await maintainKeys(kms, DeletionDate.getTime() - 1);
      expect(await state()).toBe('PendingDeletion');
      await Promise.all([maintainKeys(kms, DeletionDate.getTime()), maintainKeys(kms, DeletionDate.getTime())]);
      await expect(state()).rejects.toMatchObject({
        name: 'NotFoundException',
        message: `Key '${arnOf(keyId)}' does not exist`,
      });
      for (const table of ['kms_keys', 'kms_key_materials', 'kms_aliases', 'kms_grants'] as const) {
        const rows = await kms.database.selectFrom(table).select('key_id').where('key_id', '=', keyId).execute();
        expect(rows, table).toEqual([]);
      }
      await expect(call('Decrypt', { CiphertextBlob })).rejects.toMatchObject({ name: 'AccessDeniedException' });
    });

    it('have descriptions and tags that change', async () => {
      await call('UpdateKeyDescription', { KeyId: keyId, Description: 'new' });
      expect((await call('DescribeKey', { KeyId: keyId })).KeyMetadata.Description).toBe('new');
      const tag = (TagKey: string, TagValue: string) => ({ TagKey, TagValue });
      await call('TagResource', { KeyId: keyId, Tags: [tag('b', '1'), tag('a', '1'), tag('A', '2')] });
      await call('TagResource', { KeyId: keyId, Tags: [tag('b', '3')] });
      await call('UntagResource', { KeyId: keyId, TagKeys: ['a', 'missing'] });
      const first = await call('ListResourceTags', { KeyId: keyId, Limit: 1 });
      expect(first).toMatchObject({ Tags: [tag('A', '2')], Truncated: true });
      expect(await call('ListResourceTags', { KeyId: keyId, Limit: 1, Marker: first.NextMarker })).toEqual({
        Tags: [tag('b', '3')],
        Truncated: false,
      });
      const many = Array.from({ length: 49 }, (_, i) => tag(`k${i}`, ''));
      await expect(call('TagResource', { KeyId: keyId, Tags: many })).rejects.toMatchObject({ name: 'TagException' });
      const byTag = (value: string) =>
        callOf([
          { Effect: 'Allow', Action: 'kms:DescribeKey', Condition: { StringEquals: { 'aws:ResourceTag/b': value } } },
        ]);
      await call('DescribeKey', { KeyId: keyId }, byTag('3'));
      await expect(call('DescribeKey', { KeyId: keyId }, byTag('1'))).rejects.toThrow(AccessDeniedError);
    });

    // PostgreSQL would take minutes over the triggers of so many rows in one transaction.
    if (engine.name === 'sqlite') {
      it('are at most 100,000 of an account in a Region', async () => {
        const region = 'eu-west-3';
        const there = callOf([{ Effect: 'Allow', Action: 'kms:*' }], { region });
        const fill = (from: number, to: number) =>
          sql`with recursive n(i) as (select ${from} union all select i + 1 from n where i < ${to})
            insert into kms_keys (key_id, account_id, region, manager, state, description, created_at)
            select 'filler-' || i, ${ACCOUNT}, ${region}, 'CUSTOMER', 'Enabled', '', 0 from n`.execute(kms.database);
        await fill(1, 99_999);
        await call('CreateKey', {}, there);
        await expect(call('CreateKey', {}, there)).rejects.toMatchObject({
          name: 'LimitExceededException',
          message: 'The number of KMS keys has reached the maximum limit: 100000.',
        });
      });
    }

    it('are named by aliases, which move and go', async () => {
      const name = `alias/team/${keyId}`;
      await call('CreateAlias', { AliasName: name, TargetKeyId: arnOf(keyId) });
      for (const id of [name, `arn:aws:kms:${REGION}:${ACCOUNT}:${name}`]) {
        expect((await call('DescribeKey', { KeyId: id })).KeyMetadata.KeyId).toBe(keyId);
      }
      const other = (await call('CreateKey', {})).KeyMetadata.KeyId;
      await call('UpdateAlias', { AliasName: name, TargetKeyId: other });
      expect((await call('ListAliases', { KeyId: keyId })).Aliases).toEqual([]);
      expect((await call('ListAliases', { KeyId: other })).Aliases).toEqual([
        {
          AliasName: name,
          AliasArn: `arn:aws:kms:${REGION}:${ACCOUNT}:${name}`,
          TargetKeyId: other,
          CreationDate: expect.any(Date),
          LastUpdatedDate: expect.any(Date),
        },
      ]);
      await call('DeleteAlias', { AliasName: name });
      const missing = {
        name: 'NotFoundException',
        message: `Alias arn:aws:kms:${REGION}:${ACCOUNT}:${name} is not found.`,
      };
      await expect(call('DeleteAlias', { AliasName: name })).rejects.toMatchObject(missing);
      await expect(call('UpdateAlias', { AliasName: name, TargetKeyId: other })).rejects.toMatchObject(missing);
      await expect(call('DescribeKey', { KeyId: name })).rejects.toMatchObject(missing);
    });

    it.each([
      ['alias/aws/mine', 'NotAuthorizedException', ''],
      ['mine', 'ValidationException', /^Alias must start with the prefix "alias\/"/],
      ['alias/', 'ValidationException', /^Alias must start with the prefix "alias\/"/],
      ['alias/a:b', 'ValidationException', 'alias/a:b contains invalid characters for an alias'],
      ['alias/a b', 'ValidationException', /must satisfy regular expression pattern/],
      [`alias/${'x'.repeat(251)}`, 'ValidationException', /less than or equal to 256/],
    ] as const)('are not named %s', async (AliasName, name, message) => {
      const expected = typeof message === 'string' ? message : expect.stringMatching(message);
      const refusal = { name, message: expected };
      await expect(call('CreateAlias', { AliasName, TargetKeyId: keyId })).rejects.toMatchObject(refusal);
      await expect(call('UpdateAlias', { AliasName, TargetKeyId: keyId })).rejects.toMatchObject(refusal);
      await expect(call('DeleteAlias', { AliasName })).rejects.toMatchObject(refusal);
    });

    it('have at most 50 aliases, each once, and no alias of an alias or of another account’s key', async () => {
      const AliasName = `alias/once-${keyId}`;
      await call('CreateAlias', { AliasName, TargetKeyId: keyId });
      await expect(call('CreateAlias', { AliasName, TargetKeyId: keyId })).rejects.toMatchObject({
        name: 'AlreadyExistsException',
        message: `An alias with the name arn:aws:kms:${REGION}:${ACCOUNT}:${AliasName} already exists`,
      });
      await expect(call('CreateAlias', { AliasName: 'alias/b', TargetKeyId: AliasName })).rejects.toMatchObject({
        name: 'ValidationException',
        message: 'Aliases must refer to keys. Not aliases',
      });
      const rows = Array.from({ length: 49 }, (_, i) => ({
        account_id: ACCOUNT,
        region: REGION,
        alias_name: `alias/many-${keyId}-${i}`,
        key_id: keyId,
        created_at: 0,
        updated_at: 0,
      }));
      await kms.database.insertInto('kms_aliases').values(rows).execute();
      await expect(call('CreateAlias', { AliasName: 'alias/51', TargetKeyId: keyId })).rejects.toMatchObject({
        name: 'LimitExceededException',
      });
      const foreign = callOf([{ Effect: 'Allow', Action: 'kms:*' }], { accountId: OTHER_ACCOUNT });
      await expect(
        call('CreateAlias', { AliasName: 'alias/foreign', TargetKeyId: arnOf(keyId) }, foreign),
      ).rejects.toThrow(AccessDeniedError);
    });

    it('keep their kind under an alias', async () => {
      const AliasName = `alias/kind-${keyId}`;
      await call('CreateAlias', { AliasName, TargetKeyId: keyId });
      const hmac = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' };
      const { KeyId: TargetKeyId } = (await call('CreateKey', hmac)).KeyMetadata;
      await expect(call('UpdateAlias', { AliasName, TargetKeyId })).rejects.toMatchObject({
        name: 'ValidationException',
      });
    });

    it('need a permission on the alias and one on the key to be named', async () => {
      const alias = `arn:aws:kms:${REGION}:${ACCOUNT}:alias/both-${keyId}`;
      const allow = (Resource: string) => ({ Effect: 'Allow', Action: 'kms:*Alias', Resource }) as const;
      const AliasName = `alias/both-${keyId}`;
      for (const resource of [alias, arnOf(keyId)]) {
        const input = { AliasName, TargetKeyId: keyId };
        await expect(call('CreateAlias', input, callOf([allow(resource)]))).rejects.toThrow(AccessDeniedError);
      }
      const both = callOf([allow(alias), allow(arnOf(keyId))]);
      await call('CreateAlias', { AliasName, TargetKeyId: keyId }, both);
      await expect(call('DeleteAlias', { AliasName }, callOf([allow(alias)]))).rejects.toThrow(AccessDeniedError);
      await call('DeleteAlias', { AliasName }, both);
    });

    it('rotate on demand and by themselves, and decrypt what every material has encrypted', async () => {
      const encrypt = async () =>
        (await call('Encrypt', { KeyId: keyId, Plaintext: Buffer.from('secret') })).CiphertextBlob;
      const ciphertexts = [await encrypt()];
      const first = (await call('DescribeKey', { KeyId: keyId })).KeyMetadata.CurrentKeyMaterialId;
      expect(await call('GetKeyRotationStatus', { KeyId: keyId })).toEqual({
        KeyId: arnOf(keyId),
        KeyRotationEnabled: false,
      });
      expect(await call('RotateKeyOnDemand', { KeyId: keyId })).toEqual({ KeyId: arnOf(keyId) });
      ciphertexts.push(await encrypt());
      await call('EnableKeyRotation', { KeyId: keyId, RotationPeriodInDays: 90 });
      const due = NOW.getTime() + 90 * DAY_MS;
      expect(await call('GetKeyRotationStatus', { KeyId: keyId })).toEqual({
        KeyId: arnOf(keyId),
        KeyRotationEnabled: true,
        RotationPeriodInDays: 90,
        NextRotationDate: new Date(due),
      });
      await maintainKeys(kms, due - 1);
      await Promise.all([maintainKeys(kms, due), maintainKeys(kms, due)]);
      ciphertexts.push(await encrypt());
      expect((await call('GetKeyRotationStatus', { KeyId: keyId })).NextRotationDate).toEqual(
        new Date(due + 90 * DAY_MS),
      );
      const { Rotations } = await call('ListKeyRotations', { KeyId: keyId });
      expect(Rotations).toEqual([
        {
          KeyId: arnOf(keyId),
          KeyMaterialId: expect.any(String),
          KeyMaterialState: 'NON_CURRENT',
          RotationDate: NOW,
          RotationType: 'ON_DEMAND',
        },
        {
          KeyId: arnOf(keyId),
          KeyMaterialId: expect.any(String),
          KeyMaterialState: 'CURRENT',
          RotationDate: new Date(due),
          RotationType: 'AUTOMATIC',
        },
      ]);
      const all = await call('ListKeyRotations', { KeyId: keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL', Limit: 2 });
      expect(all.Rotations[0]).toEqual({
        KeyId: arnOf(keyId),
        KeyMaterialId: first,
        KeyMaterialState: 'NON_CURRENT',
      });
      expect(all).toMatchObject({ Truncated: true, NextMarker: expect.any(String) });
      const materials = new Set<string>();
      for (const CiphertextBlob of ciphertexts) {
        const { Plaintext, KeyMaterialId } = await call('Decrypt', { CiphertextBlob });
        expect(Buffer.from(Plaintext).toString()).toBe('secret');
        materials.add(KeyMaterialId);
      }
      expect(materials.size).toBe(3);

      await call('DisableKey', { KeyId: keyId });
      await maintainKeys(kms, due + 200 * DAY_MS);
      await expect(call('RotateKeyOnDemand', { KeyId: keyId })).rejects.toMatchObject({
        name: 'DisabledException',
        message: `${arnOf(keyId)} is disabled.`,
      });
      expect((await call('ListKeyRotations', { KeyId: keyId })).Rotations).toHaveLength(2);
      await call('EnableKey', { KeyId: keyId });
      await call('DisableKeyRotation', { KeyId: keyId });
      await maintainKeys(kms, due + 400 * DAY_MS);
      expect((await call('ListKeyRotations', { KeyId: keyId })).Rotations).toHaveLength(2);
    });

    it('rotate on demand at most 25 times', async () => {
      const { material } = await kms.database
        .selectFrom('kms_key_materials')
        .select('material')
        .where('key_id', '=', keyId)
        .executeTakeFirstOrThrow();
      const rows = Array.from({ length: 25 }, (_, i) => ({
        key_id: keyId,
        version: i + 2,
        material,
        rotation_type: 'ON_DEMAND' as const,
        created_at: i,
      }));
      await kms.database.insertInto('kms_key_materials').values(rows).execute();
      await expect(call('RotateKeyOnDemand', { KeyId: keyId })).rejects.toMatchObject({
        name: 'LimitExceededException',
        message: `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arnOf(keyId)}`,
      });
    });

    it('rotate when they are symmetric only, in 90 to 2560 days', async () => {
      const { KeyId } = (await call('CreateKey', { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })).KeyMetadata;
      for (const name of ['EnableKeyRotation', 'RotateKeyOnDemand', 'ListKeyRotations']) {
        await expect(call(name, { KeyId }), name).rejects.toMatchObject({ name: 'UnsupportedOperationException' });
      }
      await expect(call('RotateKeyOnDemand', { KeyId })).rejects.toMatchObject({ message: '' });
      expect(await call('GetKeyRotationStatus', { KeyId })).toEqual({ KeyRotationEnabled: false });
      for (const RotationPeriodInDays of [89, 2561]) {
        await expect(call('EnableKeyRotation', { KeyId: keyId, RotationPeriodInDays })).rejects.toMatchObject({
          name: 'ValidationException',
        });
      }
    });

    it('of AWS let nobody change them, not even root', async () => {
      const arn = await kms.keys.ensureAwsManagedKey(ACCOUNT, REGION, 'alias/aws/codecommit');
      const root = { ...admin, principal: rootPrincipal(ACCOUNT) };
      const KeyId = arn;
      for (const [name, input] of [
        ['DisableKey', { KeyId }],
        ['ScheduleKeyDeletion', { KeyId }],
        ['PutKeyPolicy', { KeyId, Policy: '{}' }],
        ['TagResource', { KeyId, Tags: [{ TagKey: 'a', TagValue: '' }] }],
        ['EnableKeyRotation', { KeyId }],
        ['RotateKeyOnDemand', { KeyId }],
        ['UpdateKeyDescription', { KeyId, Description: 'x' }],
        ['CreateAlias', { AliasName: 'alias/stolen', TargetKeyId: KeyId }],
        ['CreateGrant', { KeyId, GranteePrincipal: `arn:aws:iam::${ACCOUNT}:user/bob`, Operations: ['Decrypt'] }],
        ['Encrypt', { KeyId, Plaintext: Buffer.from('x') }],
        ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
      ] as const) {
        const operation = call(name, input, root);
        await expect(operation, name).rejects.toThrow(`no resource-based policy allows the kms:${name} action`);
      }
      await expect(call('DeleteAlias', { AliasName: 'alias/aws/codecommit' }, root)).rejects.toThrow(AccessDeniedError);
    });
  });
});

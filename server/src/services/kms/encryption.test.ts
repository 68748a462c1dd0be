import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { AccessDeniedError } from '../../access/authorization.ts';
import type { Call } from '../operation.ts';
import { ACCOUNT, callOf, OTHER_ACCOUNT, openKms, REGION, run } from './test-account.ts';

const admin = callOf([{ Effect: 'Allow', Action: 'kms:*' }]);
const Plaintext = Buffer.from('a secret');
const INVALID = { name: 'InvalidCiphertextException', message: '' };
const INCORRECT = {
  name: 'IncorrectKeyException',
  message: 'The key ID in the request does not identify a CMK that can perform this operation.',
};

describe.each(databaseEngines)('encryption with KMS keys on $name', (engine) => {
  describe.skipIf(engine.skipReason)(engine.skipReason ?? '', () => {
    let kms: Awaited<ReturnType<typeof openKms>>;
    let keyId: string;
    let arn: string;
    const call = (name: string, input: object, by: Call = admin) => run(kms.services, by, name, input);
    const newKey = async (input: object = {}) => (await call('CreateKey', input)).KeyMetadata;

    beforeAll(async () => {
      kms = await openKms(engine);
      ({ KeyId: keyId, Arn: arn } = await newKey());
      await call('CreateAlias', { AliasName: 'alias/main', TargetKeyId: keyId });
    });
    afterAll(() => kms.close());

    it('comes back with the same context, by whichever name of the key or by none', async () => {
      const EncryptionContext = { b: '2', a: '1', ü: '' };
      const { CiphertextBlob, ...rest } = await call('Encrypt', { KeyId: 'alias/main', Plaintext, EncryptionContext });
      expect(rest).toEqual({ KeyId: arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' });
      expect(CiphertextBlob.includes(Plaintext)).toBe(false);
      const aliasArn = `arn:aws:kms:${REGION}:${ACCOUNT}:alias/main`;
      for (const KeyId of [undefined, keyId, arn, 'alias/main', aliasArn]) {
        const reordered = { a: '1', ü: '', b: '2' };
        expect(await call('Decrypt', { CiphertextBlob, EncryptionContext: reordered, KeyId })).toEqual({
          KeyId: arn,
          Plaintext,
          EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
          KeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
        });
      }
    });

    it('refuses every other context and every altered byte', async () => {
      const EncryptionContext = { repository: 'x' };
      const { CiphertextBlob } = await call('Encrypt', { KeyId: keyId, Plaintext, EncryptionContext });
      for (const other of [undefined, {}, { repository: 'y' }, { Repository: 'x' }, { repository: 'x', more: '' }]) {
        await expect(call('Decrypt', { CiphertextBlob, EncryptionContext: other })).rejects.toMatchObject(INVALID);
      }
      for (let position = 0; position < CiphertextBlob.length; position += 31) {
        const altered = Buffer.from(CiphertextBlob);
        altered[position] = (altered[position] ?? 0) ^ 1;
        const decryption = call('Decrypt', { CiphertextBlob: altered, EncryptionContext, KeyId: keyId });
        await expect(decryption, `byte ${position}`).rejects.toMatchObject({
          name: expect.stringMatching(/^(?:InvalidCiphertext|IncorrectKey)Exception$/),
        });
      }
      for (const CiphertextBlob of [Buffer.from([1]), randomBytes(100), Buffer.alloc(6144)]) {
        await expect(call('Decrypt', { CiphertextBlob, KeyId: keyId })).rejects.toMatchObject(INVALID);
      }
    });

    it('takes 1 to 4096 bytes, whose ciphertext fits into Decrypt whatever the context', async () => {
      const EncryptionContext = { long: 'x'.repeat(8000) };
      const largest = randomBytes(4096);
      const { CiphertextBlob } = await call('Encrypt', { KeyId: keyId, Plaintext: largest, EncryptionContext });
      expect(CiphertextBlob.length).toBeLessThanOrEqual(6144);
      expect((await call('Decrypt', { CiphertextBlob, EncryptionContext })).Plaintext).toEqual(largest);
      await expect(call('Encrypt', { KeyId: keyId, Plaintext: randomBytes(4097) })).rejects.toMatchObject({
        name: 'ValidationException',
        message:
          "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
      });
      await expect(call('Encrypt', { KeyId: keyId, Plaintext: Buffer.alloc(0) })).rejects.toMatchObject({
        name: 'ValidationException',
      });
      await expect(call('Decrypt', {})).rejects.toMatchObject({ name: 'ValidationException' });
    });

    it('wants the key that a request names', async () => {
      const other = await newKey();
      const signing = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
      const { CiphertextBlob } = await call('Encrypt', { KeyId: keyId, Plaintext });
      for (const KeyId of [other.KeyId, signing.KeyId]) {
        await expect(call('Decrypt', { CiphertextBlob, KeyId })).rejects.toMatchObject(INCORRECT);
      }
      await expect(call('Encrypt', { KeyId: signing.KeyId, Plaintext })).rejects.toMatchObject({
        name: 'InvalidKeyUsageException',
        message: `${signing.Arn} key usage is SIGN_VERIFY which is not valid for Encrypt.`,
      });
      await expect(call('GenerateDataKey', { KeyId: signing.KeyId, KeySpec: 'AES_256' })).rejects.toMatchObject({
        name: 'InvalidKeyUsageException',
      });
    });

    it('is told apart by permissions, contexts and algorithms', async () => {
      const only = (Action: string, Condition = {}) =>
        callOf([{ Effect: 'Allow', Action, ...(Object.keys(Condition).length > 0 && { Condition }) }]);
      const { CiphertextBlob } = await call('Encrypt', {
        KeyId: keyId,
        Plaintext,
        EncryptionContext: { stage: 'test' },
      });
      const decrypt = (by: Call, input = {}) =>
        call('Decrypt', { CiphertextBlob, EncryptionContext: { stage: 'test' }, ...input }, by);
      await decrypt(only('kms:Decrypt', { StringEquals: { 'kms:EncryptionContext:stage': 'test' } }));
      await decrypt(only('kms:Decrypt', { StringEquals: { 'kms:RequestAlias': 'alias/main' } }), {
        KeyId: 'alias/main',
      });
      for (const by of [
        only('kms:Encrypt'),
        only('kms:Decrypt', { StringEquals: { 'kms:EncryptionContext:stage': 'live' } }),
        only('kms:Decrypt', { StringEquals: { 'kms:RequestAlias': 'alias/main' } }),
        only('kms:Decrypt', { StringEquals: { 'kms:ViaService': `codecommit.${REGION}.amazonaws.com` } }),
        only('kms:Decrypt', { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['other'] } }),
        only('kms:Decrypt', { StringEquals: { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_256' } }),
      ]) {
        await expect(decrypt(by)).rejects.toThrow(AccessDeniedError);
      }
    });

    it('tells other accounts nothing of the keys of ciphertexts', async () => {
      const { CiphertextBlob } = await call('Encrypt', { KeyId: keyId, Plaintext });
      const stranger = callOf([{ Effect: 'Allow', Action: 'kms:*' }], { accountId: OTHER_ACCOUNT });
      const unknown = Buffer.from(CiphertextBlob);
      unknown[5] = (unknown[5] ?? 0) ^ 1;
      for (const [blob, by] of [
        [CiphertextBlob, stranger],
        [unknown, stranger],
        [unknown, admin],
        [CiphertextBlob, callOf([{ Effect: 'Allow', Action: 'kms:*' }], { region: 'eu-west-1' })],
      ] as const) {
        await expect(call('Decrypt', { CiphertextBlob: blob }, by)).rejects.toMatchObject({
          name: 'AccessDeniedException',
          message: `User: ${by.principal.arn} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
        });
      }
    });

    it('stops while the key is disabled', async () => {
      const { KeyId, Arn } = await newKey();
      const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext });
      await call('DisableKey', { KeyId });
      for (const [name, input] of [
        ['Encrypt', { KeyId, Plaintext }],
        ['Decrypt', { CiphertextBlob }],
        ['ReEncrypt', { CiphertextBlob, DestinationKeyId: keyId }],
        ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
        ['GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_256' }],
        ['GenerateDataKeyPair', { KeyId, KeyPairSpec: 'ECC_NIST_P256' }],
      ] as const) {
        const refusal = { name: 'DisabledException', message: `${Arn} is disabled.` };
        await expect(call(name, input), name).rejects.toMatchObject(refusal);
      }
      await call('EnableKey', { KeyId });
      expect((await call('Decrypt', { CiphertextBlob })).Plaintext).toEqual(Plaintext);
    });

    it('moves to another key by ReEncrypt, which needs a permission on either', async () => {
      const other = await newKey();
      const { CiphertextBlob } = await call('Encrypt', { KeyId: keyId, Plaintext, EncryptionContext: { a: '1' } });
      const input = {
        CiphertextBlob,
        SourceEncryptionContext: { a: '1' },
        DestinationKeyId: other.KeyId,
        DestinationEncryptionContext: { b: '2' },
      };
      const allow = (Action: string, Resource: string, Condition?: object) => ({
        Effect: 'Allow' as const,
        Action,
        Resource,
        ...(Condition !== undefined && { Condition: { Bool: { 'kms:ReEncryptOnSameKey': 'false' } } }),
      });
      const from = allow('kms:ReEncryptFrom', arn, {});
      const to = allow('kms:ReEncryptTo', other.Arn, {});
      const moved = await call('ReEncrypt', input, callOf([from, to]));
      expect(moved).toEqual({
        CiphertextBlob: expect.any(Buffer),
        SourceKeyId: arn,
        KeyId: other.Arn,
        SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        SourceKeyMaterialId: expect.any(String),
        DestinationKeyMaterialId: expect.any(String),
      });
      const back = { CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { b: '2' }, KeyId: other.KeyId };
      expect((await call('Decrypt', back)).Plaintext).toEqual(Plaintext);
      for (const statements of [[from], [to], []]) {
        await expect(call('ReEncrypt', input, callOf(statements))).rejects.toThrow(AccessDeniedError);
      }
      const same = { ...input, DestinationKeyId: keyId };
      const onSame = callOf([from, allow('kms:ReEncryptTo', arn, {})]);
      await expect(call('ReEncrypt', same, onSame)).rejects.toThrow(AccessDeniedError);
      await call('ReEncrypt', same);
      await expect(call('ReEncrypt', { ...input, SourceKeyId: other.KeyId })).rejects.toMatchObject(INCORRECT);
    });

    it.each([
      [{ KeySpec: 'AES_128' }, 16],
      [{ KeySpec: 'AES_256' }, 32],
      [{ NumberOfBytes: 1 }, 1],
      [{ NumberOfBytes: 1024 }, 1024],
    ])('makes data keys of %j', async (size, bytes) => {
      const EncryptionContext = { a: '1' };
      const made = await call('GenerateDataKey', { KeyId: keyId, EncryptionContext, ...size });
      expect(made.Plaintext).toHaveLength(bytes);
      expect(made.KeyId).toBe(arn);
      const { CiphertextBlob } = made;
      expect((await call('Decrypt', { CiphertextBlob, EncryptionContext })).Plaintext).toEqual(made.Plaintext);
      const sealed = await call('GenerateDataKeyWithoutPlaintext', { KeyId: keyId, EncryptionContext, ...size });
      expect(Object.keys(sealed).sort()).toEqual(['CiphertextBlob', 'KeyId', 'KeyMaterialId']);
      const opened = await call('Decrypt', { CiphertextBlob: sealed.CiphertextBlob, EncryptionContext });
      expect(opened.Plaintext).toHaveLength(bytes);
    });

    it.each([{}, { KeySpec: 'AES_256', NumberOfBytes: 32 }])('wants one size of a data key, not %j', async (size) => {
      await expect(call('GenerateDataKey', { KeyId: keyId, ...size })).rejects.toMatchObject({
        name: 'ValidationException',
        message: 'Please specify either number of bytes or key spec.',
      });
    });

    it('makes key pairs whose private key decrypts', async () => {
      for (const KeyPairSpec of ['ECC_NIST_P256', 'RSA_2048', 'ECC_NIST_EDWARDS25519']) {
        const pair = await call('GenerateDataKeyPair', { KeyId: keyId, KeyPairSpec });
        const { PrivateKeyCiphertextBlob: CiphertextBlob, PrivateKeyPlaintext, PublicKey, ...rest } = pair;
        expect(rest).toEqual({ KeyId: arn, KeyPairSpec, KeyMaterialId: expect.any(String) });
        expect((await call('Decrypt', { CiphertextBlob })).Plaintext).toEqual(PrivateKeyPlaintext);
        const privateKey = createPrivateKey({ key: PrivateKeyPlaintext, format: 'der', type: 'pkcs8' });
        const publicKey = createPublicKey({ key: PublicKey, format: 'der', type: 'spki' });
        const hash = KeyPairSpec === 'ECC_NIST_EDWARDS25519' ? null : 'sha256';
        expect(verify(hash, Plaintext, publicKey, sign(hash, Plaintext, privateKey))).toBe(true);
      }
      const sealed = await call('GenerateDataKeyPairWithoutPlaintext', { KeyId: keyId, KeyPairSpec: 'ECC_NIST_P384' });
      expect(sealed).not.toHaveProperty('PrivateKeyPlaintext');
      await expect(call('GenerateDataKeyPair', { KeyId: keyId, KeyPairSpec: 'SM2' })).rejects.toMatchObject({
        name: 'UnsupportedOperationException',
      });
    });

    it('gives random bytes', async () => {
      expect((await call('GenerateRandom', { NumberOfBytes: 1024 })).Plaintext).toHaveLength(1024);
      await expect(call('GenerateRandom', {})).rejects.toMatchObject({
        name: 'ValidationException',
        message: 'NumberOfBytes is required.',
      });
      await expect(call('GenerateRandom', { NumberOfBytes: 1 }, callOf([]))).rejects.toThrow(AccessDeniedError);
    });

    it('tells by DryRun whether a request would succeed, and does nothing', async () => {
      const { CiphertextBlob } = await call('Encrypt', { KeyId: keyId, Plaintext });
      const mac = (await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })).KeyId;
      const GranteePrincipal = `arn:aws:iam::${ACCOUNT}:user/bob`;
      const requests = [
        ['Encrypt', { KeyId: keyId, Plaintext }],
        ['Decrypt', { CiphertextBlob }],
        ['ReEncrypt', { CiphertextBlob, DestinationKeyId: keyId }],
        ['GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' }],
        ['GenerateDataKeyWithoutPlaintext', { KeyId: keyId, KeySpec: 'AES_256' }],
        ['GenerateDataKeyPair', { KeyId: keyId, KeyPairSpec: 'ECC_NIST_P256' }],
        ['GenerateMac', { KeyId: mac, Message: Plaintext, MacAlgorithm: 'HMAC_SHA_256' }],
        ['CreateGrant', { KeyId: keyId, GranteePrincipal, Operations: ['Decrypt'] }],
      ] as const;
      for (const [name, input] of requests) {
        await expect(call(name, { ...input, DryRun: true }), name).rejects.toMatchObject({
          name: 'DryRunOperationException',
          message: 'The request would have succeeded, but the DryRun option is set.',
        });
        await expect(call(name, { ...input, DryRun: true }, callOf([])), name).rejects.toThrow(AccessDeniedError);
      }
      expect((await call('ListGrants', { KeyId: keyId })).Grants).toEqual([]);
    });

    it.each(['Decrypt', 'GenerateDataKey', 'GenerateRandom', 'GenerateDataKeyPair'])(
      '%s refuses enclaves',
      async (name) => {
        const { CiphertextBlob } = await call('Encrypt', { KeyId: keyId, Plaintext });
        const input = { KeyId: keyId, CiphertextBlob, NumberOfBytes: 8, KeyPairSpec: 'RSA_2048', Recipient: {} };
        await expect(call(name, input)).rejects.toMatchObject({ name: 'UnsupportedOperationException' });
      },
    );

    it('with RSA keys takes what fits, without a context, under the algorithm and key that are named', async () => {
      const { KeyId, Arn } = await newKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
      for (const [EncryptionAlgorithm, bytes] of [
        ['RSAES_OAEP_SHA_1', 214],
        ['RSAES_OAEP_SHA_256', 190],
      ] as const) {
        const largest = randomBytes(bytes);
        const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: largest, EncryptionAlgorithm });
        const decrypted = await call('Decrypt', { KeyId, CiphertextBlob, EncryptionAlgorithm });
        expect(decrypted).toEqual({ KeyId: Arn, Plaintext: largest, EncryptionAlgorithm });
        await expect(
          call('Encrypt', { KeyId, Plaintext: randomBytes(bytes + 1), EncryptionAlgorithm }),
        ).rejects.toMatchObject({
          name: 'ValidationException',
          message: `Algorithm ${EncryptionAlgorithm} and key spec RSA_2048 cannot encrypt data larger than ${bytes} bytes.`,
        });
        await expect(call('Decrypt', { CiphertextBlob, EncryptionAlgorithm })).rejects.toMatchObject(INVALID);
        const other = EncryptionAlgorithm === 'RSAES_OAEP_SHA_1' ? 'RSAES_OAEP_SHA_256' : 'RSAES_OAEP_SHA_1';
        await expect(call('Decrypt', { KeyId, CiphertextBlob, EncryptionAlgorithm: other })).rejects.toMatchObject(
          INVALID,
        );
      }
      await expect(call('Encrypt', { KeyId, Plaintext })).rejects.toMatchObject({
        name: 'InvalidKeyUsageException',
        message: 'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.',
      });
      const withContext = {
        KeyId,
        Plaintext,
        EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
        EncryptionContext: { a: '1' },
      };
      await expect(call('Encrypt', withContext)).rejects.toMatchObject({ name: 'ValidationException' });
      const { CiphertextBlob } = await call('Encrypt', { KeyId: keyId, Plaintext });
      const moved = await call('ReEncrypt', {
        CiphertextBlob,
        DestinationKeyId: KeyId,
        DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      });
      const back = { KeyId, CiphertextBlob: moved.CiphertextBlob, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' };
      expect((await call('Decrypt', back)).Plaintext).toEqual(Plaintext);
    });
  });
});

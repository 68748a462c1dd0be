import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { AccessDeniedError } from '../../access/authorization.ts';
import type { Call } from '../operation.ts';
import { isSignatureOf } from './signature-algorithms.ts';
import { callOf, openKms, run } from './test-account.ts';

const admin = callOf([{ Effect: 'Allow', Action: 'kms:*' }]);
const Message = Buffer.from('what is signed');

/** Node's names for what an algorithm does, to check signatures by other means than KMS's own. */
const SPECS: readonly (readonly [
  spec: string,
  algorithms: readonly (readonly [name: string, hash: string | null])[],
])[] = [
  [
    'RSA_2048',
    [
      ['RSASSA_PKCS1_V1_5_SHA_256', 'sha256'],
      ['RSASSA_PKCS1_V1_5_SHA_384', 'sha384'],
      ['RSASSA_PKCS1_V1_5_SHA_512', 'sha512'],
      ['RSASSA_PSS_SHA_256', 'sha256'],
      ['RSASSA_PSS_SHA_384', 'sha384'],
      ['RSASSA_PSS_SHA_512', 'sha512'],
    ],
  ],
  ['ECC_NIST_P256', [['ECDSA_SHA_256', 'sha256']]],
  ['ECC_NIST_P384', [['ECDSA_SHA_384', 'sha384']]],
  ['ECC_NIST_P521', [['ECDSA_SHA_512', 'sha512']]],
  ['ECC_SECG_P256K1', [['ECDSA_SHA_256', 'sha256']]],
  ['ECC_NIST_EDWARDS25519', [['ED25519_SHA_512', null]]],
];

describe.each(databaseEngines)('signatures of KMS keys on $name', (engine) => {
  describe.skipIf(engine.skipReason)(engine.skipReason ?? '', () => {
    let kms: Awaited<ReturnType<typeof openKms>>;
    const call = (name: string, input: object, by: Call = admin) => run(kms.services, by, name, input);
    const newKey = async (input: object) => (await call('CreateKey', input)).KeyMetadata;

    beforeAll(async () => {
      kms = await openKms(engine);
    });
    afterAll(() => kms.close());

    it.each(SPECS)('of %s are those of their standards, of messages and of digests', async (KeySpec, algorithms) => {
      const { KeyId, Arn, SigningAlgorithms } = await newKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' });
      const alone = SigningAlgorithms.filter((name: string) => name !== 'ED25519_PH_SHA_512');
      expect(alone).toEqual(algorithms.map(([name]) => name));
      const { PublicKey, ...described } = await call('GetPublicKey', { KeyId });
      expect(described).toEqual({
        KeyId: Arn,
        CustomerMasterKeySpec: KeySpec,
        KeySpec,
        KeyUsage: 'SIGN_VERIFY',
        SigningAlgorithms,
      });
      const key = createPublicKey({ key: PublicKey, format: 'der', type: 'spki' });
      for (const [SigningAlgorithm, hash] of algorithms) {
        const padding = SigningAlgorithm.includes('PSS')
          ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
          : {};
        const raw = { KeyId, Message, SigningAlgorithm };
        const digest = hash === null ? undefined : createHash(hash).update(Message).digest();
        const digested = { KeyId, Message: digest, MessageType: 'DIGEST', SigningAlgorithm };
        for (const request of digest === undefined ? [raw] : [raw, digested]) {
          const { Signature, ...rest } = await call('Sign', request);
          expect(rest).toEqual({ KeyId: Arn, SigningAlgorithm });
          expect(verify(hash, Message, { key, ...padding }, Signature)).toBe(true);
          const verifications = digest === undefined ? [raw] : [raw, digested];
          for (const verification of verifications) {
            expect(await call('Verify', { ...verification, Signature })).toEqual({
              KeyId: Arn,
              SignatureValid: true,
              SigningAlgorithm,
            });
            const altered = Buffer.from(Signature);
            altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
            for (const bad of [altered, Buffer.from('no signature'), randomBytes(256)]) {
              await expect(call('Verify', { ...verification, Signature: bad })).rejects.toMatchObject({
                name: 'KMSInvalidSignatureException',
                message: '',
              });
            }
          }
        }
        const wrong = { ...raw, MessageType: 'DIGEST', Message: randomBytes(20) };
        await expect(call('Sign', wrong)).rejects.toMatchObject({
          name: 'ValidationException',
          message:
            hash === null
              ? `Algorithm ${SigningAlgorithm} requires MessageType RAW.`
              : `Digest is invalid length for algorithm ${SigningAlgorithm}.`,
        });
      }
    });

    it('of Ed25519ph are those of digests alone', async () => {
      const { KeyId } = await newKey({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' });
      const digest = createHash('sha512').update(Message).digest();
      const request = { KeyId, Message: digest, MessageType: 'DIGEST', SigningAlgorithm: 'ED25519_PH_SHA_512' };
      const { Signature } = await call('Sign', request);
      const { PublicKey } = await call('GetPublicKey', { KeyId });
      const { x = '' } = createPublicKey({ key: PublicKey, format: 'der', type: 'spki' }).export({ format: 'jwk' });
      expect(ed25519ph.verify(Signature, Message, Buffer.from(x, 'base64url'))).toBe(true);
      expect(await call('Verify', { ...request, Signature })).toMatchObject({ SignatureValid: true });
      for (const bad of [Buffer.from(Signature).fill(0, 60), Buffer.from('no signature')]) {
        await expect(call('Verify', { ...request, Signature: bad })).rejects.toMatchObject({
          name: 'KMSInvalidSignatureException',
        });
      }
      await expect(call('Sign', { ...request, MessageType: 'RAW' })).rejects.toMatchObject({
        name: 'ValidationException',
        message: 'Algorithm ED25519_PH_SHA_512 requires MessageType DIGEST.',
      });
    });

    it('refuse algorithms and usages of other keys', async () => {
      const signing = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
      const mac = await newKey({ KeySpec: 'HMAC_224', KeyUsage: 'GENERATE_VERIFY_MAC' });
      await expect(
        call('Sign', { KeyId: signing.KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_384' }),
      ).rejects.toMatchObject({
        name: 'InvalidKeyUsageException',
        message: 'Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.',
      });
      await expect(
        call('Sign', { KeyId: mac.KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' }),
      ).rejects.toMatchObject({
        name: 'InvalidKeyUsageException',
        message: `${mac.Arn} key usage is GENERATE_VERIFY_MAC which is not valid for Sign.`,
      });
      await expect(call('GetPublicKey', { KeyId: mac.KeyId })).rejects.toMatchObject({
        name: 'UnsupportedOperationException',
      });
      const prehashed = {
        KeyId: signing.KeyId,
        Message,
        SigningAlgorithm: 'ECDSA_SHA_256',
        MessageType: 'EXTERNAL_MU',
      };
      await expect(call('Sign', prehashed)).rejects.toMatchObject({ name: 'UnsupportedOperationException' });
      const onlyDigests = callOf([
        { Effect: 'Allow', Action: 'kms:Sign', Condition: { StringEquals: { 'kms:MessageType': 'DIGEST' } } },
      ]);
      const request = { KeyId: signing.KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' };
      await expect(call('Sign', request, onlyDigests)).rejects.toThrow(AccessDeniedError);
    });

    it.each([
      ['HMAC_224', 'HMAC_SHA_224', 28],
      ['HMAC_256', 'HMAC_SHA_256', 32],
      ['HMAC_384', 'HMAC_SHA_384', 48],
      ['HMAC_512', 'HMAC_SHA_512', 64],
    ])('of %s keys are HMACs', async (KeySpec, MacAlgorithm, bytes) => {
      const { KeyId, Arn } = await newKey({ KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' });
      const { Mac, ...rest } = await call('GenerateMac', { KeyId, Message, MacAlgorithm });
      expect(rest).toEqual({ KeyId: Arn, MacAlgorithm });
      const { material } = await kms.database
        .selectFrom('kms_key_materials')
        .select('material')
        .where('key_id', '=', KeyId)
        .executeTakeFirstOrThrow();
      const secret = await kms.sealer.unseal(material, { purpose: 'kms-key-material', keyId: KeyId, version: '1' });
      expect(secret).toHaveLength(bytes);
      expect(Mac).toEqual(createHmac(MacAlgorithm.replace('HMAC_SHA_', 'sha'), secret).update(Message).digest());
      const verification = { KeyId, Message, MacAlgorithm };
      expect(await call('VerifyMac', { ...verification, Mac })).toEqual({ KeyId: Arn, MacAlgorithm, MacValid: true });
      for (const bad of [Mac.subarray(1), randomBytes(Mac.length)]) {
        await expect(call('VerifyMac', { ...verification, Mac: bad })).rejects.toMatchObject({
          name: 'KMSInvalidMacException',
          message: '',
        });
      }
      const other = MacAlgorithm === 'HMAC_SHA_256' ? 'HMAC_SHA_512' : 'HMAC_SHA_256';
      await expect(call('GenerateMac', { ...verification, MacAlgorithm: other })).rejects.toMatchObject({
        name: 'InvalidKeyUsageException',
        message: `Algorithm ${other} is incompatible with key spec ${KeySpec}.`,
      });
    });
  });
});

describe('RSASSA-PSS over a digest', () => {
  it('accepts what Node signs with keys of any size, and nothing signed with another salt length', () => {
    for (const modulusLength of [2048, 3072, 2049]) {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
      const spki = publicKey.export({ type: 'spki', format: 'der' });
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      const message = { bytes: createHash('sha256').update(Message).digest(), isDigest: true };
      const signed = (saltLength: number) => sign('sha256', Message, { key: privateKey, padding, saltLength });
      const own = signed(constants.RSA_PSS_SALTLEN_DIGEST);
      expect(isSignatureOf(spki, 'RSASSA_PSS_SHA_256', message, own)).toBe(true);
      expect(isSignatureOf(spki, 'RSASSA_PSS_SHA_256', message, signed(20))).toBe(false);
    }
  });
});

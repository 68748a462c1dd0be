import type {
  EncryptionAlgorithmSpec,
  KeySpec,
  KeyUsageType,
  MacAlgorithmSpec,
  SigningAlgorithmSpec,
} from '@aws-sdk/client-kms';
import { unsupported, validationException } from './errors.ts';

/** What a key of one kind is made of. */
export type KeyShape =
  | { readonly type: 'symmetric'; readonly bytes: number }
  | { readonly type: 'rsa'; readonly bits: number }
  | { readonly type: 'ec'; readonly namedCurve: string }
  | { readonly type: 'ed25519' };

/** What a key may be used for, and the algorithms that it may be used with, as DescribeKey shows them. */
export interface KeyAlgorithms {
  readonly EncryptionAlgorithms?: EncryptionAlgorithmSpec[];
  readonly SigningAlgorithms?: SigningAlgorithmSpec[];
  readonly MacAlgorithms?: MacAlgorithmSpec[];
}

interface KeyKind {
  readonly shape: KeyShape;
  readonly usages: Partial<Readonly<Record<KeyUsageType, KeyAlgorithms>>>;
}

const rsaUsages: KeyKind['usages'] = {
  ENCRYPT_DECRYPT: { EncryptionAlgorithms: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] },
  SIGN_VERIFY: {
    SigningAlgorithms: [
      'RSASSA_PKCS1_V1_5_SHA_256',
      'RSASSA_PKCS1_V1_5_SHA_384',
      'RSASSA_PKCS1_V1_5_SHA_512',
      'RSASSA_PSS_SHA_256',
      'RSASSA_PSS_SHA_384',
      'RSASSA_PSS_SHA_512',
    ],
  },
};

function rsa(bits: number): KeyKind {
  return { shape: { type: 'rsa', bits }, usages: rsaUsages };
}

function ec(namedCurve: string, algorithm: SigningAlgorithmSpec): KeyKind {
  return { shape: { type: 'ec', namedCurve }, usages: { SIGN_VERIFY: { SigningAlgorithms: [algorithm] } } };
}

function hmac(bytes: number, algorithm: MacAlgorithmSpec): KeyKind {
  return { shape: { type: 'symmetric', bytes }, usages: { GENERATE_VERIFY_MAC: { MacAlgorithms: [algorithm] } } };
}

/**
 * The kinds of keys that can be made, of those in KMS's model. Key agreement, SM2 and ML-DSA are not among them.
 * Source: KMS Developer Guide, "Key spec reference"; an HMAC key is as long as its hash.
 */
const kinds: ReadonlyMap<string, KeyKind> = new Map<KeySpec, KeyKind>([
  [
    'SYMMETRIC_DEFAULT',
    {
      shape: { type: 'symmetric', bytes: 32 },
      usages: { ENCRYPT_DECRYPT: { EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'] } },
    },
  ],
  ['RSA_2048', rsa(2048)],
  ['RSA_3072', rsa(3072)],
  ['RSA_4096', rsa(4096)],
  ['ECC_NIST_P256', ec('P-256', 'ECDSA_SHA_256')],
  ['ECC_NIST_P384', ec('P-384', 'ECDSA_SHA_384')],
  ['ECC_NIST_P521', ec('P-521', 'ECDSA_SHA_512')],
  ['ECC_SECG_P256K1', ec('secp256k1', 'ECDSA_SHA_256')],
  [
    'ECC_NIST_EDWARDS25519',
    {
      shape: { type: 'ed25519' },
      usages: { SIGN_VERIFY: { SigningAlgorithms: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'] } },
    },
  ],
  ['HMAC_224', hmac(28, 'HMAC_SHA_224')],
  ['HMAC_256', hmac(32, 'HMAC_SHA_256')],
  ['HMAC_384', hmac(48, 'HMAC_SHA_384')],
  ['HMAC_512', hmac(64, 'HMAC_SHA_512')],
]);

/** @throws UnsupportedOperationException for a kind of key that cannot be made here */
export function keyShape(keySpec: string): KeyShape {
  return kindOf(keySpec).shape;
}

/** The algorithms of a key; none for a usage that its kind does not have. */
export function keyAlgorithms(keySpec: string, keyUsage: string): KeyAlgorithms {
  return kindOf(keySpec).usages[keyUsage as KeyUsageType] ?? {};
}

/**
 * The usage of a new key.
 *
 * @throws ValidationException where it must be told or does not suit the kind, UnsupportedOperationException for what
 *   is not served here
 */
export function usageOf(keySpec: string, keyUsage: KeyUsageType | undefined): KeyUsageType {
  const { usages } = kindOf(keySpec);
  if (keyUsage === undefined) {
    if (keySpec === 'SYMMETRIC_DEFAULT') return 'ENCRYPT_DECRYPT';
    throw validationException(
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    );
  }
  if (usages[keyUsage] !== undefined) return keyUsage;
  if (keyUsage === 'KEY_AGREEMENT' && keySpec.startsWith('ECC_NIST_P')) {
    throw unsupported('KeyUsage KEY_AGREEMENT is not supported.');
  }
  throw validationException(`KeyUsage ${keyUsage} is not compatible with KeySpec ${keySpec}`);
}

function kindOf(keySpec: string): KeyKind {
  const kind = kinds.get(keySpec);
  if (kind === undefined) throw unsupported(`KeySpec ${keySpec} is not supported`);
  return kind;
}

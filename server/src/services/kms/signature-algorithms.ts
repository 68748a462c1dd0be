import {
  constants,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import type { SigningAlgorithmSpec } from '@aws-sdk/client-kms';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { ed25519OfDigest } from './ed25519ph.ts';
import { encodePss, isPssEncoding } from './emsa-pss.ts';
import { validationException } from './errors.ts';

/** The bytes to sign: the message, or its digest as the algorithm wants it. */
interface SignedMessage {
  readonly bytes: Uint8Array;
  readonly isDigest: boolean;
}

interface SignatureAlgorithm {
  readonly family: 'pkcs1' | 'pss' | 'ecdsa' | 'eddsa' | 'eddsa of a digest';
  readonly hash: string;
  readonly digestBytes: number;
}

/** Of Ed25519: RFC 8032, section 5.1.6. */
const SIGNATURE_BYTES = 64;
const algorithms: Readonly<Partial<Record<SigningAlgorithmSpec, SignatureAlgorithm>>> = {
  RSASSA_PKCS1_V1_5_SHA_256: { family: 'pkcs1', hash: 'sha256', digestBytes: 32 },
  RSASSA_PKCS1_V1_5_SHA_384: { family: 'pkcs1', hash: 'sha384', digestBytes: 48 },
  RSASSA_PKCS1_V1_5_SHA_512: { family: 'pkcs1', hash: 'sha512', digestBytes: 64 },
  RSASSA_PSS_SHA_256: { family: 'pss', hash: 'sha256', digestBytes: 32 },
  RSASSA_PSS_SHA_384: { family: 'pss', hash: 'sha384', digestBytes: 48 },
  RSASSA_PSS_SHA_512: { family: 'pss', hash: 'sha512', digestBytes: 64 },
  ECDSA_SHA_256: { family: 'ecdsa', hash: 'sha256', digestBytes: 32 },
  ECDSA_SHA_384: { family: 'ecdsa', hash: 'sha384', digestBytes: 48 },
  ECDSA_SHA_512: { family: 'ecdsa', hash: 'sha512', digestBytes: 64 },
  ED25519_SHA_512: { family: 'eddsa', hash: 'sha512', digestBytes: 64 },
  ED25519_PH_SHA_512: { family: 'eddsa of a digest', hash: 'sha512', digestBytes: 64 },
};

/** ASN.1 DigestInfo before a digest: RFC 8017, section 9.2, note 1. */
const digestInfoPrefixes: Readonly<Record<string, Buffer>> = {
  sha256: Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  sha384: Buffer.from('3041300d060960864801650304020205000430', 'hex'),
  sha512: Buffer.from('3051300d060960864801650304020305000440', 'hex'),
};

/** Node signs messages only; digests that callers made are signed by this library. */
const curves: Readonly<Record<string, typeof p256>> = {
  'P-256': p256,
  'P-384': p384,
  'P-521': p521,
  secp256k1,
};
const onDigest = { prehash: false, lowS: false, format: 'der' } as const;

/**
 * @param privateKey PKCS #8 (DER)
 * @returns an ECDSA signature as in ANSI X9.62 (DER), any other as its standard has it
 * @throws ValidationException for a digest of another length, or where the algorithm takes none
 */
export function signMessage(privateKey: Buffer, name: SigningAlgorithmSpec, message: SignedMessage): Buffer {
  const algorithm = algorithmOf(name, message);
  const key = createPrivateKey({ key: privateKey, type: 'pkcs8', format: 'der' });
  if (!message.isDigest) return sign(hashName(algorithm), message.bytes, { key, ...paddingOf(algorithm) });
  const digest = Buffer.from(message.bytes);
  switch (algorithm.family) {
    case 'pkcs1':
      return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digestInfo(algorithm, digest));
    case 'pss':
      return privateEncrypt(
        { key, padding: constants.RSA_NO_PADDING },
        encodePss(digest, algorithm.hash, modulusBits(key)),
      );
    case 'eddsa of a digest':
      return Buffer.from(ed25519OfDigest.sign(digest, bytesOf(key, 'd')));
    default: {
      const { crv = '', d = '' } = key.export({ format: 'jwk' });
      return Buffer.from(curveOf(crv).sign(digest, Buffer.from(d, 'base64url'), onDigest));
    }
  }
}

/**
 * @param publicKey SubjectPublicKeyInfo (DER)
 * @throws ValidationException for a digest of another length, or where the algorithm takes none
 */
export function isSignatureOf(
  publicKey: Buffer,
  name: SigningAlgorithmSpec,
  message: SignedMessage,
  signature: Uint8Array,
): boolean {
  const algorithm = algorithmOf(name, message);
  const key = createPublicKey({ key: publicKey, type: 'spki', format: 'der' });
  if (!message.isDigest) return verify(hashName(algorithm), message.bytes, { key, ...paddingOf(algorithm) }, signature);
  const digest = Buffer.from(message.bytes);
  switch (algorithm.family) {
    case 'pkcs1':
      return equal(opened(key, constants.RSA_PKCS1_PADDING, signature), digestInfo(algorithm, digest));
    case 'pss': {
      const encoded = opened(key, constants.RSA_NO_PADDING, signature);
      return encoded !== undefined && isPssEncoding(encoded, digest, algorithm.hash, modulusBits(key));
    }
    case 'eddsa of a digest':
      return signature.length === SIGNATURE_BYTES && ed25519OfDigest.verify(signature, digest, bytesOf(key, 'x'));
    default: {
      const { crv = '', x = '', y = '' } = key.export({ format: 'jwk' });
      const uncompressed = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
      return curveOf(crv).verify(signature, digest, uncompressed, onDigest);
    }
  }
}

function algorithmOf(name: SigningAlgorithmSpec, { bytes, isDigest }: SignedMessage): SignatureAlgorithm {
  const algorithm = algorithms[name];
  if (algorithm === undefined) throw new Error(`${name} is no algorithm of any key here`);
  if (!isDigest && algorithm.family === 'eddsa of a digest') {
    throw validationException(`Algorithm ${name} requires MessageType DIGEST.`);
  }
  if (!isDigest) return algorithm;
  if (algorithm.family === 'eddsa') throw validationException(`Algorithm ${name} requires MessageType RAW.`);
  if (bytes.length !== algorithm.digestBytes) {
    throw validationException(`Digest is invalid length for algorithm ${name}.`);
  }
  return algorithm;
}

function bytesOf(key: KeyObject, member: 'd' | 'x'): Buffer {
  return Buffer.from(key.export({ format: 'jwk' })[member] ?? '', 'base64url');
}

/** Ed25519 hashes by itself. */
function hashName({ family, hash }: SignatureAlgorithm): string | null {
  return family === 'eddsa' ? null : hash;
}

function paddingOf({ family }: SignatureAlgorithm) {
  if (family !== 'pss') return {};
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}

function digestInfo({ hash }: SignatureAlgorithm, digest: Buffer): Buffer {
  return Buffer.concat([digestInfoPrefixes[hash] ?? Buffer.alloc(0), digest]);
}

/** What an RSA signature says; undefined for what is none. */
function opened(key: KeyObject, padding: number, signature: Uint8Array): Buffer | undefined {
  try {
    return publicDecrypt({ key, padding }, signature);
  } catch {
    return undefined;
  }
}

function equal(actual: Buffer | undefined, expected: Buffer): boolean {
  return actual?.length === expected.length && timingSafeEqual(actual, expected);
}

function modulusBits(key: KeyObject): number {
  return key.asymmetricKeyDetails?.modulusLength ?? 0;
}

function curveOf(name: string): typeof p256 {
  const curve = curves[name];
  if (curve === undefined) throw new Error(`No key here is on the curve ${name}`);
  return curve;
}

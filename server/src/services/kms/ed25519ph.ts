import { createHash } from 'node:crypto';
import { eddsa } from '@noble/curves/abstract/edwards.js';
import { ed25519 } from '@noble/curves/ed25519.js';

const DOMAIN = new TextEncoder().encode('SigEd25519 no Ed25519 collisions');
const SHA512 = { outputLen: 64, blockLen: 128 };
/** The message comes hashed. */
const PREHASHED = 1;

/**
 * Ed25519ph of a message's SHA-512 digest, where the library's own takes the message itself.
 *
 * Source: RFC 8032, section 5.1.
 */
export const ed25519OfDigest = eddsa(ed25519.Point, hashOf(sha512), {
  adjustScalarBytes: clamped,
  domain: (data: Uint8Array, context: Uint8Array) =>
    Buffer.concat([DOMAIN, Uint8Array.of(PREHASHED, context.length), context, data]),
  prehash: hashOf((digest) => digest),
  zip215: false,
});

function sha512(message: Uint8Array): Uint8Array {
  return createHash('sha512').update(message).digest();
}

/** As the library takes a hash function. */
function hashOf(hash: (message: Uint8Array) => Uint8Array) {
  return Object.assign(hash, SHA512) as unknown as Parameters<typeof eddsa>[1];
}

/** RFC 8032, section 5.1.5, step 2. */
function clamped(bytes: Uint8Array): Uint8Array {
  bytes.set([(bytes[0] ?? 0) & 248], 0);
  bytes.set([((bytes[31] ?? 0) & 127) | 64], 31);
  return bytes;
}

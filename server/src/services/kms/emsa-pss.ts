import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

// EMSA-PSS of a digest (RFC 8017, section 9.1): Node applies it to messages only. The salt is as long as the digest, and
// the mask is of the same hash, as KMS has it.

const TRAILER = 0xbc;
const PADDING = Buffer.alloc(8);

/** @param modulusBits of the RSA key */
export function encodePss(digest: Buffer, hash: string, modulusBits: number): Buffer {
  const salt = randomBytes(digest.length);
  return encoded(digest, salt, hash, modulusBits);
}

export function isPssEncoding(candidate: Buffer, digest: Buffer, hash: string, modulusBits: number): boolean {
  const { dbBytes, topMask } = layout(digest.length, modulusBits);
  const hashPart = candidate.subarray(dbBytes, dbBytes + digest.length);
  const db = xor(candidate.subarray(0, dbBytes), mask(hashPart, hash, dbBytes));
  db[0] = (db[0] ?? 0) & topMask;
  // The whole encoding follows from digest and salt, so making it again checks every byte of it.
  const expected = encoded(digest, db.subarray(dbBytes - digest.length), hash, modulusBits);
  return candidate.length === expected.length && timingSafeEqual(candidate, expected);
}

function encoded(digest: Buffer, salt: Buffer, hash: string, modulusBits: number): Buffer {
  const { dbBytes, topMask } = layout(digest.length, modulusBits);
  const hashPart = createHash(hash).update(PADDING).update(digest).update(salt).digest();
  const db = Buffer.alloc(dbBytes);
  db[dbBytes - salt.length - 1] = 1;
  salt.copy(db, dbBytes - salt.length);
  const masked = xor(db, mask(hashPart, hash, dbBytes));
  masked[0] = (masked[0] ?? 0) & topMask;
  return Buffer.concat([masked, hashPart, Buffer.from([TRAILER])]);
}

/** `topMask` clears the bits that the modulus has no room for. */
function layout(digestBytes: number, modulusBits: number) {
  const bits = modulusBits - 1;
  const bytes = Math.ceil(bits / 8);
  return { dbBytes: bytes - digestBytes - 1, topMask: 0xff >> (8 * bytes - bits) };
}

/** MGF1: RFC 8017, appendix B.2.1. */
function mask(seed: Buffer, hash: string, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let count = 0; Buffer.concat(blocks).length < length; count++) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(count);
    blocks.push(createHash(hash).update(seed).update(counter).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)));
}

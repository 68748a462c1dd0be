import { createHash } from 'node:crypto';
import type { Database } from '../../storage/database/database.ts';
import { aesKeyring, type EncryptionContext, SealedMessageError } from '../../storage/encryption/messages.ts';
import { type Sealer, sealUnder, unsealUnder } from '../../storage/encryption/sealing.ts';
import { KeyNotFoundError } from './key-errors.ts';
import { type KeyMaterial, materialOfVersion, newestMaterial } from './key-material.ts';

/** Which key and which version of its material a ciphertext needs, by its own account: not proven until it decrypts. */
export interface CiphertextHeader {
  readonly keyId: string;
  readonly version: number;
}

interface SealedUnderKey extends CiphertextHeader {
  readonly ciphertext: Buffer;
}

interface OpenedUnderKey extends CiphertextHeader {
  readonly plaintext: Buffer;
}

/** Of ciphertexts as they are made now: this byte, the key's UUID, the version (32 bits), a message of the SDK. */
const FORMAT = 1;
const KEY_ID_END = 17;
const HEADER_BYTES = 21;

/**
 * Encrypts a few bytes under the newest material of a symmetric key. The encryption context is bound by its hash, so
 * that a ciphertext's size depends on the plaintext's alone: at most 6,144 bytes for 4,096, as on AWS.
 *
 * @throws KeyNotFoundError when the key has been deleted meanwhile
 */
export async function encryptUnderKey(
  database: Database,
  sealer: Sealer,
  keyId: string,
  plaintext: Uint8Array,
  context: EncryptionContext,
): Promise<SealedUnderKey> {
  const material = await newestMaterial(database, sealer, keyId);
  if (material === undefined) throw new KeyNotFoundError(keyId, `Key ${keyId} has no material`);
  const header = { keyId, version: material.version };
  const message = await sealUnder(keyringOf(keyId, material), plaintext, boundContext(header, context));
  return { ...header, ciphertext: Buffer.concat([encodedHeader(header), message]) };
}

/**
 * @throws SealedMessageError when the ciphertext was altered, or made under another context or a material that is not
 *   there
 */
export async function decryptUnderKey(
  database: Database,
  sealer: Sealer,
  header: CiphertextHeader,
  ciphertext: Uint8Array,
  context: EncryptionContext,
): Promise<OpenedUnderKey> {
  const { keyId, version } = header;
  const material = await materialOfVersion(database, sealer, keyId, version);
  if (material === undefined) throw new SealedMessageError(`Key ${keyId} has no material of version ${version}`);
  const message = ciphertext.subarray(HEADER_BYTES);
  const plaintext = await unsealUnder(keyringOf(keyId, material), message, boundContext(header, context));
  return { keyId, version, plaintext };
}

/** Undefined for what no symmetric key here has made. */
export function readCiphertextHeader(ciphertext: Uint8Array): CiphertextHeader | undefined {
  if (ciphertext.length <= HEADER_BYTES || ciphertext[0] !== FORMAT) return undefined;
  const bytes = Buffer.from(ciphertext.buffer, ciphertext.byteOffset, ciphertext.byteLength);
  const uuid = bytes.subarray(1, KEY_ID_END).toString('hex');
  return {
    keyId: uuid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    version: bytes.readUInt32BE(KEY_ID_END),
  };
}

/**
 * Data keys of repositories as they were encrypted before ciphertexts carried a header: bare messages under the first
 * material of the key, their context readable.
 *
 * @throws SealedMessageError
 */
export async function decryptHeaderless(
  database: Database,
  sealer: Sealer,
  keyId: string,
  ciphertext: Uint8Array,
  context: EncryptionContext,
): Promise<Buffer> {
  const material = await materialOfVersion(database, sealer, keyId, 1);
  if (material === undefined) throw new SealedMessageError(`Key ${keyId} has no first material`);
  return unsealUnder(keyringOf(keyId, material), ciphertext, context);
}

function encodedHeader({ keyId, version }: CiphertextHeader): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = FORMAT;
  header.write(keyId.replaceAll('-', ''), 1, 'hex');
  header.writeUInt32BE(version, KEY_ID_END);
  return header;
}

/** The header is bound too: whoever alters it makes the ciphertext unreadable. */
function boundContext({ keyId, version }: CiphertextHeader, context: EncryptionContext): EncryptionContext {
  const entries = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  const digest = createHash('sha256').update(JSON.stringify(entries)).digest('base64');
  return { purpose: 'kms-ciphertext', keyId, version: String(version), encryptionContext: digest };
}

function keyringOf(keyId: string, { version, secret }: KeyMaterial) {
  return aesKeyring(secret, `${keyId}/${version}`);
}

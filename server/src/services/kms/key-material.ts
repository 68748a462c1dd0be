import { randomBytes } from 'node:crypto';
import { MultiKeyringNode } from '@aws-crypto/client-node';
import type { Insertable, Selectable } from 'kysely';
import type { Database } from '../../storage/database/database.ts';
import type { DatabaseSchema } from '../../storage/database/schema.ts';
import { aesKeyring, type EncryptionContext } from '../../storage/encryption/messages.ts';
import { type Sealer, sealUnder, unsealUnder } from '../../storage/encryption/sealing.ts';
import { KeyNotFoundError } from './key-errors.ts';

type MaterialRow = Selectable<DatabaseSchema['kms_key_materials']>;

const MATERIAL_BYTES = 32;

/** The first material of a new key, sealed, to be stored with it. */
export async function newKeyMaterial(
  sealer: Sealer,
  keyId: string,
  createdAt: number,
): Promise<Insertable<DatabaseSchema['kms_key_materials']>> {
  const version = 1;
  const material = randomBytes(MATERIAL_BYTES);
  const sealed = await sealer.seal(material, materialContext({ key_id: keyId, version }));
  material.fill(0);
  return { key_id: keyId, version, material: sealed, created_at: createdAt };
}

/** Encrypts a few bytes under the newest material of a key. */
export async function encryptUnderKey(
  database: Database,
  sealer: Sealer,
  keyId: string,
  plaintext: Uint8Array,
  context: EncryptionContext,
): Promise<Buffer> {
  const [newest] = await keyrings(database, sealer, keyId);
  if (newest === undefined) throw withoutMaterial(keyId);
  return sealUnder(newest, plaintext, context);
}

/**
 * Decrypts what any material of the key has encrypted.
 *
 * @throws SealedMessageError when the ciphertext was altered, or made under another key or context
 */
export async function decryptUnderKey(
  database: Database,
  sealer: Sealer,
  keyId: string,
  ciphertext: Uint8Array,
  context: EncryptionContext,
): Promise<Buffer> {
  const children = await keyrings(database, sealer, keyId);
  if (children.length === 0) throw withoutMaterial(keyId);
  return unsealUnder(new MultiKeyringNode({ children }), ciphertext, context);
}

/** Newest first. */
async function keyrings(database: Database, sealer: Sealer, keyId: string) {
  const rows = await database
    .selectFrom('kms_key_materials')
    .selectAll()
    .where('key_id', '=', keyId)
    .orderBy('version', 'desc')
    .execute();
  return Promise.all(
    rows.map(async (row) => {
      const material = await sealer.unseal(row.material, materialContext(row));
      return aesKeyring(material, `${keyId}/${row.version}`);
    }),
  );
}

function materialContext({ key_id: keyId, version }: Pick<MaterialRow, 'key_id' | 'version'>): EncryptionContext {
  return { purpose: 'kms-key-material', keyId, version: String(version) };
}

/** The key was deleted between two reads. */
function withoutMaterial(keyId: string): KeyNotFoundError {
  return new KeyNotFoundError(`Key ${keyId} has no material`);
}

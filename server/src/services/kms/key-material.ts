import { createHash, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Insertable } from 'kysely';
import type { Database } from '../../storage/database/database.ts';
import type { DatabaseSchema, KmsKeyMaterialRow } from '../../storage/database/schema.ts';
import type { EncryptionContext } from '../../storage/encryption/messages.ts';
import type { Sealer } from '../../storage/encryption/sealing.ts';
import { type KeyShape, keyShape } from './key-specs.ts';

/** What encrypts, signs or authenticates: one version of a key, unsealed. */
export interface KeyMaterial {
  readonly version: number;
  /** The bytes of a symmetric key, or a private key in PKCS #8 (DER). */
  readonly secret: Buffer;
  /** SubjectPublicKeyInfo (DER) of an asymmetric key. */
  readonly publicKey: Buffer | undefined;
}

interface FreshMaterial {
  readonly secret: Buffer;
  readonly publicKey: Buffer | null;
}

const generate = promisify(generateKeyPair);

/** A new material of a key, sealed, to be stored. */
export async function newKeyMaterial(
  sealer: Sealer,
  { keyId, keySpec, version }: { readonly keyId: string; readonly keySpec: string; readonly version: number },
  createdAt: number,
): Promise<Insertable<DatabaseSchema['kms_key_materials']>> {
  const { secret, publicKey } = await freshMaterial(keyShape(keySpec));
  const material = await sealer.seal(secret, materialContext({ key_id: keyId, version }));
  secret.fill(0);
  return { key_id: keyId, version, material, public_key: publicKey, created_at: createdAt };
}

/** A key pair of a kind of asymmetric keys, in DER. */
export async function newKeyPair(
  shape: Exclude<KeyShape, { type: 'symmetric' }>,
): Promise<{ readonly secret: Buffer; readonly publicKey: Buffer }> {
  const { privateKey, publicKey } = await keyPairOf(shape);
  return {
    secret: privateKey.export({ type: 'pkcs8', format: 'der' }),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
  };
}

/** The material that a key works with now; undefined when the key has been deleted meanwhile. */
export async function newestMaterial(
  database: Database,
  sealer: Sealer,
  keyId: string,
): Promise<KeyMaterial | undefined> {
  const row = await database
    .selectFrom('kms_key_materials')
    .selectAll()
    .where('key_id', '=', keyId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && unsealed(sealer, row);
}

export async function materialOfVersion(
  database: Database,
  sealer: Sealer,
  keyId: string,
  version: number,
): Promise<KeyMaterial | undefined> {
  const row = await database
    .selectFrom('kms_key_materials')
    .selectAll()
    .where('key_id', '=', keyId)
    .where('version', '=', version)
    .executeTakeFirst();
  return row && unsealed(sealer, row);
}

/** KeyMaterialId: 64 hexadecimal digits that say nothing of the material. */
export function keyMaterialId(keyId: string, version: number): string {
  return createHash('sha256').update(`kms-key-material ${keyId} ${version}`).digest('hex');
}

async function unsealed(sealer: Sealer, row: KmsKeyMaterialRow): Promise<KeyMaterial> {
  const secret = await sealer.unseal(row.material, materialContext(row));
  return { version: row.version, secret, publicKey: row.public_key ?? undefined };
}

async function freshMaterial(shape: KeyShape): Promise<FreshMaterial> {
  return shape.type === 'symmetric' ? { secret: randomBytes(shape.bytes), publicKey: null } : newKeyPair(shape);
}

function keyPairOf(
  shape: Exclude<KeyShape, { type: 'symmetric' }>,
): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  switch (shape.type) {
    case 'rsa':
      return generate('rsa', { modulusLength: shape.bits });
    case 'ec':
      return generate('ec', { namedCurve: shape.namedCurve });
    case 'ed25519':
      return generate('ed25519');
  }
}

function materialContext({ key_id: keyId, version }: Pick<KmsKeyMaterialRow, 'key_id' | 'version'>): EncryptionContext {
  return { purpose: 'kms-key-material', keyId, version: String(version) };
}

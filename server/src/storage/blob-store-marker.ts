import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { lfsBlobName, packBlobName } from './blobs/blob-names.ts';
import { BlobNotFoundError, type BlobStore } from './blobs/blob-store.ts';
import type { Database } from './database/database.ts';
import type { RootKey } from './encryption/root-key.ts';

/** Beside the folders of blobs. */
const NAME = 'installation.json';
const PURPOSE = 'blob store marker';
const UUID = /^[0-9a-f-]{36}$/;

/** The blob store is not the one that the database lists; the message is for the operator. */
class WrongBlobStoreError extends Error {
  override readonly name = 'WrongBlobStoreError';
}

interface Marker {
  /** UUID of the store. */
  readonly id: string;
  /** HMAC-SHA-256 of the ID under the root key, in hexadecimal. */
  readonly seal: string;
}

/**
 * Sees to it that the blob store is the one whose packs the database lists: a marker in the store has an ID that the
 * database knows. The first store is marked; so is that of an earlier version, if it has what the database lists. A process
 * that is killed between the marker and the database's row goes on with the marker that is there.
 *
 * @throws WrongBlobStoreError
 */
export async function bindBlobStore(database: Database, blobs: BlobStore, rootKey: RootKey): Promise<void> {
  const marker = await readMarker(blobs);
  if (marker !== undefined && !isSealed(marker, rootKey)) {
    throw new WrongBlobStoreError('its marker was not made with this root key');
  }
  const bound = await boundId(database);
  if (bound === undefined) {
    if (marker === undefined) await requireFit(database, blobs);
    const id = marker?.id ?? (await writeMarker(blobs, rootKey));
    const winner = await claim(database, id);
    if (winner === id) return;
    if (marker === undefined) await blobs.delete(NAME);
    throw another();
  }
  if (marker?.id !== bound) throw another();
}

function another(): WrongBlobStoreError {
  return new WrongBlobStoreError(
    'it is not the one that the database lists: give all nodes of a database the same blobs, or this folder its own database',
  );
}

async function readMarker(blobs: BlobStore): Promise<Marker | undefined> {
  try {
    const { id, seal } = JSON.parse((await buffer(await blobs.get(NAME))).toString()) as Partial<Marker>;
    if (typeof id === 'string' && UUID.test(id) && typeof seal === 'string') return { id, seal };
  } catch (error) {
    if (error instanceof BlobNotFoundError) return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new WrongBlobStoreError(`its marker ${NAME} cannot be read`);
}

async function writeMarker(blobs: BlobStore, rootKey: RootKey): Promise<string> {
  const id = randomUUID();
  const marker: Marker = { id, seal: sealOf(id, rootKey).toString('hex') };
  await blobs.put(NAME, once(Buffer.from(`${JSON.stringify(marker)}\n`)));
  return id;
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

function sealOf(id: string, rootKey: RootKey): Buffer {
  return createHmac('sha256', rootKey.derive(PURPOSE)).update(id).digest();
}

function isSealed({ id, seal }: Marker, rootKey: RootKey): boolean {
  const expected = sealOf(id, rootKey);
  const actual = Buffer.from(seal, 'hex');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

async function boundId(database: Database): Promise<string | undefined> {
  const row = await database.selectFrom('installation').select('blob_store_id').executeTakeFirst();
  return row?.blob_store_id ?? undefined;
}

/** Of several nodes that start at once the first wins. @returns the ID that the database has then */
async function claim(database: Database, id: string): Promise<string | undefined> {
  await database.updateTable('installation').set({ blob_store_id: id }).where('blob_store_id', 'is', null).execute();
  return boundId(database);
}

/** A store without a marker, of an earlier version: the newest pack and LFS object that the database lists must be there. */
async function requireFit(database: Database, blobs: BlobStore): Promise<void> {
  const pack = await database
    .selectFrom('packs')
    .select(['repository_id', 'pack_id'])
    .where('dropped_at', 'is', null)
    .orderBy('created_at', 'desc')
    .executeTakeFirst();
  const object = await database
    .selectFrom('lfs_objects')
    .select(['repository_id', 'blob_id'])
    .orderBy('created_at', 'desc')
    .executeTakeFirst();
  if (pack !== undefined) await requireBlob(blobs, packBlobName(pack.repository_id, pack.pack_id, 'pack'));
  if (object !== undefined) await requireBlob(blobs, lfsBlobName(object.repository_id, object.blob_id));
}

async function requireBlob(blobs: BlobStore, name: string): Promise<void> {
  try {
    (await blobs.get(name)).destroy();
  } catch (error) {
    throw error instanceof BlobNotFoundError ? another() : error;
  }
}

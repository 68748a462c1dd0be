import { createHash, randomUUID } from 'node:crypto';
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { lfsBlobName } from '../storage/blobs/blob-names.ts';
import { BlobNotFoundError, type BlobStore } from '../storage/blobs/blob-store.ts';
import { namingBlob, type OnDamage } from '../storage/blobs/damaged-blobs.ts';
import { isHeld } from '../storage/database/backup-holds.ts';
import { type Database, isUniqueViolation } from '../storage/database/database.ts';
import { decryptContent, encryptContent } from '../storage/encryption/content-encryption.ts';
import { SealedMessageError } from '../storage/encryption/messages.ts';
import { collectAbandoned, consumeIntent, dropIntent, openIntent } from './blob-intents.ts';
import type { RepositoryHandle } from './repository.ts';

const ROWS_AT_ONCE = 500;

/** The content is not what its object ID and size say. */
export class LfsContentError extends Error {
  override readonly name = 'LfsContentError';
}

/** Bytes from `start` to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A stored object. */
export interface LfsObject {
  readonly objectId: string;
  /** In bytes. */
  readonly size: number;
}

/**
 * The objects of Git LFS, each encrypted under the data key of its repository, named by a UUID and listed by the database
 * only when all of it is stored and is what its ID says.
 */
export class LfsObjects {
  readonly #database: Database;
  readonly #blobs: BlobStore;
  readonly #onDamage: OnDamage;

  constructor(database: Database, blobs: BlobStore, onDamage: OnDamage = () => {}) {
    this.#onDamage = onDamage;
    this.#database = database;
    this.#blobs = blobs;
  }

  /** Those of the objects that the repository has, by ID. */
  async find(repositoryId: string, objectIds: readonly string[]): Promise<ReadonlyMap<string, LfsObject>> {
    if (objectIds.length === 0) return new Map();
    const rows = await this.#database
      .selectFrom('lfs_objects')
      .select(['object_id', 'size'])
      .where('repository_id', '=', repositoryId)
      .where('object_id', 'in', objectIds)
      .execute();
    return new Map(rows.map(({ object_id: objectId, size }) => [objectId, { objectId, size }]));
  }

  /**
   * Stores an object; when this resolves it is there to stay. Of two that come at once one is kept.
   *
   * @param object what the content must be: its SHA-256 and size
   * @throws LfsContentError
   */
  async store(
    handle: RepositoryHandle,
    object: LfsObject,
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const blobId = randomUUID();
    const name = lfsBlobName(handle.repositoryId, blobId);
    await openIntent(this.#database, { blobId, repositoryId: handle.repositoryId, kind: 'lfs' });
    try {
      await pipeline(
        Readable.from(content, { objectMode: false }),
        checked(object),
        encryptContent(handle.dataKey, contextOf(handle.repositoryId, object.objectId)),
        (encrypted: AsyncIterable<Uint8Array>) => this.#blobs.put(name, encrypted),
        { signal },
      );
    } catch (error) {
      await this.#discard(name, blobId);
      throw error;
    }
    try {
      await this.#database.transaction().execute(async (transaction) => {
        await consumeIntent(transaction, blobId);
        await transaction
          .insertInto('lfs_objects')
          .values({
            repository_id: handle.repositoryId,
            object_id: object.objectId,
            blob_id: blobId,
            size: object.size,
            created_at: Date.now(),
          })
          .execute();
      });
    } catch (error) {
      // Any other failure may have been a commit that went unheard: the intent tells later.
      if (!isUniqueViolation(error)) throw error;
      await this.#discard(name, blobId);
    }
  }

  /** Of what is not listed and never will be. */
  async #discard(name: string, blobId: string): Promise<void> {
    await this.#blobs.delete(name);
    await dropIntent(this.#database, blobId);
  }

  /**
   * The content of an object, or a range of it. A message of the AWS Encryption SDK is read from its beginning, so a range
   * costs the decryption of what is before it.
   */
  async *read(handle: RepositoryHandle, objectId: string, { start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    const { blob_id: blobId } = await this.#database
      .selectFrom('lfs_objects')
      .select('blob_id')
      .where('repository_id', '=', handle.repositoryId)
      .where('object_id', '=', objectId)
      .executeTakeFirstOrThrow();
    const name = lfsBlobName(handle.repositoryId, blobId);
    const encrypted = await this.#blobs.get(name);
    const content = decryptContent(handle.dataKey, contextOf(handle.repositoryId, objectId))(encrypted);
    let position = 0;
    try {
      for await (const chunk of content) {
        const piece = chunk.subarray(Math.max(0, start - position), Math.max(0, end - position));
        position += chunk.length;
        if (piece.length > 0) yield piece;
        // Not at the end itself: there the message is checked as a whole.
        if (position > end) return;
      }
    } catch (error) {
      throw namingBlob(name, error, this.#onDamage);
    } finally {
      encrypted.destroy();
    }
  }

  /** Reads every object of a repository. @returns each fault in a sentence; none when all are whole */
  async verify(handle: RepositoryHandle): Promise<readonly string[]> {
    const faults: string[] = [];
    let after = '';
    for (;;) {
      const rows = await this.#database
        .selectFrom('lfs_objects')
        .select(['object_id', 'size'])
        .where('repository_id', '=', handle.repositoryId)
        .where('object_id', '>', after)
        .orderBy('object_id')
        .limit(ROWS_AT_ONCE)
        .execute();
      for (const { object_id: objectId, size } of rows) {
        const fault = await this.#faultOf(handle, { objectId, size });
        if (fault !== undefined) faults.push(`the LFS object ${objectId} ${fault}`);
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS_AT_ONCE) return faults;
      after = last.object_id;
    }
  }

  async #faultOf(handle: RepositoryHandle, object: LfsObject): Promise<string | undefined> {
    const content = Readable.from(this.read(handle, object.objectId, { start: 0, end: object.size }));
    try {
      await pipeline(content, checked(object), new Writable({ write: (_chunk, _encoding, done) => done() }));
      return undefined;
    } catch (error) {
      if (error instanceof BlobNotFoundError) return 'is missing';
      if (error instanceof SealedMessageError) return 'does not decrypt: it was altered or cut';
      if (error instanceof LfsContentError) return `is not what it was: ${error.message}`;
      throw error;
    }
  }

  /**
   * Removes the objects of deleted repositories, and the blobs of uploads that were cut off before the database listed
   * them, once they are older than the grace period.
   */
  async collectGarbage(gracePeriodMs: number): Promise<void> {
    await this.#collectDeleted();
    await collectAbandoned(this.#database, 'lfs', gracePeriodMs, ({ repositoryId, blobId }) =>
      this.#blobs.delete(lfsBlobName(repositoryId, blobId)),
    );
  }

  async #collectDeleted(): Promise<void> {
    for (;;) {
      if (await isHeld(this.#database)) return;
      const rows = await this.#database
        .selectFrom('lfs_objects')
        .leftJoin('repositories', 'repositories.repository_id', 'lfs_objects.repository_id')
        .select(['lfs_objects.repository_id', 'blob_id'])
        .where('repositories.repository_id', 'is', null)
        .limit(ROWS_AT_ONCE)
        .execute();
      for (const { repository_id: repositoryId, blob_id: blobId } of rows) {
        await this.#blobs.delete(lfsBlobName(repositoryId, blobId));
        // After the blob: as long as the row is there, a cut-off removal is taken up again.
        await this.#database.deleteFrom('lfs_objects').where('blob_id', '=', blobId).execute();
      }
      if (rows.length < ROWS_AT_ONCE) return;
    }
  }
}

/** Fails at the end of a content that is not the object's, before anything of it is visible. */
function checked({ objectId, size }: LfsObject): Transform {
  const hash = createHash('sha256');
  let length = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      if (length > size) return done(new LfsContentError(`The content is longer than ${size} bytes`));
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      if (length < size) return done(new LfsContentError(`The content has ${length} bytes instead of ${size}`));
      const actual = hash.digest('hex');
      done(actual === objectId ? null : new LfsContentError(`The content's SHA-256 is ${actual}, not ${objectId}`));
    },
  });
}

/** Bound to the content: a blob put in the place of another does not decrypt. */
function contextOf(repositoryId: string, objectId: string): Record<string, string> {
  return { repositoryId, lfsObject: objectId };
}

import { rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { packBlobName } from '../storage/blobs/blob-names.ts';
import type { BlobStore } from '../storage/blobs/blob-store.ts';
import { namingBlob, type OnDamage } from '../storage/blobs/damaged-blobs.ts';
import { fillFile } from '../storage/durability.ts';
import { decryptContent, encryptContent } from '../storage/encryption/content-encryption.ts';
import { FileCipher } from '../storage/encryption/file-cipher.ts';
import { readInPieces } from '../storage/file-reading.ts';
import type { RepositoryHandle } from './repository.ts';

/** A file of a pack: the pack, its index, and what speeds reading up. `graph` is the commit-graph of the repository. */
export type PackFile = (typeof PACK_FILES)[number];
export const PACK_FILES = ['pack', 'idx', 'rev', 'bitmap', 'graph'] as const;

/** A blob of a pack, and the path of the file that is to have its content. */
interface FetchedBlob {
  readonly kind: PackFile;
  readonly file: string;
}

const FILE_MODE = 0o400;
const BLOB_MODE = 0o600;
/** From here a thread of its own is worth what it costs to wait for it. */
const LONG_BYTES = 4 * 1024 * 1024;

/** Packs in the blob store, encrypted under the data key of their repository. */
export class PackStorage {
  readonly #blobs: BlobStore;
  readonly #onDamage: OnDamage;
  readonly #cipher = new FileCipher();

  constructor(blobs: BlobStore, onDamage: OnDamage = () => {}) {
    this.#blobs = blobs;
    this.#onDamage = onDamage;
  }

  /** Encrypts a file into the store; when this resolves the blob is there to stay. */
  async store(
    handle: RepositoryHandle,
    packId: string,
    kind: PackFile,
    file: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const { repositoryId, dataKey } = handle;
    const name = packBlobName(repositoryId, packId, kind);
    const context = contextOf(repositoryId, packId, kind);
    if ((await stat(file)).size < LONG_BYTES) {
      await pipeline(
        await readInPieces(file),
        encryptContent(dataKey, context),
        (encrypted: AsyncIterable<Uint8Array>) => this.#blobs.put(name, encrypted),
        { signal },
      );
      return;
    }
    await this.#blobs.putFile(name, async (path) => {
      signal?.throwIfAborted();
      await this.#cipher.encrypt({ source: file, dataKey, context, file: path, mode: BLOB_MODE });
      signal?.throwIfAborted();
    });
  }

  /**
   * Decrypts blobs of a pack, all at once. When all are whole their files appear, one after another as they are listed;
   * when one fails none does.
   *
   * @param bytes about how long they are: what takes long is done on threads of its own
   */
  async fetch(handle: RepositoryHandle, packId: string, blobs: readonly FetchedBlob[], bytes: number): Promise<void> {
    try {
      const ends = blobs.map(({ kind, file }) => this.#decrypt(handle, packId, kind, unfinished(file), bytes));
      await Promise.allSettled(ends);
      await Promise.all(ends);
      for (const { file } of blobs) await rename(unfinished(file), file);
    } catch (error) {
      for (const { file } of blobs) await rm(unfinished(file), { force: true });
      throw error;
    }
  }

  async #decrypt(handle: RepositoryHandle, packId: string, kind: PackFile, file: string, bytes: number): Promise<void> {
    const { repositoryId, dataKey } = handle;
    const name = packBlobName(repositoryId, packId, kind);
    const context = contextOf(repositoryId, packId, kind);
    try {
      if (bytes < LONG_BYTES) {
        const source = await this.#blobs.get(name);
        await fillFile(file, { flags: 'w', mode: FILE_MODE }, (target) =>
          pipeline(source, decryptContent(dataKey, context), target),
        );
      } else {
        const source = await this.#blobs.fileOf(name);
        await this.#cipher.decrypt({ source, dataKey, context, file, mode: FILE_MODE });
      }
    } catch (error) {
      throw namingBlob(name, error, this.#onDamage);
    }
  }

  /** Ends what is being encrypted and decrypted. */
  close(): Promise<void> {
    return this.#cipher.close();
  }

  /** Removes the blobs of a pack; those that are absent are fine. */
  async remove(repositoryId: string, packId: string, files: readonly PackFile[]): Promise<void> {
    for (const kind of files) {
      await this.#blobs.delete(packBlobName(repositoryId, packId, kind));
    }
  }
}

function unfinished(file: string): string {
  return `${file}.unfinished`;
}

/** Bound to the content: a blob put in the place of another does not decrypt. */
function contextOf(repositoryId: string, packId: string, kind: PackFile): Record<string, string> {
  return { repositoryId, packId, file: kind };
}

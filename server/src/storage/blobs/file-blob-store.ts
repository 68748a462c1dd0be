import { randomUUID } from 'node:crypto';
import { access, chmod, mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { LRUCache } from 'lru-cache';
import { flushFolder, isSystemError, writeFlushed } from '../durability.ts';
import { readInPieces } from '../file-reading.ts';
import {
  type BlobListing,
  BlobNotFoundError,
  type BlobStore,
  checkBlobName,
  checkBlobPrefix,
  isBlobName,
} from './blob-store.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** Not a blob's name, so that nothing in it is ever taken for one. */
const UNFINISHED = '.unfinished';
/** Between making a blob's folder and moving the blob there, a delete may have removed the folder as empty. */
const PUBLISH_ATTEMPTS = 10;
const DURABLE_FOLDERS_REMEMBERED = 10_000;

/** Blobs as files of one folder, which a single process uses at a time. */
export class FileBlobStore implements BlobStore {
  readonly #root: string;
  readonly #unfinished: string;
  /** Those known to be flushed into their parents: one less to do for most blobs. */
  readonly #durableFolders = new LRUCache<string, true>({ max: DURABLE_FOLDERS_REMEMBERED });

  constructor(root: string, owner = 'store') {
    this.#root = resolve(root);
    this.#unfinished = join(this.#root, UNFINISHED, owner);
  }

  /**
   * Makes the folder where it is missing, for its owner alone, and removes what killed processes of the same owner left
   * unfinished: another node may be writing here.
   *
   * @param owner tells nodes apart that have one folder: letters, digits and hyphens
   */
  static async open(root: string, owner?: string): Promise<FileBlobStore> {
    const store = new FileBlobStore(root, owner);
    await mkdir(root, { recursive: true, mode: FOLDER_MODE });
    await chmod(root, FOLDER_MODE);
    await rm(store.#unfinished, { recursive: true, force: true });
    await mkdir(store.#unfinished, { recursive: true, mode: FOLDER_MODE });
    await flushFolder(dirname(store.#root));
    return store;
  }

  put(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    return this.putFile(name, (path) => writeFlushed(path, content, FILE_MODE));
  }

  async putFile(name: string, make: (path: string) => Promise<void>): Promise<void> {
    const path = this.#path(name);
    const temporary = join(this.#unfinished, randomUUID());
    try {
      await make(temporary);
      await this.#publish(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  get(name: string): Promise<Readable> {
    return this.#found(name, readInPieces);
  }

  fileOf(name: string): Promise<string> {
    return this.#found(name, async (path) => {
      await access(path);
      return path;
    });
  }

  async delete(name: string): Promise<void> {
    const path = this.#path(name);
    await rm(path, { force: true });
    await this.#removeEmptyFolders(dirname(path));
  }

  async *list(prefix: string): AsyncGenerator<BlobListing> {
    checkBlobPrefix(prefix);
    yield* this.#listFolder(join(this.#root, prefix));
  }

  async #found<T>(name: string, use: (path: string) => Promise<T>): Promise<T> {
    const path = this.#path(name);
    try {
      return await use(path);
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) throw new BlobNotFoundError(name);
      throw error;
    }
  }

  #path(name: string): string {
    checkBlobName(name);
    return join(this.#root, name);
  }

  /** Moves a flushed file to where it is visible, for good. */
  async #publish(temporary: string, path: string): Promise<void> {
    const folder = dirname(path);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#makeFolder(folder);
        await rename(temporary, path);
        break;
      } catch (error) {
        if (attempt === PUBLISH_ATTEMPTS || !isSystemError(error, 'ENOENT')) throw error;
        this.#durableFolders.delete(folder);
      }
    }
    try {
      await flushFolder(folder);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  /** Makes a folder of the store and those above it, each flushed into its parent. */
  async #makeFolder(folder: string): Promise<void> {
    if (this.#durableFolders.has(folder)) return;
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    for (let path = folder; path !== this.#root; path = dirname(path)) await flushFolder(dirname(path));
    this.#durableFolders.set(folder, true);
  }

  async #removeEmptyFolders(folder: string): Promise<void> {
    for (let path = folder; path !== this.#root; path = dirname(path)) {
      this.#durableFolders.delete(path);
      try {
        await rmdir(path);
      } catch {
        // Not empty, or gone: a folder that stays does no harm.
        return;
      }
    }
  }

  async *#listFolder(folder: string): AsyncGenerator<BlobListing> {
    for (const entry of await unlessGone(() => readdir(folder, { withFileTypes: true }), [])) {
      const path = join(folder, entry.name);
      const name = relative(this.#root, path);
      if (!isBlobName(name)) continue;
      if (entry.isDirectory()) {
        yield* this.#listFolder(path);
      } else if (entry.isFile()) {
        const found = await unlessGone(() => stat(path), undefined);
        if (found !== undefined) yield { name, size: found.size, modifiedAt: found.mtime };
      }
    }
  }
}

/** A folder or file may be deleted while a list is under way. */
async function unlessGone<T, U>(read: () => Promise<T>, gone: U): Promise<T | U> {
  try {
    return await read();
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return gone;
    throw error;
  }
}

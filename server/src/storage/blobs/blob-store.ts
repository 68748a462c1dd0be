import type { Readable } from 'node:stream';

/** What is known of a blob without reading it. */
export interface BlobListing {
  readonly name: string;
  /** In bytes, as stored. */
  readonly size: number;
  readonly modifiedAt: Date;
}

/**
 * Immutable, uniquely named bytes. The store knows nothing of what they mean or that they are encrypted.
 * Names look like `repositories/UUID/UUID.pack`; each method throws a TypeError for a name of another form.
 */
export interface BlobStore {
  /** Resolves when the blob is there to stay. When it rejects nothing is visible: no part of the content either. */
  put(name: string, content: AsyncIterable<Uint8Array>): Promise<void>;

  /**
   * The same of a file that `make` makes at the path it is given, and flushes.
   *
   * @throws what `make` throws
   */
  putFile(name: string, make: (path: string) => Promise<void>): Promise<void>;

  /** @throws BlobNotFoundError */
  get(name: string): Promise<Readable>;

  /**
   * Path of a file of this machine that has the blob's content, for who opens it at once: a delete may remove it.
   *
   * @throws BlobNotFoundError
   */
  fileOf(name: string): Promise<string>;

  /** A blob that is not there is fine. One that is being read is read to its end. */
  delete(name: string): Promise<void>;

  /**
   * The blobs whose names begin with `prefix`, in no particular order.
   *
   * @param prefix empty, or whole segments with a slash at the end: `repositories/`
   */
  list(prefix: string): AsyncIterable<BlobListing>;
}

export class BlobNotFoundError extends Error {
  override readonly name = 'BlobNotFoundError';

  constructor(name: string) {
    super(`There is no blob ${name}`);
  }
}

const NAME_LENGTH_MAX = 512;
/** No segment begins with a dot: neither `..` nor the hidden names that a store keeps for itself. */
const SEGMENT = '[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}';
const NAME = new RegExp(`^${SEGMENT}(?:/${SEGMENT})*$`);

export function isBlobName(name: string): boolean {
  return name.length <= NAME_LENGTH_MAX && NAME.test(name);
}

/** @throws TypeError */
export function checkBlobName(name: string): void {
  if (!isBlobName(name)) throw new TypeError(`Not a name of a blob: ${JSON.stringify(name)}`);
}

/** @throws TypeError */
export function checkBlobPrefix(prefix: string): void {
  if (prefix !== '' && !(prefix.endsWith('/') && isBlobName(prefix.slice(0, -1)))) {
    throw new TypeError(`Not a prefix of names of blobs: ${JSON.stringify(prefix)}`);
  }
}

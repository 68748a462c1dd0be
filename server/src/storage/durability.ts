import { createWriteStream, fdatasync, fsync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

const datasync = promisify(fdatasync);
const sync = promisify(fsync);
/** So much of a long file is handed to the disk while the rest is made, and the flush at its end is short. */
const FLUSHED_MEANWHILE_BYTES = 8 * 1024 * 1024;

/** Flushes a folder's list of files: until then a power cut may undo a file made, renamed or removed in it. */
export async function flushFolder(folder: string): Promise<void> {
  await withFile(await open(folder, 'r'), (handle) => handle.sync());
}

/** Writes a new file and flushes it; a failure is as that of {@link fillFile}. */
export async function writeFlushed(
  path: string,
  content: string | AsyncIterable<Uint8Array>,
  mode: number,
): Promise<void> {
  const chunks = typeof content === 'string' ? [content] : content;
  await fillFile(path, { flags: 'wx', mode, flush: true }, (file) => pipeline(chunks, file));
}

/**
 * Opens a file and has it filled and closed. What a failure leaves of the file is the caller's to remove, and is there when
 * this rejects: `fill` may fail while the file is still being opened.
 */
export async function fillFile(
  path: string,
  options: { readonly flags: 'w' | 'wx'; readonly mode: number; readonly flush?: boolean },
  fill: (file: Writable) => Promise<void>,
): Promise<void> {
  const file = createWriteStream(path, options);
  const closed = new Promise<void>((resolve) => file.once('close', resolve));
  try {
    await fill(file);
  } finally {
    file.destroy();
    await closed;
  }
}

/** Hands a long file to the disk while the rest of it is made, so that the flush at its end is short. */
export class FlushMeanwhile {
  readonly #descriptor: number;
  #waitingBytes = 0;
  #flush: Promise<void> | undefined;
  /** A failed flush is told once, to whoever asked for it: it fails the file even when a later one succeeds. */
  #failure: unknown;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** So many bytes more have been written. */
  written(bytes: number): void {
    this.#waitingBytes += bytes;
    if (this.#waitingBytes < FLUSHED_MEANWHILE_BYTES || this.#flush !== undefined) return;
    this.#waitingBytes = 0;
    this.#flush = datasync(this.#descriptor)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#flush = undefined;
      });
  }

  /** Flushes the rest. @throws what this or an earlier flush failed with */
  async end(): Promise<void> {
    await this.settled();
    await sync(this.#descriptor);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when nothing is being flushed: then the file may be closed. */
  async settled(): Promise<void> {
    await this.#flush;
  }
}

/** Closes the file after its use, also when that fails. */
export async function withFile<T>(file: FileHandle, use: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** True for the operating system's error of this code, such as `ENOENT`. */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

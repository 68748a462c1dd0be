import { createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** Flushes a folder's list of files: until then a power cut may undo a file made, renamed or removed in it. */
export async function flushFolder(folder: string): Promise<void> {
  await withFile(await open(folder, 'r'), (handle) => handle.sync());
}

/** Writes a new file and flushes it. What a failure leaves of it is the caller's to remove. */
export async function writeFlushed(
  path: string,
  content: string | AsyncIterable<Uint8Array>,
  mode: number,
): Promise<void> {
  const chunks = typeof content === 'string' ? [content] : content;
  await pipeline(chunks, createWriteStream(path, { flags: 'wx', mode, flush: true }));
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

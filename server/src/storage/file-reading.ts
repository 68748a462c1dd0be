import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';

const PIECE_BYTES = 1024 * 1024;

/**
 * A file's content in pieces of 1 MiB. Each read takes a buffer of that length whatever it brings, and a small file is
 * given a small one: memory outside of the heap makes the garbage collector run.
 */
export async function readInPieces(path: string): Promise<Readable> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    return file.createReadStream({ highWaterMark: Math.min(size + 1, PIECE_BYTES) });
  } catch (error) {
    await file.close();
    throw error;
  }
}

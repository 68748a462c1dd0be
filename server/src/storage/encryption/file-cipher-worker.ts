import { closeSync, fstatSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { FlushMeanwhile } from '../durability.ts';
import { decryptFrames, encryptContent, type FrameRange } from './content-encryption.ts';
import type { FileNews, FileOrder } from './file-cipher-messages.ts';
import { FRAME_BYTES, FULL_FRAME_BYTES, SealedMessageError } from './messages.ts';

/**
 * A thread of {@link FileCipher}. It waits for the disk itself, without the thread pool that all of the process shares,
 * and takes turns between files after each piece.
 */

/** Each as long as a frame, so that nothing before the last three pieces is still to be worked on. */
const BUFFERS = 4;

parentPort?.on('message', (order: FileOrder) => void carryOut(order));

async function carryOut(order: FileOrder): Promise<void> {
  const { id, work } = order;
  try {
    await (work === 'encrypt' ? encrypt(order) : decrypt(order, work));
    tell({ kind: 'done', id });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    tell({ kind: 'failed', id, message, isSealedMessageError: error instanceof SealedMessageError });
  }
}

/** What is encrypted is to stay: it is flushed. */
async function encrypt({ source, dataKey, context, descriptor }: FileOrder): Promise<void> {
  const flush = new FlushMeanwhile(descriptor);
  try {
    for await (const piece of encryptContent(dataKey, context)(contentOf(source, FRAME_BYTES))) {
      writeFileSync(descriptor, piece);
      flush.written(piece.length);
      release(piece);
    }
    await flush.end();
  } finally {
    await flush.settled();
  }
}

/** What is decrypted is a cache. */
async function decrypt({ source, dataKey, context, descriptor }: FileOrder, range: FrameRange): Promise<void> {
  const read = (position: number) => contentOf(source, FULL_FRAME_BYTES, position);
  for await (const frame of decryptFrames(dataKey, context, read, range)) {
    let { position } = frame;
    for (const piece of frame.pieces) {
      position += writeWhole(descriptor, piece, position);
      release(piece);
    }
  }
}

/**
 * Gives the memory of what a cipher has made back at once, if that is all it holds: the garbage collector counts such
 * memory, and would collect whole heaps in vain to get it back.
 */
function release({ buffer, length }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0);
}

/** @returns how much it was: a write may take less than all, and then goes on */
function writeWhole(descriptor: number, bytes: Uint8Array, position: number): number {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(descriptor, bytes, written, bytes.length - written, position + written);
  }
  return bytes.length;
}

/** From a position, in memory that is used again: fresh memory for each piece takes longer than to read it. */
async function* contentOf(path: string, pieceBytes: number, start = 0): AsyncGenerator<Uint8Array> {
  const descriptor = openSync(path, 'r');
  try {
    const rest = Math.max(0, fstatSync(descriptor).size - start);
    const buffers: Buffer[] = [];
    for (let position = start, turn = 0; ; turn = (turn + 1) % BUFFERS) {
      const buffer = buffers[turn] ?? Buffer.allocUnsafeSlow(Math.min(rest + 1, pieceBytes));
      buffers[turn] = buffer;
      const length = fill(buffer, descriptor, position);
      if (length === 0) return;
      position += length;
      yield buffer.subarray(0, length);
      await setImmediate();
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Whole, unless the file ends: a read may bring less. */
function fill(buffer: Buffer, descriptor: number, position: number): number {
  let length = 0;
  for (let read = 1; read > 0 && length < buffer.length; length += read) {
    read = readSync(descriptor, buffer, length, buffer.length - length, position + length);
  }
  return length;
}

function tell(news: FileNews): void {
  parentPort?.postMessage(news);
}

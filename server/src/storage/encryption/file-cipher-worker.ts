import { closeSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { FlushMeanwhile } from '../durability.ts';
import { decryptContent, encryptContent } from './content-encryption.ts';
import type { FileNews, FileOrder } from './file-cipher-messages.ts';
import { FRAME_BYTES, SealedMessageError } from './messages.ts';

/**
 * The thread of {@link FileCipher}. It waits for the disk itself, without the thread pool that all of the process shares,
 * and takes turns between files after each piece.
 */

/** Each as long as a frame, so that nothing before the last three pieces is still to be worked on. */
const BUFFERS = 4;

parentPort?.on('message', (order: FileOrder) => void carryOut(order));

async function carryOut(order: FileOrder): Promise<void> {
  const { id, kind, source, dataKey, context } = order;
  const transform = kind === 'encrypt' ? encryptContent : decryptContent;
  try {
    await write(order, transform(dataKey, context)(contentOf(source)));
    tell({ kind: 'done', id });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    tell({ kind: 'failed', id, message, isSealedMessageError: error instanceof SealedMessageError });
  }
}

/** In memory that is used again: fresh memory for each piece takes longer than to read it. */
async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  const descriptor = openSync(path, 'r');
  try {
    const pieceBytes = Math.min(fstatSync(descriptor).size + 1, FRAME_BYTES);
    const buffers = Array.from({ length: BUFFERS }, () => Buffer.allocUnsafeSlow(pieceBytes));
    for (let turn = 0; ; turn = (turn + 1) % BUFFERS) {
      const buffer = buffers[turn] as Buffer;
      const length = fill(buffer, descriptor);
      if (length === 0) return;
      yield buffer.subarray(0, length);
      await setImmediate();
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Whole, unless the file ends: a read may bring less. */
function fill(buffer: Buffer, descriptor: number): number {
  let length = 0;
  for (let read = 1; read > 0 && length < buffer.length; length += read) {
    read = readSync(descriptor, buffer, { offset: length });
  }
  return length;
}

/** What is encrypted is a new file and flushed; what is decrypted is a cache. */
async function write({ kind, file, mode }: FileOrder, content: AsyncIterable<Uint8Array>): Promise<void> {
  const descriptor = openSync(file, kind === 'encrypt' ? 'wx' : 'w', mode);
  const flush = kind === 'encrypt' ? new FlushMeanwhile(descriptor) : undefined;
  try {
    for await (const piece of content) {
      writeFileSync(descriptor, piece);
      flush?.written(piece.length);
    }
    await flush?.end();
  } finally {
    await flush?.settled();
    closeSync(descriptor);
  }
}

function tell(news: FileNews): void {
  parentPort?.postMessage(news);
}

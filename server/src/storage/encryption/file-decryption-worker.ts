import { closeSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { PIECE_BYTES } from '../file-reading.ts';
import { decryptContent } from './content-encryption.ts';
import type { FileNews, FileOrder } from './file-decryption-messages.ts';
import { SealedMessageError } from './messages.ts';

/**
 * The thread of {@link FileDecryption}. It waits for the disk itself, without the thread pool that all of the process
 * shares, and takes turns between files after each piece.
 */

parentPort?.on('message', (order: FileOrder) => void decrypt(order));

async function decrypt({ id, source, dataKey, context, file, mode }: FileOrder): Promise<void> {
  try {
    await write(file, mode, decryptContent(dataKey, context)(contentOf(source)));
    tell({ kind: 'done', id });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    tell({ kind: 'failed', id, message, isSealedMessageError: error instanceof SealedMessageError });
  }
}

async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  const descriptor = openSync(path, 'r');
  try {
    const pieceBytes = Math.min(fstatSync(descriptor).size + 1, PIECE_BYTES);
    for (;;) {
      const piece = Buffer.allocUnsafeSlow(pieceBytes);
      const length = readSync(descriptor, piece);
      if (length === 0) return;
      yield piece.subarray(0, length);
      await setImmediate();
    }
  } finally {
    closeSync(descriptor);
  }
}

async function write(file: string, mode: number, content: AsyncIterable<Uint8Array>): Promise<void> {
  const descriptor = openSync(file, 'w', mode);
  try {
    for await (const piece of content) writeFileSync(descriptor, piece);
  } finally {
    closeSync(descriptor);
  }
}

function tell(news: FileNews): void {
  parentPort?.postMessage(news);
}

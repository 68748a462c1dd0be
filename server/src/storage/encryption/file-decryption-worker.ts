import { closeSync, openSync, writeFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { decryptContent } from './content-encryption.ts';
import type { FileNews, FileOrder } from './file-decryption-messages.ts';
import { SealedMessageError } from './messages.ts';

/** The thread of {@link FileDecryption}. */

/** Chunks of a file as they arrive. */
class Arrivals {
  readonly #onTaken: () => void;
  readonly #waiting: Uint8Array[] = [];
  #state: 'open' | 'ended' | 'abandoned' = 'open';
  #wake: () => void = () => {};

  constructor(onTaken: () => void) {
    this.#onTaken = onTaken;
  }

  add(chunk: Uint8Array): void {
    this.#waiting.push(chunk);
    this.#wake();
  }

  close(state: 'ended' | 'abandoned'): void {
    this.#state = state;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#waiting.shift();
      if (chunk !== undefined) {
        this.#onTaken();
        yield chunk;
      } else if (this.#state === 'abandoned') throw new Error('The encrypted content broke off');
      else if (this.#state === 'ended') return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

const files = new Map<number, Arrivals>();

function tell(news: FileNews): void {
  parentPort?.postMessage(news);
}

async function decrypt({ id, dataKey, context, file, mode }: Extract<FileOrder, { kind: 'begin' }>): Promise<void> {
  const arrivals = new Arrivals(() => tell({ kind: 'taken', id }));
  files.set(id, arrivals);
  try {
    await write(file, mode, decryptContent(dataKey, context)(arrivals));
    tell({ kind: 'done', id });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    tell({ kind: 'failed', id, message, isSealedMessageError: error instanceof SealedMessageError });
  } finally {
    files.delete(id);
  }
}

/** Without the thread pool, which all of the process shares: this thread may wait for the disk. */
async function write(file: string, mode: number, content: AsyncIterable<Uint8Array>): Promise<void> {
  const descriptor = openSync(file, 'w', mode);
  try {
    for await (const piece of content) writeFileSync(descriptor, piece);
  } finally {
    closeSync(descriptor);
  }
}

parentPort?.on('message', (order: FileOrder) => {
  if (order.kind === 'begin') void decrypt(order);
  else if (order.kind === 'chunk') files.get(order.id)?.add(order.chunk);
  else files.get(order.id)?.close(order.kind === 'end' ? 'ended' : 'abandoned');
});

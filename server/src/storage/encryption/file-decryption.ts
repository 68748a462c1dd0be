import { Worker } from 'node:worker_threads';
import type { FileNews, FileOrder } from './file-decryption-messages.ts';
import { type EncryptionContext, SealedMessageError } from './messages.ts';

const THREAD = new URL('file-decryption-worker.ts', import.meta.url);
/** Sent ahead of what the thread has taken: 1 MiB each, as blobs are read. */
const CHUNKS_AHEAD = 8;

interface FileOptions {
  /** 32 bytes. */
  readonly dataKey: Uint8Array;
  readonly context: EncryptionContext;
  /** What a failure leaves of it is the caller's to remove. */
  readonly file: string;
  readonly mode: number;
}

/** A file that the thread is making. */
interface Making {
  ahead: number;
  taken(): void;
  readonly ended: PromiseWithResolvers<void>;
}

/** Decrypts content into files on a thread of its own, so that requests do not wait for hundreds of megabytes. */
export class FileDecryption {
  readonly #makings = new Map<number, Making>();
  #thread: Worker | undefined;
  #count = 0;

  /**
   * @param encrypted its chunks are given away: their memory may be gone when the next one is asked for
   * @throws SealedMessageError, and what `encrypted` throws
   */
  async decrypt(encrypted: AsyncIterable<Uint8Array>, { dataKey, context, file, mode }: FileOptions): Promise<void> {
    const thread = this.#ready();
    const id = this.#count++;
    const making: Making = { ahead: 0, taken: () => {}, ended: Promise.withResolvers() };
    this.#makings.set(id, making);
    // Awaited below, unless the source fails first.
    making.ended.promise.catch(() => {});
    tell(thread, { kind: 'begin', id, dataKey, context, file, mode });
    try {
      for await (const chunk of encrypted) {
        if (!this.#makings.has(id)) break;
        making.ahead += 1;
        send(thread, id, chunk);
        while (making.ahead >= CHUNKS_AHEAD && this.#makings.has(id)) await nextTaken(making);
      }
      tell(thread, { kind: 'end', id });
    } catch (error) {
      tell(thread, { kind: 'abandon', id });
      await making.ended.promise.catch(() => {});
      throw error;
    }
    await making.ended.promise;
  }

  /** Ends the thread, and what it does. */
  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  #ready(): Worker {
    if (this.#thread !== undefined) return this.#thread;
    const thread = new Worker(THREAD);
    thread.unref();
    thread.on('message', (news: FileNews) => this.#hear(news));
    thread.on('error', (error) => this.#lose(thread, error));
    thread.on('exit', () => this.#lose(thread, new Error('The thread that decrypts files has ended')));
    this.#thread = thread;
    return thread;
  }

  #hear(news: FileNews): void {
    const making = this.#makings.get(news.id);
    if (making === undefined) return;
    if (news.kind === 'taken') making.ahead -= 1;
    else this.#makings.delete(news.id);
    if (news.kind === 'done') making.ended.resolve();
    else if (news.kind === 'failed') {
      making.ended.reject(news.isSealedMessageError ? new SealedMessageError(news.message) : new Error(news.message));
    }
    making.taken();
  }

  /** The next file gets another thread. */
  #lose(thread: Worker, error: Error): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    const makings = [...this.#makings.values()];
    this.#makings.clear();
    for (const making of makings) {
      making.ended.reject(error);
      making.taken();
    }
  }
}

function nextTaken(making: Making): Promise<void> {
  return new Promise((resolve) => {
    making.taken = resolve;
  });
}

/** Without a copy where the chunk has its memory for itself. */
function send(thread: Worker, id: number, chunk: Uint8Array): void {
  const { buffer } = chunk;
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength;
  tell(thread, { kind: 'chunk', id, chunk: isAlone ? chunk : Uint8Array.from(chunk) }, isAlone ? [buffer] : []);
}

function tell(thread: Worker, order: FileOrder, transferred: ArrayBuffer[] = []): void {
  thread.postMessage(order, transferred);
}

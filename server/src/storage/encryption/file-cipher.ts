import { Worker } from 'node:worker_threads';
import type { FileNews, FileOrder } from './file-cipher-messages.ts';
import { SealedMessageError } from './messages.ts';

type FileTask = Omit<FileOrder, 'id' | 'kind'>;

const THREAD = new URL('file-cipher-worker.ts', import.meta.url);

/** Encrypts and decrypts files into others on a thread of its own, so that requests do not wait for hundreds of megabytes. */
export class FileCipher {
  readonly #ends = new Map<number, PromiseWithResolvers<void>>();
  #thread: Worker | undefined;
  #count = 0;

  /** Into a new file, which is flushed. What a failure leaves of it is the caller's to remove. */
  encrypt(order: FileTask): Promise<void> {
    return this.#order({ ...order, kind: 'encrypt' });
  }

  /**
   * @param order what a failure leaves of its `file` is the caller's to remove
   * @throws SealedMessageError, and errors of the file system by their message
   */
  decrypt(order: FileTask): Promise<void> {
    return this.#order({ ...order, kind: 'decrypt' });
  }

  /** Ends the thread, and what it does. */
  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  #order(order: Omit<FileOrder, 'id'>): Promise<void> {
    const thread = this.#ready();
    const id = this.#count++;
    const end = Promise.withResolvers<void>();
    this.#ends.set(id, end);
    thread.postMessage({ ...order, id } satisfies FileOrder);
    return end.promise;
  }

  #ready(): Worker {
    if (this.#thread !== undefined) return this.#thread;
    const thread = new Worker(THREAD);
    thread.unref();
    thread.on('message', (news: FileNews) => this.#hear(news));
    thread.on('error', (error) => this.#lose(thread, error));
    thread.on('exit', () => this.#lose(thread, new Error('The thread that encrypts and decrypts files has ended')));
    this.#thread = thread;
    return thread;
  }

  #hear(news: FileNews): void {
    const end = this.#ends.get(news.id);
    this.#ends.delete(news.id);
    if (news.kind === 'done') end?.resolve();
    else end?.reject(news.isSealedMessageError ? new SealedMessageError(news.message) : new Error(news.message));
  }

  /** The next file gets another thread. */
  #lose(thread: Worker, error: Error): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    const ends = [...this.#ends.values()];
    this.#ends.clear();
    for (const end of ends) end.reject(error);
  }
}

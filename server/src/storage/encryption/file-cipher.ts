import { type FileHandle, open, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { withFile } from '../durability.ts';
import { frameRanges } from './content-encryption.ts';
import type { FileNews, FileOrder } from './file-cipher-messages.ts';
import { type EncryptionContext, SealedMessageError } from './messages.ts';

export interface FileTask {
  /** Path of the file to be read. */
  readonly source: string;
  readonly dataKey: Uint8Array;
  readonly context: EncryptionContext;
  /** Path of the file to be made. */
  readonly file: string;
  readonly mode: number;
}

const THREAD = new URL('file-cipher-worker.ts', import.meta.url);
/** More gain nothing: the memory's bandwidth is what they share. */
const THREADS_MAXIMUM = 4;
/** Less is not worth another thread's part in it. */
const PART_BYTES = 4 * 1024 * 1024;

/** Encrypts and decrypts files into others on threads of its own, so that requests do not wait for hundreds of megabytes. */
export class FileCipher {
  readonly #threads = Array.from(
    { length: Math.min(availableParallelism(), THREADS_MAXIMUM) },
    () => new CipherThread(),
  );

  /** Into a new file, which is flushed. What a failure leaves of it is the caller's to remove. */
  async encrypt(task: FileTask): Promise<void> {
    await withFile(await open(task.file, 'wx', task.mode), (file) => this.#idlest().carryOut(task, file, 'encrypt'));
  }

  /**
   * In parts, by all threads, where the file is long.
   *
   * @param task what a failure leaves of its `file` is the caller's to remove
   * @throws SealedMessageError, and errors of the file system by their message
   */
  async decrypt(task: FileTask): Promise<void> {
    const { size } = await stat(task.source);
    const parts = Math.max(1, Math.min(this.#threads.length, Math.floor(size / PART_BYTES)));
    await withFile(await open(task.file, 'w', task.mode), async (file) => {
      const ends = frameRanges(size, parts).map((range) => this.#idlest().carryOut(task, file, range));
      await Promise.allSettled(ends);
      await Promise.all(ends);
    });
  }

  /** Ends the threads, and what they do. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #idlest(): CipherThread {
    return this.#threads.reduce((idlest, thread) => (thread.load < idlest.load ? thread : idlest));
  }
}

/** Begins with the first order. */
class CipherThread {
  readonly #ends = new Map<number, PromiseWithResolvers<void>>();
  #thread: Worker | undefined;
  #count = 0;

  /** How many orders are being carried out. */
  get load(): number {
    return this.#ends.size;
  }

  /** @param file to be written; may be closed when this settles */
  carryOut({ source, dataKey, context }: FileTask, file: FileHandle, work: FileOrder['work']): Promise<void> {
    const thread = this.#ready();
    const id = this.#count++;
    const end = Promise.withResolvers<void>();
    this.#ends.set(id, end);
    thread.postMessage({ id, work, source, dataKey, context, descriptor: file.fd } satisfies FileOrder);
    return end.promise;
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
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

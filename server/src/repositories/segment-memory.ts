import { Buffer } from 'node:buffer';

/** Less is not worth the bookkeeping. */
const LONG_BYTES = 64 * 1024;
/** Of what has been dropped, so much may wait for a collection that nothing calls for. */
const UNCOLLECTED_BYTES = 128 * 1024 * 1024;

/**
 * Memory for responses. The garbage collector counts the memory of buffers, and goes through the whole heap for each 64 MB of
 * it: after some clones of a small repository, for longer than git took to pack one. It does not count shared memory, so
 * that what is dropped of that may wait long for a collection. Hence only so much of it at a time, and counted memory beyond.
 */
export class SegmentMemory {
  #uncollected = 0;
  readonly #collected = new FinalizationRegistry<number>((bytes) => {
    this.#uncollected -= bytes;
  });

  /** @returns memory of its own, not from a pool: nothing else may keep it alive. To be released when it is dropped */
  allocate(bytes: number): Buffer {
    if (bytes < LONG_BYTES || this.#uncollected + bytes > UNCOLLECTED_BYTES) return Buffer.allocUnsafeSlow(bytes);
    return Buffer.from(new SharedArrayBuffer(bytes));
  }

  /** Says that memory has been dropped; who still reads it may go on. */
  release({ buffer, length }: Buffer): void {
    if (!(buffer instanceof SharedArrayBuffer)) return;
    this.#uncollected += length;
    this.#collected.register(buffer, length);
  }
}

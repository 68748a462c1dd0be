import { Buffer } from 'node:buffer';

const NOTHING = Buffer.alloc(0);

/** Reads counted bytes from chunks of any length, without copying long content. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #arrived: Buffer = NOTHING;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next bytes, which stay to be read: at least so many unless the source ends before. */
  async peek(length: number): Promise<Buffer> {
    while (this.#arrived.length < length) {
      const next = await this.#next();
      if (next === undefined) break;
      this.#arrived = this.#arrived.length === 0 ? next : Buffer.concat([this.#arrived, next]);
    }
    return this.#arrived;
  }

  /** Passes over bytes that {@link peek} has shown. */
  skip(length: number): void {
    this.#arrived = this.#arrived.subarray(length);
  }

  /** Takes so many bytes, in pieces as they came; fewer when the source ends before. */
  async take(length: number): Promise<Buffer[]> {
    const pieces: Buffer[] = [];
    for (let missing = length; missing > 0; ) {
      const from = this.#arrived.length > 0 ? this.#arrived : await this.#next();
      if (from === undefined) break;
      const piece = from.subarray(0, missing);
      this.#arrived = from.subarray(piece.length);
      missing -= piece.length;
      pieces.push(piece);
    }
    return pieces;
  }

  /** Tells the source that nothing more will be read. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #next(): Promise<Buffer | undefined> {
    const { done, value } = await this.#chunks.next();
    return done === true ? undefined : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
}

import { Buffer } from 'node:buffer';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { NodeFolder } from './node-folder.ts';

const SEGMENT_BYTES = 16 * 1024 * 1024;
const READ_BYTES = 512 * 1024;

/** What makes a response: stopped when nobody reads any more, done when it is whole. */
export interface Producer {
  readonly output: Readable;
  /** Rejects when the response cannot be trusted to be whole. */
  readonly done: Promise<void>;
  progressed(): void;
  stop(): void;
}

interface CacheLimits {
  readonly responseCacheBytes: number;
  readonly responseCacheMs: number;
}

/**
 * Shares the responses to identical requests: the first starts the producer, those that come meanwhile read along, and
 * those that come later read what is kept. Bytes rest in memory-backed files. A response too large to be kept goes
 * through a window that its readers move on, and takes no further readers.
 */
export class ResponseCache {
  readonly #folder: NodeFolder;
  readonly #limits: CacheLimits;
  /** Least recently used first. */
  readonly #responses = new Map<string, SharedResponse>();

  constructor(folder: NodeFolder, limits: CacheLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /** The bytes of the response to `key`, from `produce` unless they are there. `group` is what {@link forget} takes. */
  async *read(
    group: string,
    key: string,
    produce: () => Promise<Producer>,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const fullKey = `${group} ${key}`;
    this.evictOld();
    let response = this.#responses.get(fullKey);
    if (response === undefined || !response.takesReaders) {
      response = new SharedResponse(this.#folder, () => this.#admit());
      this.#responses.set(fullKey, response);
      response.start(produce);
    } else {
      this.#responses.delete(fullKey);
      this.#responses.set(fullKey, response);
    }
    try {
      yield* response.read(signal);
    } finally {
      if (!response.isReusable) this.#drop(fullKey, response);
    }
  }

  forget(group: string): void {
    for (const [key, response] of [...this.#responses]) {
      if (key.startsWith(`${group} `)) this.#drop(key, response);
    }
  }

  /** Drops what is kept, and stops what runs. */
  async close(): Promise<void> {
    const responses = [...this.#responses.values()];
    this.#responses.clear();
    await Promise.all(responses.map((response) => response.discard()));
  }

  /** Whether one more segment may be kept. */
  #admit(): boolean {
    const room = () => this.#bytes() + SEGMENT_BYTES <= this.#limits.responseCacheBytes;
    for (const [key, response] of [...this.#responses]) {
      if (room()) return true;
      if (response.isIdle) this.#drop(key, response);
    }
    return room();
  }

  /** Drops what is old. */
  evictOld(): void {
    const oldest = Date.now() - this.#limits.responseCacheMs;
    for (const [key, response] of [...this.#responses]) {
      if (response.isIdle && response.startedAt < oldest) this.#drop(key, response);
    }
  }

  #bytes(): number {
    let bytes = 0;
    for (const response of this.#responses.values()) bytes += response.keptBytes;
    return bytes;
  }

  #drop(key: string, response: SharedResponse): void {
    if (this.#responses.get(key) === response) this.#responses.delete(key);
    response.discardWhenIdle();
  }
}

/** A piece of a response in a file. */
interface Segment {
  readonly file: FileHandle;
  readonly path: string;
  readonly start: number;
}

interface Reader {
  position: number;
}

class SharedResponse {
  readonly startedAt = Date.now();
  readonly #folder: NodeFolder;
  readonly #admit: () => boolean;
  readonly #segments: Segment[] = [];
  readonly #readers = new Set<Reader>();
  #written = 0;
  /** The bytes written last, for readers that keep up. */
  #latest: { readonly start: number; readonly chunk: Uint8Array } | undefined;
  #state: 'running' | 'complete' | 'failed' = 'running';
  #failure: unknown;
  /** Segments that all readers have passed are dropped; nobody can begin to read any more. */
  #windowed = false;
  #discarded = false;
  #producer: Producer | undefined;
  #wake: (() => void)[] = [];

  constructor(folder: NodeFolder, admit: () => boolean) {
    this.#folder = folder;
    this.#admit = admit;
  }

  get keptBytes(): number {
    return this.#written - (this.#segments[0]?.start ?? this.#written);
  }

  get takesReaders(): boolean {
    return this.#state !== 'failed' && !this.#windowed && !this.#discarded;
  }

  get isReusable(): boolean {
    return this.takesReaders && (this.#state === 'complete' || this.#readers.size > 0);
  }

  get isIdle(): boolean {
    return this.#readers.size === 0 && this.#state !== 'running';
  }

  start(produce: () => Promise<Producer>): void {
    this.#run(produce).then(
      () => this.#finish('complete'),
      (error: unknown) => this.#finish('failed', error),
    );
  }

  async *read(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const reader: Reader = { position: 0 };
    const wake = () => this.#notify();
    this.#readers.add(reader);
    signal.addEventListener('abort', wake, { once: true });
    try {
      for (;;) {
        const chunk = await this.#next(reader, signal);
        if (chunk === undefined) return;
        yield chunk;
        reader.position += chunk.length;
        if (this.#windowed) this.#notify();
      }
    } finally {
      signal.removeEventListener('abort', wake);
      this.#readers.delete(reader);
      if (this.#readers.size === 0 && this.#state === 'running') this.#producer?.stop();
      this.#notify();
      if (this.#discarded) this.discardWhenIdle();
    }
  }

  /** Lets go of the files now, or when the last reader has left. */
  discardWhenIdle(): void {
    this.#discarded = true;
    if (this.#readers.size === 0) void this.discard();
  }

  async discard(): Promise<void> {
    this.#discarded = true;
    this.#producer?.stop();
    this.#notify();
    await this.#dropSegments(this.#segments.length);
  }

  async #next(reader: Reader, signal: AbortSignal): Promise<Uint8Array | undefined> {
    signal.throwIfAborted();
    while (reader.position === this.#written) {
      if (this.#state === 'failed') throw this.#failure;
      if (this.#state === 'complete') return undefined;
      await this.#change();
      signal.throwIfAborted();
    }
    if (this.#latest?.start === reader.position) return this.#latest.chunk;
    const segment = this.#segments.findLast(({ start }) => start <= reader.position);
    if (segment === undefined) throw new Error('A response was dropped while it was read');
    const offset = reader.position - segment.start;
    const available = Math.min(this.#written - reader.position, SEGMENT_BYTES - offset, READ_BYTES);
    const { bytesRead, buffer } = await segment.file.read(Buffer.allocUnsafe(available), 0, available, offset);
    if (bytesRead === 0) throw new Error('A response was cut while it was read');
    return buffer.subarray(0, bytesRead);
  }

  async #run(produce: () => Promise<Producer>): Promise<void> {
    const producer = await produce();
    this.#producer = producer;
    if (this.#readers.size === 0 || this.#discarded) producer.stop();
    for await (const chunk of producer.output as AsyncIterable<Uint8Array>) {
      await this.#append(chunk);
      producer.progressed();
    }
    await producer.done;
  }

  async #append(chunk: Uint8Array): Promise<void> {
    for (let offset = 0; offset < chunk.length; ) {
      const segment = await this.#segmentWithRoom();
      const position = this.#written - segment.start;
      const piece = chunk.subarray(offset, offset + SEGMENT_BYTES - position);
      await segment.file.write(piece, 0, piece.length, position);
      this.#latest = { start: this.#written, chunk: piece };
      this.#written += piece.length;
      offset += piece.length;
      this.#notify();
    }
  }

  async #segmentWithRoom(): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (last !== undefined && this.#written < last.start + SEGMENT_BYTES) return last;
    if (!this.#admit() && this.#segments.length > 0) this.#windowed = true;
    if (this.#windowed) await this.#moveWindow();
    const path = this.#folder.folderOf('responses');
    const segment = { file: await open(path, 'wx+', 0o600), path, start: this.#written };
    this.#segments.push(segment);
    return segment;
  }

  /** Waits until the slowest reader is within the last segment, then drops those before. */
  async #moveWindow(): Promise<void> {
    const slowest = () => Math.min(...[...this.#readers].map(({ position }) => position));
    while (this.#readers.size > 0 && slowest() < this.#written - SEGMENT_BYTES) await this.#change();
    const passed = this.#segments.findIndex(({ start }) => start + SEGMENT_BYTES > slowest());
    await this.#dropSegments(passed === -1 ? this.#segments.length : passed);
  }

  async #dropSegments(count: number): Promise<void> {
    for (const { file, path } of this.#segments.splice(0, count)) {
      await file.close();
      await rm(path, { force: true });
    }
  }

  #finish(state: 'complete' | 'failed', failure?: unknown): void {
    this.#state = state;
    this.#failure = failure;
    this.#latest = undefined;
    this.#producer = undefined;
    this.#notify();
    if (this.#discarded && this.#readers.size === 0) void this.discard();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resume of wake) resume();
  }
}

import { Buffer } from 'node:buffer';
import type { OutputReceiver } from './program-starter.ts';
import { SegmentMemory } from './segment-memory.ts';

/** Small, because the answers to most rounds of a negotiation are. */
const FIRST_SEGMENT_BYTES = 4 * 1024;
const SEGMENT_BYTES = 16 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;

/** What makes a response: stopped when nobody reads any more, done when it is whole. */
export interface Producer {
  /** After the last output; rejects when the response cannot be trusted to be whole. */
  readonly done: Promise<void>;
  progressed(): void;
  stop(): void;
}

/** Starts what makes a response, which gives its output to `receive`. */
export type Produce = (receive: OutputReceiver) => Promise<Producer>;

interface CacheLimits {
  readonly responseCacheBytes: number;
  readonly responseCacheMs: number;
}

/**
 * Shares the responses to identical requests: the first starts the producer, those that come meanwhile read along, and
 * those that come later read what is kept, without a copy. A response too large to be kept goes through a window that its
 * readers move on, and takes no further readers.
 */
export class ResponseCache {
  readonly #limits: CacheLimits;
  /** Least recently used first. */
  readonly #responses = new Map<string, SharedResponse>();
  readonly #room: Room = {
    admit: (bytes) => this.#admit(bytes),
    memory: new SegmentMemory(),
  };

  constructor(limits: CacheLimits) {
    this.#limits = limits;
  }

  /** The bytes of the response to `key`, from `produce` unless they are there. `group` is what {@link forget} takes. */
  async *read(group: string, key: string, produce: Produce, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const fullKey = `${group} ${key}`;
    this.evictOld();
    let response = this.#responses.get(fullKey);
    if (response === undefined || !response.takesReaders) {
      response = new SharedResponse(this.#room);
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
  close(): void {
    const responses = [...this.#responses.values()];
    this.#responses.clear();
    for (const response of responses) response.discard();
  }

  /** Memory that responses hold. */
  get keptBytes(): number {
    let bytes = 0;
    for (const response of this.#responses.values()) bytes += response.keptBytes;
    return bytes;
  }

  /** Whether so many bytes more may be kept. */
  #admit(bytes: number): boolean {
    const room = () => this.keptBytes + bytes <= this.#limits.responseCacheBytes;
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

  #drop(key: string, response: SharedResponse): void {
    if (this.#responses.get(key) === response) this.#responses.delete(key);
    response.discardWhenIdle();
  }
}

/** Where responses are kept. */
interface Room {
  /** Whether so many bytes more may be kept. */
  admit(bytes: number): boolean;
  readonly memory: SegmentMemory;
}

/** A piece of a response; bytes that have been written never change, so that readers may hold on to them. */
interface Segment {
  readonly bytes: Buffer;
  readonly start: number;
}

interface Reader {
  position: number;
}

class SharedResponse {
  readonly startedAt = Date.now();
  readonly #room: Room;
  readonly #segments: Segment[] = [];
  readonly #readers = new Set<Reader>();
  #written = 0;
  #state: 'running' | 'complete' | 'failed' = 'running';
  #failure: unknown;
  /** Segments that all readers have passed are dropped; nobody can begin to read any more. */
  #windowed = false;
  #discarded = false;
  /** Not even for those who read. */
  #ended = false;
  #producer: Producer | undefined;
  #wake: (() => void)[] = [];

  constructor(room: Room) {
    this.#room = room;
  }

  get keptBytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes.length, 0);
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

  start(produce: Produce): void {
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

  /** Lets go of the memory now, or when the last reader has left. */
  discardWhenIdle(): void {
    this.#discarded = true;
    if (this.#readers.size === 0) this.discard();
  }

  discard(): void {
    this.#discarded = true;
    this.#ended = true;
    this.#producer?.stop();
    this.#notify();
    this.#dropSegments(this.#segments.length);
  }

  async #next(reader: Reader, signal: AbortSignal): Promise<Uint8Array | undefined> {
    signal.throwIfAborted();
    while (reader.position === this.#written) {
      if (this.#state === 'failed') throw this.#failure;
      if (this.#state === 'complete') return undefined;
      await this.#change();
      signal.throwIfAborted();
    }
    const segment = this.#segments.findLast(({ start }) => start <= reader.position);
    if (segment === undefined) throw new Error('A response was dropped while it was read');
    const offset = reader.position - segment.start;
    const available = Math.min(this.#written - reader.position, segment.bytes.length - offset, READ_BYTES);
    return segment.bytes.subarray(offset, offset + available);
  }

  async #run(produce: Produce): Promise<void> {
    const producer = await produce((chunk) => {
      this.#producer?.progressed();
      return this.#append(chunk);
    });
    this.#producer = producer;
    if (this.#readers.size === 0 || this.#ended) producer.stop();
    await producer.done;
  }

  /** Copies a chunk. @returns a promise where the rest of it must wait for room */
  #append(chunk: Uint8Array): Promise<void> | undefined {
    for (let offset = 0; offset < chunk.length; ) {
      const segment = this.#segmentWithRoom();
      if (segment === undefined) {
        // The chunk is not ours any longer when this returns.
        const rest = Buffer.from(chunk.subarray(offset));
        return this.#moveWindow().then(() => this.#append(rest));
      }
      const position = this.#written - segment.start;
      const piece = chunk.subarray(offset, offset + segment.bytes.length - position);
      segment.bytes.set(piece, position);
      this.#written += piece.length;
      offset += piece.length;
    }
    this.#notify();
    return undefined;
  }

  /** Undefined where a window's readers must move on first. */
  #segmentWithRoom(): Segment | undefined {
    const last = this.#segments.at(-1);
    if (last !== undefined && this.#written < last.start + last.bytes.length) return last;
    const bytes = Math.min(SEGMENT_BYTES, Math.max(FIRST_SEGMENT_BYTES, this.#written));
    if (!this.#room.admit(bytes) && this.#segments.length > 0) this.#windowed = true;
    if (this.#windowed && this.#isHeldBack()) return undefined;
    if (this.#windowed) this.#dropPassed();
    const segment = { bytes: this.#room.memory.allocate(bytes), start: this.#written };
    this.#segments.push(segment);
    return segment;
  }

  get #slowest(): number {
    return Math.min(...[...this.#readers].map(({ position }) => position));
  }

  /** Whether the slowest reader is not within the last segment yet. */
  #isHeldBack(): boolean {
    return this.#readers.size > 0 && this.#slowest < this.#written - SEGMENT_BYTES;
  }

  async #moveWindow(): Promise<void> {
    this.#notify();
    while (this.#isHeldBack()) await this.#change();
  }

  #dropPassed(): void {
    const passed = this.#segments.findIndex(({ start, bytes }) => start + bytes.length > this.#slowest);
    this.#dropSegments(passed === -1 ? this.#segments.length : passed);
  }

  /** The first so many. */
  #dropSegments(count: number): void {
    for (const { bytes } of this.#segments.splice(0, count)) this.#room.memory.release(bytes);
  }

  #finish(state: 'complete' | 'failed', failure?: unknown): void {
    this.#state = state;
    this.#failure = failure;
    this.#producer = undefined;
    this.#notify();
    if (this.#discarded && this.#readers.size === 0) this.discard();
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

import { Buffer } from 'node:buffer';
import { GitProtocolError } from './repository-errors.ts';

/** Git's pkt-line format: https://git-scm.com/docs/gitprotocol-common#_pkt_line_format */

const LENGTH_DIGITS = 4;
/** With its length digits. */
const PACKET_MAXIMUM = 65_520;
const HEX_LENGTH = /^[0-9a-fA-F]{4}$/;

export const FLUSH = Buffer.from('0000');
const SIDE_BAND_OVERHEAD = LENGTH_DIGITS + 1;

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Payload of a packet, or one of the special packets of protocol v2. */
export type Packet = Buffer | 'flush' | 'delimiter' | 'response-end';

/** One data packet; a text is encoded as UTF-8. */
export function packet(payload: string | Uint8Array): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
  const length = LENGTH_DIGITS + bytes;
  if (length > PACKET_MAXIMUM) throw new RangeError(`A packet of ${length} bytes is too long`);
  const buffer = Buffer.allocUnsafe(length);
  buffer.write(lengthDigits(length), 'latin1');
  if (typeof payload === 'string') buffer.write(payload, LENGTH_DIGITS);
  else buffer.set(payload, LENGTH_DIGITS);
  return buffer;
}

/** One data packet as text, for lines that are joined before they are encoded. */
export function packetText(payload: string): string {
  return lengthDigits(LENGTH_DIGITS + Buffer.byteLength(payload)) + payload;
}

/** The packets that carry `payload` on a side band: 1 data, 2 progress, 3 fatal error. */
export function* sideBand(band: 1 | 2 | 3, payload: Uint8Array, packetBytes = PACKET_MAXIMUM): Generator<Buffer> {
  const chunkBytes = packetBytes - SIDE_BAND_OVERHEAD;
  for (let offset = 0; offset < payload.length; offset += chunkBytes) {
    const chunk = payload.subarray(offset, offset + chunkBytes);
    const buffer = Buffer.allocUnsafe(SIDE_BAND_OVERHEAD + chunk.length);
    buffer.write(lengthDigits(buffer.length), 'latin1');
    buffer[LENGTH_DIGITS] = band;
    buffer.set(chunk, SIDE_BAND_OVERHEAD);
    yield buffer;
  }
}

function lengthDigits(length: number): string {
  return length.toString(16).padStart(LENGTH_DIGITS, '0');
}

/** A packet without the newline that may end a line of text. */
export function lineOf(payload: Buffer): string {
  const end = payload.at(-1) === 0x0a ? payload.length - 1 : payload.length;
  return payload.toString('utf8', 0, end);
}

/**
 * Reads packets from a stream of bytes that may be cut anywhere, then whatever follows them. Holds at most one packet
 * and one chunk of the source. Throws {@link GitProtocolError} for a bad length and for a stream that ends within a
 * packet.
 */
export class PacketReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #sourceFailed = false;
  #buffered: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Reads packets that are in memory already. */
  static of(bytes: Buffer): PacketReader {
    const reader = new PacketReader(nothing());
    reader.#buffered = bytes;
    return reader;
  }

  /** The next packet, or undefined when the stream ended between packets. */
  async read(): Promise<Packet | undefined> {
    if (!(await this.#fill(LENGTH_DIGITS))) {
      if (this.#buffered.length === 0) return undefined;
      throw new GitProtocolError('the request ended within the length of a packet');
    }
    const digits = this.#take(LENGTH_DIGITS).toString('latin1');
    if (!HEX_LENGTH.test(digits)) throw new GitProtocolError(`bad packet length ${JSON.stringify(digits)}`);
    const length = Number.parseInt(digits, 16);
    if (length === 0) return 'flush';
    if (length === 1) return 'delimiter';
    if (length === 2) return 'response-end';
    if (length < LENGTH_DIGITS || length > PACKET_MAXIMUM) throw new GitProtocolError(`bad packet length ${length}`);
    const payloadLength = length - LENGTH_DIGITS;
    if (!(await this.#fill(payloadLength))) throw new GitProtocolError('the request ended within a packet');
    return this.#take(payloadLength);
  }

  /** The first `length` bytes of what follows the packets, without taking them; fewer when the stream ends before. */
  async peek(length: number): Promise<Buffer> {
    await this.#fill(length);
    return this.#buffered.subarray(0, length);
  }

  /** True when reading failed because the source did: there is nobody left to report to. */
  get sourceFailed(): boolean {
    return this.#sourceFailed;
  }

  /** Everything after the packets read so far. */
  async *rest(): AsyncGenerator<Uint8Array> {
    if (this.#buffered.length > 0) {
      const buffered = this.#buffered;
      this.#buffered = Buffer.alloc(0);
      yield buffered;
    }
    for (;;) {
      const next = await this.#next();
      if (next.done) return;
      yield next.value;
    }
  }

  async #fill(length: number): Promise<boolean> {
    if (this.#buffered.length >= length) return true;
    const chunks: Uint8Array[] = [this.#buffered];
    let available = this.#buffered.length;
    while (available < length) {
      const next = await this.#next();
      if (next.done) break;
      chunks.push(next.value);
      available += next.value.length;
    }
    this.#buffered = Buffer.concat(chunks, available);
    return available >= length;
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    try {
      return await this.#source.next();
    } catch (error) {
      this.#sourceFailed = true;
      throw error;
    }
  }

  #take(length: number): Buffer {
    const taken = this.#buffered.subarray(0, length);
    this.#buffered = this.#buffered.subarray(length);
    return taken;
  }
}

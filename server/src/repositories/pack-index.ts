import { Buffer } from 'node:buffer';
import { type FileHandle, open } from 'node:fs/promises';
import { constants, inflateSync } from 'node:zlib';
import type { ObjectType } from './repository.ts';

/** Version 2 of Git's pack index: https://git-scm.com/docs/gitformat-pack#_version_2_pack_idx_files_support_packs_larger_than_4_gib_and */

const SIGNATURE = 0xff744f63;
const FANOUT_START = 8;
const NAMES_START = FANOUT_START + 256 * 4;
const NAME_BYTES = 20;
const LARGE_OFFSET = 0x80000000;
const OFFSETS_AT_ONCE = 65_536;
/** Type, size and base of an entry, at their longest. */
const ENTRY_HEADER_BYTES = 64;
const DELTA_CHAIN_MAXIMUM = 10_000;
/** Of a packed commit: enough for the lines of its parents. */
const COMMIT_BYTES = 4_096;
const COMMIT_TEXT_BYTES = 1024 * 1024 * 5;
/** What zlib can make of one byte, at most. */
const INFLATION_MAXIMUM = 1_040;

const TYPES: Readonly<Record<number, ObjectType | 'offset delta' | 'reference delta'>> = {
  1: 'commit',
  2: 'tree',
  3: 'blob',
  4: 'tag',
  6: 'offset delta',
  7: 'reference delta',
};

interface Entry {
  readonly type: ObjectType | 'offset delta' | 'reference delta';
  /** Of the unpacked object, or of a delta's instructions. */
  readonly size: number;
  /** Bytes of the header that hold type and size, then the base. */
  readonly header: Buffer;
  readonly headerLength: number;
}

/** Reads single facts out of a pack and its index, without a process and without holding either in memory. */
export class PackIndex {
  readonly objectCount: number;
  readonly #index: FileHandle;
  readonly #pack: FileHandle;

  private constructor(index: FileHandle, pack: FileHandle, objectCount: number) {
    this.#index = index;
    this.#pack = pack;
    this.objectCount = objectCount;
  }

  static async open(packFile: string): Promise<PackIndex> {
    const pack = await open(packFile);
    try {
      const index = await open(packFile.replace(/\.pack$/, '.idx'));
      try {
        const head = await readAt(index, 0, NAMES_START);
        if (head.readUInt32BE(0) !== SIGNATURE || head.readUInt32BE(4) !== 2) throw new Error('Unknown pack index');
        return new PackIndex(index, pack, head.readUInt32BE(NAMES_START - 4));
      } catch (error) {
        await index.close();
        throw error;
      }
    } catch (error) {
      await pack.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#index.close();
    await this.#pack.close();
  }

  /** The type of an object, through any number of deltas; undefined when it is not in this pack. */
  async typeOf(objectId: string): Promise<ObjectType | undefined> {
    let offset = await this.#offsetOf(Buffer.from(objectId, 'hex'));
    for (let depth = 0; offset !== undefined && depth < DELTA_CHAIN_MAXIMUM; depth++) {
      const entry = await this.#entryAt(offset);
      if (entry.type === 'offset delta') offset -= baseDistance(entry);
      else if (entry.type === 'reference delta') {
        offset = await this.#offsetOf(entry.header.subarray(entry.headerLength, entry.headerLength + NAME_BYTES));
      } else return entry.type;
    }
    return undefined;
  }

  /** The parents of a commit; undefined when it is not in this pack as a whole object. */
  async parentsOf(commitId: string): Promise<readonly string[] | undefined> {
    const offset = await this.#offsetOf(Buffer.from(commitId, 'hex'));
    if (offset === undefined) return undefined;
    const { type, headerLength } = await this.#entryAt(offset);
    if (type !== 'commit') return undefined;
    const { buffer, bytesRead } = await this.#pack.read(
      Buffer.alloc(COMMIT_BYTES),
      0,
      COMMIT_BYTES,
      offset + headerLength,
    );
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: COMMIT_TEXT_BYTES };
    return parentsIn(inflateSync(buffer.subarray(0, bytesRead), options).toString('latin1'));
  }

  /**
   * True when the pack holds an object of more than `limit` bytes that is not a delta. What a delta unpacks to must fit
   * into one allocation, which git's own limit bounds. Such an object takes at least `limit` / 1040 bytes in the
   * pack, so only entries with a long way to the next one need a look.
   */
  async hasObjectAbove(limit: number): Promise<boolean> {
    const { size } = await this.#pack.stat();
    const bucketBytes = Math.max(1, Math.floor(limit / INFLATION_MAXIMUM / 2));
    if (size < bucketBytes) return false;
    // The last entry that begins in each part of the pack; an entry alone in two parts or more is long.
    const last = new Map<number, number>();
    for await (const offset of this.#offsets()) {
      const bucket = Math.floor(offset / bucketBytes);
      if (offset > (last.get(bucket) ?? -1)) last.set(bucket, offset);
    }
    for (const [bucket, offset] of last) {
      if (last.has(bucket + 1)) continue;
      const { type, size } = await this.#entryAt(offset);
      if (size > limit && !type.endsWith('delta')) return true;
    }
    return false;
  }

  async #offsetOf(name: Buffer): Promise<number | undefined> {
    const first = name[0];
    if (first === undefined) return undefined;
    const fanout = await readAt(this.#index, FANOUT_START + Math.max(0, first - 1) * 4, 8);
    let low = first === 0 ? 0 : fanout.readUInt32BE(0);
    let high = fanout.readUInt32BE(first === 0 ? 0 : 4);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = (await readAt(this.#index, NAMES_START + middle * NAME_BYTES, NAME_BYTES)).compare(name);
      if (order === 0) return this.#offsetAt(middle);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  async #offsetAt(position: number): Promise<number> {
    const small = (await readAt(this.#index, this.#offsetsStart + position * 4, 4)).readUInt32BE();
    return small < LARGE_OFFSET ? small : this.#largeOffset(small - LARGE_OFFSET);
  }

  async #largeOffset(position: number): Promise<number> {
    const start = this.#offsetsStart + this.objectCount * 4;
    return Number((await readAt(this.#index, start + position * 8, 8)).readBigUInt64BE());
  }

  async *#offsets(): AsyncGenerator<number> {
    for (let position = 0; position < this.objectCount; position += OFFSETS_AT_ONCE) {
      const count = Math.min(OFFSETS_AT_ONCE, this.objectCount - position);
      const table = await readAt(this.#index, this.#offsetsStart + position * 4, count * 4);
      for (let index = 0; index < count; index++) {
        const small = table.readUInt32BE(index * 4);
        yield small < LARGE_OFFSET ? small : await this.#largeOffset(small - LARGE_OFFSET);
      }
    }
  }

  get #offsetsStart(): number {
    // After the names and a CRC of 4 bytes for each.
    return NAMES_START + this.objectCount * (NAME_BYTES + 4);
  }

  async #entryAt(offset: number): Promise<Entry> {
    const { buffer, bytesRead } = await this.#pack.read(
      Buffer.alloc(ENTRY_HEADER_BYTES),
      0,
      ENTRY_HEADER_BYTES,
      offset,
    );
    const header = buffer.subarray(0, bytesRead);
    let byte = header.readUInt8(0);
    const type = TYPES[(byte >> 4) & 7];
    if (type === undefined) throw new Error('Unknown type of a pack entry');
    let size = byte & 15;
    let headerLength = 1;
    for (let factor = 16; byte >= 128; factor *= 128) {
      byte = header.readUInt8(headerLength++);
      size += (byte & 127) * factor;
    }
    return { type, size, header, headerLength };
  }
}

/** Undefined when the lines of the parents go on beyond the text. */
function parentsIn(commit: string): readonly string[] | undefined {
  const lines = /^tree [0-9a-f]{40}\n((?:parent [0-9a-f]{40}\n)*)author /.exec(commit)?.[1];
  return lines?.match(/[0-9a-f]{40}/g) ?? (lines === undefined ? undefined : []);
}

/** How far before its delta a base begins: Git's own variable-length number. */
function baseDistance({ header, headerLength }: Entry): number {
  let position = headerLength;
  let byte = header.readUInt8(position++);
  let distance = byte & 127;
  while (byte >= 128) {
    byte = header.readUInt8(position++);
    distance = (distance + 1) * 128 + (byte & 127);
  }
  return distance;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new Error('A pack or its index is cut short');
  return buffer;
}

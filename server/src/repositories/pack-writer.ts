import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { ObjectType } from './repository.ts';

/** Type numbers of pack entries: https://git-scm.com/docs/gitformat-pack */
const TYPE_NUMBERS: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };
const VERSION = 2;

/** An object that is not stored yet. */
export interface NewObject {
  readonly objectId: string;
  readonly type: ObjectType;
  readonly content: Buffer;
}

export function newObject(type: ObjectType, content: Buffer): NewObject {
  const objectId = createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
  return { objectId, type, content };
}

/** A pack of whole objects, as a client would send it. */
export async function writePack(objects: readonly NewObject[]): Promise<Buffer> {
  const header = Buffer.alloc(12);
  header.write('PACK', 'latin1');
  header.writeUInt32BE(VERSION, 4);
  header.writeUInt32BE(objects.length, 8);
  const chunks: Buffer[] = [header];
  for (const { type, content } of objects) {
    chunks.push(entryHeader(TYPE_NUMBERS[type], content.length), await promisify(deflate)(content));
  }
  const pack = Buffer.concat(chunks);
  return Buffer.concat([pack, createHash('sha1').update(pack).digest()]);
}

/** Three bits of type, then the size: four bits, then seven a byte. */
function entryHeader(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let byte = (type << 4) | (size & 15);
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 0x80);
    byte = rest & 0x7f;
  }
  return Buffer.from([...bytes, byte]);
}

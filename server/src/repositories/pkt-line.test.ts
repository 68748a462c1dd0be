import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLUSH, lineOf, type Packet, PacketReader, packet, packetText, sideBand } from './pkt-line.ts';
import { GitProtocolError } from './repository-errors.ts';

async function* cut(bytes: Buffer, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (const length of lengths) {
    if (offset >= bytes.length) return;
    yield bytes.subarray(offset, offset + length);
    offset += length;
  }
  if (offset < bytes.length) yield bytes.subarray(offset);
}

async function readAll(reader: PacketReader): Promise<Packet[]> {
  const packets: Packet[] = [];
  for (let next = await reader.read(); next !== undefined; next = await reader.read()) packets.push(next);
  return packets;
}

const special = { flush: FLUSH, delimiter: Buffer.from('0001'), 'response-end': Buffer.from('0002') } as const;
const anyPacket = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom('flush', 'delimiter', 'response-end'),
);

describe('PacketReader', () => {
  it('reads what was written, wherever the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyPacket), fc.array(fc.integer({ min: 0, max: 9 })), async (packets, lengths) => {
        const bytes = Buffer.concat(packets.map((each) => (typeof each === 'string' ? special[each] : packet(each))));
        expect(await readAll(new PacketReader(cut(bytes, lengths)))).toEqual(packets);
      }),
    );
  });

  it('gives what follows the packets, byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.integer({ min: 1, max: 9 })),
        fc.integer({ min: 0, max: 20 }),
        async (rest, lengths, peeked) => {
          const reader = new PacketReader(cut(Buffer.concat([packet('line'), FLUSH, rest]), lengths));
          await reader.read();
          expect(await reader.read()).toBe('flush');
          expect(await reader.peek(peeked)).toEqual(Buffer.from(rest.subarray(0, peeked)));
          const chunks: Uint8Array[] = [];
          for await (const chunk of reader.rest()) chunks.push(chunk);
          expect(Buffer.concat(chunks)).toEqual(Buffer.from(rest));
        },
      ),
    );
  });

  it('never does anything but read or refuse', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        try {
          await readAll(PacketReader.of(Buffer.from(bytes)));
        } catch (error) {
          expect(error).toBeInstanceOf(GitProtocolError);
        }
      }),
    );
  });

  it.each(['0003', 'fff1', 'ffff', '00', '000', '000g', '-001', ' 004', '0005', '0009abcd'])(
    'refuses %j',
    async (text) => {
      await expect(readAll(PacketReader.of(Buffer.from(text)))).rejects.toThrow(GitProtocolError);
    },
  );

  it('takes an empty packet and the longest one', async () => {
    const longest = Buffer.alloc(65_516, 'x');
    expect(await readAll(PacketReader.of(Buffer.concat([packet(''), packet(longest)])))).toEqual([
      Buffer.alloc(0),
      longest,
    ]);
    expect(() => packet(Buffer.alloc(65_517))).toThrow(RangeError);
  });
});

describe('writing', () => {
  it('counts bytes, not characters', () => {
    expect(packet('ä\n').toString()).toBe('0007ä\n');
    expect(packetText('ä\n')).toBe('0007ä\n');
  });

  it('cuts a side band into packets that fit', async () => {
    const payload = Buffer.alloc(200_000, 'y');
    const packets = await readAll(PacketReader.of(Buffer.concat([...sideBand(2, payload)])));
    expect(packets).toHaveLength(4);
    const bodies = packets.map((each) => {
      if (!(each instanceof Buffer)) throw new Error('expected data');
      expect(each[0]).toBe(2);
      return each.subarray(1);
    });
    expect(Buffer.concat(bodies)).toEqual(payload);
  });

  it('leaves one newline out of a line', () => {
    expect(lineOf(Buffer.from('a\n\n'))).toBe('a\n');
    expect(lineOf(Buffer.from('a'))).toBe('a');
    expect(lineOf(Buffer.from(''))).toBe('');
  });
});

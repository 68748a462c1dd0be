import { randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decryptContent, decryptFrames, encryptContent, type FrameRange, frameRanges } from './content-encryption.ts';
import { aesKeyring, messageClient, SealedMessageError, SUITE_ID } from './messages.ts';

const MIB = 1024 * 1024;
const FRAME = 4 + 12 + MIB + 16;
const FINAL_FRAME_OVERHEAD = 4 + 4 + 12 + 4 + 16;
const key = randomBytes(32);
const context = { repositoryId: '5b7c0f0e-6f5c-4dd1-8a86-2f0c7c4c9d11', file: 'pack' };

function inChunks(content: Buffer, size: number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let start = 0; start < content.length; start += size) chunks.push(content.subarray(start, start + size));
  return chunks;
}

async function encrypted(content: Buffer, chunkSize = 64 * 1024): Promise<Buffer> {
  return buffer(encryptContent(key, context)(Readable.from(inChunks(content, chunkSize))));
}

/** What a consumer gets that takes the output only when the pipeline says that it is complete. */
async function decrypted(message: Buffer, chunkSize = 64 * 1024, with_ = { key, context }): Promise<Buffer> {
  const received: Buffer[] = [];
  await pipeline(
    Readable.from(inChunks(message, chunkSize)),
    decryptContent(with_.key, with_.context),
    new Writable({
      write(chunk: Buffer, _encoding, callback) {
        received.push(chunk);
        callback();
      },
    }),
  );
  return Buffer.concat(received);
}

/** What all ranges together give, each decrypted by itself. */
async function decryptedInRanges(message: Buffer, ranges: readonly FrameRange[]): Promise<Buffer> {
  const read = (position: number) => Readable.from(inChunks(message.subarray(position), 300_000));
  const content = Buffer.alloc(message.length);
  let length = 0;
  await Promise.all(
    ranges.map(async (range) => {
      for await (const frame of decryptFrames(key, context, read, range)) {
        const bytes = Buffer.concat(frame.pieces);
        bytes.copy(content, frame.position);
        length += bytes.length;
      }
    }),
  );
  return content.subarray(0, length);
}

/** All ways to divide four frames. */
const DIVISIONS: readonly (readonly FrameRange[])[] = [
  [{ first: 1 }],
  [{ first: 1, last: 1 }, { first: 2 }],
  [{ first: 1, last: 2 }, { first: 3 }],
  [{ first: 1, last: 3 }, { first: 4 }],
  [{ first: 1, last: 1 }, { first: 2, last: 3 }, { first: 4 }],
  [{ first: 1, last: 1 }, { first: 2, last: 2 }, { first: 3, last: 3 }, { first: 4 }],
];

function altered(message: Buffer, position: number, mask = 1): Buffer {
  const copy = Buffer.from(message);
  copy[position] = (copy[position] ?? 0) ^ mask;
  return copy;
}

describe('content that was encrypted', () => {
  it.each([0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB, 3 * MIB + 17])('comes back whole: %i bytes', async (length) => {
    const content = randomBytes(length);
    const message = await encrypted(content);
    expect(message.includes(content.subarray(0, 64)) && length >= 64).toBe(false);
    expect((await decrypted(message)).equals(content)).toBe(true);
  });

  it('comes back however it was cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5000 }),
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 1, max: 700 }),
        async (bytes, chunkIn, chunkOut) => {
          const content = Buffer.from(bytes);
          expect(await decrypted(await encrypted(content, chunkIn), chunkOut)).toEqual(content);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('comes back however its frames are divided', async () => {
    for (const length of [3 * MIB, 3 * MIB + 1, 4 * MIB - 1]) {
      const content = randomBytes(length);
      const message = await encrypted(content);
      for (const ranges of DIVISIONS) expect((await decryptedInRanges(message, ranges)).equals(content)).toBe(true);
      for (const parts of [1, 2, 3, 4, 5]) {
        expect((await decryptedInRanges(message, frameRanges(message.length, parts))).equals(content)).toBe(true);
      }
    }
  });

  it('is a message that AWS’s own client opens', async () => {
    const content = randomBytes(2 * MIB + 5);
    const { plaintext, messageHeader } = await messageClient.decrypt(
      aesKeyring(key, 'repository-data-key'),
      await encrypted(content),
    );
    expect(plaintext.equals(content)).toBe(true);
    expect(messageHeader.encryptionContext).toEqual(context);
    expect(messageHeader.frameLength).toBe(MIB);
  });

  it('differs each time', async () => {
    const content = randomBytes(100);
    expect((await encrypted(content)).equals(await encrypted(content))).toBe(false);
  });
});

describe('frameRanges', () => {
  it('gives ranges that join, all but the last of frames that are there', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 600 * MIB }), fc.integer({ min: 1, max: 8 }), (messageBytes, parts) => {
        const ranges = frameRanges(messageBytes, parts);
        const lasts = ranges.map(({ last }) => last);
        expect(ranges.map(({ first }) => first)).toEqual([1, ...lasts.slice(0, -1).map((last) => (last ?? 0) + 1)]);
        expect(lasts.pop()).toBeUndefined();
        for (const last of lasts) expect((last ?? 0) * FRAME).toBeLessThan(messageBytes);
      }),
    );
  });

  it('divides what is long evenly', () => {
    expect(frameRanges(100 * FRAME + 20_000, 4)).toEqual([
      { first: 1, last: 25 },
      { first: 26, last: 50 },
      { first: 51, last: 75 },
      { first: 76 },
    ]);
    expect(frameRanges(3 * FRAME, 4)).toEqual([{ first: 1 }]);
  });
});

describe('decryption refuses', () => {
  const content = randomBytes(700);

  it('every altered bit', async () => {
    const message = await encrypted(content);
    for (let position = 0; position < message.length; position += 1) {
      await expect(decrypted(altered(message, position, 1 << (position % 8))), `byte ${position}`).rejects.toThrow(
        SealedMessageError,
      );
    }
  });

  it('every truncation', async () => {
    const message = await encrypted(content);
    for (let length = 0; length < message.length; length += 1) {
      await expect(decrypted(message.subarray(0, length)), `${length} bytes`).rejects.toThrow(SealedMessageError);
    }
  });

  it('truncation at the borders of frames, alterations in them, and frames left out or swapped', async () => {
    const message = await encrypted(randomBytes(3 * MIB + 100));
    const header = message.length - 3 * FRAME - FINAL_FRAME_OVERHEAD - 100;
    const frames = [0, 1, 2].map((i) => message.subarray(header + i * FRAME, header + (i + 1) * FRAME));
    const [first, second, third] = frames as [Buffer, Buffer, Buffer];
    const start = message.subarray(0, header);
    const final = message.subarray(header + 3 * FRAME);
    expect(Buffer.concat([start, first, second, third, final]).equals(message)).toBe(true);

    const broken = {
      'no frame': start,
      'one frame': Buffer.concat([start, first]),
      'all but the final frame': Buffer.concat([start, first, second, third]),
      'a frame left out': Buffer.concat([start, first, third, final]),
      'frames swapped': Buffer.concat([start, second, first, third, final]),
      'a frame twice': Buffer.concat([start, first, first, second, third, final]),
      'another sequence number': altered(message, header + FRAME + 3),
      'another final sequence number': altered(message, header + 3 * FRAME + 7),
      'no mark of the final frame': altered(message, header + 3 * FRAME),
      'a longer final frame': altered(message, header + 3 * FRAME + 4 + 4 + 12 + 2),
    };
    for (const [name, bytes] of Object.entries(broken)) {
      for (const ranges of DIVISIONS) {
        await expect(decryptedInRanges(bytes, ranges), `${name}, ${JSON.stringify(ranges)}`).rejects.toThrow(
          SealedMessageError,
        );
      }
      for (const chunkSize of [997, 64 * 1024, FRAME, 4 * FRAME]) {
        await expect(decrypted(bytes, chunkSize), `${name}, chunks of ${chunkSize}`).rejects.toThrow(
          SealedMessageError,
        );
      }
    }
  });

  it('frames of another length than ours', async () => {
    const { result } = await messageClient.encrypt(aesKeyring(key, 'repository-data-key'), randomBytes(3_000), {
      suiteId: SUITE_ID,
      encryptionContext: context,
      frameLength: 1_000,
    });
    await expect(decrypted(result)).rejects.toThrow('of another length');
  });

  it('an end within a range that goes on', async () => {
    const message = await encrypted(randomBytes(3 * MIB + 100));
    await expect(decryptedInRanges(message, [{ first: 1, last: 4 }, { first: 5 }])).rejects.toThrow('cut short');
  });

  it('bytes after the message', async () => {
    const message = await encrypted(content);
    await expect(decrypted(Buffer.concat([message, Buffer.from([0])]))).rejects.toThrow('followed by other bytes');
    await expect(decrypted(Buffer.concat([message, message]))).rejects.toThrow('followed by other bytes');
  });

  it('another key', async () => {
    const message = await encrypted(content);
    await expect(decrypted(message, 100, { key: randomBytes(32), context })).rejects.toThrow(SealedMessageError);
  });

  it.each([{ ...context, file: 'idx' }, { repositoryId: context.repositoryId }, { ...context, more: 'x' }, {}])(
    'another context: %j',
    async (other) => {
      const message = await encrypted(content);
      await expect(decrypted(message, 100, { key, context: other as typeof context })).rejects.toThrow(
        'belongs to another encryption context',
      );
    },
  );

  it('to hand out anything of a frame that was altered', async () => {
    const message = await encrypted(randomBytes(2 * MIB));
    let received = 0;
    const run = pipeline(
      Readable.from(inChunks(altered(message, message.length - FINAL_FRAME_OVERHEAD - 1), 64 * 1024)),
      decryptContent(key, context),
      async (plaintext: AsyncIterable<Buffer>) => {
        for await (const chunk of plaintext) received += chunk.length;
      },
    );
    await expect(run).rejects.toThrow(SealedMessageError);
    expect(received).toBe(MIB);
  });
});

describe.each([
  ['encryption', () => encryptContent(key, context)],
  ['decryption', () => decryptContent(key, context)],
])('the stream of %s', (_name, make) => {
  it('fails for its consumer when the source fails', async () => {
    async function* failing() {
      yield randomBytes(10);
      throw new Error('the source failed');
    }
    let complete = false;
    const run = pipeline(failing, make(), async (output: AsyncIterable<Buffer>) => {
      for await (const _ of output);
      complete = true;
    });
    await expect(run).rejects.toThrow('the source failed');
    expect(complete).toBe(false);
  });

  it('ends its source when the consumer stops', async () => {
    let sourceEnded = false;
    const message = await encrypted(randomBytes(8 * MIB));
    async function* source() {
      try {
        for (const chunk of inChunks(message, 64 * 1024)) yield chunk;
      } finally {
        sourceEnded = true;
      }
    }
    const run = pipeline(source, make(), async (output: AsyncIterable<Buffer>) => {
      for await (const chunk of output) {
        // Not a header, which comes before the source is read.
        if (chunk.length > 1_000) throw new Error('the consumer stopped');
      }
    });
    await expect(run).rejects.toThrow('the consumer stopped');
    expect(sourceEnded).toBe(true);
  });
});

describe('memory', () => {
  it('stays flat: a slow consumer holds the source back', async () => {
    const total = 64 * MIB;
    const chunk = randomBytes(64 * 1024);
    let made = 0;
    let consumed = 0;
    let farthest = 0;
    function* source() {
      for (; made < total; made += chunk.length) yield chunk;
    }
    await pipeline(
      Readable.from(source(), { objectMode: false }),
      encryptContent(key, context),
      decryptContent(key, context),
      new Writable({
        write(plaintext: Buffer, _encoding, callback) {
          consumed += plaintext.length;
          farthest = Math.max(farthest, made - consumed);
          setImmediate(callback);
        },
      }),
    );
    expect(consumed).toBe(total);
    expect(farthest).toBeLessThan(8 * MIB);
  });
});

import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Produce, type Producer, ResponseCache } from './response-cache.ts';

const MIB = 1024 * 1024;

/** A producer whose output the test writes. */
function produce() {
  const output = new PassThrough();
  let stopped = false;
  let fail: (error: Error) => void = () => {};
  const done = new Promise<void>((resolve, reject) => {
    fail = reject;
    output.once('end', resolve);
  });
  done.catch(() => {});
  const producer: Producer = {
    done,
    progressed() {},
    stop() {
      stopped = true;
      output.destroy();
      fail(new Error('stopped'));
    },
  };
  const start: Produce = async (receive) => {
    output.on('data', (chunk: Buffer) => {
      const taken = receive(chunk);
      if (taken === undefined) return;
      output.pause();
      void taken.then(() => output.resume());
    });
    return producer;
  };
  return { output, start, isStopped: () => stopped, fail: (error: Error) => fail(error) };
}

const never = new AbortController().signal;

async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

function cacheOf(bytes: number, ms = 60_000): ResponseCache {
  return new ResponseCache({ responseCacheBytes: bytes, responseCacheMs: ms });
}

describe('ResponseCache', () => {
  it('runs one producer for readers that come together, midway and later', async () => {
    const cache = cacheOf(100 * MIB);
    const { output, start: startOnce } = produce();
    let runs = 0;
    const start: Produce = (receive) => {
      runs++;
      return startOnce(receive);
    };
    const content = randomBytes(20 * MIB);
    const early = [whole(cache.read('r', 'k', start, never)), whole(cache.read('r', 'k', start, never))];
    output.write(content.subarray(0, MIB));
    const midway = cache.read('r', 'k', start, never);
    const first = await midway.next();
    output.end(content.subarray(MIB));
    const rest = await whole(midway);
    expect(Buffer.concat([first.value ?? Buffer.alloc(0), rest]).equals(content)).toBe(true);
    for (const each of await Promise.all(early)) expect(each.equals(content)).toBe(true);
    expect((await whole(cache.read('r', 'k', start, never))).equals(content)).toBe(true);
    expect(runs).toBe(1);
    cache.close();
    expect(cache.keptBytes).toBe(0);
  });

  it('forgets what is running without cutting it, also before its producer has begun', async () => {
    const cache = cacheOf(100 * MIB);
    const begun = Promise.withResolvers<void>();
    for (const isBeginning of [true, false]) {
      const { output, start, isStopped } = produce();
      const startLate: Produce = async (receive) => {
        if (isBeginning) await begun.promise;
        return start(receive);
      };
      const reading = whole(cache.read('r', 'k', startLate, never));
      cache.forget('r');
      begun.resolve();
      output.end('all of it');
      expect((await reading).toString()).toBe('all of it');
      expect(isStopped()).toBe(false);
      expect(cache.keptBytes).toBe(0);
    }
  });

  it('stops the producer when the last reader leaves, also one that waits', async () => {
    const cache = cacheOf(100 * MIB);
    const { output, start, isStopped } = produce();
    const leaving = new AbortController();
    const staying = new AbortController();
    const readers = [leaving, staying].map(({ signal }) => whole(cache.read('r', 'k', start, signal)));
    output.write('some');
    leaving.abort(new Error('left'));
    await expect(readers[0]).rejects.toThrow('left');
    expect(isStopped()).toBe(false);
    staying.abort(new Error('left too'));
    await expect(readers[1]).rejects.toThrow('left too');
    await expect.poll(isStopped).toBe(true);
    await expect.poll(() => cache.keptBytes).toBe(0);
  });

  it('lets a response larger than its budget through at the pace of the slowest reader', async () => {
    const cache = cacheOf(MIB);
    const { output, start } = produce();
    const content = randomBytes(100 * MIB);
    const reader = cache.read('r', 'k', start, never);
    output.end(content);
    const parts = [(await reader.next()).value ?? Buffer.alloc(0)];
    // Nobody reads: at most the window is written.
    await expect.poll(() => cache.keptBytes).toBeGreaterThan(20 * MIB);
    let largest = 0;
    for await (const chunk of reader) {
      parts.push(chunk);
      largest = Math.max(largest, cache.keptBytes);
    }
    expect(Buffer.concat(parts).equals(content)).toBe(true);
    expect(largest).toBeLessThanOrEqual(48 * MIB);
    await expect.poll(() => cache.keptBytes).toBe(0);
  });

  it('does not keep a failed response, and gives readers the failure', async () => {
    const cache = cacheOf(100 * MIB);
    const bad = produce();
    const reading = whole(cache.read('r', 'k', bad.start, never));
    bad.fail(new Error('git was killed'));
    bad.output.destroy();
    await expect(reading).rejects.toThrow('git was killed');
    const good = produce();
    good.output.end('fine');
    expect((await whole(cache.read('r', 'k', good.start, never))).toString()).toBe('fine');
    await expect(whole(cache.read('r', 'other', () => Promise.reject(new Error('no turn')), never))).rejects.toThrow(
      'no turn',
    );
    cache.close();
  });

  it('forgets a repository, what is old, and what is used least when room is short', async () => {
    const cache = cacheOf(33 * MIB);
    let runs = 0;
    const ask = (group: string) =>
      whole(
        cache.read(
          group,
          'k',
          (receive) => {
            runs++;
            const { output, start } = produce();
            output.end(randomBytes(14 * MIB));
            return start(receive);
          },
          never,
        ),
      );
    await ask('a');
    await ask('b');
    await ask('a');
    expect(runs).toBe(2);
    await ask('c');
    await ask('a');
    expect(runs).toBe(3);
    await ask('b');
    expect(runs).toBe(4);
    cache.forget('b');
    await ask('b');
    expect(runs).toBe(5);
    cache.close();
    const short = cacheOf(100 * MIB, -1);
    const first = produce();
    first.output.end('x');
    await whole(short.read('r', 'k', first.start, never));
    short.evictOld();
    expect(short.keptBytes).toBe(0);
  });
});

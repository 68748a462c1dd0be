import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { discardRest, RequestBodyError, readRequestBody, readShortBody } from './request-body.ts';

let server: Server;
let client: Socket;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  vi.useRealTimers();
  client.destroy();
  server.close();
});

/** A request whose headers promise 100 bytes, of which the client has sent these. */
async function begin(sent: string): Promise<IncomingMessage> {
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n${sent}`);
  const [request] = (await once(server, 'request')) as [IncomingMessage];
  return request;
}

describe('a client that is silent for 120 seconds in the middle of a body', () => {
  it('gets no more time', async () => {
    const chunks = readRequestBody(await begin('half'))[Symbol.asyncIterator]();
    expect(String((await chunks.next()).value)).toBe('half');
    const next = chunks.next();
    const refusal = expect(next).rejects.toThrow('The request was not sent to its end in time');
    await vi.advanceTimersByTimeAsync(120_000);
    await refusal;
  });

  it('has sent something within them: the time begins anew', async () => {
    const chunks = readRequestBody(await begin('a'))[Symbol.asyncIterator]();
    await chunks.next();
    for (const more of ['b', 'c', 'd']) {
      const next = chunks.next();
      await vi.advanceTimersByTimeAsync(119_000);
      client.write(more);
      expect(String((await next).value)).toBe(more);
    }
  });

  it('waits for a slow reader of ours as long as that takes', async () => {
    const chunks = readRequestBody(await begin('a'))[Symbol.asyncIterator]();
    await chunks.next();
    await vi.advanceTimersByTimeAsync(600_000);
    const next = chunks.next();
    client.write('b');
    expect(String((await next).value)).toBe('b');
  });
});

describe('a short body', () => {
  /** A request that came as a whole, as it is after the parser's turn. */
  async function whole(body: Buffer, encoding: string): Promise<IncomingMessage> {
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => {});
    const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${body.length}\r\n\r\n`;
    client.write(Buffer.concat([Buffer.from(head), body]));
    const [request] = (await once(server, 'request')) as [IncomingMessage];
    await vi.waitFor(() => expect(request.readableLength).toBe(body.length));
    return request;
  }

  it.each(['identity', 'gzip', 'x-gzip'])('that came with its head is there at once: %s', async (encoding) => {
    const text = Buffer.from('want '.repeat(1_000));
    const request = await whole(encoding === 'identity' ? text : gzipSync(text), encoding);
    expect(await readShortBody(request)).toEqual(text);
  });

  it('of which much comes out is unpacked piece by piece', async () => {
    const content = Buffer.alloc(256 * 1024 + 1, 'x');
    const body = await readShortBody(await whole(gzipSync(content), 'gzip'));
    expect(Buffer.isBuffer(body)).toBe(false);
    expect((await buffer(body as AsyncIterable<Uint8Array>)).equals(content)).toBe(true);
  });

  it('that does not unpack, or is packed in another way, is refused', async () => {
    const packed = gzipSync('want');
    for (const broken of [packed.subarray(0, -5), Buffer.from('no gzip at all')]) {
      const request = await whole(broken, 'gzip');
      await expect(readShortBody(request)).rejects.toThrow(new RequestBodyError(400, 'The packed request is corrupt'));
      client.destroy();
    }
    const request = await whole(packed, 'br');
    await expect(readShortBody(request)).rejects.toThrow('Content-Encoding br is not supported');
  });

  it('that is still coming is waited for', async () => {
    const body = await readShortBody(await begin('half'));
    expect(Buffer.isBuffer(body)).toBe(false);
  });
});

describe('the rest of a body that has been answered', () => {
  it('is read, also when a reader has left off in the middle', async () => {
    const request = await begin('first');
    for await (const chunk of readRequestBody(request)) {
      expect(String(chunk)).toBe('first');
      break;
    }
    expect(request.destroyed).toBe(false);
    discardRest(request);
    const ended = once(request, 'end');
    client.write('x'.repeat(95));
    await ended;
    expect(request.complete).toBe(true);
  });

  it('is read when a reader has left off without a word, and the connection stays', async () => {
    const request = await begin('first');
    await readRequestBody(request)[Symbol.asyncIterator]().next();
    discardRest(request);
    const ended = once(request, 'end');
    client.write('x'.repeat(95));
    await ended;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(client.destroyed).toBe(false);
    const next = once(server, 'request');
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(((await next) as [IncomingMessage])[0].method).toBe('GET');
  });

  it('is waited for ten seconds at most', async () => {
    const request = await begin('first');
    discardRest(request);
    const closed = once(client, 'close');
    await vi.advanceTimersByTimeAsync(10_000);
    await closed;
    expect(request.complete).toBe(false);
  });
});

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { discardRest, readRequestBody } from './request-body.ts';

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

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type ClientHttp2Session, connect, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bodyOfTurn, hasWholeBody } from './body-at-hand.ts';

describe('the body of a request of HTTP/2', () => {
  let server: Http2Server;
  let client: ClientHttp2Session;
  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await once(client, 'connect');
  });
  afterEach(() => {
    client.destroy();
    server.close();
  });

  /** @param headers of a request whose body begins with `sent` */
  function begin(headers: Readonly<Record<string, string>>, sent: string) {
    const sending = client.request({ ':method': 'POST', ':path': '/', ...headers });
    sending.on('error', () => {});
    const arrived = once(server, 'request').then(async ([request]: IncomingMessage[]) => {
      if (request === undefined) throw new Error('No request arrived');
      return { request, body: await bodyOfTurn(request) };
    });
    sending.write(sent);
    return { sending, arrived };
  }

  it('is at hand when it came with the head', async () => {
    const { sending, arrived } = begin({ 'content-length': '4' }, 'want');
    sending.end();
    const { request, body } = await arrived;
    expect(String(body)).toBe('want');
    expect(hasWholeBody(request)).toBe(true);
  });

  it.each([
    ['more of it is to come', { 'content-length': '8' }],
    ['nobody tells how long it is', {}],
  ])('is left to who reads it when %s', async (_, headers) => {
    const { sending, arrived } = begin(headers, 'want');
    const { request, body } = await arrived;
    expect(body).toBeUndefined();
    expect(hasWholeBody(request)).toBe(false);
    sending.end('more');
    expect(await text(request)).toBe('wantmore');
  });

  it('is nothing where the request has none', async () => {
    const { sending, arrived } = begin({ 'content-length': '0' }, '');
    sending.end();
    const { body } = await arrived;
    expect(body ?? Buffer.alloc(0)).toHaveLength(0);
  });
});

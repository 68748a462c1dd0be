import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { tlsDetailsOf } from './tls-details.ts';

/** As Node's TLS sockets are when the connection is gone: no cipher, whatever the types say. */
const closed = { encrypted: true, getCipher: () => null, getProtocol: () => null };
const open = {
  encrypted: true,
  getCipher: () => ({ standardName: 'TLS_AES_256_GCM_SHA384' }),
  getProtocol: () => 'TLSv1.3',
};

describe('tlsDetailsOf', () => {
  it('tells what a connection agreed on, also when that is gone by the next time', () => {
    const connection: object = { ...open };
    const request = { socket: connection as never, headers: { host: 'localhost:8443' } };
    const details = {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_256_GCM_SHA384',
      clientProvidedHostHeader: 'localhost:8443',
    };
    expect(tlsDetailsOf(request)).toEqual(details);
    Object.assign(connection, closed);
    expect(tlsDetailsOf(request)).toEqual(details);
  });

  it('tells nothing of a connection that is gone, or is not encrypted', () => {
    expect(tlsDetailsOf({ socket: { ...closed } as never, headers: {} })).toBeUndefined();
    expect(tlsDetailsOf({ socket: {} as never, headers: {} })).toBeUndefined();
  });

  it('tells nothing of a request whose HTTP/2 session has ended', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    client.on('error', () => {});
    client.request({ ':path': '/' }).on('error', () => {});
    const [request] = await once(server, 'request');
    const ended = once(request.stream.session, 'close');
    client.destroy();
    await ended;
    expect(tlsDetailsOf(request)).toBeUndefined();
    server.close();
  });
});

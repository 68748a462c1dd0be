import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { createConnection, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';

// What holds a connection open must not hold up the end of the server.

const HALF_A_HEAD = 'POST / HTTP/1.1\r\nHost: codekeep\r\nX-';
const HEAD_WITHOUT_BODY = 'POST / HTTP/1.1\r\nHost: codekeep\r\nContent-Length: 10\r\n\r\n';
/** The first bytes of a ClientHello. */
const HALF_A_HANDSHAKE = Buffer.from([22, 3, 1, 2, 0, 1]);

describe('SIGTERM', () => {
  let server: CodekeepServer;
  let sockets: Socket[];
  const start = async (drainSeconds: number) => {
    server = await startCodekeep({ settings: { CODEKEEP_DRAIN_TIMEOUT: String(drainSeconds) } });
  };
  beforeEach(() => {
    sockets = [];
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await server.dispose();
  });

  async function held(url: string, sent: string | Buffer): Promise<Socket> {
    const { hostname, port } = new URL(url);
    const socket = createConnection({ host: hostname, port: Number(port) });
    sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    if (sent.length > 0) socket.write(sent);
    if (url.startsWith('ssh:')) await once(socket, 'data');
    return socket;
  }

  /** A finished handshake, and nothing after it: of HTTP/2, its settings alone. */
  async function shakenHands(protocol: 'http/1.1' | 'h2'): Promise<void> {
    const { hostname, port } = new URL(server.secureUrl);
    const socket = connectTls({
      host: hostname,
      port: Number(port),
      ALPNProtocols: [protocol],
      // Whom it talks to does not matter here.
      rejectUnauthorized: false,
    });
    sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    expect(socket.alpnProtocol).toBe(protocol);
    if (protocol === 'http/1.1') return;
    const session = connectHttp2(server.secureUrl, { createConnection: () => socket });
    session.on('error', () => {});
    await once(session, 'remoteSettings');
  }

  it('ends the server while strangers hold connections that ask for nothing', async () => {
    await start(3_600);
    for (const url of [server.url, server.secureUrl]) {
      await held(url, '');
      await held(url, HALF_A_HEAD);
    }
    await held(server.secureUrl, HALF_A_HANDSHAKE);
    await shakenHands('http/1.1');
    await shakenHands('h2');
    await held(server.sshUrl, '');
    await held(server.sshUrl, 'SSH-2.0-OpenSSH_9.9\r\n');
    // The server has seen them all when it has answered one that came later.
    await fetch(server.url);
    await server.stop();
  });

  it('gives requests until the deadline, and no longer', async () => {
    await start(1);
    await held(server.url, HEAD_WITHOUT_BODY);
    await fetch(server.url);
    await server.stop();
  });

  it('lets a request end that has begun', async () => {
    await start(3_600);
    const socket = await held(server.url, HEAD_WITHOUT_BODY);
    await fetch(server.url);
    const stopped = server.stop();
    // Nobody is let in any more, so the signal has come.
    await expect
      .poll(() =>
        fetch(server.url).then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed');
    const answer = once(socket, 'data');
    socket.write('0123456789');
    expect(String(await answer)).toMatch(/^HTTP\/1\.1 400 /);
    await stopped;
  });
});

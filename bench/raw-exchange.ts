import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect } from 'node:net';
import { FLUSH, packet } from '../server/src/repositories/pkt-line.ts';
import type { GitRequest } from './git-requests.ts';
import type { Peer } from './peers/peer.ts';

/** Large, so that the client costs the machine as little as possible. */
const READ_BYTES = 1024 * 1024;
const TIME_LIMIT_MS = 300_000;
const HEAD_BYTES = 16 * 1024;
/** The end of a whole answer: a flush, which may lie in several chunks, and the last chunk where the answer is chunked. */
const WHOLE = /0(?:\r\n[0-9a-f]+\r\n)?0(?:\r\n[0-9a-f]+\r\n)?0(?:\r\n[0-9a-f]+\r\n)?0(?:\r\n0\r\n\r\n)?$/;
const TAIL_BYTES = 64;

/** The bytes of one request on a connection of its own. */
export interface RawRequest {
  readonly host: string;
  readonly port: number;
  readonly bytes: Buffer;
}

/** One request of HTTP that asks for the end of the connection. */
export function rawHttpRequest({ url, method, headers, body = Buffer.alloc(0) }: GitRequest): RawRequest {
  const { hostname, port, host, pathname, search } = new URL(url);
  const lines = Object.entries({ Host: host, ...headers, Connection: 'close', 'Content-Length': body.length });
  const head = [`${method} ${pathname}${search} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)];
  return {
    host: hostname,
    port: Number(port),
    bytes: Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]),
  };
}

/**
 * A connection to `git daemon` that sends commands and its end at once: https://git-scm.com/docs/gitprotocol-pack#_git_transport
 *
 * @param request what a server of HTTP would be asked; in version 0 the advertisement is all of the answer
 */
export function rawDaemonRequest({ url, body = Buffer.alloc(0) }: GitRequest, version: 0 | 2): RawRequest {
  const { hostname, port, host, pathname } = new URL(url);
  const repository = pathname.replace(/\/(info\/refs|git-upload-pack)$/, '');
  const greeting = `git-upload-pack ${repository}\0host=${host}\0${version === 2 ? '\0version=2\0' : ''}`;
  return { host: hostname, port: Number(port), bytes: Buffer.concat([packet(greeting), body, FLUSH]) };
}

/** The same to whichever server. */
export function rawUploadPackRequest({ protocol }: Pick<Peer, 'protocol'>, request: GitRequest): RawRequest {
  return protocol === 'git' ? rawDaemonRequest(request, 2) : rawHttpRequest(request);
}

/** A connection on which nothing has been asked yet. */
export interface RawConnection {
  /**
   * Sends its request, and reads and throws away the answer.
   *
   * @param leastBytes of a whole answer
   * @returns bytes of the answer
   * @throws Error unless it is a whole one: a quick refusal must not count as a quick answer
   */
  discardAnswer(leastBytes: number): Promise<number>;
}

/** Connects to where a request goes; the server hears no more yet. */
export async function openConnection({ host, port, bytes }: RawRequest): Promise<RawConnection> {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  let received = 0;
  let head = '';
  let tail = '';
  const socket = connect({
    host,
    port,
    onread: {
      buffer,
      callback: (length) => {
        if (head.length < HEAD_BYTES) head += buffer.toString('latin1', 0, Math.min(length, HEAD_BYTES));
        tail = (tail + buffer.toString('latin1', Math.max(0, length - TAIL_BYTES), length)).slice(-TAIL_BYTES);
        received += length;
        return true;
      },
    },
  });
  await once(socket, 'connect');
  const closed = once(socket, 'close').catch((cause: unknown) => {
    throw new Error(`${host}:${port} broke off after ${received} bytes of an answer`, { cause });
  });
  return {
    async discardAnswer(leastBytes) {
      socket.setTimeout(TIME_LIMIT_MS, () => socket.destroy(new Error(`${host}:${port} keeps silent`)));
      socket.write(bytes);
      await closed;
      const isRefusal = head.startsWith('HTTP/') && !head.startsWith('HTTP/1.1 200 ');
      if (isRefusal || /ERR /.test(head.slice(0, 1_000)) || received < leastBytes || !WHOLE.test(tail)) {
        throw new Error(`${host}:${port} answered with ${received} bytes that end ${JSON.stringify(tail)}: ${head}`);
      }
      return received;
    },
  };
}

/** The same on a connection made for it. */
export async function discardAnswer(request: RawRequest, leastBytes: number): Promise<number> {
  return (await openConnection(request)).discardAnswer(leastBytes);
}

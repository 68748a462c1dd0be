import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import proxyAddr from '@fastify/proxy-addr';

/** Where a request comes from, and what its sender asked for. */
export interface RequestOrigin {
  /** IPv4 or IPv6, of the client. */
  readonly address: string;
  readonly protocol: 'http' | 'https';
  /** The Host header: with its port, if it has one. */
  readonly host: string;
}

/** @throws ForwardedAddressError */
export type ReadOrigin = (request: IncomingMessage) => RequestOrigin;

/** A trusted proxy forwards something for no address, and everybody behind it would have one. */
export class ForwardedAddressError extends Error {
  override readonly name = 'ForwardedAddressError';
  constructor() {
    super('X-Forwarded-For holds something else than IP addresses');
  }
}

/**
 * A client's address is the last entry of `X-Forwarded-For` that is no trusted proxy, and its protocol what
 * `X-Forwarded-Proto` tells, where a connection comes from a trusted proxy. Anybody else's headers mean nothing.
 *
 * @param proxies IP addresses and CIDR ranges
 */
export function originReader(proxies: readonly string[]): ReadOrigin {
  const isTrusted = proxies.length === 0 ? undefined : proxyAddr.compile([...proxies]);
  return (request) => {
    const { socket, headers } = request;
    const host = headers.host ?? '';
    const protocol = (socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http';
    const peer = socket.remoteAddress ?? '';
    if (!isTrusted?.(peer, 0)) return { address: clientAddress(peer), protocol, host };
    const address = clientAddress(proxyAddr(request, isTrusted));
    if (isIP(address) === 0) throw new ForwardedAddressError();
    return { address, protocol: forwardedProtocol(headers['x-forwarded-proto']) ?? protocol, host };
  };
}

/** An IPv4 client of a dual-stack socket as policies and records name it: 192.0.2.1, not ::ffff:192.0.2.1. */
export function clientAddress(address: string): string {
  return address.startsWith('::') ? address.replace(/^::ffff:(?=\d+\.)/iu, '') : address;
}

/** What the nearest proxy has added. */
function forwardedProtocol(header: string | string[] | undefined): 'http' | 'https' | undefined {
  const last = header?.toString().split(',').at(-1)?.trim();
  return last === 'https' || last === 'http' ? last : undefined;
}

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { clientAddress, ForwardedAddressError, originReader } from './trusted-proxies.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** What is known of a request that comes from 127.0.0.1. */
async function seen(proxies: readonly string[], headers: Record<string, string>) {
  const originOf = originReader(proxies);
  const server = createServer((request, response) => {
    try {
      const { host, ...origin } = originOf(request);
      response.end(JSON.stringify({ ...origin, host: withoutPort(host) }));
    } catch (error) {
      response.writeHead(error instanceof ForwardedAddressError ? 400 : 500).end();
    }
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { headers });
  return answer.ok ? await answer.json() : answer.status;
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}

const direct = { address: '127.0.0.1', protocol: 'http', host: '127.0.0.1' };
const LOOPBACK = ['127.0.0.0/8'];

describe('the address of a client', () => {
  it.each<[string, readonly string[], Record<string, string>, object | number]>([
    ['is that of the connection unless a proxy is trusted', [], { 'x-forwarded-for': '192.0.2.7' }, direct],
    ['is not told by who is no trusted proxy', ['10.0.0.0/8'], { 'x-forwarded-for': '192.0.2.7' }, direct],
    ['is told by a trusted proxy', LOOPBACK, { 'x-forwarded-for': '192.0.2.7' }, { ...direct, address: '192.0.2.7' }],
    [
      'is what the proxy added, not what the client sent to it',
      LOOPBACK,
      { 'x-forwarded-for': '203.0.113.9, 192.0.2.7' },
      { ...direct, address: '192.0.2.7' },
    ],
    [
      'is found behind several trusted proxies',
      [...LOOPBACK, '10.1.0.0/16'],
      { 'x-forwarded-for': '203.0.113.9, 192.0.2.7, 10.1.2.3' },
      { ...direct, address: '192.0.2.7' },
    ],
    ['may be an IPv6 one', LOOPBACK, { 'x-forwarded-for': '2001:db8::7' }, { ...direct, address: '2001:db8::7' }],
    ['is that of the proxy where it tells none', LOOPBACK, {}, direct],
    ['must be an address', LOOPBACK, { 'x-forwarded-for': 'unknown' }, 400],
    ['has no port', LOOPBACK, { 'x-forwarded-for': '192.0.2.7:4711' }, 400],
  ])('%s', async (_rule, proxies, headers, expected) => {
    expect(await seen(proxies, headers)).toEqual(expected);
  });
});

describe('the protocol and the host', () => {
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'localhost' };

  it('are those of the connection for who is no trusted proxy', async () => {
    expect(await seen(['10.0.0.0/8'], forwarded)).toEqual(direct);
  });

  it('are the protocol that a trusted proxy tells, and the host that it passes on', async () => {
    expect(await seen(LOOPBACK, forwarded)).toEqual({ ...direct, protocol: 'https' });
  });
});

describe('an address of a dual-stack socket', () => {
  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8::7', '2001:db8::7'],
    ['::1', '::1'],
    ['::ffff:c000:201', '::ffff:c000:201'],
  ])('%s is that of %s', (address, client) => {
    expect(clientAddress(address)).toBe(client);
  });
});

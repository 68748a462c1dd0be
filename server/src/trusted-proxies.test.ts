import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { behindProxies, takeClientAddresses } from './trusted-proxies.ts';

const servers: FastifyInstance[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** What a server knows of a request that comes from 127.0.0.1. */
async function seen(proxies: readonly string[], headers: Record<string, string>) {
  const server = fastify(behindProxies(proxies));
  servers.push(server);
  takeClientAddresses(server);
  server.get('/', ({ ip, protocol, host }) => ({ ip, protocol, host: host.replace(/:\d+$/, '') }));
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const answer = await fetch(url, { headers });
  return answer.ok ? await answer.json() : answer.status;
}

const direct = { ip: '127.0.0.1', protocol: 'http', host: '127.0.0.1' };
const LOOPBACK = ['127.0.0.0/8'];

describe('the address of a client', () => {
  it.each<[string, readonly string[], Record<string, string>, object | number]>([
    ['is that of the connection unless a proxy is trusted', [], { 'x-forwarded-for': '192.0.2.7' }, direct],
    ['is not told by who is no trusted proxy', ['10.0.0.0/8'], { 'x-forwarded-for': '192.0.2.7' }, direct],
    ['is told by a trusted proxy', LOOPBACK, { 'x-forwarded-for': '192.0.2.7' }, { ...direct, ip: '192.0.2.7' }],
    [
      'is what the proxy added, not what the client sent to it',
      LOOPBACK,
      { 'x-forwarded-for': '203.0.113.9, 192.0.2.7' },
      { ...direct, ip: '192.0.2.7' },
    ],
    [
      'is found behind several trusted proxies',
      [...LOOPBACK, '10.1.0.0/16'],
      { 'x-forwarded-for': '203.0.113.9, 192.0.2.7, 10.1.2.3' },
      { ...direct, ip: '192.0.2.7' },
    ],
    ['may be an IPv6 one', LOOPBACK, { 'x-forwarded-for': '2001:db8::7' }, { ...direct, ip: '2001:db8::7' }],
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

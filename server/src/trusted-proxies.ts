import { isIP } from 'node:net';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';

/**
 * Makes Fastify take a client's address from the last entry of `X-Forwarded-For` that is no trusted proxy, and the
 * protocol from `X-Forwarded-Proto`, where a connection comes from a trusted proxy. Anybody else's headers mean nothing.
 *
 * @param proxies IP addresses and CIDR ranges
 */
export function behindProxies(proxies: readonly string[]): Pick<FastifyServerOptions, 'trustProxy'> {
  return proxies.length === 0 ? {} : { trustProxy: [...proxies] };
}

/** Refuses what a proxy forwards for no address, so that everybody behind it has one. */
export function takeClientAddresses(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    // Signatures cover Host, so a proxy must pass that on; Fastify would prefer this one, which clients may send as well.
    delete request.headers['x-forwarded-host'];
    if (isIP(request.ip) !== 0) return undefined;
    return reply
      .code(400)
      .type('text/plain; charset=utf-8')
      .send('X-Forwarded-For holds something else than IP addresses\n');
  });
}

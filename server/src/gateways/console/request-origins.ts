import type { FastifyInstance } from 'fastify';
import type { ReadOrigin, RequestOrigin } from '../../trusted-proxies.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of requests that {@link readOrigins} has seen. */
    origin: RequestOrigin;
  }
}

/** Finds out where each request of the scope comes from, before it does anything: one that nobody can tell of is refused. */
export function readOrigins(scope: FastifyInstance, originOf: ReadOrigin): void {
  scope.decorateRequest('origin');
  scope.addHook('onRequest', async (request) => {
    request.origin = originOf(request.raw);
  });
}

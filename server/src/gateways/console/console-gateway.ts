import type { FastifyPluginAsync } from 'fastify';
import type { RequestHandler, TargetHandler } from '../door.ts';
import { type AccountRoutesOptions, accountRoutes } from './account-routes.ts';
import { CONSOLE_PATH } from './console-paths.ts';
import { signInRoutes } from './sign-in-routes.ts';
import { staticFiles } from './static-files.ts';

interface ConsoleGatewayOptions extends AccountRoutesOptions {
  /** Where the built console is. */
  readonly folder: string;
}

/** Hands the addresses that only the page reads to the router as the page's own: it would decode and refuse some. */
export function withoutEscapes(router: RequestHandler): TargetHandler {
  return (request, response, { path, isPage }) => {
    if (isPage && path.includes('%')) request.url = `${CONSOLE_PATH}/`;
    router(request, response);
  };
}

/** The web console at `/console`: its pages, and signing up and in to them. What they show comes from the AWS endpoint. */
export function consoleGateway({ folder, ...options }: ConsoleGatewayOptions): FastifyPluginAsync {
  return async (scope) => {
    await scope.register(signInRoutes(options));
    await scope.register(accountRoutes(options));
    await scope.register(staticFiles(folder));
  };
}

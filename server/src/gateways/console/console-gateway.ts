import type { FastifyPluginAsync } from 'fastify';
import { type AccountRoutesOptions, accountRoutes } from './account-routes.ts';
import { signInRoutes } from './sign-in-routes.ts';
import { staticFiles } from './static-files.ts';

export const CONSOLE_PATH = '/console';
/** The AWS endpoint for the console's pages. */
export const CONSOLE_API_PATH = `${CONSOLE_PATH}/api/`;

interface ConsoleGatewayOptions extends AccountRoutesOptions {
  /** Where the built console is. */
  readonly folder: string;
}

/** The web console at `/console`: its pages, and signing up and in to them. What they show comes from the AWS endpoint. */
export function consoleGateway({ folder, ...options }: ConsoleGatewayOptions): FastifyPluginAsync {
  return async (scope) => {
    await scope.register(signInRoutes(options));
    await scope.register(accountRoutes(options));
    await scope.register(staticFiles(folder));
  };
}

import { once } from 'node:events';
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { SshKeys } from './access/authentication/ssh-keys.ts';
import type { Principal } from './access/principal.ts';
import { type Config, DEFAULT_SSH, type ListenAddress, StartupError } from './config.ts';
import type { ConnectionDrain } from './connection-drain.ts';
import type { RequestHandler } from './gateways/door.ts';
import type { CommandServices } from './gateways/ssh/command-session.ts';
import { openHostKeys } from './gateways/ssh/host-keys.ts';
import { openSshGateway, type SshGateway } from './gateways/ssh/ssh-gateway.ts';
import type { Logger } from './observability/logger.ts';
import { refusedStatusOf, requestIdOf } from './observability/request-notes.ts';
import { isSystemError } from './storage/durability.ts';
import type { Stores } from './stores.ts';
import { type CertificateSource, certificateSource, type ServedCertificates } from './tls/certificates.ts';
import { SecureListener } from './tls/secure-listener.ts';

// The sockets that a server listens on: HTTP, HTTPS and SSH.

/** How long a client may take to send the headers of a request. */
const HEADERS_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
export const DEFAULT_HTTPS: ListenAddress = { host: '127.0.0.1', port: 8443 };

/** Of plain HTTP. */
export function plainListener(handle: RequestHandler): HttpServer {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      // A push may take hours; each gateway bounds how long its clients may stall.
      requestTimeout: 0,
    },
    (request, response) => {
      // While it drains, a busy connection ends with its answer.
      if (!server.listening) response.setHeader('Connection', 'close');
      handle(request, response);
    },
  );
  return server;
}

export async function listen<T>(begin: () => Promise<T>, { host, port }: ListenAddress): Promise<T> {
  try {
    return await begin();
  } catch (error) {
    throw new StartupError(`cannot listen on ${urlHost(host)}:${port}: ${(error as Error).message}`, { cause: error });
  }
}

/** Its address; undefined where nobody asked for TLS and another process has the usual port. */
export async function listenSecurely(
  config: Config,
  handle: RequestHandler,
  logger: Logger,
  closers: (() => Promise<void>)[],
): Promise<string | undefined> {
  const source = certificateSource(config);
  const certificates = await firstCertificates(source);
  const timeouts = { headersTimeoutMs: HEADERS_TIMEOUT_MS, keepAliveTimeoutMs: KEEP_ALIVE_TIMEOUT_MS };
  const listener = new SecureListener(handle, { source, certificates, ...timeouts, logger });
  logRequests(listener.server, logger);
  closers.push(() => listener.close(drainMsOf(config)));
  const address = config.https ?? DEFAULT_HTTPS;
  const begin = () => once(listener.server.listen(address), 'listening');
  try {
    await listen(begin, address);
  } catch (error) {
    if (config.https !== undefined || !isSystemError((error as Error).cause, 'EADDRINUSE')) throw error;
    logger.warn(`${address.host}:${address.port} is taken, so there is no HTTPS: choose another port by --https`);
    return undefined;
  }
  return addressUrl('https', listener.server, address);
}

/** Undefined where it is off, or nobody asked for SSH and another process has the usual port. */
export async function listenForSsh(
  config: Config,
  logger: Logger,
  { database, sealer }: Stores,
  services: Pick<
    CommandServices,
    'audit' | 'gitSessions' | 'failedSignIns' | 'throttle' | 'codecommit' | 'repositories' | 'lfsAuthenticate'
  > & {
    readonly loadUser: (userId: string) => Promise<Principal | undefined>;
  },
  closers: (() => Promise<void>)[],
): Promise<SshGateway | undefined> {
  if (config.ssh === 'off') return undefined;
  const hostKeys = await openHostKeys(database, sealer);
  const address = sshAddress(config);
  const begin = () =>
    openSshGateway(
      {
        ...services,
        hostKeys: hostKeys.map(({ privateKey }) => privateKey),
        keys: new SshKeys(database),
        loadPrincipal: ({ userId }) => services.loadUser(userId),
        region: config.region,
        logger,
      },
      address,
    );
  try {
    const gateway = await listen(begin, address);
    closers.push(() => gateway.close(drainMsOf(config)));
    return gateway;
  } catch (error) {
    if (config.ssh !== undefined || !isSystemError((error as Error).cause, 'EADDRINUSE')) throw error;
    logger.warn(`${address.host}:${address.port} is taken, so there is no SSH: choose another port by --ssh`);
    return undefined;
  }
}

/** How long requests may go on after the signal to stop. */
export function drainMsOf({ drainTimeout }: Config): number {
  return drainTimeout * 1_000;
}

export function sshAddress({ ssh }: Config): ListenAddress {
  return ssh === undefined || ssh === 'off' ? DEFAULT_SSH : ssh;
}

/** Where clients are told to find TLS, without a slash at its end. */
export function secureOrigin({ publicUrl, https: { host, port } = DEFAULT_HTTPS }: Config): string {
  return publicUrl?.protocol === 'https:' ? publicUrl.origin : `https://${urlHost(host)}:${port}`;
}

async function firstCertificates(source: CertificateSource): Promise<ServedCertificates> {
  try {
    return await source.read(new Date());
  } catch (error) {
    throw new StartupError(`cannot serve TLS: ${(error as Error).message}`);
  }
}

export function addressUrl(scheme: 'http' | 'https', server: Server, { host }: ListenAddress): string {
  const { port } = server.address() as AddressInfo;
  return `${scheme}://${urlHost(host)}:${port}`;
}

export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** One line a request. The path goes without its query, which holds the signature of a presigned URL. */
export function logRequests(server: Server, logger: Logger): void {
  // First: the console has its router see another URL.
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!logger.isLevelEnabled('info')) return;
    const path = request.url?.split('?', 1)[0];
    const started = performance.now();
    response.once('close', () => {
      logger.info(
        {
          method: request.method,
          path,
          status: response.statusCode,
          refused: refusedStatusOf(response),
          requestId: requestIdOf(response),
          milliseconds: Math.round(performance.now() - started),
          complete: response.writableFinished,
        },
        'request',
      );
    });
  });
}

/** Lets the requests of plain HTTP end, until the deadline. */
export async function drain(server: FastifyInstance, connections: ConnectionDrain, deadlineMs: number): Promise<void> {
  await connections.close(deadlineMs);
  await server.close();
}

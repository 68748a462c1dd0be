import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { createSecureContext, DEFAULT_CIPHERS, type SecureContext } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { ConnectionDrain } from '../connection-drain.ts';
import type { Logger } from '../observability/logger.ts';
import type { CertificateSource, ServedCertificates } from './certificates.ts';
import type { TlsCredentials } from './local-authority.ts';

type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

interface SecureListenerOptions {
  readonly source: CertificateSource;
  /** The first ones, as `source` gave them. */
  readonly certificates: ServedCertificates;
  readonly headersTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly logger: Logger;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
const STREAMS_OF_ONE_CONNECTION = 100;
/** A push arrives at the speed of this much each round trip. */
const STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;

/**
 * Of the suites that are safe, the one with the cheapest hash, by which a handshake derives all its keys: processors
 * compute SHA-256 by themselves. Node has AES-128 first for TLS 1.2 too.
 */
const FIRST_CIPHER = 'TLS_AES_128_GCM_SHA256';
const CIPHERS = [FIRST_CIPHER, ...DEFAULT_CIPHERS.split(':').filter((name) => name !== FIRST_CIPHER)].join(':');

function secureContextOptions(credentials: TlsCredentials) {
  return { ...credentials, minVersion: 'TLSv1.2', ciphers: CIPHERS } as const;
}

/**
 * Has an answer end in its last frame of data. Node's requests and responses, which listen after this, would wait for
 * trailers, which no answer here has, and end with an empty frame of its own: one more turn, record and packet.
 */
function endWithLastFrame(stream: ServerHttp2Stream): void {
  const respond = stream.respond.bind(stream);
  stream.respond = (headers, options) => respond(headers, { ...options, waitForTrailers: false });
}

/** TLS 1.2 and 1.3 with HTTP/2 or HTTP/1.1, as the client prefers, on a certificate that changes while it serves. */
export class SecureListener {
  readonly server: Http2SecureServer;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #connections: ConnectionDrain;
  #ofOtherRegions: { readonly names: ReadonlySet<string>; readonly context: SecureContext } | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(handle: RequestHandler, options: SecureListenerOptions) {
    const { certificates, headersTimeoutMs, keepAliveTimeoutMs } = options;
    this.#keepOfOtherRegions(certificates);
    this.server = createSecureServer({
      ...secureContextOptions(certificates.usual),
      ...(certificates.ofOtherRegions && { SNICallback: this.#contextOf }),
      allowHTTP1: true,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      settings: { maxConcurrentStreams: STREAMS_OF_ONE_CONNECTION, initialWindowSize: STREAM_WINDOW_BYTES },
    });
    // As an HTTP server does by itself: an answer must not wait 40 ms for the acknowledgement of its head.
    this.server.on('connection', (socket: Socket) => socket.setNoDelay());
    // A push may take hours; each gateway bounds how long its clients may stall.
    Object.assign(this.server, {
      requestTimeout: 0,
      headersTimeout: headersTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
    });
    this.server.on('stream', endWithLastFrame);
    this.server.on('request', (request, response) => {
      // HTTP/2 tells the host as a pseudo-header; signatures and Regions are read from `Host`.
      request.headers.host ??= request.headers[':authority'];
      handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
    });
    this.#connections = new ConnectionDrain(this.server);
    this.server.on('session', (session) => this.#keep(session, keepAliveTimeoutMs));
    // A handshake that fails is the client's to see; without a listener it would end the process.
    this.server.on('tlsClientError', () => {});
    this.#timer = this.#renewRegularly(options);
  }

  /** Stops accepting; resolves when what runs has finished, at the latest after the deadline. */
  async close(deadlineMs: number): Promise<void> {
    clearInterval(this.#timer);
    await this.#connections.close(deadlineMs, () => {
      for (const session of this.#sessions) session.close();
    });
  }

  #keep(session: ServerHttp2Session, idleMs: number): void {
    this.#sessions.add(session);
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.setTimeout(idleMs, () => session.close());
    // Such as a connection that breaks: its requests learn of it by themselves.
    session.on('error', () => {});
    session.once('close', () => this.#sessions.delete(session));
  }

  #keepOfOtherRegions({ ofOtherRegions }: ServedCertificates): void {
    this.#ofOtherRegions = ofOtherRegions && {
      names: ofOtherRegions.names,
      context: createSecureContext(secureContextOptions(ofOtherRegions.credentials)),
    };
  }

  /** Without a context, the usual one serves. */
  readonly #contextOf = (host: string, done: (error: null, context?: SecureContext) => void): void => {
    const others = this.#ofOtherRegions;
    done(null, others?.names.has(host.toLowerCase()) ? others.context : undefined);
  };

  #renewRegularly({ source, certificates, logger }: SecureListenerOptions): NodeJS.Timeout {
    let served = certificates;
    const renew = async () => {
      const fresh = await source.read(new Date());
      if (isDeepStrictEqual(fresh, served)) return;
      this.server.setSecureContext(secureContextOptions(fresh.usual));
      this.#keepOfOtherRegions(fresh);
      served = fresh;
      logger.info('The TLS certificate was renewed');
    };
    const timer = setInterval(() => {
      renew().catch((error: unknown) => {
        logger.error({ err: error }, 'The TLS certificate could not be renewed; the one before stays');
      });
    }, source.checkEveryMs);
    return timer.unref();
  }
}

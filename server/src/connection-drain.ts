import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';

/** For the last bytes of an answer to leave. */
const LINGER_MS = 2_000;

/**
 * The connections of an HTTP server, with or without TLS and HTTP/2, and how many requests each has. Node's server waits
 * for ever for a client that has sent nothing, half a head or half a handshake: it does not count these as idle.
 */
export class ConnectionDrain {
  readonly #server: Server;
  /** By the client's address and port: a request of TLS or HTTP/2 does not tell its socket. */
  readonly #connections = new Map<string, { readonly socket: Socket; requests: number }>();
  #isDraining = false;

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      const name = nameOf(socket);
      this.#connections.set(name, { socket, requests: 0 });
      socket.once('close', () => this.#connections.delete(name));
    });
    (server as HttpServer).on('request', (request: IncomingMessage, response: ServerResponse) => {
      const connection = this.#connections.get(nameOf(request.socket));
      if (connection === undefined) return;
      connection.requests++;
      response.once('close', () => {
        connection.requests--;
        if (this.#isDraining && connection.requests === 0)
          setTimeout(() => connection.socket.destroy(), LINGER_MS).unref();
      });
    });
  }

  /**
   * Stops accepting, cuts connections without a request at once, and the others when their requests have ended, at the
   * latest after the deadline.
   *
   * @param begin asks clients to go, where the protocol has a way to
   * @returns whether requests had to be cut
   */
  async close(deadlineMs: number, begin: () => void = () => {}): Promise<boolean> {
    let hasCut = false;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#isDraining = true;
    begin();
    for (const { socket, requests } of this.#connections.values()) if (requests === 0) socket.destroy();
    const deadline = setTimeout(() => {
      hasCut = this.#connections.size > 0;
      for (const { socket } of this.#connections.values()) socket.destroy();
    }, deadlineMs);
    await closed;
    clearTimeout(deadline);
    return hasCut;
  }
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';

/** Stands before a server of the loopback, to part it from its clients. */
export interface TcpProxy {
  readonly port: number;
  /** Resets every connection. */
  cut(): void;
  /** Holds back what both sides send, until {@link resume}. */
  stall(): void;
  resume(): void;
  /** Holds back for ever what the connections of now send; new ones are as usual. */
  strand(): void;
  /** Resets whoever sends a text, until told otherwise by `undefined`; gives how many were reset. */
  cutAt(text: string | undefined): () => number;
  /** Resets every connection and refuses new ones, until {@link open}. */
  close(): Promise<void>;
  /** On the same port as before. */
  open(): Promise<void>;
}

export async function tcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isStalled = false;
  let fatal: string | undefined;
  let reset = 0;
  let port = 0;
  let server: Server | undefined;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    if (isStalled) socket.pause();
  };
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const open = async () => {
    server = createServer((client) => {
      const target = createConnection({ host: '127.0.0.1', port: targetPort });
      for (const [from, to] of [
        [client, target],
        [target, client],
      ] as const) {
        keep(from);
        from.on('data', (chunk: Buffer) => {
          if (fatal === undefined || !chunk.includes(fatal)) {
            to.write(chunk);
            return;
          }
          reset++;
          from.resetAndDestroy();
        });
        from.on('close', () => to.destroy());
      }
      if (isStalled) for (const socket of [client, target]) socket.pause();
    });
    await once(server.listen(port, '127.0.0.1'), 'listening');
    ({ port } = server.address() as AddressInfo);
  };
  await open();
  return {
    get port() {
      return port;
    },
    cut,
    stall() {
      isStalled = true;
      for (const socket of sockets) socket.pause();
    },
    resume() {
      isStalled = false;
      for (const socket of sockets) socket.resume();
    },
    strand() {
      for (const socket of sockets) socket.pause();
    },
    cutAt(text) {
      fatal = text;
      reset = 0;
      return () => reset;
    },
    async close() {
      const closed = server && once(server, 'close');
      server?.close();
      cut();
      await closed;
    },
    open,
  };
}

import { type AddressInfo, createServer, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import { ALGORITHMS } from './algorithms.ts';
import { type ConnectionServices, SshConnection } from './ssh-connection.ts';
import { DEFAULT_SSH_LIMITS, type SshLimits } from './ssh-limits.ts';
import { UnauthenticatedConnections } from './unauthenticated-connections.ts';

interface SshGatewayOptions extends Omit<ConnectionServices, 'limits'> {
  /** Private host keys in OpenSSH's form, best first. */
  readonly hostKeys: readonly string[];
  readonly limits?: Partial<SshLimits>;
}

export interface SshGateway {
  /** The port that it listens on. */
  readonly port: number;
  /** Stops accepting, and resolves when what runs has ended. */
  close(deadlineMs: number): Promise<void>;
}

/** What clients see before they sign in; it tells no version. */
const IDENTIFICATION = 'Codekeep';

/** Git over SSH: listens, and hands each connection within its limits to ssh2. */
export async function openSshGateway(
  options: SshGatewayOptions,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<SshGateway> {
  const limits = { ...DEFAULT_SSH_LIMITS, ...options.limits };
  const services = { ...options, limits };
  const unauthenticated = new UnauthenticatedConnections(limits);
  const connections = new Map<Socket, SshConnection | undefined>();
  /** By the client's address and port: ssh2 does not tell the socket of a connection. */
  const arriving = new Map<string, { readonly socket: Socket; readonly onSignedIn: () => void }>();

  const ssh = new ssh2.Server({
    hostKeys: [...options.hostKeys],
    algorithms: ALGORITHMS,
    ident: IDENTIFICATION,
  });
  ssh.on('connection', (connection, info) => {
    const arrived = arriving.get(`${info.ip} ${info.port}`);
    if (arrived === undefined) return connection.end();
    const { socket, onSignedIn } = arrived;
    connections.set(socket, new SshConnection(services, connection, info, socket, onSignedIn));
  });

  const server = createServer((socket) => {
    // ssh2 listens too, but only while its own connection lives.
    socket.on('error', () => {});
    const address = socket.remoteAddress ?? '';
    const refusal = unauthenticated.refusal(address);
    if (refusal !== undefined) {
      options.logger.info({ address }, refusal);
      socket.end(`${refusal}\r\n`);
      socket.resume();
      socket.once('finish', () => socket.destroy());
      return;
    }
    const end = unauthenticated.begin(address);
    const name = `${address} ${socket.remotePort}`;
    const grace = setTimeout(() => {
      options.logger.info({ address }, `An SSH client did not sign in within ${limits.loginGraceMs} ms`);
      socket.destroy();
    }, limits.loginGraceMs);
    const onSignedIn = () => {
      clearTimeout(grace);
      end();
    };
    connections.set(socket, undefined);
    arriving.set(name, { socket, onSignedIn });
    socket.once('close', () => {
      onSignedIn();
      arriving.delete(name);
      connections.delete(socket);
    });
    socket.setNoDelay(true);
    ssh.injectSocket(socket);
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close(deadlineMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const [socket, connection] of connections) {
        if (connection === undefined || !connection.isBusy) socket.destroy();
        else connection.close();
      }
      const deadline = setTimeout(() => {
        for (const socket of connections.keys()) socket.destroy();
      }, deadlineMs);
      await closed;
      clearTimeout(deadline);
    },
  };
}

import type { IncomingMessage } from 'node:http';
import type { CipherNameAndProtocol, TLSSocket } from 'node:tls';
import type { TlsDetails } from './cloudtrail-record.ts';

const LONGEST_HOST = 255;

type Agreed = Pick<TlsDetails, 'tlsVersion' | 'cipherSuite'>;

/** What each connection agreed on; asked while it is open, as it knows nothing afterwards. */
const agreedOn = new WeakMap<TLSSocket, Agreed>();

/** Undefined for a request over plain HTTP, and for one whose connection is gone before anybody has asked. */
export function tlsDetailsOf(request: Pick<IncomingMessage, 'socket' | 'headers'>): TlsDetails | undefined {
  const connection = connectionOf(request);
  const agreed = connection && agreementOf(connection);
  const { headers } = request;
  return (
    agreed && {
      ...agreed,
      ...(headers.host === undefined ? {} : { clientProvidedHostHeader: headers.host.slice(0, LONGEST_HOST) }),
    }
  );
}

/** The socket of an HTTP/2 request refuses every question when its session has ended. */
function connectionOf({ socket }: Pick<IncomingMessage, 'socket'>): TLSSocket | undefined {
  try {
    return 'encrypted' in socket ? (socket as TLSSocket) : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_HTTP2_SOCKET_UNBOUND') return undefined;
    throw error;
  }
}

function agreementOf(connection: TLSSocket): Agreed | undefined {
  const known = agreedOn.get(connection);
  if (known !== undefined) return known;
  // Null for a closed connection, whatever its type says.
  const cipher: CipherNameAndProtocol | null = connection.getCipher();
  if (cipher === null) return undefined;
  const agreed = { tlsVersion: connection.getProtocol() ?? '-', cipherSuite: cipher.standardName };
  agreedOn.set(connection, agreed);
  return agreed;
}

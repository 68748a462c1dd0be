import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { TlsDetails } from './cloudtrail-record.ts';

const LONGEST_HOST = 255;

/** Undefined for a request over plain HTTP. */
export function tlsDetailsOf({ socket, headers }: IncomingMessage): TlsDetails | undefined {
  if (!('encrypted' in socket)) return undefined;
  const connection = socket as TLSSocket;
  return {
    tlsVersion: connection.getProtocol() ?? '-',
    cipherSuite: connection.getCipher().standardName,
    ...(headers.host === undefined ? {} : { clientProvidedHostHeader: headers.host.slice(0, LONGEST_HOST) }),
  };
}

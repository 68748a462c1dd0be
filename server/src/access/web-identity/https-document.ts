import { type RequestOptions, request } from 'node:https';
import { type ConnectionOptions, connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { lookupPublic, refusePrivateHost } from './outbound-addresses.ts';

export interface DocumentSource {
  /** Of servers whose certificate no trusted authority has signed: SHA-1 of the last certificate that they show, in hex. */
  readonly thumbprints: readonly string[];
  /** Whether the server may be on this machine or its network. */
  readonly allowPrivateAddresses: boolean;
}

/** Of the whole exchange. */
const TIMEOUT_MS = 5_000;
const MAX_BYTES = 256 * 1024;
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/**
 * Fetches a small JSON document over HTTPS: no redirect is followed, nothing but status 200 is taken. A server is trusted by
 * the authorities that Node trusts, else by a thumbprint: the certificate of that thumbprint is then the one authority.
 *
 * @throws Error when it cannot be had; nothing of it is for whoever asked
 */
export async function fetchHttpsDocument(url: URL, source: DocumentSource): Promise<unknown> {
  if (url.protocol !== 'https:') throw new Error('Only https is fetched');
  if (!source.allowPrivateAddresses) refusePrivateHost(url.hostname);
  const options: RequestOptions = source.allowPrivateAddresses ? {} : { lookup: lookupPublic };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await get(url, { ...options, signal });
  } catch (error) {
    if (source.thumbprints.length === 0 || !UNTRUSTED.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  const authority = await authorityOfThumbprint(url, source, options.lookup, signal);
  return get(url, { ...options, signal, ca: authority, allowPartialTrustChain: true } as RequestOptions);
}

function get(url: URL, options: RequestOptions): Promise<unknown> {
  const headers = { accept: 'application/json', 'user-agent': 'codekeep' };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ...options, agent: false, headers }, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      if (response.statusCode !== 200) {
        outgoing.destroy(new Error(`The server answered with status ${response.statusCode}`));
      }
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        chunks.push(chunk);
        if (length > MAX_BYTES) outgoing.destroy(new Error(`The document has more than ${MAX_BYTES} bytes`));
      });
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
        } catch (error) {
          reject(error);
        }
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** In PEM. What the server shows here proves nothing yet: the request that follows verifies it against this authority. */
function authorityOfThumbprint(
  { hostname, port }: URL,
  { thumbprints }: DocumentSource,
  lookup: ConnectionOptions['lookup'],
  signal: AbortSignal,
): Promise<string> {
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({
      host,
      port: port === '' ? 443 : Number(port),
      servername: /^[\d.:]+$/.test(host) ? undefined : host,
      rejectUnauthorized: false,
      lookup,
      timeout: TIMEOUT_MS,
    });
    const abort = () => socket.destroy(new Error('The server took too long'));
    signal.addEventListener('abort', abort, { once: true });
    socket.on('timeout', abort);
    socket.on('close', () => signal.removeEventListener('abort', abort));
    socket.on('error', reject);
    socket.on('secureConnect', () => {
      const top = topCertificate(socket.getPeerCertificate(true));
      socket.destroy();
      const thumbprint = top.fingerprint.replaceAll(':', '').toLowerCase();
      if (thumbprints.some((each) => each.toLowerCase() === thumbprint)) resolve(pemOf(top));
      else reject(new Error('The certificate of the server is not trusted, and has none of the thumbprints'));
    });
  });
}

function topCertificate(leaf: DetailedPeerCertificate): DetailedPeerCertificate {
  let certificate = leaf;
  // A root is its own issuer.
  while (certificate.issuerCertificate && certificate.issuerCertificate.fingerprint !== certificate.fingerprint) {
    certificate = certificate.issuerCertificate;
  }
  return certificate;
}

function pemOf({ raw }: DetailedPeerCertificate): string {
  return `-----BEGIN CERTIFICATE-----\n${raw.toString('base64')}\n-----END CERTIFICATE-----\n`;
}

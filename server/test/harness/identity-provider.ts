import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { oidcProviderArn } from '../../src/services/iam/oidc-provider-targets.ts';
import type { Database } from '../../src/storage/database/database.ts';
import { localCredentials } from '../../src/tls/local-authority.ts';
import { temporaryFolder } from './temporary-folders.ts';

type Answer = { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: string };

/** A provider of OpenID Connect on the loopback, with a certificate of an authority of its own. */
export interface IdentityProvider {
  /** HOST:PORT, without `https://`. */
  readonly url: string;
  /** SHA-1 of the authority's certificate, in hex. */
  readonly thumbprint: string;
  /** SHA-1 of the server's own certificate, in hex. */
  readonly leafThumbprint: string;
  /** How many requests have come, by path. */
  readonly requests: ReadonlyMap<string, number>;
  /** Answers requests of a path in another way from now on. */
  override(path: string, answer: Answer): void;
  /** Signs with a key that the key set has. */
  token(claims: JWTPayload, header?: { alg?: 'RS256' | 'ES256'; kid?: string }): Promise<string>;
  /** Takes new keys in the place of the old ones. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

const DISCOVERY = '/.well-known/openid-configuration';
const KEYS = '/keys';

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const folder = await temporaryFolder('identity-provider');
  const { key, cert } = await localCredentials(folder.path, ['localhost', '127.0.0.1'], new Date());
  const [leaf = '', authority = ''] = cert.split(/(?<=-----END CERTIFICATE-----)\n/);
  const requests = new Map<string, number>();
  const overrides = new Map<string, Answer>();
  let generation = 0;
  let keys = await makeKeys(generation);
  const server = createServer({ key, cert }, (request, response) => {
    const path = request.url ?? '';
    requests.set(path, (requests.get(path) ?? 0) + 1);
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    const documents: Record<string, object> = {
      [DISCOVERY]: { issuer: url, jwks_uri: `${url}${KEYS}` },
      [KEYS]: { keys: [keys.RS256.jwk, keys.ES256.jwk] },
    };
    const { status = 200, headers = {}, body } = overrides.get(path) ?? {};
    response.writeHead(status, headers).end(body ?? JSON.stringify(documents[path] ?? {}));
  });
  await once(server.listen(0, 'localhost'), 'listening');
  return {
    url: `localhost:${(server.address() as AddressInfo).port}`,
    thumbprint: sha1(authority),
    leafThumbprint: sha1(leaf),
    requests,
    override: (path, answer) => void overrides.set(path, answer),
    async token(claims, { alg = 'RS256', kid = keys[alg].jwk.kid } = {}) {
      return new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(keys[alg].privateKey);
    },
    async rotate() {
      generation += 1;
      keys = await makeKeys(generation);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await folder.remove();
    },
  };
}

/**
 * Writes an account's record of a provider by hand, as IAM takes no port in an issuer.
 *
 * @returns its ARN
 */
export async function registerIdentityProvider(
  database: Database,
  accountId: string,
  { url, thumbprint }: Pick<IdentityProvider, 'url' | 'thumbprint'>,
  clientId: string,
): Promise<string> {
  const arn = oidcProviderArn(accountId, url);
  const lists = { client_ids: JSON.stringify([clientId]), thumbprints: JSON.stringify([thumbprint]), tags: '{}' };
  await database
    .insertInto('oidc_providers')
    .values({ provider_arn: arn, account_id: accountId, url, url_key: url, ...lists, created_at: 1 })
    .execute();
  return arn;
}

async function makeKeys(generation: number) {
  const make = async (alg: 'RS256' | 'ES256') => {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    return { privateKey, jwk: { ...(await exportJWK(publicKey)), alg, use: 'sig', kid: `${alg}-${generation}` } };
  };
  return { RS256: await make('RS256'), ES256: await make('ES256') };
}

function sha1(certificate: string): string {
  return new X509Certificate(certificate).fingerprint.replaceAll(':', '').toLowerCase();
}

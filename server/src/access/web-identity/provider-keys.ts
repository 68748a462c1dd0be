import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { fetchHttpsDocument } from './https-document.ts';

export interface IdentityProvider {
  /** Without `https://`, as the record of the provider has it. */
  readonly url: string;
  /** SHA-1, in hex. */
  readonly thumbprints: readonly string[];
}

export type KeySet = ReturnType<typeof createLocalJWKSet>;

/** The provider cannot be reached, or what it answers is no key set of OpenID Connect. */
export class ProviderKeysError extends Error {
  override readonly name = 'ProviderKeysError';
}

const KEPT_FOR_MS = 5 * 60_000;
/** After this a token with an unknown key makes the keys be fetched anew, and an unreachable provider be asked again. */
const REFETCHED_AFTER_MS = 15_000;
const REMEMBERED = 1_000;

const discoveryDocument = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https$/ }) });
const keySetDocument = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

interface Fetched {
  readonly keys: Promise<KeySet>;
  readonly at: number;
}

/** The public keys of OpenID Connect providers, remembered for five minutes. */
export class ProviderKeys {
  readonly #allowPrivateAddresses: boolean;
  readonly #fetched = new LRUCache<string, Fetched>({ max: REMEMBERED });

  constructor(allowPrivateAddresses: boolean) {
    this.#allowPrivateAddresses = allowPrivateAddresses;
  }

  /**
   * @param isUnknownKey the keys that were had before lack the one of a token
   * @throws ProviderKeysError
   */
  async of(provider: IdentityProvider, isUnknownKey = false, now = Date.now()): Promise<KeySet> {
    const name = JSON.stringify([provider.url, provider.thumbprints]);
    const known = this.#fetched.get(name);
    if (known !== undefined && now - known.at < (isUnknownKey ? REFETCHED_AFTER_MS : KEPT_FOR_MS)) return known.keys;
    const keys = this.#fetch(provider);
    this.#fetched.set(name, { keys, at: now });
    // A failure is remembered too, for less time: nobody makes this server call another one at will.
    keys.catch(() => {
      if (this.#fetched.get(name)?.keys === keys) {
        this.#fetched.set(name, { keys, at: now - KEPT_FOR_MS + REFETCHED_AFTER_MS });
      }
    });
    return keys;
  }

  async #fetch({ url, thumbprints }: IdentityProvider): Promise<KeySet> {
    const issuer = `https://${url}`;
    const source = { thumbprints, allowPrivateAddresses: this.#allowPrivateAddresses };
    try {
      const discovery = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
      const document = discoveryDocument.parse(await fetchHttpsDocument(discovery, source));
      if (document.issuer !== issuer) throw new Error('The discovery document is of another issuer');
      const keySet = keySetDocument.parse(await fetchHttpsDocument(new URL(document.jwks_uri), source));
      return createLocalJWKSet(keySet as JSONWebKeySet);
    } catch (error) {
      throw new ProviderKeysError(`The keys of ${issuer} cannot be had`, { cause: error });
    }
  }
}

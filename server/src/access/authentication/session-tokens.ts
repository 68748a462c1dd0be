import { createHash, createHmac, createSecretKey, type KeyObject, randomInt } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import { SealedMessageError } from '../../storage/encryption/messages.ts';
import type { RootKey } from '../../storage/encryption/root-key.ts';
import type { Sealer } from '../../storage/encryption/sealing.ts';
import type { Tags } from '../principal.ts';

/** Whom temporary credentials speak for. They end with it, and user sessions with the access key that got them. */
type SessionSubject =
  | { readonly kind: 'assumed-role'; readonly roleId: string; readonly sessionName: string }
  | ({ readonly kind: 'user' } & SessionParent)
  | ({ readonly kind: 'federated-user'; readonly name: string } & SessionParent);

export interface SessionParent {
  /** Null: the account's root user. */
  readonly userId: string | null;
  /** The long-lived key that asked for the session, where it was asked for with one. */
  readonly parentAccessKeyId?: string | undefined;
}

/** What a session token says; nobody without the root key can read or change it. */
export interface SessionClaims {
  /** ASIA… */
  readonly accessKeyId: string;
  readonly accountId: string;
  readonly subject: SessionSubject;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** An inline session policy. */
  readonly policy?: string | undefined;
  /** Managed policies as session policies. */
  readonly policyArns?: readonly string[] | undefined;
  readonly tags?: Tags | undefined;
  /** Of those tags, the ones that a role assumed with the session gets as well. */
  readonly transitiveTagKeys?: readonly string[] | undefined;
  readonly sourceIdentity?: string | undefined;
  /** When a second factor was proved, in milliseconds since the epoch; absent where none was. */
  readonly mfaAuthenticatedAt?: number | undefined;
}

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** Tells scanners for secrets whose it is. Starts with a letter; all that follows is base64url, without percent signs. */
const TOKEN_PREFIX = 'ckst_';
/** What fits into the headers of a request, base64 encoded once more, as Basic credentials of Git are. */
const MAX_TOKEN_LENGTH = 10_000;
const ACCESS_KEY_ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ACCESS_KEY_ID_LENGTH = 16;
const CONTEXT = { purpose: 'session-token' };
const CACHED_TOKENS = 5_000;

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/**
 * Temporary credentials without a table of sessions: the token is its claims, sealed under the root key, and the secret
 * access key follows from the access key ID. What must be able to end a session early is looked up when it is used.
 */
export class SessionTokens {
  readonly #sealer: Sealer;
  readonly #secretKey: KeyObject;
  /** By a hash of the token, so that no token rests in memory. */
  readonly #opened = new LRUCache<string, SessionClaims>({ max: CACHED_TOKENS });

  constructor(sealer: Sealer, rootKey: RootKey) {
    this.#sealer = sealer;
    this.#secretKey = createSecretKey(rootKey.derive('temporary secret access keys'));
  }

  async issue(claims: Omit<SessionClaims, 'accessKeyId'>): Promise<TemporaryCredentials> {
    const accessKeyId = newTemporaryAccessKeyId();
    const session: SessionClaims = { ...claims, accessKeyId };
    const sealed = await this.#sealer.seal(await deflate(JSON.stringify(session)), CONTEXT);
    return {
      accessKeyId,
      secretAccessKey: this.secretAccessKey(accessKeyId),
      sessionToken: TOKEN_PREFIX + sealed.toString('base64url'),
      expiration: new Date(claims.expiresAt),
    };
  }

  /** The claims of a token that was issued here, expired or not; undefined for any other text. */
  async open(token: string): Promise<SessionClaims | undefined> {
    if (!token.startsWith(TOKEN_PREFIX) || token.length > MAX_TOKEN_LENGTH) return undefined;
    const name = createHash('sha256').update(token).digest('base64');
    const known = this.#opened.get(name);
    if (known !== undefined) return known;
    const claims = await this.#unseal(token.slice(TOKEN_PREFIX.length));
    if (claims !== undefined) this.#opened.set(name, claims);
    return claims;
  }

  /** 40 characters, as AWS's. */
  secretAccessKey(accessKeyId: string): string {
    return createHmac('sha256', this.#secretKey).update(accessKeyId).digest('base64').slice(0, 40);
  }

  async #unseal(encoded: string): Promise<SessionClaims | undefined> {
    const sealed = Buffer.from(encoded, 'base64url');
    // Node passes over characters that are not base64url; one session has one token.
    if (sealed.toString('base64url') !== encoded) return undefined;
    let packed: Buffer;
    try {
      packed = await this.#sealer.unseal(sealed, CONTEXT);
    } catch (error) {
      if (error instanceof SealedMessageError) return undefined;
      throw error;
    }
    return JSON.parse((await inflate(packed)).toString()) as SessionClaims;
  }
}

/** ASIA and 16 characters: IAM User Guide, "IAM identifiers", unique ID prefixes. */
function newTemporaryAccessKeyId(): string {
  const characters = Array.from(
    { length: ACCESS_KEY_ID_LENGTH },
    () => ACCESS_KEY_ID_CHARACTERS[randomInt(ACCESS_KEY_ID_CHARACTERS.length)],
  );
  return `ASIA${characters.join('')}`;
}

import { Buffer } from 'node:buffer';
import { timingSafeEqual } from 'node:crypto';
import type { Database } from '../../storage/database/database.ts';
import { AccessCache } from '../access-cache.ts';
import type { Principal } from '../principal.ts';
import type { GitCaller } from './git-authentication.ts';

interface SignedIn {
  readonly authorization: Buffer;
  readonly principal: Principal;
  /** Of access, from before the password was checked. */
  readonly generation: number;
}

export interface ConnectionSignIn {
  /** What stays the same from request to request; compared by identity, and let go of with the connection. */
  readonly connection: object;
  /** The whole header. */
  readonly authorization: string;
  /** The Region of the request. */
  readonly region: string;
}

/**
 * Who has signed in with a Git password on a connection: the next request on it with the same header, as git sends two or
 * three, is theirs without decoding and hashing, as long as nothing has changed that access is decided by.
 */
export class ConnectionSignIns {
  readonly #database: Database;
  readonly #recordUse: (userId: string) => void;
  readonly #signedIn = new WeakMap<object, SignedIn>();

  /** @param recordUse called for each request that needed no authentication, which notes the use otherwise */
  constructor(database: Database, recordUse: (userId: string) => void) {
    this.#database = database;
    this.#recordUse = recordUse;
  }

  /**
   * @param authenticate decides whenever the connection does not; what it finds by a signature, which counts for one path
   *   and some minutes, is not remembered
   */
  async signIn(
    { connection, authorization, region }: ConnectionSignIn,
    authenticate: () => Promise<GitCaller | undefined>,
  ): Promise<GitCaller | undefined> {
    const generation = await AccessCache.of(this.#database).generation();
    const known = this.#signedIn.get(connection);
    const sent = Buffer.from(authorization, 'latin1');
    if (known?.generation === generation && isSame(known.authorization, sent)) {
      this.#recordUse(known.principal.userId);
      return { principal: known.principal, region };
    }
    const caller = await authenticate();
    if (caller !== undefined && caller.accessKeyId === undefined) {
      this.#signedIn.set(connection, { authorization: sent, principal: caller.principal, generation });
    }
    return caller;
  }
}

/** In a time that tells no more than the length: a proxy may send the requests of many on one connection. */
function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

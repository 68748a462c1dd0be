import { LRUCache } from 'lru-cache';
import type { Database } from '../../storage/database/database.ts';
import type { Sealer } from '../../storage/encryption/sealing.ts';
import { AccessCache } from '../access-cache.ts';
import { LastUses, type Use } from './last-uses.ts';

export interface FoundAccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly status: 'Active' | 'Inactive';
  /** Twelve digits. */
  readonly accountId: string;
  /** Null: a key of the account's root user. */
  readonly userId: string | null;
}

/** accessKeyIdType of the IAM model; nothing else can be stored, and PostgreSQL refuses some of it. */
const ACCESS_KEY_ID = /^\w{1,128}$/;
const CACHED_SECRETS = 10_000;

/** What a sealed secret access key is bound to: moved to another key's row, it cannot be unsealed. */
export function secretAccessKeyContext(accessKeyId: string): Record<string, string> {
  return { purpose: 'secret-access-key', accessKeyId };
}

/** Finds access keys for the verification of signatures, and notes when they were used. */
export class AccessKeys {
  readonly #database: Database;
  readonly #sealer: Sealer;
  /** By the sealed bytes: a row that changes is unsealed anew. */
  readonly #secrets = new LRUCache<string, string>({ max: CACHED_SECRETS });
  readonly #uses: LastUses;

  constructor(database: Database, sealer: Sealer) {
    this.#database = database;
    this.#sealer = sealer;
    this.#uses = new LastUses((accessKeyId, use) => this.#writeUse(accessKeyId, use));
  }

  /** The key as it is now, whatever its status; undefined when there is none. */
  async find(accessKeyId: string): Promise<FoundAccessKey | undefined> {
    if (!ACCESS_KEY_ID.test(accessKeyId)) return undefined;
    return AccessCache.of(this.#database).read(`access-key ${accessKeyId}`, () => this.#load(accessKeyId));
  }

  async #load(accessKeyId: string): Promise<FoundAccessKey | undefined> {
    const row = await this.#database
      .selectFrom('access_keys')
      .select(['access_key_id', 'account_id', 'user_id', 'secret', 'status'])
      .where('access_key_id', '=', accessKeyId)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return {
      accessKeyId: row.access_key_id,
      secretAccessKey: await this.#unseal(row.access_key_id, row.secret),
      status: row.status,
      accountId: row.account_id,
      userId: row.user_id,
    };
  }

  /**
   * Notes a use for GetAccessKeyLastUsed. The first is written at once, later ones at most once a minute for each key.
   *
   * @param service the signing name, such as `codecommit`
   */
  recordUse(accessKeyId: string, region: string, service: string): void {
    this.#uses.record(accessKeyId, region, service);
  }

  /** Writes the uses not written yet. */
  close(): Promise<void> {
    return this.#uses.close();
  }

  async #unseal(accessKeyId: string, sealed: Buffer): Promise<string> {
    const cacheKey = `${accessKeyId}:${sealed.toString('base64')}`;
    const cached = this.#secrets.get(cacheKey);
    if (cached !== undefined) return cached;
    const secret = (await this.#sealer.unseal(sealed, secretAccessKeyContext(accessKeyId))).toString('utf8');
    this.#secrets.set(cacheKey, secret);
    return secret;
  }

  async #writeUse(accessKeyId: string, use: Use): Promise<void> {
    await this.#database
      .updateTable('access_keys')
      .set({ last_used_at: use.usedAt, last_used_region: use.region, last_used_service: use.service })
      .where('access_key_id', '=', accessKeyId)
      // Another node may have seen a later use.
      .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<=', use.usedAt)]))
      .execute();
  }
}

import { LRUCache } from 'lru-cache';
import type { Database } from '../../storage/database/database.ts';
import type { Sealer } from '../../storage/encryption/sealing.ts';

export interface FoundAccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly status: 'Active' | 'Inactive';
  /** Twelve digits. */
  readonly accountId: string;
  /** Null: a key of the account's root user. */
  readonly userId: string | null;
}

interface Use {
  readonly usedAt: number;
  readonly region: string;
  readonly service: string;
}

/** accessKeyIdType of the IAM model; nothing else can be stored, and PostgreSQL refuses some of it. */
const ACCESS_KEY_ID = /^\w{1,128}$/;
const CACHED_SECRETS = 10_000;
const WRITE_INTERVAL_MS = 60_000;
/** More keys than this in use within a minute are written more often than once a minute. */
const REMEMBERED_WRITES = 100_000;

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
  readonly #pendingUses = new Map<string, Use>();
  readonly #writtenAt = new LRUCache<string, number>({ max: REMEMBERED_WRITES });
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(database: Database, sealer: Sealer) {
    this.#database = database;
    this.#sealer = sealer;
  }

  /** The key as it is now, whatever its status; undefined when there is none. */
  async find(accessKeyId: string): Promise<FoundAccessKey | undefined> {
    if (!ACCESS_KEY_ID.test(accessKeyId)) return undefined;
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
    if (this.#closed) return;
    this.#pendingUses.set(accessKeyId, { usedAt: Date.now(), region, service });
    if (this.#isDue(accessKeyId)) this.#write([accessKeyId]);
    else this.#timer ??= setTimeout(() => this.#writeDueUses(), WRITE_INTERVAL_MS).unref();
  }

  /** Writes the uses not written yet. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#write([...this.#pendingUses.keys()]);
    await this.#writing;
  }

  async #unseal(accessKeyId: string, sealed: Buffer): Promise<string> {
    const cacheKey = `${accessKeyId}:${sealed.toString('base64')}`;
    const cached = this.#secrets.get(cacheKey);
    if (cached !== undefined) return cached;
    const secret = (await this.#sealer.unseal(sealed, secretAccessKeyContext(accessKeyId))).toString('utf8');
    this.#secrets.set(cacheKey, secret);
    return secret;
  }

  #isDue(accessKeyId: string): boolean {
    return Date.now() - (this.#writtenAt.get(accessKeyId) ?? 0) >= WRITE_INTERVAL_MS;
  }

  #writeDueUses(): void {
    this.#timer = undefined;
    this.#write([...this.#pendingUses.keys()].filter((accessKeyId) => this.#isDue(accessKeyId)));
    if (this.#pendingUses.size > 0) {
      this.#timer = setTimeout(() => this.#writeDueUses(), WRITE_INTERVAL_MS).unref();
    }
  }

  #write(accessKeyIds: readonly string[]): void {
    const uses = new Map<string, Use>();
    for (const accessKeyId of accessKeyIds) {
      const use = this.#pendingUses.get(accessKeyId);
      if (use === undefined) continue;
      this.#pendingUses.delete(accessKeyId);
      this.#writtenAt.set(accessKeyId, Date.now());
      uses.set(accessKeyId, use);
    }
    this.#writing = this.#writing.then(() => this.#writeUses(uses));
  }

  async #writeUses(uses: ReadonlyMap<string, Use>): Promise<void> {
    for (const [accessKeyId, use] of uses) {
      try {
        await this.#writeUse(accessKeyId, use);
      } catch {
        // A database that cannot be written fails the requests that matter; the date of a last use is not among them.
      }
    }
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

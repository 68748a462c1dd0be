import { LRUCache } from 'lru-cache';
import { type Database, localWriteCount } from '../storage/database/database.ts';

const CACHED_ENTRIES = 100_000;

/**
 * What access decisions are made of (credentials, principals, repositories, keys), kept in memory as long as nothing of
 * it changes anywhere: the database raises one counter with every such change, on whichever node, and each read
 * compares it first. So a revocation that has been acknowledged holds for every read that begins afterwards.
 */
export class AccessCache {
  static readonly #caches = new WeakMap<Database, AccessCache>();
  readonly #database: Database;
  readonly #query;
  /** Those of former generations count as missing: to clear a cache of this size would take longer than to refill it. */
  readonly #entries = new LRUCache<string, { readonly value: unknown; readonly generation: number }>({
    max: CACHED_ENTRIES,
  });
  #generation = -1;
  /** The local write count before the generation was read; see {@link localWriteCount}. */
  #writesBefore: number | undefined;

  /** The one of a database: what is remembered together is compared once. */
  static of(database: Database): AccessCache {
    const cache = AccessCache.#caches.get(database) ?? new AccessCache(database);
    AccessCache.#caches.set(database, cache);
    return cache;
  }

  private constructor(database: Database) {
    this.#database = database;
    this.#query = database.selectFrom('access_generation').select('generation').compile();
  }

  /**
   * The value of `key`, loaded when it is not known or anything has changed since.
   *
   * @param load must read nothing but tables whose changes raise the access generation
   */
  async read<T>(key: string, load: () => Promise<T>): Promise<T> {
    const comparison = this.#compareWhenDue();
    if (comparison !== undefined) await comparison;
    const generation = this.#generation;
    const entry = this.#entries.get(key);
    if (entry?.generation === generation) return entry.value as T;
    const value = await load();
    // Read after the generation, so at least as new; a change meanwhile has raised it, and the next read sees that.
    if (this.#generation === generation) this.#entries.set(key, { value, generation });
    return value;
  }

  /** What is equal from one time to another when nothing has changed that access is decided by. */
  async generation(): Promise<number> {
    const comparison = this.#compareWhenDue();
    if (comparison !== undefined) await comparison;
    return this.#generation;
  }

  #compareWhenDue(): Promise<void> | undefined {
    const writes = localWriteCount(this.#database);
    return writes === undefined || writes !== this.#writesBefore ? this.#compare(writes) : undefined;
  }

  async #compare(writes: number | undefined): Promise<void> {
    const { rows } = await this.#database.executeQuery(this.#query);
    const [row] = rows;
    if (row === undefined) throw new Error('The access generation is missing');
    // An answer that another one has overtaken must not bring back what no longer counts.
    this.#generation = Math.max(this.#generation, row.generation);
    this.#writesBefore = writes;
  }
}

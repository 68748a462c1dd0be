import { LRUCache } from 'lru-cache';

export interface Use {
  /** Milliseconds since the epoch. */
  readonly usedAt: number;
  readonly region: string;
  /** The signing name, such as `codecommit`. */
  readonly service: string;
}

const WRITE_INTERVAL_MS = 60_000;
/** More things than this in use within a minute are written more often than once a minute. */
const REMEMBERED_WRITES = 100_000;

/** Notes when things were used: the first use is written at once, later ones at most once a minute for each thing. */
export class LastUses {
  readonly #writeUse: (id: string, use: Use) => Promise<unknown>;
  readonly #pending = new Map<string, Use>();
  readonly #writtenAt = new LRUCache<string, number>({ max: REMEMBERED_WRITES });
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  /** @param writeUse must keep a later use that another node has written */
  constructor(writeUse: (id: string, use: Use) => Promise<unknown>) {
    this.#writeUse = writeUse;
  }

  record(id: string, region: string, service: string): void {
    if (this.#closed) return;
    this.#pending.set(id, { usedAt: Date.now(), region, service });
    if (this.#isDue(id)) this.#write([id]);
    else this.#timer ??= setTimeout(() => this.#writeDueUses(), WRITE_INTERVAL_MS).unref();
  }

  /** Writes the uses not written yet. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#write([...this.#pending.keys()]);
    await this.#writing;
  }

  #isDue(id: string): boolean {
    return Date.now() - (this.#writtenAt.get(id) ?? 0) >= WRITE_INTERVAL_MS;
  }

  #writeDueUses(): void {
    this.#timer = undefined;
    this.#write([...this.#pending.keys()].filter((id) => this.#isDue(id)));
    if (this.#pending.size > 0) {
      this.#timer = setTimeout(() => this.#writeDueUses(), WRITE_INTERVAL_MS).unref();
    }
  }

  #write(ids: readonly string[]): void {
    const uses = new Map<string, Use>();
    for (const id of ids) {
      const use = this.#pending.get(id);
      if (use === undefined) continue;
      this.#pending.delete(id);
      this.#writtenAt.set(id, Date.now());
      uses.set(id, use);
    }
    this.#writing = this.#writing.then(() => this.#writeUses(uses));
  }

  async #writeUses(uses: ReadonlyMap<string, Use>): Promise<void> {
    for (const [id, use] of uses) {
      try {
        await this.#writeUse(id, use);
      } catch {
        // A database that cannot be written fails the requests that matter; the date of a last use is not among them.
      }
    }
  }
}

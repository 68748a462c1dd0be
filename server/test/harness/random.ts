import { createCipheriv, createHash } from 'node:crypto';

/** Repeatable randomness: the same seed gives the same values on every machine. */
export class Random {
  #state: number;
  readonly #bytes;

  constructor(seed: number) {
    this.#state = seed >>> 0;
    const key = createHash('sha256').update(`codekeep ${seed}`).digest();
    this.#bytes = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  }

  /** At least 0 and less than 1 (mulberry32). */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number of at least 0 and less than `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('Nothing to pick from');
    return item;
  }

  /** As many items, of which some may be the same. */
  picks<Item>(items: readonly Item[], count: number): Item[] {
    return Array.from({ length: count }, () => this.pick(items));
  }

  /** Bytes that do not compress. */
  bytes(length: number): Buffer {
    return this.#bytes.update(Buffer.alloc(length));
  }
}

/** How often something has happened since the process started, by name, as metrics are named: `damaged_blobs_total`. */
export class Counters {
  readonly #counts = new Map<string, number>();

  /** @returns the count with this one */
  count(name: string): number {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return count;
  }
}

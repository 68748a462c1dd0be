/** An object id, or null where there is no such reference. */
export type ReferenceValue = string | null;

/** What one push asks for: reference names and the values they are to have. */
export type ReferenceChanges = ReadonlyMap<string, ReferenceValue>;

interface UnansweredPush {
  readonly changes: ReferenceChanges;
  readonly atomic: boolean;
}

/**
 * What a repository may hold after a crash: of acknowledged pushes everything; of a push that the crash cut off, each
 * reference its old value or the pushed one, and with `--atomic` all old or all pushed. Each reference is pushed by one
 * client only, one push at a time.
 */
export class ExpectedReferences {
  readonly #acknowledged = new Map<string, string>();
  readonly #unanswered = new Set<UnansweredPush>();

  valueOf(reference: string): ReferenceValue {
    return this.#acknowledged.get(reference) ?? null;
  }

  namesWith(prefix: string): readonly string[] {
    return [...this.#acknowledged.keys()].filter((name) => name.startsWith(prefix));
  }

  /** To be called before the push starts, with values that the references do not have; its answer settles it. */
  attempt(changes: ReferenceChanges, atomic: boolean): { acknowledged(): void } {
    const push = { changes, atomic };
    this.#unanswered.add(push);
    return {
      acknowledged: () => {
        this.#unanswered.delete(push);
        for (const [name, value] of changes) this.#set(name, value);
      },
    };
  }

  /**
   * Compares with what the repository has when no push runs, and takes that as what was acknowledged from now on.
   *
   * @returns what is wrong, a sentence each
   */
  settle(actual: ReadonlyMap<string, string>): string[] {
    const problems: string[] = [];
    const explained = new Set<string>();
    for (const { changes, atomic } of this.#unanswered) {
      const applied: string[] = [];
      for (const [name, value] of changes) {
        explained.add(name);
        const found = actual.get(name) ?? null;
        if (found === value) applied.push(name);
        else if (found !== this.valueOf(name)) problems.push(this.#mismatch(name, found, `, nor the pushed ${value}`));
      }
      if (atomic && applied.length !== 0 && applied.length !== changes.size) {
        problems.push(`an atomic push of ${[...changes.keys()].join(', ')} has moved only ${applied.join(', ')}`);
      }
    }
    for (const name of new Set([...this.#acknowledged.keys(), ...actual.keys()])) {
      const found = actual.get(name) ?? null;
      if (!explained.has(name) && found !== this.valueOf(name)) problems.push(this.#mismatch(name, found, ''));
    }
    this.#unanswered.clear();
    this.#acknowledged.clear();
    for (const [name, value] of actual) this.#set(name, value);
    return problems;
  }

  #mismatch(name: string, found: ReferenceValue, more: string): string {
    return `${name} is ${found ?? 'absent'}, not the acknowledged ${this.valueOf(name) ?? 'absence'}${more}`;
  }

  #set(name: string, value: ReferenceValue): void {
    if (value === null) this.#acknowledged.delete(name);
    else this.#acknowledged.set(name, value);
  }
}

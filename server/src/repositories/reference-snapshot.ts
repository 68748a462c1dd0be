import { createHash } from 'node:crypto';
import { bytesOfText } from './byte-names.ts';
import { compareReferenceNames, foldersOf, TAG_PREFIX } from './reference-names.ts';
import type { Reference, ReferenceSnapshot } from './repository.ts';

/** A change of one reference that has been made: `reference` is what it is now, or null when it was deleted. */
export interface ReferenceChange {
  readonly name: string;
  readonly reference: Reference | null;
}

/** The references of a repository at one generation; immutable, shared by every request that reads it. */
export class SortedReferences implements ReferenceSnapshot {
  readonly generation: number;
  readonly defaultBranch: string | null;
  readonly references: readonly Reference[];
  #tagsDigest: string | undefined;
  #inByteOrder: readonly Reference[] | undefined;

  /** `references` must be sorted by {@link compareReferenceNames}. */
  constructor(generation: number, defaultBranch: string | null, references: readonly Reference[], tagsDigest?: string) {
    this.generation = generation;
    this.defaultBranch = defaultBranch;
    this.references = references;
    this.#tagsDigest = tagsDigest;
  }

  /** The references in Git's order, which is that of the names' bytes and not of the texts that stand for them. */
  get inByteOrder(): readonly Reference[] {
    this.#inByteOrder ??= sortedByBytes(this.references);
    return this.#inByteOrder;
  }

  get(name: string): Reference | undefined {
    const reference = this.references[this.#position(name)];
    return reference?.name === name ? reference : undefined;
  }

  after(name: string, limit: number): readonly Reference[] {
    const position = this.#position(name);
    const first = this.references[position]?.name === name ? position + 1 : position;
    return this.references.slice(first, first + limit);
  }

  /**
   * A name that cannot exist beside `name`, as Git keeps references in folders: `a` beside `a/b`.
   */
  conflictingName(name: string): string | undefined {
    const parent = foldersOf(name).find((folder) => this.get(folder) !== undefined);
    if (parent !== undefined) return parent;
    const child = this.references[this.#position(`${name}/`)];
    return child?.name.startsWith(`${name}/`) ? child.name : undefined;
  }

  /** The snapshot after `changes`, without reading the database again. */
  patched(generation: number, defaultBranch: string | null, changes: readonly ReferenceChange[]): SortedReferences {
    const sorted = [...changes].sort((a, b) => compareReferenceNames(a.name, b.name));
    const references: Reference[] = [];
    let copied = 0;
    for (const { name, reference } of sorted) {
      const position = this.#position(name);
      for (; copied < position; copied++) references.push(this.references[copied] as Reference);
      if (this.references[position]?.name === name) copied = position + 1;
      if (reference !== null) references.push(reference);
    }
    for (; copied < this.references.length; copied++) references.push(this.references[copied] as Reference);
    const tagsChanged = changes.some(({ name }) => name.startsWith(TAG_PREFIX));
    return new SortedReferences(generation, defaultBranch, references, tagsChanged ? undefined : this.#tagsDigest);
  }

  /** Changes whenever a tag does: what a fetch with `include-tag` depends on. */
  tagsDigest(): string {
    if (this.#tagsDigest === undefined) {
      const hash = createHash('sha256');
      for (let index = this.#position(TAG_PREFIX); index < this.references.length; index++) {
        const reference = this.references[index];
        if (!reference?.name.startsWith(TAG_PREFIX)) break;
        hash.update(`${reference.name} ${reference.objectId}\n`);
      }
      this.#tagsDigest = hash.digest('base64');
    }
    return this.#tagsDigest;
  }

  /** Where `name` is, or where it would be. */
  #position(name: string): number {
    let low = 0;
    let high = this.references.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareReferenceNames((this.references[middle] as Reference).name, name) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function sortedByBytes(references: readonly Reference[]): readonly Reference[] {
  if (!references.some(({ name }) => name.includes('\\'))) return references;
  return references
    .map((reference) => ({ reference, bytes: bytesOfText(reference.name) }))
    .sort((a, b) => (a.bytes < b.bytes ? -1 : 1))
    .map(({ reference }) => reference);
}

interface ImportedCommit {
  readonly reference: string;
  /** Marks; the first is the branch's own parent. */
  readonly parents: readonly string[];
  /** Of `modify`, `rename` and `remove`. */
  readonly changes: readonly string[];
  readonly message: string;
  /** `Name <email> SECONDS ZONE` */
  readonly author: string;
  readonly committer: string;
}

const FULL_BYTES = 1 << 20;
const NO_OBJECT = '0'.repeat(40);

/** Commands for `git fast-import` (its manual, "Input Format"), gathered until they are taken. */
export class FastImportStream {
  #parts: Buffer[] = [];
  #bytes = 0;
  #marks = 0;

  get isFull(): boolean {
    return this.#bytes >= FULL_BYTES;
  }

  take(): Buffer {
    const taken = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return taken;
  }

  /** @returns its mark */
  blob(content: string | Buffer): string {
    const mark = this.#nextMark();
    this.#write(`blob\nmark ${mark}\n`);
    this.#data(content);
    return mark;
  }

  /** @returns its mark */
  commit({ reference, parents, changes, message, author, committer }: ImportedCommit): string {
    const mark = this.#nextMark();
    this.#write(`commit ${reference}\nmark ${mark}\nauthor ${author}\ncommitter ${committer}\n`);
    this.#data(message);
    const [from, ...merged] = parents;
    if (from !== undefined) this.#write(`from ${from}\n`);
    this.#write([...merged.map((parent) => `merge ${parent}\n`), ...changes, '\n'].join(''));
    return mark;
  }

  /** @returns its mark */
  tag(name: string, target: string, tagger: string, message: string): string {
    const mark = this.#nextMark();
    this.#write(`tag ${name}\nmark ${mark}\nfrom ${target}\ntagger ${tagger}\n`);
    this.#data(message);
    return mark;
  }

  setReference(reference: string, target: string): void {
    this.#write(`reset ${reference}\nfrom ${target}\n\n`);
  }

  deleteReference(reference: string): void {
    this.setReference(reference, NO_OBJECT);
  }

  static modify(mode: string, mark: string, path: string): string {
    return `M ${mode} ${mark} ${quoted(path)}\n`;
  }

  static rename(from: string, to: string): string {
    return `R ${quoted(from)} ${quoted(to)}\n`;
  }

  static remove(path: string): string {
    return `D ${quoted(path)}\n`;
  }

  #nextMark(): string {
    this.#marks += 1;
    return `:${this.#marks}`;
  }

  #data(content: string | Buffer): void {
    const bytes = Buffer.from(content);
    this.#write(`data ${bytes.length}\n`);
    this.#write(bytes);
    this.#write('\n');
  }

  #write(part: string | Buffer): void {
    const bytes = Buffer.from(part);
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
  }
}

function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&')}"`;
}

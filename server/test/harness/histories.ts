import { FastImportStream } from './fast-import-stream.ts';
import { gitClient } from './git-client.ts';
import { Random } from './random.ts';
import { SourceText } from './source-text.ts';

export interface HistoryShape {
  readonly seed: number;
  /** Of all branches, merges included. */
  readonly commits: number;
  /** Files of the first commit; the tree grows by about one file every four commits. */
  readonly files: number;
  /** Bytes that neither compress nor delta (images, archives), over the whole history. */
  readonly binaryBytes: number;
}

interface TrackedFile {
  path: string;
  readonly mode: '100644' | '100755';
  readonly lines: string[];
}

/** A branch that will be merged. Files that it changes are its own until then, so that merges do not conflict. */
interface Topic {
  readonly reference: string;
  tip: string;
  readonly files: TrackedFile[];
  /** Every `M`, `D` and `R` since the fork. */
  readonly changes: string[];
}

const FOLDERS = [
  'src',
  'src/core',
  'src/gateways/http/v1/handlers',
  'test/fixtures',
  'docs',
  'tools',
  'lib/a/b/c/d/e/f/g/h',
];
/** Precomposed, decomposed, another script, outside the basic plane, a space, shell and Git metacharacters. */
const AWKWARD_NAMES = [
  'docs/größe.md',
  'docs/gro\u0308ße-zerlegt.md',
  'docs/日本語/説明.md',
  'docs/🚀.md',
  'docs/a file with spaces.txt',
  "docs/it's $HOME & (more) [x]{y}.txt",
  'docs/back\\slash and "quotes".txt',
];
const EXTENSIONS = ['ts', 'ts', 'py', 'go', 'md', 'json', 'css'];
const PEOPLE = ['Ana Muñoz', 'Jürgen Groß', '山田 太郎', 'Bob Smith'];
const MOST_OPEN_TOPICS = 8;
const COMMITS_PER_TAG = 60;
const MAIN = 'refs/heads/main';

/**
 * Makes a bare repository with a realistic history: parallel topic branches and merges (some of three parents), release
 * branches, renames, deletions, deep folders, awkward names, executables, symlinks, binary files, light and annotated
 * tags, tags of tags and a tag of a blob. The same shape gives the same object ids.
 *
 * @param path of the bare repository to make
 */
export async function createHistory(path: string, shape: HistoryShape): Promise<void> {
  const git = await gitClient();
  try {
    await git.output(['init', '--quiet', '--bare', path]);
    await git.output(['fast-import', '--quiet', '--active-branches=32', '--depth=50'], {
      cwd: path,
      input: new HistoryWriter(shape).commands(),
    });
  } finally {
    await git.dispose();
  }
}

class HistoryWriter {
  readonly #shape: HistoryShape;
  readonly #random: Random;
  readonly #text: SourceText;
  readonly #stream = new FastImportStream();
  readonly #files: TrackedFile[] = [];
  readonly #topics: Topic[] = [];
  #mainTip = '';
  #time = 1_400_000_000;
  #commits = 0;
  #releases = 0;
  #binaryBytesLeft: number;
  #names = 0;

  constructor(shape: HistoryShape) {
    this.#shape = shape;
    this.#random = new Random(shape.seed);
    this.#text = new SourceText(this.#random);
    this.#binaryBytesLeft = shape.binaryBytes;
  }

  *commands(): Generator<Buffer> {
    this.#firstCommit();
    while (this.#commits < this.#shape.commits) {
      this.#nextCommit();
      if (this.#commits % COMMITS_PER_TAG === 0) this.#tagRelease();
      if (this.#stream.isFull) yield this.#stream.take();
    }
    yield this.#stream.take();
  }

  #firstCommit(): void {
    const changes = Array.from({ length: this.#shape.files }, () => this.#addFile(this.#newPath(), this.#files));
    for (const path of AWKWARD_NAMES) changes.push(this.#addFile(path, this.#files));
    const target = this.#stream.blob('docs/größe.md');
    changes.push(FastImportStream.modify('120000', target, 'README'), ...this.#addBinaries());
    this.#mainTip = this.#commit(MAIN, [], changes, 'Initial import');
    const blob = this.#stream.blob('-----BEGIN PGP PUBLIC KEY BLOCK-----\n');
    this.#stream.tag('signing-key', blob, this.#person(), 'A tag of a blob\n');
  }

  #nextCommit(): void {
    const choice = this.#random.fraction();
    const topic = this.#topics.length === 0 ? undefined : this.#random.pick(this.#topics);
    if (topic !== undefined && topic.changes.length > 0 && choice < 0.12) this.#mergeTopics(topic);
    else if (topic !== undefined && choice < 0.6) this.#commitToTopic(topic);
    else if (choice < 0.72 && this.#topics.length < MOST_OPEN_TOPICS) this.#openTopic();
    else this.#commitToMain();
  }

  #commitToMain(): void {
    const changes = this.#edits(this.#files);
    this.#mainTip = this.#commit(MAIN, [this.#mainTip], [...changes, ...this.#addBinaries()], this.#message());
  }

  #openTopic(): void {
    const reference = `refs/heads/feature/${this.#text.word()}-${this.#uniqueNumber()}`;
    const topic: Topic = { reference, tip: this.#mainTip, files: [], changes: [] };
    this.#topics.push(topic);
    this.#commitToTopic(topic);
  }

  #commitToTopic(topic: Topic): void {
    if (topic.files.length === 0 || this.#random.chance(0.5)) {
      const [claimed] = this.#files.splice(this.#random.below(this.#files.length), 1);
      if (claimed !== undefined) topic.files.push(claimed);
    }
    const changes = this.#edits(topic.files);
    topic.changes.push(...changes);
    topic.tip = this.#commit(topic.reference, [topic.tip], changes, this.#message());
  }

  /** Now and then two topics in one merge of three parents. */
  #mergeTopics(first: Topic): void {
    const second = this.#random.chance(0.1) ? this.#topics.find((topic) => topic !== first) : undefined;
    const merged = second === undefined ? [first] : [first, second];
    const parents = [this.#mainTip, ...merged.map((topic) => topic.tip)];
    const names = merged.map(({ reference }) => `'${reference.slice('refs/heads/'.length)}'`).join(' and ');
    const changes = merged.flatMap((topic) => topic.changes);
    this.#mainTip = this.#commit(MAIN, parents, changes, `Merge branch ${names}`);
    for (const topic of merged) {
      this.#files.push(...topic.files);
      this.#topics.splice(this.#topics.indexOf(topic), 1);
      if (this.#random.chance(0.9)) this.#stream.deleteReference(topic.reference);
    }
  }

  /** By turns an annotated tag, a light one, and a tag of a tag; every fifth release has a branch with a fix. */
  #tagRelease(): void {
    this.#releases += 1;
    const name = `v${Math.floor(this.#releases / 10)}.${this.#releases % 10}.0`;
    if (this.#releases % 3 === 1) {
      this.#stream.setReference(`refs/tags/${name}`, this.#mainTip);
    } else {
      const tag = this.#stream.tag(name, this.#mainTip, this.#person(), `Release ${name}\n\n${this.#text.words(30)}\n`);
      if (this.#releases % 3 === 0) this.#stream.tag(`${name}-approved`, tag, this.#person(), `Approve ${name}\n`);
    }
    if (this.#releases % 5 === 0) {
      const fix = FastImportStream.modify('100644', this.#stream.blob(`${name}\n`), 'RELEASE');
      this.#commit(`refs/heads/release/${name}`, [this.#mainTip], [fix], `Prepare ${name}`);
    }
  }

  #edits(files: TrackedFile[]): string[] {
    const edited = new Set(files.length === 0 ? [] : this.#random.picks(files, this.#random.between(1, 4)));
    const changes = [...edited].map((file) => {
      this.#text.edit(file.lines);
      return this.#write(file);
    });
    if (this.#random.chance(0.25)) changes.push(this.#addFile(this.#newPath(), files));
    if (this.#random.chance(0.02) && files.length > 1) changes.push(this.#moveFile(files));
    if (this.#random.chance(0.02) && files.length > 2) changes.push(this.#deleteFile(files));
    return changes;
  }

  #addFile(path: string, files: TrackedFile[]): string {
    const length = this.#random.chance(0.01) ? this.#random.between(3_000, 9_000) : this.#random.between(10, 500);
    const file: TrackedFile = {
      path,
      mode: this.#random.chance(0.05) ? '100755' : '100644',
      lines: this.#text.lines(length),
    };
    files.push(file);
    return this.#write(file);
  }

  #moveFile(files: readonly TrackedFile[]): string {
    const file = this.#random.pick(files);
    const from = file.path;
    file.path = this.#newPath();
    return FastImportStream.rename(from, file.path);
  }

  #deleteFile(files: TrackedFile[]): string {
    const [file] = files.splice(this.#random.below(files.length), 1);
    return file === undefined ? '' : FastImportStream.remove(file.path);
  }

  /** Spends the binary bytes evenly over the commits, in files of up to 4 MB. */
  #addBinaries(): string[] {
    const due = this.#shape.binaryBytes * (1 - this.#commits / this.#shape.commits);
    const changes: string[] = [];
    while (this.#binaryBytesLeft > 0 && this.#binaryBytesLeft > due - 1) {
      const size = Math.min(this.#binaryBytesLeft, this.#random.between(200, 20) ** 2 + this.#bigSurplus());
      this.#binaryBytesLeft -= size;
      const name = `assets/${this.#text.word()}/${this.#uniqueNumber()}.png`;
      changes.push(FastImportStream.modify('100644', this.#stream.blob(this.#random.bytes(size)), name));
    }
    return changes;
  }

  #bigSurplus(): number {
    return this.#random.chance(0.01) ? this.#random.below(4_000_000) : 0;
  }

  #write(file: TrackedFile): string {
    return FastImportStream.modify(file.mode, this.#stream.blob(`${file.lines.join('\n')}\n`), file.path);
  }

  #newPath(): string {
    const folder = `${this.#random.pick(FOLDERS)}/${this.#text.word()}`;
    return `${folder}/${this.#text.word()}-${this.#uniqueNumber()}.${this.#random.pick(EXTENSIONS)}`;
  }

  #uniqueNumber(): number {
    this.#names += 1;
    return this.#names;
  }

  #message(): string {
    const subject = this.#text.words(this.#random.between(3, 8));
    return this.#random.chance(0.3) ? `${subject}\n\n${this.#text.words(40)}\n` : subject;
  }

  #person(): string {
    this.#time += this.#random.between(60, 40_000);
    const zone = this.#random.pick(['+0000', '+0200', '-0730', '+0545']);
    return `${this.#random.pick(PEOPLE)} <dev@example.com> ${this.#time} ${zone}`;
  }

  #commit(reference: string, parents: readonly string[], changes: readonly string[], message: string): string {
    this.#commits += 1;
    return this.#stream.commit({
      reference,
      parents,
      changes,
      message,
      author: this.#person(),
      committer: this.#person(),
    });
  }
}

import type { Git, GitProcess } from './git-process.ts';
import { isObjectId } from './reference-names.ts';
import type { SortedReferences } from './reference-snapshot.ts';
import type { ObjectType, RepositoryHandle } from './repository.ts';
import type { Lease, WorkingCopies } from './working-copies.ts';

const IDLE_MS = 60_000;
const INFO_LINE = /^([0-9a-f]{40}) (commit|tree|blob|tag) \d+$/;

export interface ObjectInfo {
  readonly objectId: string;
  readonly type: ObjectType;
}

/** Looks objects up through `git cat-file` processes that stay for the next question. */
export class ObjectReaders {
  readonly #git: Git;
  readonly #copies: WorkingCopies;
  readonly #maximum: number;
  /** Least recently used first. */
  readonly #readers = new Map<string, ObjectReader>();

  constructor(git: Git, copies: WorkingCopies, maximum: number) {
    this.#git = git;
    this.#copies = copies;
    this.#maximum = maximum;
  }

  /**
   * The object that an id names, or the one that it stands for after peeling (`ID^{}`); undefined when it is not
   * stored.
   */
  async find(handle: RepositoryHandle, snapshot: SortedReferences, objectId: string, peel = false) {
    if (!isObjectId(objectId)) return undefined;
    const reader = await this.#reader(handle, snapshot);
    return reader.ask(peel ? `${objectId}^{}` : objectId);
  }

  /** Ends the readers of a repository, or those that nobody waits for. */
  async release(repositoryId?: string): Promise<void> {
    const released = [...this.#readers].filter(([id, reader]) =>
      repositoryId === undefined ? reader.isIdle : id === repositoryId,
    );
    await Promise.all(released.map(([id, reader]) => this.#end(id, reader)));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#readers].map(([id, reader]) => this.#end(id, reader)));
  }

  async #reader(handle: RepositoryHandle, snapshot: SortedReferences): Promise<ObjectReader> {
    const { repositoryId } = handle;
    const lease = await this.#copies.lease(handle, snapshot, 'packs');
    const existing = this.#readers.get(repositoryId);
    if (existing?.serves(lease)) {
      lease.release();
      this.#readers.delete(repositoryId);
      this.#readers.set(repositoryId, existing);
      return existing;
    }
    if (existing !== undefined) void this.#end(repositoryId, existing);
    const reader = new ObjectReader(this.#git, lease, () => void this.#end(repositoryId, reader));
    this.#readers.set(repositoryId, reader);
    for (const [id, other] of [...this.#readers].slice(0, -this.#maximum)) void this.#end(id, other);
    return reader;
  }

  #end(repositoryId: string, reader: ObjectReader): Promise<void> {
    if (this.#readers.get(repositoryId) === reader) this.#readers.delete(repositoryId);
    return reader.end();
  }
}

interface Question {
  resolve(answer: ObjectInfo | undefined): void;
  reject(error: unknown): void;
}

class ObjectReader {
  readonly #lease: Lease;
  readonly #process: Promise<GitProcess>;
  readonly #ended: Promise<void>;
  readonly #idle: NodeJS.Timeout;
  #questions: Question[] = [];
  /** Questions asked and not answered, also those that wait for the process to start. */
  #pending = 0;
  #text = '';
  #closing = false;

  constructor(git: Git, lease: Lease, onIdle: () => void) {
    this.#lease = lease;
    this.#idle = setTimeout(onIdle, IDLE_MS).unref();
    this.#process = git.start({
      kind: 'read',
      repositoryId: lease.copy.repositoryId,
      arguments: ['cat-file', '--batch-command'],
      directory: lease.copy.directory,
      longLived: true,
    });
    this.#ended = this.#serve();
  }

  get isIdle(): boolean {
    return this.#pending === 0;
  }

  serves(lease: Lease): boolean {
    return !this.#closing && this.#lease.copy === lease.copy;
  }

  async ask(revision: string): Promise<ObjectInfo | undefined> {
    this.#idle.refresh();
    this.#pending++;
    try {
      const process = await this.#process;
      return await new Promise((resolve, reject) => {
        this.#questions.push({ resolve, reject });
        process.stdin.write(`info ${revision}\n`);
      });
    } finally {
      this.#pending--;
      if (this.#closing && this.#pending === 0) await this.#close();
    }
  }

  /** Takes no more questions, answers those that were asked, then lets go of the working copy. */
  async end(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#idle);
    if (this.#pending === 0) await this.#close();
    await this.#ended;
  }

  async #close(): Promise<void> {
    const process = await this.#process.catch(() => undefined);
    process?.stdin.end();
  }

  async #serve(): Promise<void> {
    let failure: unknown = new Error('git cat-file ended early');
    try {
      const process = await this.#process;
      for await (const chunk of process.stdout) this.#take(String(chunk));
      await process.done;
    } catch (error) {
      failure = error;
    } finally {
      this.#closing = true;
      for (const { reject } of this.#questions) reject(failure);
      this.#questions = [];
      this.#lease.release();
    }
  }

  #take(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) {
      const [, objectId, type] = INFO_LINE.exec(line) ?? [];
      this.#questions.shift()?.resolve(objectId === undefined ? undefined : { objectId, type: type as ObjectType });
    }
  }
}

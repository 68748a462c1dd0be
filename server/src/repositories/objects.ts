import { CatFile, type SizedObject, type StoredObject } from './cat-file.ts';
import type { Git } from './git-process.ts';
import type { RepositoryLimits } from './limits.ts';
import { isObjectId } from './reference-names.ts';
import type { SortedReferences } from './reference-snapshot.ts';
import type { RepositoryHandle } from './repository.ts';
import { ObjectTooLargeError, RepositoriesBusyError } from './repository-errors.ts';
import type { Lease, WorkingCopies } from './working-copies.ts';

/** Objects from here are read by a process of their own, so that small ones need not wait for them. */
const LARGE_BYTES = 256 * 1024;
/** Questions that wait for one process before the repository is given another. */
const QUESTIONS_IN_TURN = 8;

type Size = 'small' | 'large';

/**
 * Looks objects up through `git cat-file` processes that stay for the next question: for small objects a few for each
 * repository, for large ones one.
 */
export class ObjectReaders {
  readonly #git: Git;
  readonly #copies: WorkingCopies;
  readonly #limits: Pick<RepositoryLimits, 'objectReaders' | 'objectReadersPerRepository' | 'waitingRequests'>;
  /** By repository, size and number; least recently used first. */
  readonly #readers = new Map<string, CatFile>();

  constructor(git: Git, copies: WorkingCopies, limits: RepositoryLimits) {
    this.#git = git;
    this.#copies = copies;
    this.#limits = limits;
  }

  /**
   * The object that an id names, or the one that it stands for after peeling (`ID^{}`); undefined when it is not
   * stored.
   */
  async find(
    handle: RepositoryHandle,
    snapshot: SortedReferences,
    objectId: string,
    peel = false,
  ): Promise<SizedObject | undefined> {
    if (!isObjectId(objectId)) return undefined;
    const lease = await this.#copies.lease(handle, snapshot, 'packs');
    return this.#reader(lease, 'small').info(peel ? `${objectId}^{}` : objectId);
  }

  /**
   * An object whole; undefined when it is not stored.
   *
   * @throws ObjectTooLargeError when it has more than `limit` bytes
   */
  async read(
    handle: RepositoryHandle,
    snapshot: SortedReferences,
    objectId: string,
    limit: number,
  ): Promise<StoredObject | undefined> {
    const info = await this.find(handle, snapshot, objectId);
    if (info === undefined) return undefined;
    if (info.size > limit) throw new ObjectTooLargeError(objectId, info.size, limit);
    const lease = await this.#copies.lease(handle, snapshot, 'packs');
    return this.#reader(lease, info.size < LARGE_BYTES ? 'small' : 'large').contents(objectId);
  }

  /** Ends the readers of a repository, or those that nobody waits for. */
  async release(repositoryId?: string): Promise<void> {
    const released = [...this.#readers].filter(([key, reader]) =>
      repositoryId === undefined ? reader.pending === 0 : key.startsWith(`${repositoryId} `),
    );
    await Promise.all(released.map(([key, reader]) => this.#end(key, reader)));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#readers].map(([key, reader]) => this.#end(key, reader)));
  }

  /** Takes over the lease. Whoever gets a reader must ask it before anything else happens. */
  #reader(lease: Lease, size: Size): CatFile {
    const keys = this.#keysOf(lease.copy.repositoryId, size);
    let chosen: string | undefined;
    let free: string | undefined;
    for (const key of keys) {
      const reader = this.#readers.get(key);
      if (reader !== undefined && !reader.serves(lease)) void this.#end(key, reader);
      const serving = this.#readers.get(key);
      if (serving === undefined) free ??= key;
      else if (chosen === undefined || serving.pending < (this.#readers.get(chosen)?.pending ?? 0)) chosen = key;
    }
    const reader = chosen === undefined ? undefined : this.#readers.get(chosen);
    if (chosen !== undefined && reader !== undefined && (free === undefined || reader.pending < QUESTIONS_IN_TURN)) {
      lease.release();
      if (reader.pending >= this.#limits.waitingRequests) {
        throw new RepositoriesBusyError('Too many requests are waiting; try again later');
      }
      this.#readers.delete(chosen);
      this.#readers.set(chosen, reader);
      return reader;
    }
    return this.#start(free ?? keys[0] ?? '', lease);
  }

  #start(key: string, lease: Lease): CatFile {
    const reader = new CatFile(this.#git, lease, () => void this.#end(key, reader));
    this.#readers.set(key, reader);
    for (const [otherKey, other] of [...this.#readers].slice(0, -this.#limits.objectReaders)) {
      void this.#end(otherKey, other);
    }
    return reader;
  }

  #keysOf(repositoryId: string, size: Size): readonly string[] {
    if (size === 'large') return [`${repositoryId} large`];
    return Array.from({ length: this.#limits.objectReadersPerRepository }, (_, index) => `${repositoryId} ${index}`);
  }

  #end(key: string, reader: CatFile): Promise<void> {
    if (this.#readers.get(key) === reader) this.#readers.delete(key);
    return reader.end();
  }
}

import type { Database } from '../storage/database/database.ts';
import { KeyedLock } from './async-lock.ts';
import type { RepositoryLimits } from './limits.ts';
import type { NodeFolder } from './node-folder.ts';
import type { PackStorage } from './pack-storage.ts';
import type { SortedReferences } from './reference-snapshot.ts';
import type { RepositoryHandle } from './repository.ts';
import { RepositoriesBusyError } from './repository-errors.ts';
import { type ListedPack, listPacks, WorkingCopy } from './working-copy.ts';

const NO_ROOM =
  "There is no room for the push in the server's folder of working copies: push less at once, or have its operator give it a larger one";

/** What a use of a working copy reads there. */
export type Needs = 'packs' | 'packs and references';

/** The right to run git on a working copy; nothing leaves it before the release. */
export interface Lease {
  readonly copy: WorkingCopy;
  release(): void;
}

/** Told that something was refused, for the log: the message is the client's. */
export type OnNoRoom = (refusal: RepositoriesBusyError) => void;

interface WorkingCopiesOptions {
  readonly database: Database;
  readonly storage: PackStorage;
  readonly folder: NodeFolder;
  readonly limits: RepositoryLimits;
  /** Asked to give up leases that are held in reserve only. */
  readonly onPressure: () => Promise<void>;
  readonly onWarning: (message: string, error?: unknown) => void;
  /** Told of each refusal for want of room. */
  readonly onNoRoom: OnNoRoom;
}

/** The working copies of this node. */
export class WorkingCopies {
  readonly #options: WorkingCopiesOptions;
  /** Least recently used first. */
  readonly #copies = new Map<string, WorkingCopy>();
  readonly #lock = new KeyedLock();
  readonly #removals = new Set<Promise<void>>();

  constructor(options: WorkingCopiesOptions) {
    this.#options = options;
  }

  /** A working copy that has what `snapshot` needs, made or brought up to date if it must be. */
  async lease(handle: RepositoryHandle, snapshot: SortedReferences, needs: Needs): Promise<Lease> {
    const { repositoryId } = handle;
    const ready = this.#copies.get(repositoryId);
    if (ready !== undefined && isCurrent(ready, snapshot, needs)) return this.#use(ready);
    return this.#lock.run(repositoryId, async () => {
      const lease = await this.#withPacks(handle, snapshot);
      try {
        if (needs === 'packs and references' && !lease.copy.hasReferencesOf(snapshot)) {
          await lease.copy.bringReferences(snapshot);
        }
        return lease;
      } catch (error) {
        lease.release();
        throw error;
      }
    });
  }

  /** Changes the current working copy while nobody else does. */
  async change(repositoryId: string, work: (copy: WorkingCopy) => Promise<void>): Promise<void> {
    await this.#lock.run(repositoryId, async () => {
      const copy = this.#copies.get(repositoryId);
      if (copy !== undefined) await work(copy);
    });
  }

  /** Packs in a repository's working copy; none when there is no working copy. */
  packsOf(repositoryId: string): readonly ListedPack[] {
    return this.#copies.get(repositoryId)?.packs ?? [];
  }

  /** Lets go of a repository's working copy: at once, or with its last user. */
  forget(repositoryId: string): void {
    const copy = this.#copies.get(repositoryId);
    if (copy !== undefined) this.#retire(copy);
  }

  /** Lets go of what has not been used for long. */
  evictIdle(): void {
    const oldest = Date.now() - this.#options.limits.workingCopyIdleMs;
    for (const copy of [...this.#copies.values()]) {
      if (copy.users === 0 && copy.lastUsedAt < oldest) this.#retire(copy);
    }
  }

  /** Waits until every folder that was given up is gone. */
  async settled(): Promise<void> {
    await Promise.all(this.#removals);
  }

  async #withPacks(handle: RepositoryHandle, snapshot: SortedReferences): Promise<Lease> {
    const { repositoryId } = handle;
    const current = this.#copies.get(repositoryId);
    if (current?.hasPacksOf(snapshot)) return this.#use(current);
    const listed = await listPacks(this.#options.database, repositoryId);
    if (current !== undefined && !current.hasUnlisted(listed)) {
      const lease = this.#use(current);
      return this.#bringPacks(lease, handle, listed, snapshot);
    }
    const lease = this.#use(await this.#make(repositoryId));
    if (current !== undefined) await lease.copy.linkPacks(current, listed);
    await this.#bringPacks(lease, handle, listed, snapshot);
    if (current !== undefined) this.#retire(current);
    this.#copies.set(repositoryId, lease.copy);
    return lease;
  }

  async #bringPacks(
    lease: Lease,
    handle: RepositoryHandle,
    listed: readonly ListedPack[],
    snapshot: SortedReferences,
  ): Promise<Lease> {
    try {
      await this.#makeRoom(lease.copy.missingBytes(listed));
      await lease.copy.bringPacks(handle, this.#options.storage, listed, snapshot.generation);
      return lease;
    } catch (error) {
      if (this.#copies.get(handle.repositoryId) !== lease.copy) lease.copy.retired = true;
      lease.release();
      throw error;
    }
  }

  #make(repositoryId: string): Promise<WorkingCopy> {
    return WorkingCopy.make(repositoryId, this.#options.folder.folderOf('repositories'));
  }

  #use(copy: WorkingCopy): Lease {
    copy.users++;
    copy.lastUsedAt = Date.now();
    if (this.#copies.get(copy.repositoryId) === copy) {
      this.#copies.delete(copy.repositoryId);
      this.#copies.set(copy.repositoryId, copy);
    }
    let released = false;
    return {
      copy,
      release: () => {
        if (released) return;
        released = true;
        copy.users--;
        copy.lastUsedAt = Date.now();
        this.#removeWhenUnused(copy);
      },
    };
  }

  /**
   * Has idle working copies leave until so many bytes of their storage are free, for what is being received.
   *
   * @throws RepositoriesBusyError when there is not so much room although none is idle
   */
  async freeRoom(bytes: number): Promise<void> {
    const hasRoom = async () => {
      await this.settled();
      return (await this.#options.folder.freeBytes()) >= bytes;
    };
    await this.#evictUntil(hasRoom, NO_ROOM);
  }

  async #makeRoom(bytes: number): Promise<void> {
    if (bytes === 0) return;
    const hasRoom = async () => {
      const used = [...this.#copies.values()].reduce((sum, copy) => sum + copy.bytes, 0);
      return used + bytes <= this.#options.limits.workingCopyBytes;
    };
    await this.#evictUntil(hasRoom, 'There is no room for a working copy of the repository now; try again later');
  }

  /** Has idle working copies leave, the least recently used first. @throws RepositoriesBusyError when that is not enough */
  async #evictUntil(hasRoom: () => Promise<boolean>, refusal: string): Promise<void> {
    if (await hasRoom()) return;
    await this.#options.onPressure();
    for (const copy of [...this.#copies.values()]) {
      if (copy.users > 0) continue;
      this.#retire(copy);
      if (await hasRoom()) return;
    }
    const error = new RepositoriesBusyError(refusal);
    this.#options.onNoRoom(error);
    throw error;
  }

  #retire(copy: WorkingCopy): void {
    copy.retired = true;
    if (this.#copies.get(copy.repositoryId) === copy) this.#copies.delete(copy.repositoryId);
    this.#removeWhenUnused(copy);
  }

  #removeWhenUnused(copy: WorkingCopy): void {
    if (!copy.retired || copy.users > 0) return;
    const removal = this.#options.folder
      .remove(copy.directory)
      .catch((error: unknown) => this.#options.onWarning('A working copy could not be removed', error))
      .finally(() => this.#removals.delete(removal));
    this.#removals.add(removal);
  }
}

function isCurrent(copy: WorkingCopy, snapshot: SortedReferences, needs: Needs): boolean {
  return copy.hasPacksOf(snapshot) && (needs === 'packs' || copy.hasReferencesOf(snapshot));
}

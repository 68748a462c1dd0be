import type { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { BlobStore } from '../storage/blobs/blob-store.ts';
import type { OnDamage } from '../storage/blobs/damaged-blobs.ts';
import { isHeld } from '../storage/database/backup-holds.ts';
import type { Database } from '../storage/database/database.ts';
import { Advertisements, type GitService, protocolVersion } from './advertisement.ts';
import { Compaction } from './compaction.ts';
import { collectGarbage } from './garbage.ts';
import { readCapabilities } from './git-capabilities.ts';
import { Git } from './git-process.ts';
import { LfsLocks } from './lfs-locks.ts';
import { LfsObjects } from './lfs-objects.ts';
import { DEFAULT_LIMITS, type RepositoryLimits } from './limits.ts';
import { MaintenanceLeases } from './maintenance-leases.ts';
import { NodeFolder } from './node-folder.ts';
import { ObjectPush } from './object-push.ts';
import { ObjectReaders } from './objects.ts';
import { PackStorage } from './pack-storage.ts';
import type { NewObject } from './pack-writer.ts';
import { mergeResults, PushCommits, updateProblems } from './push-commits.ts';
import { ReadingGit } from './reading-git.ts';
import { ReceivePack, type ReceivePackRequest } from './receive-pack.ts';
import { ReferenceStore, type RepositoryState } from './reference-store.ts';
import type {
  ObjectType,
  ReferenceResult,
  ReferenceSnapshot,
  ReferenceUpdate,
  RepositoryHandle,
} from './repository.ts';
import { ObjectCache, RepositoryObjects } from './repository-objects.ts';
import { ResponseCache } from './response-cache.ts';
import { UploadConversation, type UploadConversationRequest } from './upload-conversation.ts';
import { UploadPack, type UploadPackRequest } from './upload-pack.ts';
import { Verification } from './verification.ts';
import { type OnNoRoom, WorkingCopies } from './working-copies.ts';

export type { GitService } from './advertisement.ts';
export type { RepositoryState } from './reference-store.ts';
export type {
  ReferenceSnapshot,
  ReferenceUpdate,
  RepositoryHandle,
} from './repository.ts';
export type { RepositoryObjects } from './repository-objects.ts';

export interface RepositoriesOptions {
  readonly database: Database;
  readonly blobs: BlobStore;
  /** A folder on memory-backed storage; made when absent. Several nodes may share it. */
  readonly workingCopyRoot: string;
  readonly limits?: Partial<RepositoryLimits>;
  /** Tells this node from others of the same database, over restarts too; without it, every start is another node. */
  readonly nodeName?: string;
  /** Told of what an operator should know: poor storage for working copies, failures in the background. */
  readonly onWarning?: (message: string, error?: unknown) => void;
  /** Told of each read of a blob that does not decrypt. */
  readonly onDamage?: OnDamage;
  /** Told of each refusal for want of room in the folder of working copies. */
  readonly onNoRoom?: OnNoRoom;
}

interface Parts {
  readonly options: RepositoriesOptions;
  readonly limits: RepositoryLimits;
  readonly git: Git;
  readonly folder: NodeFolder;
  readonly store: ReferenceStore;
  readonly storage: PackStorage;
  readonly advertisements: Advertisements;
  readonly copies: WorkingCopies;
  readonly readers: ObjectReaders;
  readonly objects: ObjectCache;
  readonly readingGit: ReadingGit;
  readonly responses: ResponseCache;
  readonly compaction: Compaction;
  readonly verification: Verification;
  readonly commits: PushCommits;
  readonly uploadPack: UploadPack;
  readonly uploadConversation: UploadConversation;
  readonly receivePack: ReceivePack;
  readonly objectPush: ObjectPush;
}

const UPKEEP_MS = 60_000;
/** Of the storage that is free at the start. */
const WORKING_COPIES_SHARE = 0.6;
const RESPONSES_SHARE = 0.15;

/** The Git side of every repository: references, objects, sending and receiving. Knows nothing of who may do what. */
export class Repositories {
  /** Of Git LFS. */
  readonly lfs: { readonly objects: LfsObjects; readonly locks: LfsLocks };
  readonly #parts: Parts;
  readonly #upkeep: NodeJS.Timeout;

  private constructor(parts: Parts) {
    this.#parts = parts;
    const { database, blobs, onDamage } = parts.options;
    this.lfs = { objects: new LfsObjects(database, blobs, onDamage), locks: new LfsLocks(database) };
    this.#upkeep = setInterval(() => {
      parts.copies.evictIdle();
      parts.responses.evictOld();
    }, UPKEEP_MS).unref();
  }

  /** Finds git, sweeps what killed processes left, and is ready. Throws with a clear message when git is too old. */
  static async open(options: RepositoriesOptions): Promise<Repositories> {
    const asked = { ...DEFAULT_LIMITS, ...options.limits };
    const onWarning = options.onWarning ?? (() => {});
    const folder = await NodeFolder.make(options.workingCopyRoot, onWarning);
    const limits = withinStorage(asked, folder.availableBytes);
    let git: Git | undefined;
    try {
      git = await Git.find(limits, folder.path);
      return new Repositories(await assemble(options, limits, git, folder, onWarning));
    } catch (error) {
      await git?.close();
      await folder.close();
      throw error;
    }
  }

  /** Ends background work and every git process; running requests fail. */
  async close(): Promise<void> {
    const { compaction, readers, responses, copies, git, folder, storage } = this.#parts;
    clearInterval(this.#upkeep);
    await compaction.close();
    responses.close();
    await readers.close();
    await git.close();
    await copies.settled();
    await storage.close();
    await folder.close();
  }

  /**
   * The references now, or at the state of the repository's row that the caller has just read.
   *
   * @throws RepositoryNotFoundError
   */
  references(repositoryId: string, seen?: RepositoryState): Promise<ReferenceSnapshot> {
    return this.#parts.store.snapshot(repositoryId, seen);
  }

  /** The type of a stored object; undefined when there is none of that id. */
  async objectType(handle: RepositoryHandle, objectId: string): Promise<ObjectType | undefined> {
    const snapshot = await this.#parts.store.snapshot(handle.repositoryId);
    return (await this.#parts.readers.find(handle, snapshot, objectId))?.type;
  }

  /**
   * The objects and references now.
   *
   * @throws RepositoryNotFoundError
   */
  async objects(handle: RepositoryHandle): Promise<RepositoryObjects> {
    const { store, readers, objects: cache, readingGit: git } = this.#parts;
    return new RepositoryObjects(handle, await store.snapshot(handle.repositoryId), { readers, cache, git });
  }

  /**
   * Moves references to objects that are stored, by compare-and-swap: each for itself, or all or none. What the
   * results report as done is durable.
   */
  async updateReferences(
    handle: RepositoryHandle,
    updates: readonly ReferenceUpdate[],
    { atomic }: { readonly atomic: boolean },
  ): Promise<readonly ReferenceResult[]> {
    const { store, commits } = this.#parts;
    const problems = updateProblems(updates);
    const sound = atomic && problems.size > 0 ? [] : updates.filter((update) => !problems.has(update));
    const snapshot = await store.snapshot(handle.repositoryId);
    const done = sound.length === 0 ? [] : await commits.commit(handle, snapshot, sound, { atomic });
    return mergeResults(updates, problems, sound, done);
  }

  /**
   * Deletes a reference wherever it is at that moment.
   *
   * @returns where it was; absent when there was none
   */
  deleteReference(
    handle: RepositoryHandle,
    name: string,
  ): Promise<{ readonly result: ReferenceResult; readonly objectId?: string }> {
    return this.#parts.commits.deleteReference(handle.repositoryId, name);
  }

  /** Body of a client's `info/refs`; `gitProtocol` is its Git-Protocol header. */
  async advertise(repositoryId: string, service: GitService, gitProtocol: string | undefined): Promise<Buffer> {
    const snapshot = await this.#parts.store.snapshot(repositoryId);
    return this.#parts.advertisements.discovery(repositoryId, snapshot, service, protocolVersion(service, gitProtocol));
  }

  /** Body of the response to a `git-upload-pack` request, as a whole where no git is needed for it. */
  uploadPack(handle: RepositoryHandle, request: UploadPackRequest): Promise<Buffer | AsyncIterable<Uint8Array>> {
    return this.#parts.uploadPack.answer(handle, request);
  }

  /** Body of the response to a `git-receive-pack` request. */
  receivePack(handle: RepositoryHandle, request: ReceivePackRequest): AsyncIterable<Uint8Array> {
    return this.#parts.receivePack.serve(handle, request);
  }

  /**
   * Stores objects that were made here and moves one reference, through the door of every push. What the result reports
   * as done is durable.
   *
   * @throws GitProcessError when git refuses an object, with its reason on standard error
   */
  pushObjects(
    handle: RepositoryHandle,
    objects: readonly NewObject[],
    update: ReferenceUpdate,
  ): Promise<ReferenceResult> {
    return this.#parts.objectPush.push(handle, objects, update);
  }

  /**
   * All that a `git-upload-pack` command says over a connection that lasts, such as SSH; `body` is what the client says.
   *
   * @throws GitProcessError when git ended with a status, after telling the client why
   */
  converseUploadPack(handle: RepositoryHandle, request: UploadConversationRequest): AsyncIterable<Uint8Array> {
    return this.#parts.uploadConversation.serve(handle, request);
  }

  /** All that a `git-receive-pack` command says over a connection that lasts; `body` is what the client says. */
  async *converseReceivePack(
    handle: RepositoryHandle,
    gitProtocol: string | undefined,
    request: Omit<ReceivePackRequest, 'lasts'>,
  ): AsyncIterable<Uint8Array> {
    const { store, advertisements, receivePack } = this.#parts;
    const snapshot = await store.snapshot(handle.repositoryId);
    const version = protocolVersion('git-receive-pack', gitProtocol);
    yield advertisements.greeting(handle.repositoryId, snapshot, 'git-receive-pack', version);
    yield* receivePack.serve(handle, { ...request, lasts: true });
  }

  /** After the deletion of a repository: lets go of its working copy and everything cached of it. */
  async forget(repositoryId: string): Promise<void> {
    const { store, readers, objects, responses, copies } = this.#parts;
    store.forget(repositoryId);
    objects.forget(repositoryId);
    responses.forget(repositoryId);
    await readers.release(repositoryId);
    copies.forget(repositoryId);
  }

  /** Removes blobs that nothing lists any more, after the grace period; to be called now and then. */
  async collectGarbage(): Promise<void> {
    const { options, storage, limits } = this.#parts;
    if (await isHeld(options.database)) return;
    await collectGarbage({ database: options.database, storage, gracePeriodMs: limits.gracePeriodMs });
    await this.lfs.objects.collectGarbage(limits.gracePeriodMs);
  }

  /**
   * Whether a repository's packs call for a compaction now that nobody pushes; asks the database alone.
   */
  needsCompaction(repositoryId: string): Promise<boolean> {
    return this.#parts.compaction.isNeeded(repositoryId, 'round');
  }

  /**
   * Compacts a repository when that is worth it; by hand, whenever it can be made faster.
   *
   * @returns whether anything was done; undefined when another node works on the repository
   */
  compact(handle: RepositoryHandle, occasion: 'round' | 'by hand'): Promise<boolean | undefined> {
    return this.#parts.compaction.compact(handle, occasion);
  }

  /** Ends compactions that run, and begins no more. */
  stopCompactions(): void {
    this.#parts.compaction.stop();
  }

  /** Checks everything that is stored of a repository. @returns each fault in a sentence; none when it is whole */
  async verify(handle: RepositoryHandle): Promise<readonly string[]> {
    return [...(await this.#parts.verification.verify(handle)), ...(await this.lfs.objects.verify(handle))];
  }

  /** Waits for background work that earlier pushes started. */
  settled(): Promise<void> {
    return this.#parts.compaction.settled();
  }
}

/** What is kept in reserve must leave room for what is being received. */
function withinStorage(limits: RepositoryLimits, availableBytes: number): RepositoryLimits {
  return {
    ...limits,
    workingCopyBytes: Math.min(limits.workingCopyBytes, Math.floor(availableBytes * WORKING_COPIES_SHARE)),
    responseCacheBytes: Math.min(limits.responseCacheBytes, Math.floor(availableBytes * RESPONSES_SHARE)),
  };
}

async function assemble(
  options: RepositoriesOptions,
  limits: RepositoryLimits,
  git: Git,
  folder: NodeFolder,
  onWarning: (message: string, error?: unknown) => void,
): Promise<Parts> {
  const { database } = options;
  const store = new ReferenceStore(database);
  const storage = new PackStorage(options.blobs, options.onDamage);
  const advertisements = new Advertisements(await readCapabilities(git, folder.path));
  const copies: WorkingCopies = new WorkingCopies({
    database,
    storage,
    folder,
    limits,
    onPressure: () => readers.release(),
    onWarning,
    onNoRoom: options.onNoRoom ?? (() => {}),
  });
  const readers = new ObjectReaders(git, copies, limits);
  const responses = new ResponseCache(limits);
  const uploadPack = new UploadPack({ git, store, advertisements, copies, cache: responses, limits });
  const compaction = new Compaction({
    database,
    git,
    store,
    storage,
    copies,
    folder,
    limits,
    leases: new MaintenanceLeases(database, options.nodeName ?? randomUUID()),
    onCompacted: (handle, signal) => uploadPack.warm(handle, signal),
    onWarning,
  });
  const verification = new Verification({ database, git, store, storage, folder });
  const onPushed = (handle: RepositoryHandle) => compaction.consider(handle);
  const commits = new PushCommits({ database: options.database, store, storage, copies, readers, onPushed, onWarning });
  const uploadConversation = new UploadConversation({ git, store, advertisements, copies, uploadPack, limits });
  const receivePack = new ReceivePack({ git, store, copies, commits, folder, limits, onWarning });
  return {
    options,
    limits,
    git,
    folder,
    store,
    storage,
    advertisements,
    copies,
    readers,
    objects: new ObjectCache(limits),
    readingGit: new ReadingGit(git, copies),
    responses,
    compaction,
    verification,
    commits,
    uploadPack,
    uploadConversation,
    receivePack,
    objectPush: new ObjectPush({ git, store, copies, commits, folder, limits }),
  };
}

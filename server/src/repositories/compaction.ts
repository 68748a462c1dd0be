import { mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../storage/database/database.ts';
import { databaseTime } from '../storage/database/database-time.ts';
import { dropIntent, openIntent } from './blob-intents.ts';
import { type CompactionPlan, type Occasion, planCompaction, planDeltaSearch } from './compaction-plan.ts';
import { type Git, GitProcessError } from './git-process.ts';
import type { RepositoryLimits } from './limits.ts';
import { LeaseLostError, type MaintenanceLeases } from './maintenance-leases.ts';
import type { NodeFolder } from './node-folder.ts';
import type { PackFile, PackStorage } from './pack-storage.ts';
import { insertPack, type NewPack, type ReferenceStore, raiseGeneration } from './reference-store.ts';
import { Repacking } from './repacking.ts';
import type { RepositoryHandle } from './repository.ts';
import { RepositoryNotFoundError } from './repository-errors.ts';
import type { Lease, WorkingCopies } from './working-copies.ts';
import { type ListedPack, listedPack, listPacks, WorkingCopy } from './working-copy.ts';

/** After a failure, so that not every push tries again. */
const RETRY_MS = 10 * 60 * 1000;
/** Packs that a search makes less than a tenth smaller stay: new ones cost a clone its place in memory, and storage. */
const WORTHWHILE_SHARE = 0.9;
/** How often a search asks whether pushes have come that call for a compaction. */
const PRESSING_CHECK_MS = 2_000;
/** After a search gave way to a compaction. */
const SEARCH_RETRY_MS = 60 * 60 * 1000;

interface CompactionOptions {
  readonly database: Database;
  readonly git: Git;
  readonly store: ReferenceStore;
  readonly storage: PackStorage;
  readonly copies: WorkingCopies;
  readonly folder: NodeFolder;
  readonly limits: RepositoryLimits;
  readonly leases: MaintenanceLeases;
  /** Told after each swap, while this node still holds the lease. */
  readonly onCompacted: (handle: RepositoryHandle, signal: AbortSignal) => Promise<void>;
  readonly onWarning: (message: string, error?: unknown) => void;
}

/** What became of a step: the packs are others; or the same; or the step ended early for the sake of another. */
type Outcome = 'changed' | 'unchanged' | 'gave way';

/** Another node has changed the packs meanwhile. */
class PacksChangedError extends Error {}

/** Somebody else changed the repository meanwhile, and nothing was lost. */
function isHarmless(error: unknown): boolean {
  return (
    error instanceof PacksChangedError || error instanceof LeaseLostError || error instanceof RepositoryNotFoundError
  );
}

/**
 * Makes few packs of many, in the background. Objects that no reference reaches stay: what is stored stays whole, and
 * commits without a reference can be fetched by id.
 */
export class Compaction {
  readonly #options: CompactionOptions;
  readonly #repacking: Repacking;
  readonly #running = new Map<string, Promise<boolean | undefined>>();
  /** Those that git makes no bitmap for, having no commits. */
  readonly #withoutBitmap = new Set<string>();
  readonly #notBefore = new Map<string, number>();
  readonly #searchNotBefore = new Map<string, number>();
  readonly #abort = new AbortController();

  constructor(options: CompactionOptions) {
    this.#options = options;
    this.#repacking = new Repacking(options.git);
  }

  /** Starts a compaction in the background when the packs that are here call for one. */
  consider(handle: RepositoryHandle): void {
    const { repositoryId } = handle;
    const { copies, limits } = this.#options;
    if (this.#abort.signal.aborted || this.#running.has(repositoryId)) return;
    if (planCompaction(copies.packsOf(repositoryId), 'push', limits.packsBeforeCompaction) === undefined) return;
    if ((this.#notBefore.get(repositoryId) ?? 0) > Date.now()) return;
    void this.compact(handle, 'push').catch(() => {});
  }

  /** Waits for what runs. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running.values());
  }

  /** Ends what runs; nothing begins any more. */
  stop(): void {
    this.#abort.abort(new Error('Codekeep is stopping'));
  }

  async close(): Promise<void> {
    this.stop();
    await this.settled();
  }

  /**
   * Compacts until nothing is left to do; resolves when the new list of packs is in force.
   *
   * @returns whether anything was done; undefined when another node works on the repository
   * @throws Error when it failed, after a warning: the packs are as they were
   */
  compact(handle: RepositoryHandle, occasion: Occasion): Promise<boolean | undefined> {
    const { repositoryId } = handle;
    const { leases, onWarning } = this.#options;
    const running = this.#running.get(repositoryId);
    if (running !== undefined) return running;
    if (this.#abort.signal.aborted) return Promise.resolve(undefined);
    const started = leases
      .hold(repositoryId, this.#abort.signal, (signal) => this.#compactAll(handle, occasion, signal))
      .catch((error: unknown) => {
        if (isHarmless(error) || this.#abort.signal.aborted) return undefined;
        this.#notBefore.set(repositoryId, Date.now() + RETRY_MS);
        onWarning(`Repository ${repositoryId} could not be compacted`, error);
        throw error;
      })
      .finally(() => this.#running.delete(repositoryId));
    this.#running.set(repositoryId, started);
    return started;
  }

  /** Whether a repository's packs call for a compaction, by the database alone. */
  async isNeeded(repositoryId: string, occasion: Occasion): Promise<boolean> {
    return (await this.#plan(repositoryId, occasion)) !== undefined;
  }

  async #plan(repositoryId: string, occasion: Occasion) {
    if (this.#withoutBitmap.has(repositoryId) && occasion !== 'by hand') return undefined;
    const { database, limits } = this.#options;
    const packs = await listPacks(database, repositoryId);
    const plan = planCompaction(packs, occasion, limits.packsBeforeCompaction);
    if (plan !== undefined || (this.#searchNotBefore.get(repositoryId) ?? 0) > Date.now()) return plan;
    return planDeltaSearch(packs);
  }

  async #compactAll(handle: RepositoryHandle, occasion: Occasion, signal: AbortSignal): Promise<boolean> {
    let isChanged = false;
    let isReady = true;
    const makeReady = async () => {
      if (!isReady) await this.#makeReady(handle, signal);
      isReady = true;
    };
    // What came in meanwhile may call for more; by hand, pushes must not keep it going for ever.
    for (let now = occasion; ; now = now === 'by hand' ? 'round' : now) {
      const plan = await this.#plan(handle.repositoryId, now);
      // It takes long, and clones come meanwhile.
      if (plan?.kind === 'search') await makeReady();
      const outcome = plan === undefined ? 'unchanged' : await this.#compactOnce(handle, now, signal);
      if (outcome === 'changed') {
        isChanged = true;
        isReady = false;
      }
      if (outcome === 'unchanged') {
        await makeReady();
        return isChanged;
      }
    }
  }

  async #makeReady(handle: RepositoryHandle, signal: AbortSignal): Promise<void> {
    await this.#options.onCompacted(handle, signal).catch((error: unknown) => {
      if (!signal.aborted)
        this.#options.onWarning(`Repository ${handle.repositoryId} could not be made ready for clones`, error);
    });
  }

  async #compactOnce(handle: RepositoryHandle, occasion: Occasion, signal: AbortSignal): Promise<Outcome> {
    const { store, copies, folder } = this.#options;
    const { repositoryId } = handle;
    const snapshot = await store.snapshot(repositoryId);
    const staging = folder.folderOf('maintenance');
    const lease = await copies.lease(handle, snapshot, 'packs and references');
    try {
      // Again, and by the database: the working copy may have brought less, and names packs by their content alone.
      const plan = await this.#plan(repositoryId, occasion);
      if (plan === undefined) return 'unchanged';
      const here = new Set(lease.copy.packs.map(({ checksum }) => checksum));
      const packs = plan.packs.filter(({ checksum }) => here.has(checksum));
      if (packs.length === 0) return 'unchanged';
      await this.#requireRoom(packs);
      // Links of its own: the working copy may change meanwhile.
      const copy = await WorkingCopy.make(repositoryId, staging);
      await copy.linkPacks(lease.copy, plan.kind === 'merge' ? lease.copy.packs : packs);
      await copy.bringReferences(snapshot);
      const output = join(staging, 'output');
      await mkdir(output);
      const made = await this.#make({ kind: plan.kind, packs }, copy, output, signal);
      if (typeof made === 'string') return made;
      await this.#swap(handle, made, packs, output, lease, signal);
    } finally {
      lease.release();
      await rm(staging, { recursive: true, force: true });
    }
    // Now, and not at the expense of the next request, the working copy lets go of what has left the list.
    (await copies.lease(handle, await store.snapshot(repositoryId), 'packs and references')).release();
    return 'changed';
  }

  async #make(
    { kind, packs }: CompactionPlan<ListedPack>,
    copy: WorkingCopy,
    output: string,
    signal: AbortSignal,
  ): Promise<NewPack | Exclude<Outcome, 'changed'>> {
    if (kind === 'search') return this.#search(copy, packs, output, signal);
    const described =
      kind === 'whole'
        ? await this.#repacking.whole(copy, output, signal)
        : await this.#repacking.merge(copy, packs, output, signal);
    if (kind === 'whole' && !described.files.includes('bitmap')) this.#withoutBitmap.add(copy.repositoryId);
    const searched = packs.reduce((sum, { searchedObjects }) => sum + searchedObjects, 0);
    return { ...described, searchedObjects: Math.min(searched, described.objectCount) };
  }

  /** One pack of everything, smaller by deltas that are searched anew, unless that gains little or must wait. */
  async #search(
    copy: WorkingCopy,
    packs: readonly ListedPack[],
    output: string,
    signal: AbortSignal,
  ): Promise<NewPack | Exclude<Outcome, 'changed'>> {
    const { repositoryId } = copy;
    const givingWay = new AbortController();
    const check = setInterval(() => {
      this.#isPressing(repositoryId).then(
        (isPressing) => isPressing && givingWay.abort(),
        // The database is asked again.
        () => {},
      );
    }, PRESSING_CHECK_MS).unref();
    try {
      const described = await this.#repacking.whole(copy, output, AbortSignal.any([signal, givingWay.signal]), {
        searchDeltas: true,
      });
      const pack = { ...described, searchedObjects: described.objectCount };
      const before = packs.reduce((sum, { bytes }) => sum + bytes, 0);
      if (listedPack(pack).bytes <= before * WORTHWHILE_SHARE) return pack;
    } catch (error) {
      if (givingWay.signal.aborted && !signal.aborted) {
        this.#searchNotBefore.set(repositoryId, Date.now() + SEARCH_RETRY_MS);
        return 'gave way';
      }
      if (!(error instanceof GitProcessError) || signal.aborted) throw error;
      this.#options.onWarning(`The packs of repository ${repositoryId} could not be made smaller`, error);
    } finally {
      clearInterval(check);
    }
    await this.#countAsSearched(packs);
    return 'unchanged';
  }

  /** Whether pushes have made so many packs that a compaction should not wait. */
  async #isPressing(repositoryId: string): Promise<boolean> {
    const { database, limits } = this.#options;
    return planCompaction(await listPacks(database, repositoryId), 'push', limits.packsBeforeCompaction) !== undefined;
  }

  /** So that the search is not repeated before much has changed. */
  async #countAsSearched(packs: readonly ListedPack[]): Promise<void> {
    await this.#options.database
      .updateTable('packs')
      .set((expression) => ({ searched_objects: expression.ref('object_count') }))
      .where(
        'pack_id',
        'in',
        packs.map(({ packId }) => packId),
      )
      .execute();
  }

  /** Git fills the storage that requests need too, before it says that it is full. */
  async #requireRoom(packs: readonly ListedPack[]): Promise<void> {
    const { bavail, bsize } = await statfs(this.#options.folder.path);
    const bytes = packs.reduce((sum, pack) => sum + pack.bytes, 0);
    if (bytes > bavail * bsize) {
      throw new Error(`It takes ${bytes} bytes of the storage of working copies, which has ${bavail * bsize} left`);
    }
  }

  async #swap(
    handle: RepositoryHandle,
    pack: NewPack,
    merged: readonly ListedPack[],
    output: string,
    lease: Lease,
    signal: AbortSignal,
  ): Promise<void> {
    const { database, storage, copies } = this.#options;
    const { repositoryId } = handle;
    const files = ['pack', ...pack.files] as PackFile[];
    const listed = listedPack(pack);
    await openIntent(database, { blobId: pack.packId, repositoryId, kind: 'pack' });
    try {
      for (const kind of files) {
        const file = join(output, `pack-${pack.checksum}.${kind}`);
        await storage.store(handle, pack.packId, kind, file, signal);
      }
      signal.throwIfAborted();
      // Before the swap, so that the next use need not decrypt what is here.
      await copies.change(repositoryId, async (copy) => {
        if (copy === lease.copy) await copy.adopt(listed, output);
      });
      await database.transaction().execute(async (transaction) => {
        await raiseGeneration(transaction, repositoryId, undefined);
        const { numUpdatedRows } = await transaction
          .updateTable('packs')
          .set({ dropped_at: databaseTime(transaction) })
          .where(
            'pack_id',
            'in',
            merged.map(({ packId }) => packId),
          )
          .where('dropped_at', 'is', null)
          .executeTakeFirstOrThrow();
        if (Number(numUpdatedRows) !== merged.length) throw new PacksChangedError();
        await insertPack(transaction, repositoryId, pack, 'compacted');
      });
    } catch (error) {
      copies.forget(repositoryId);
      // Otherwise the transaction may have been committed unheard; what is not needed is collected as garbage.
      if (error instanceof PacksChangedError) {
        await storage.remove(repositoryId, pack.packId, files);
        await dropIntent(database, pack.packId);
      }
      throw error;
    }
  }
}

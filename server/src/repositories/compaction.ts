import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../storage/database/database.ts';
import { type Occasion, planCompaction } from './compaction-plan.ts';
import type { Git } from './git-process.ts';
import type { RepositoryLimits } from './limits.ts';
import { LeaseLostError, type MaintenanceLeases } from './maintenance-leases.ts';
import type { NodeFolder } from './node-folder.ts';
import { PackIndex } from './pack-index.ts';
import type { PackFile, PackStorage } from './pack-storage.ts';
import { insertPack, type NewPack, type ReferenceStore, raiseGeneration } from './reference-store.ts';
import type { RepositoryHandle } from './repository.ts';
import { RepositoryNotFoundError } from './repository-errors.ts';
import type { Lease, WorkingCopies } from './working-copies.ts';
import { type ListedPack, listedPack, listPacks, WorkingCopy } from './working-copy.ts';

/** After a failure, so that not every push tries again. */
const RETRY_MS = 10 * 60 * 1000;
/** One thread: requests go first. */
const PACKING = ['-c', 'pack.writeReverseIndex=true', '-c', 'pack.threads=1'];

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
  readonly #running = new Map<string, Promise<boolean | undefined>>();
  /** Those that git makes no bitmap for, having no commits. */
  readonly #withoutBitmap = new Set<string>();
  readonly #notBefore = new Map<string, number>();
  readonly #abort = new AbortController();

  constructor(options: CompactionOptions) {
    this.#options = options;
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
    return planCompaction(await listPacks(database, repositoryId), occasion, limits.packsBeforeCompaction);
  }

  async #compactAll(handle: RepositoryHandle, occasion: Occasion, signal: AbortSignal): Promise<boolean> {
    let done = false;
    // What came in meanwhile may call for more; by hand, pushes must not keep it going for ever.
    while ((occasion !== 'by hand' || !done) && (await this.#compactOnce(handle, occasion, signal))) done = true;
    if (done) {
      await this.#options.onCompacted(handle, signal).catch((error: unknown) => {
        if (!signal.aborted)
          this.#options.onWarning(`Repository ${handle.repositoryId} could not be made ready for clones`, error);
      });
    }
    return done;
  }

  async #compactOnce(handle: RepositoryHandle, occasion: Occasion, signal: AbortSignal): Promise<boolean> {
    const { store, copies, folder } = this.#options;
    const { repositoryId } = handle;
    if ((await this.#plan(repositoryId, occasion)) === undefined) return false;
    const snapshot = await store.snapshot(repositoryId);
    const staging = folder.folderOf('maintenance');
    const lease = await copies.lease(handle, snapshot, 'packs and references');
    try {
      // Again, and by the database: the working copy may have brought less, and names packs by their content alone.
      const plan = await this.#plan(repositoryId, occasion);
      if (plan === undefined) return false;
      const here = new Set(lease.copy.packs.map(({ checksum }) => checksum));
      const packs = plan.packs.filter(({ checksum }) => here.has(checksum));
      if (packs.length === 0) return false;
      await this.#requireRoom(packs);
      // Links of its own: the working copy may change meanwhile.
      const copy = await WorkingCopy.make(repositoryId, staging);
      await copy.linkPacks(lease.copy, plan.whole ? packs : lease.copy.packs);
      await copy.bringReferences(snapshot);
      const output = join(staging, 'output');
      await mkdir(output);
      const pack = plan.whole
        ? await this.#repackWhole(copy, output, signal)
        : await this.#merge(copy, packs, output, signal);
      if (plan.whole && !pack.files.includes('bitmap')) this.#withoutBitmap.add(repositoryId);
      await this.#swap(handle, pack, packs, output, lease, signal);
    } finally {
      lease.release();
      await rm(staging, { recursive: true, force: true });
    }
    // Now, and not at the expense of the next request, the working copy lets go of what has left the list.
    (await copies.lease(handle, await store.snapshot(repositoryId), 'packs and references')).release();
    return true;
  }

  /** Git fills the storage that requests need too, before it says that it is full. */
  async #requireRoom(packs: readonly ListedPack[]): Promise<void> {
    const { bavail, bsize } = await statfs(this.#options.folder.path);
    const bytes = packs.reduce((sum, pack) => sum + pack.bytes, 0);
    if (bytes > bavail * bsize) {
      throw new Error(`It takes ${bytes} bytes of the storage of working copies, which has ${bavail * bsize} left`);
    }
  }

  /** One pack of everything, with what makes clones fast: a bitmap and the graph of commits. */
  async #repackWhole(copy: WorkingCopy, output: string, signal: AbortSignal): Promise<NewPack> {
    await this.#run(copy, [...PACKING, 'repack', '-a', '-d', '-k', '-b', '-q'], signal);
    await this.#run(copy, ['commit-graph', 'write', '--reachable', '--no-progress'], signal);
    const folder = join(copy.objectsFolder, 'pack');
    for (const name of await readdir(folder)) await rename(join(folder, name), join(output, name));
    const checksum = await checksumOf(output);
    try {
      await rename(join(copy.objectsFolder, 'info', 'commit-graph'), join(output, `pack-${checksum}.graph`));
    } catch (error) {
      // There is none without commits that a reference reaches.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
    return describe(output, checksum);
  }

  async #merge(
    copy: WorkingCopy,
    merged: readonly ListedPack[],
    output: string,
    signal: AbortSignal,
  ): Promise<NewPack> {
    await this.#run(
      copy,
      [...PACKING, 'pack-objects', '-q', '--stdin-packs', '--delta-base-offset', '--non-empty', join(output, 'pack')],
      signal,
      merged.map(({ checksum }) => `pack-${checksum}.pack\n`).join(''),
    );
    return describe(output, await checksumOf(output));
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
    const listed = listedPack(pack.packId, pack.checksum, pack.files.join(','), pack.objectCount, pack.size);
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
          .set({ dropped_at: Date.now() })
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
      if (error instanceof PacksChangedError) await storage.remove(repositoryId, pack.packId, files);
      throw error;
    }
  }

  async #run(copy: WorkingCopy, args: readonly string[], signal: AbortSignal, input?: string): Promise<void> {
    await this.#options.git.run(
      {
        kind: 'maintain',
        repositoryId: copy.repositoryId,
        arguments: args,
        directory: copy.directory,
        signal,
      },
      input,
    );
  }
}

async function checksumOf(output: string): Promise<string> {
  const names = await readdir(output);
  const checksum = names.map((name) => /^pack-([0-9a-f]{40})\.pack$/.exec(name)?.[1]).find((sum) => sum !== undefined);
  if (checksum === undefined) throw new Error(`No pack was made, but: ${names.join(', ')}`);
  return checksum;
}

async function describe(output: string, checksum: string): Promise<NewPack> {
  const packFile = join(output, `pack-${checksum}.pack`);
  const index = await PackIndex.open(packFile);
  const { objectCount } = index;
  await index.close();
  const files = (await readdir(output))
    .filter((name) => name.startsWith(`pack-${checksum}.`))
    .map((name) => name.slice(name.lastIndexOf('.') + 1))
    .filter((kind) => kind !== 'pack');
  return { packId: randomUUID(), checksum, files, objectCount, size: (await stat(packFile)).size };
}

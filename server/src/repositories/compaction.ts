import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../storage/database/database.ts';
import type { Git } from './git-process.ts';
import type { RepositoryLimits } from './limits.ts';
import type { NodeFolder } from './node-folder.ts';
import { PackIndex } from './pack-index.ts';
import type { PackFile, PackStorage } from './pack-storage.ts';
import { insertPack, type NewPack, type ReferenceStore, raiseGeneration } from './reference-store.ts';
import type { RepositoryHandle } from './repository.ts';
import type { Lease, WorkingCopies } from './working-copies.ts';
import { type ListedPack, listedPack, WorkingCopy } from './working-copy.ts';

/** A pack stays while the smaller ones together have less than 1 / this of its objects. */
const GEOMETRIC_FACTOR = 2;
/** After a failure, so that not every push tries again. */
const RETRY_MS = 10 * 60 * 1000;

interface CompactionOptions {
  readonly database: Database;
  readonly git: Git;
  readonly store: ReferenceStore;
  readonly storage: PackStorage;
  readonly copies: WorkingCopies;
  readonly folder: NodeFolder;
  readonly limits: RepositoryLimits;
  readonly onWarning: (message: string, error?: unknown) => void;
}

/** Another node has changed the packs meanwhile. */
class PacksChangedError extends Error {}

/**
 * Makes few packs of many, in the background. Objects that no reference reaches stay: what is stored stays whole, and
 * commits without a reference can be fetched by id.
 */
export class Compaction {
  readonly #options: CompactionOptions;
  readonly #running = new Map<string, Promise<void>>();
  readonly #notBefore = new Map<string, number>();
  readonly #abort = new AbortController();

  constructor(options: CompactionOptions) {
    this.#options = options;
  }

  /** Starts a compaction in the background when the repository has enough packs for one. */
  consider(handle: RepositoryHandle): void {
    const { repositoryId } = handle;
    const { copies, limits, onWarning } = this.#options;
    if (this.#abort.signal.aborted || this.#running.has(repositoryId)) return;
    if (copies.packCount(repositoryId) < limits.packsBeforeCompaction) return;
    if ((this.#notBefore.get(repositoryId) ?? 0) > Date.now()) return;
    const running = this.compact(handle)
      .catch((error: unknown) => {
        if (error instanceof PacksChangedError || this.#abort.signal.aborted) return;
        this.#notBefore.set(repositoryId, Date.now() + RETRY_MS);
        onWarning(`Repository ${repositoryId} could not be compacted`, error);
      })
      .finally(() => this.#running.delete(repositoryId));
    this.#running.set(repositoryId, running);
  }

  /** Waits for what runs. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async close(): Promise<void> {
    this.#abort.abort(new Error('Codekeep is stopping'));
    await this.settled();
  }

  /** Merges the packs that are small beside the others; resolves when the new list of packs is in force. */
  async compact(handle: RepositoryHandle): Promise<void> {
    const { store, copies, folder } = this.#options;
    const snapshot = await store.snapshot(handle.repositoryId);
    const staging = folder.folderOf('maintenance');
    const lease = await copies.lease(handle, snapshot, 'packs and references');
    try {
      const packs = lease.copy.packs;
      const merged = packsToMerge(packs);
      if (merged.length < 2) return;
      // Links of its own: the working copy may change meanwhile.
      const copy = await WorkingCopy.make(handle.repositoryId, staging);
      await copy.linkPacks(lease.copy, packs);
      await copy.bringReferences(snapshot);
      const whole = merged.length === packs.length;
      const output = join(staging, 'output');
      await mkdir(output);
      const pack = whole ? await this.#repackWhole(copy, output) : await this.#merge(copy, merged, output);
      await this.#swap(handle, pack, merged, output, lease);
    } finally {
      lease.release();
      await rm(staging, { recursive: true, force: true });
    }
  }

  /** One pack of everything, with what makes clones fast: a bitmap and the graph of commits. */
  async #repackWhole(copy: WorkingCopy, output: string): Promise<NewPack> {
    await this.#run(copy, ['-c', 'pack.writeReverseIndex=true', 'repack', '-a', '-d', '-k', '-b', '-q']);
    await this.#run(copy, ['commit-graph', 'write', '--reachable', '--no-progress']);
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

  async #merge(copy: WorkingCopy, merged: readonly ListedPack[], output: string): Promise<NewPack> {
    await this.#run(
      copy,
      [
        '-c',
        'pack.writeReverseIndex=true',
        'pack-objects',
        '-q',
        '--stdin-packs',
        '--delta-base-offset',
        '--non-empty',
        join(output, 'pack'),
      ],
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
  ): Promise<void> {
    const { database, storage, copies } = this.#options;
    const { repositoryId } = handle;
    const files = ['pack', ...pack.files] as PackFile[];
    const listed = listedPack(pack.packId, pack.checksum, pack.files.join(','), pack.objectCount, pack.size);
    try {
      for (const kind of files) {
        const file = join(output, `pack-${pack.checksum}.${kind}`);
        await storage.store(handle, pack.packId, kind, file, this.#abort.signal);
      }
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

  async #run(copy: WorkingCopy, args: readonly string[], input?: string): Promise<void> {
    await this.#options.git.run(
      {
        kind: 'maintain',
        repositoryId: copy.repositoryId,
        arguments: args,
        directory: copy.directory,
        signal: this.#abort.signal,
      },
      input,
    );
  }
}

/**
 * The packs to merge so that sizes grow geometrically, smallest first; all of them when that moves half of all objects
 * anyway.
 */
export function packsToMerge<Pack extends { readonly objectCount: number }>(packs: readonly Pack[]): readonly Pack[] {
  const sorted = [...packs].sort((a, b) => a.objectCount - b.objectCount);
  const count = (index: number) => sorted[index]?.objectCount ?? 0;
  let split = sorted.length - 1;
  while (split > 0 && count(split) >= GEOMETRIC_FACTOR * count(split - 1)) split--;
  if (split > 0) split++;
  let total = 0;
  for (let index = 0; index < split; index++) total += count(index);
  while (split > 0 && split < sorted.length && count(split) < GEOMETRIC_FACTOR * total) total += count(split++);
  const all = sorted.reduce((sum, { objectCount }) => sum + objectCount, 0);
  return total * 2 >= all && split > 0 ? sorted : sorted.slice(0, split);
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

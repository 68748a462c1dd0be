import { randomUUID } from 'node:crypto';
import { readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Git } from './git-process.ts';
import { PackIndex } from './pack-index.ts';
import type { ProcessKind } from './process-turns.ts';
import type { NewPack } from './reference-store.ts';
import type { ListedPack, WorkingCopy } from './working-copy.ts';

/** One thread: requests go first. */
const PACKING = ['-c', 'pack.writeReverseIndex=true', '-c', 'pack.threads=1'];
/** A search compares each object with ten others, which git holds in memory. */
const SEARCHING = ['-c', 'pack.windowMemory=512m', '-c', 'core.bigFileThreshold=128m'];

/** What a pack is, but for what is known of its deltas. */
type DescribedPack = Omit<NewPack, 'searchedObjects'>;

/** Makes one pack of many on a working copy that nobody else uses, and moves its files into a folder. */
export class Repacking {
  readonly #git: Git;

  constructor(git: Git) {
    this.#git = git;
  }

  /**
   * One pack of everything, with what makes clones fast: a bitmap and the graph of commits.
   *
   * @param options `searchDeltas`: instead of taking over those of the packs
   */
  async whole(
    copy: WorkingCopy,
    output: string,
    signal: AbortSignal,
    { searchDeltas = false } = {},
  ): Promise<DescribedPack> {
    const [kind, configuration, options] = searchDeltas
      ? (['search', [...PACKING, ...SEARCHING], ['-f']] as const)
      : (['maintain', PACKING, []] as const);
    await this.#run(copy, [...configuration, 'repack', '-a', '-d', '-k', '-b', '-q', ...options], signal, { kind });
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

  /** One more pack, of the objects of some. */
  async merge(
    copy: WorkingCopy,
    merged: readonly ListedPack[],
    output: string,
    signal: AbortSignal,
  ): Promise<DescribedPack> {
    await this.#run(
      copy,
      [...PACKING, 'pack-objects', '-q', '--stdin-packs', '--delta-base-offset', '--non-empty', join(output, 'pack')],
      signal,
      { input: merged.map(({ checksum }) => `pack-${checksum}.pack\n`).join('') },
    );
    return describe(output, await checksumOf(output));
  }

  async #run(
    copy: WorkingCopy,
    args: readonly string[],
    signal: AbortSignal,
    { kind = 'maintain', input }: { kind?: ProcessKind; input?: string } = {},
  ): Promise<void> {
    await this.#git.run(
      {
        kind,
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

async function describe(output: string, checksum: string): Promise<DescribedPack> {
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

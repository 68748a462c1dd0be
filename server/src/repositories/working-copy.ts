import { link, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../storage/database/database.ts';
import { initialiseBareRepository, writeHead, writePackedReferences } from './bare-repository.ts';
import type { PackFile, PackStorage } from './pack-storage.ts';
import type { SortedReferences } from './reference-snapshot.ts';
import type { NewPack } from './reference-store.ts';
import type { RepositoryHandle } from './repository.ts';

const HYDRATED_AT_ONCE = 4;
/** Of an index and a reverse index, for each object. */
const INDEX_BYTES_PER_OBJECT = 40;

/** A pack in the repository's list. */
export interface ListedPack {
  readonly packId: string;
  readonly checksum: string;
  readonly files: readonly PackFile[];
  readonly objectCount: number;
  readonly searchedObjects: number;
  readonly bytes: number;
}

/** A bare repository on memory-backed storage that git runs on: a cache of what the stores hold. */
export class WorkingCopy {
  readonly repositoryId: string;
  readonly directory: string;
  /** Git's names of the packs that are here. */
  readonly #packs = new Map<string, ListedPack>();
  #packsGeneration = -1;
  #written: SortedReferences | undefined;
  users = 0;
  lastUsedAt = Date.now();
  /** No new use may begin; the folder goes with the last user. */
  retired = false;

  private constructor(repositoryId: string, directory: string) {
    this.repositoryId = repositoryId;
    this.directory = directory;
  }

  static async make(repositoryId: string, directory: string): Promise<WorkingCopy> {
    await mkdir(directory, { mode: 0o700 });
    await initialiseBareRepository(directory);
    return new WorkingCopy(repositoryId, directory);
  }

  get bytes(): number {
    let bytes = 0;
    for (const pack of this.#packs.values()) bytes += pack.bytes;
    return bytes;
  }

  get packs(): readonly ListedPack[] {
    return [...this.#packs.values()];
  }

  get objectsFolder(): string {
    return join(this.directory, 'objects');
  }

  hasPacksOf(snapshot: SortedReferences): boolean {
    return this.#packsGeneration >= snapshot.generation;
  }

  hasReferencesOf(snapshot: SortedReferences): boolean {
    const written = this.#written;
    if (written === undefined || written === snapshot) return written !== undefined;
    // What is newer is as true.
    return written.generation > snapshot.generation;
  }

  /** The bytes that {@link bringPacks} would add. */
  missingBytes(listed: readonly ListedPack[]): number {
    return listed.filter((pack) => this.#lacks(pack)).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** True when packs are here that have left the list: git must not find them, nor lose them while it reads. */
  hasUnlisted(listed: readonly ListedPack[]): boolean {
    const checksums = new Set(listed.map(({ checksum }) => checksum));
    return [...this.#packs.keys()].some((checksum) => !checksums.has(checksum));
  }

  /** Takes over, as links, those of `other`'s packs that are listed. */
  async linkPacks(other: WorkingCopy, listed: readonly ListedPack[]): Promise<void> {
    for (const pack of listed) {
      const present = other.#packs.get(pack.checksum);
      if (present === undefined || this.#packs.has(pack.checksum)) continue;
      for (const kind of indexLast(present.files)) {
        await link(other.#fileOf(pack.checksum, kind), this.#fileOf(pack.checksum, kind));
      }
      this.#packs.set(pack.checksum, present);
    }
  }

  /** Decrypts what is missing of the listed packs, which were read at `generation` or later. */
  async bringPacks(
    handle: RepositoryHandle,
    storage: PackStorage,
    listed: readonly ListedPack[],
    generation: number,
  ): Promise<void> {
    const missing = listed.filter((pack) => this.#lacks(pack));
    const bring = async () => {
      for (let pack = missing.pop(); pack !== undefined; pack = missing.pop()) {
        const { packId, checksum, bytes } = pack;
        const blobs = this.#missingFiles(pack).map((kind) => ({ kind, file: this.#fileOf(checksum, kind) }));
        await storage.fetch(handle, packId, blobs, bytes);
        this.#packs.set(pack.checksum, pack);
      }
    };
    await Promise.all(Array.from({ length: HYDRATED_AT_ONCE }, bring));
    this.#packsGeneration = Math.max(this.#packsGeneration, generation);
  }

  async bringReferences(snapshot: SortedReferences): Promise<void> {
    await writePackedReferences(this.directory, snapshot.inByteOrder);
    if (this.#written?.defaultBranch !== snapshot.defaultBranch)
      await writeHead(this.directory, snapshot.defaultBranch);
    this.#written = snapshot;
  }

  /** Moves in the files of a pack that has just been made, instead of decrypting them again. */
  async adopt(pack: ListedPack, folder: string): Promise<void> {
    if (!this.#lacks(pack)) return;
    for (const kind of this.#missingFiles(pack)) {
      await rename(join(folder, `pack-${pack.checksum}.${kind}`), this.#fileOf(pack.checksum, kind));
    }
    this.#packs.set(pack.checksum, pack);
  }

  /** Says that `snapshot` came right after what is here and brought no pack that is not here. */
  packsUnchangedBy(snapshot: SortedReferences): void {
    if (this.#packsGeneration === snapshot.generation - 1) this.#packsGeneration = snapshot.generation;
  }

  /** Compaction may give a pack that is here a bitmap: then the same pack is listed with more files. */
  #lacks(pack: ListedPack): boolean {
    return this.#missingFiles(pack).length > 0;
  }

  #missingFiles({ checksum, files }: ListedPack): PackFile[] {
    const present = this.#packs.get(checksum)?.files ?? [];
    return indexLast(files.filter((kind) => !present.includes(kind)));
  }

  get #packFolder(): string {
    return join(this.objectsFolder, 'pack');
  }

  #fileOf(checksum: string, kind: PackFile): string {
    if (kind === 'graph') return join(this.objectsFolder, 'info', 'commit-graph');
    return join(this.#packFolder, `pack-${checksum}.${kind}`);
  }
}

/** Git takes a pack into use when it sees the index: everything else must be there by then. */
function indexLast<T extends string>(names: readonly T[]): T[] {
  return [...names].sort((a, b) => Number(a.endsWith('idx')) - Number(b.endsWith('idx')));
}

export async function listPacks(database: Database, repositoryId: string): Promise<ListedPack[]> {
  const rows = await database
    .selectFrom('packs')
    .select(['pack_id', 'checksum', 'files', 'object_count', 'searched_objects', 'size'])
    .where('repository_id', '=', repositoryId)
    .where('dropped_at', 'is', null)
    .orderBy('created_at')
    .execute();
  return rows.map((row) =>
    listedPack({
      packId: row.pack_id,
      checksum: row.checksum,
      files: row.files.split(','),
      objectCount: row.object_count,
      searchedObjects: row.searched_objects,
      size: row.size,
    }),
  );
}

export function listedPack({ size, files, ...pack }: NewPack): ListedPack {
  return {
    ...pack,
    files: ['pack', ...(files as PackFile[])],
    bytes: size + pack.objectCount * INDEX_BYTES_PER_OBJECT,
  };
}

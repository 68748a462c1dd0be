import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packBlobName } from '../storage/blobs/blob-names.ts';
import { BlobNotFoundError } from '../storage/blobs/blob-store.ts';
import type { Database } from '../storage/database/database.ts';
import { SealedMessageError } from '../storage/encryption/messages.ts';
import { initialiseBareRepository, writeHead, writePackedReferences } from './bare-repository.ts';
import { type Git, GitProcessError } from './git-process.ts';
import type { NodeFolder } from './node-folder.ts';
import { PackIndex } from './pack-index.ts';
import type { PackFile, PackStorage } from './pack-storage.ts';
import { TOLERATED_DEFECTS } from './quarantine.ts';
import { BRANCH_PREFIX } from './reference-names.ts';
import type { SortedReferences } from './reference-snapshot.ts';
import type { ReferenceStore } from './reference-store.ts';
import type { RepositoryHandle } from './repository.ts';
import { type ListedPack, listPacks } from './working-copy.ts';

const CHECKSUM_BYTES = 20;
/** Of what git says, so that one lost pack does not bury everything else. */
const FAULTS_TOLD = 20;
const READ_ATTEMPTS = 5;

interface VerificationOptions {
  readonly database: Database;
  readonly git: Git;
  readonly store: ReferenceStore;
  readonly storage: PackStorage;
  readonly folder: NodeFolder;
}

interface CheckedPack {
  readonly faults: readonly string[];
  readonly isReadable: boolean;
}

/** Checks everything that is stored of a repository, from the stores alone: no working copy is believed. */
export class Verification {
  readonly #options: VerificationOptions;

  constructor(options: VerificationOptions) {
    this.#options = options;
  }

  /**
   * Decrypts every blob, compares every checksum, has git check every object and every link, and resolves every
   * reference. Changes nothing.
   *
   * @returns each fault in a sentence; none when the repository is whole
   */
  async verify(handle: RepositoryHandle): Promise<readonly string[]> {
    const { folder } = this.#options;
    const { packs, snapshot } = await this.#read(handle.repositoryId);
    const directory = folder.folderOf('maintenance');
    try {
      await mkdir(directory, { mode: 0o700 });
      await initialiseBareRepository(directory);
      const checked: CheckedPack[] = [];
      for (const pack of packs) checked.push(await this.#checkPack(handle, pack, directory));
      const faults = checked.flatMap((pack) => pack.faults);
      faults.push(...(await this.#checkReferences(handle.repositoryId, snapshot, directory)));
      // Without all packs git would tell of each object that is lost with them.
      if (checked.every(({ isReadable }) => isReadable))
        faults.push(...(await this.#checkObjects(handle.repositoryId, snapshot, directory)));
      return faults;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** Packs and references of one moment. */
  async #read(repositoryId: string) {
    const { store, database } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const snapshot = await store.snapshot(repositoryId);
      const packs = await listPacks(database, repositoryId);
      const after = await store.snapshot(repositoryId);
      if (after.generation === snapshot.generation || attempt === READ_ATTEMPTS) return { packs, snapshot };
    }
  }

  /** Leaves in `directory` what is sound, of a pack that git can read. */
  async #checkPack(handle: RepositoryHandle, pack: ListedPack, directory: string): Promise<CheckedPack> {
    const { storage } = this.#options;
    const { packId, checksum } = pack;
    const faults: string[] = [];
    const packFile = join(directory, 'objects', 'pack', `pack-${checksum}.pack`);
    const fileOf = (kind: PackFile) =>
      kind === 'graph' ? join(directory, 'objects', 'info', 'commit-graph') : packFile.replace(/pack$/, kind);
    let isReadable = true;
    for (const kind of pack.files) {
      const file = fileOf(kind);
      // The same content may be listed twice, as two clients may push the same pack.
      await rm(file, { force: true });
      try {
        await storage.fetch(handle, packId, [{ kind, file }], pack.bytes);
        if (await endsWithItsChecksum(file)) continue;
        faults.push(`${blobOf(handle, pack, kind)} has a wrong checksum`);
        await rm(file, { force: true });
      } catch (error) {
        faults.push(`${blobOf(handle, pack, kind)} ${whatIsWrong(error)}`);
      }
      if (kind === 'pack' || kind === 'idx') isReadable = false;
    }
    const differences = isReadable ? await comparePack(handle, pack, packFile) : [];
    if (!isReadable || differences.length > 0) {
      for (const kind of pack.files) await rm(fileOf(kind), { force: true });
    }
    return { faults: [...faults, ...differences], isReadable: isReadable && differences.length === 0 };
  }

  async #checkReferences(repositoryId: string, snapshot: SortedReferences, directory: string): Promise<string[]> {
    const { references, defaultBranch } = snapshot;
    const faults: string[] = [];
    if (defaultBranch !== null && snapshot.get(BRANCH_PREFIX + defaultBranch) === undefined) {
      faults.push(`the default branch ${defaultBranch} does not exist`);
    }
    const lines = references.length === 0 ? [] : await this.#objectTypes(repositoryId, references, directory);
    for (const [position, { name, objectId, peeledId }] of references.entries()) {
      const [own = '', peeled = ''] = lines.slice(position * 2, position * 2 + 2);
      const type = own.split(' ')[1];
      if (!own.startsWith(`${objectId} `) || type === 'missing' || peeled.endsWith(' missing')) {
        faults.push(`${name} is at ${objectId}, which is not stored`);
      } else if (name.startsWith(BRANCH_PREFIX) && type !== 'commit') {
        faults.push(`${name} is at ${objectId}, which is a ${type} and not a commit`);
      } else if ((type === 'tag' ? peeled.split(' ')[0] : null) !== peeledId) {
        faults.push(`${name} is listed as standing for ${peeledId}, but stands for ${peeled.split(' ')[0]}`);
      }
    }
    return faults;
  }

  /** Two lines a reference: what it is at, and what that peels to. */
  async #objectTypes(repositoryId: string, references: SortedReferences['references'], directory: string) {
    const output = await this.#git(
      repositoryId,
      directory,
      ['cat-file', '--batch-check'],
      references.map(({ objectId }) => `${objectId}\n${objectId}^{}\n`).join(''),
    );
    return output.split('\n');
  }

  async #checkObjects(repositoryId: string, snapshot: SortedReferences, directory: string): Promise<string[]> {
    await writePackedReferences(directory, snapshot.inByteOrder);
    await writeHead(directory, snapshot.defaultBranch);
    const tolerated = TOLERATED_DEFECTS.flatMap((defect) => ['-c', `fsck.${defect}=ignore`]);
    try {
      await this.#git(repositoryId, directory, [...tolerated, 'fsck', '--full', '--no-dangling', '--no-progress']);
      return [];
    } catch (error) {
      if (!(error instanceof GitProcessError) || error.status === null) throw error;
      const lines = error.stderr.split('\n').filter((line) => line !== '');
      const told = lines.slice(0, FAULTS_TOLD).map((line) => `git fsck: ${line}`);
      return told.length === 0 ? [error.message] : told;
    }
  }

  #git(repositoryId: string, directory: string, args: readonly string[], input?: string): Promise<string> {
    return this.#options.git.run({ kind: 'maintain', repositoryId, arguments: args, directory }, input);
  }
}

function blobOf({ repositoryId }: RepositoryHandle, { packId }: ListedPack, kind: PackFile): string {
  return `the blob ${packBlobName(repositoryId, packId, kind)}`;
}

function whatIsWrong(error: unknown): string {
  if (error instanceof BlobNotFoundError) return 'is missing';
  if (error instanceof SealedMessageError) return 'does not decrypt: it was altered or cut';
  return `cannot be read: ${(error as Error).message}`;
}

/** True of every file of a pack: https://git-scm.com/docs/gitformat-pack and gitformat-commit-graph, "TRAILER". */
async function endsWithItsChecksum(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if (size < CHECKSUM_BYTES) return false;
    const hash = createHash('sha1');
    const end = size - CHECKSUM_BYTES - 1;
    if (end >= 0) for await (const chunk of createReadStream(file, { end })) hash.update(chunk as Buffer);
    const { buffer } = await handle.read(Buffer.alloc(CHECKSUM_BYTES), 0, CHECKSUM_BYTES, size - CHECKSUM_BYTES);
    return hash.digest().equals(buffer);
  } finally {
    await handle.close();
  }
}

/** Whether the pack is the one that the database lists, and the index is that pack's. */
async function comparePack(handle: RepositoryHandle, pack: ListedPack, packFile: string): Promise<string[]> {
  const faults: string[] = [];
  const packSum = await bytesFromEnd(packFile, CHECKSUM_BYTES, CHECKSUM_BYTES);
  if (packSum !== pack.checksum) faults.push(`${blobOf(handle, pack, 'pack')} is not the pack that the database lists`);
  const indexed = await bytesFromEnd(packFile.replace(/\.pack$/, '.idx'), 2 * CHECKSUM_BYTES, CHECKSUM_BYTES);
  if (indexed !== pack.checksum) faults.push(`${blobOf(handle, pack, 'idx')} is the index of another pack`);
  if (faults.length > 0) return faults;
  const index = await PackIndex.open(packFile);
  const { objectCount } = index;
  await index.close();
  if (objectCount === pack.objectCount) return [];
  return [`${blobOf(handle, pack, 'idx')} has ${objectCount} objects, but the database lists ${pack.objectCount}`];
}

async function bytesFromEnd(file: string, fromEnd: number, length: number): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, Math.max(0, size - fromEnd));
    return buffer.toString('hex');
  } finally {
    await handle.close();
  }
}

import { Buffer } from 'node:buffer';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Git, type GitProcess, GitProcessError } from './git-process.ts';
import { PackIndex } from './pack-index.ts';
import type { ObjectInfo, ObjectType } from './repository.ts';
import { GitProtocolError } from './repository-errors.ts';
import type { WorkingCopy } from './working-copy.ts';

/**
 * Defects of old histories that harm nobody: who and when in odd form, and file modes with zeros in front. What could
 * deceive a checkout (.git in trees, unsorted or doubled entries, bad submodules) stays refused.
 */
export const TOLERATED_DEFECTS = [
  'badDate',
  'badDateOverflow',
  'badEmail',
  'badFilemode',
  'badName',
  'badTimezone',
  'missingEmail',
  'missingNameBeforeEmail',
  'missingSpaceBeforeDate',
  'missingSpaceBeforeEmail',
  'multipleAuthors',
  'zeroPaddedDate',
  'zeroPaddedFilemode',
];
const STRICT = `--strict=${TOLERATED_DEFECTS.map((defect) => `${defect}=ignore`).join(',')}`;
const PACK_HEADER_BYTES = 12;
const PACK_TRAILER_BYTES = 20;
/** Made free at once for what comes; the index of so much of a pack, and what others write meanwhile, fit in beside it. */
const ROOM_BYTES = 4 * 1024 * 1024;
/** What is kept beside a pack, as far as git makes it. */
const KEPT_KINDS = ['idx', 'rev'] as const;
/** A pack that announces so many objects is worth a reverse index in a file of its own. */
const REVERSE_INDEX_OBJECTS = 10_000;
/** From here resolving deltas takes long enough to tell of it. */
const PROGRESS_OBJECTS = 100;
/** Of a push, to tell whether it only adds. */
const COMMITS_LOOKED_AT = 50;
const EMPTY_PACK = Buffer.from('5041434b0000000200000000029d08823bd8a8eab510ad6ac75c823cfd3ed31e', 'hex');
const INFO_LINE = /^([0-9a-f]{40}) (commit|tree|blob|tag) \d+$/;

export interface ReceivedPack {
  readonly checksum: string;
  readonly files: readonly ('idx' | 'rev')[];
  readonly objectCount: number;
  readonly size: number;
}

interface ReceiveOptions {
  readonly signal: AbortSignal;
  readonly blobBytes: number;
  /** `content` goes on after the pack. */
  readonly endsWithPack: boolean;
  readonly progress: boolean;
  readonly onStderr: (chunk: Buffer) => void;
  /** Asked for the room that the next bytes take, before git gets them. */
  readonly freeRoom: (bytes: number) => Promise<void>;
}

/**
 * A pack that is being received, apart from everything that is stored: git sees the working copy's objects from here,
 * but nobody sees these. Gone with {@link remove}, whatever happened.
 *
 * Why no object needs a walk: `index-pack --strict` refuses a pack with a link to an object that is neither in the pack
 * nor stored, and every stored object's closure is stored, because packs came in by this door alone and compaction
 * keeps every object. So a tip that exists is whole.
 */
export class Quarantine {
  readonly #git: Git;
  readonly #copy: WorkingCopy;
  readonly #folder: string;

  private constructor(git: Git, copy: WorkingCopy, folder: string) {
    this.#git = git;
    this.#copy = copy;
    this.#folder = folder;
  }

  static async make(git: Git, copy: WorkingCopy, folder: string): Promise<Quarantine> {
    await mkdir(folder, { mode: 0o700 });
    await mkdir(join(folder, 'pack'), { mode: 0o700 });
    return new Quarantine(git, copy, folder);
  }

  get packFolder(): string {
    return join(this.#folder, 'pack');
  }

  /** Path of a file of a received pack. */
  fileOf(pack: ReceivedPack, kind: string): string {
    return join(this.packFolder, `pack-${pack.checksum}.${kind}`);
  }

  /**
   * Reads a pack to its end and checks it; undefined for an empty one. Throws {@link GitProcessError} or
   * {@link GitProtocolError} when it is not acceptable: then too `content` has been read to its end, unless it has none.
   */
  async receive(
    content: AsyncIterable<Uint8Array>,
    header: Buffer,
    options: ReceiveOptions,
  ): Promise<ReceivedPack | undefined> {
    const objectCount = objectCountOf(header);
    if (objectCount === 0) {
      await readEmptyPack(content, options.endsWithPack);
      return undefined;
    }
    const indexPack = await this.#git.start({
      kind: 'receive',
      repositoryId: this.#copy.repositoryId,
      arguments: [
        'index-pack',
        '--stdin',
        '--fix-thin',
        STRICT,
        objectCount >= REVERSE_INDEX_OBJECTS ? '--rev-index' : '--no-rev-index',
        ...(options.progress && objectCount >= PROGRESS_OBJECTS ? ['--show-resolving-progress'] : []),
      ],
      directory: this.#copy.directory,
      environment: this.#environment,
      signal: options.signal,
      onStderr: options.onStderr,
    });
    try {
      const checksum = await feed(indexPack, withRoom(content, options.freeRoom), options.endsWithPack);
      return await this.#describe(checksum, options.blobBytes);
    } finally {
      indexPack.kill();
    }
  }

  /**
   * What tips are: each id's own type, and what it stands for after peeling. Ids that are nowhere are not in the
   * result.
   */
  async peel(pack: ReceivedPack, objectIds: readonly string[]): Promise<ReadonlyMap<string, ObjectInfo>> {
    const peeled = new Map<string, ObjectInfo>();
    const tags: string[] = [];
    const index = await PackIndex.open(this.fileOf(pack, 'pack'));
    try {
      for (const objectId of objectIds) {
        const type = await index.typeOf(objectId);
        if (type === 'tag') tags.push(objectId);
        else if (type !== undefined) peeled.set(objectId, { objectId, type });
      }
    } finally {
      await index.close();
    }
    if (tags.length === 0) return peeled;
    const output = await this.#git.run(
      {
        kind: 'inspect',
        repositoryId: this.#copy.repositoryId,
        arguments: ['cat-file', '--batch-check'],
        directory: this.#copy.directory,
        environment: this.#environment,
      },
      tags.map((tag) => `${tag}^{}\n`).join(''),
    );
    for (const [position, line] of output.trimEnd().split('\n').entries()) {
      const tag = tags[position];
      const [, objectId, type] = INFO_LINE.exec(line) ?? [];
      if (tag !== undefined && objectId !== undefined) peeled.set(tag, { objectId, type: type as ObjectType });
    }
    return peeled;
  }

  /**
   * Whether a commit has another among its ancestors. The commits of a push that only adds are all in its pack, so git is
   * asked only where that does not tell.
   */
  async isDescendant(pack: ReceivedPack | undefined, commitId: string, ancestorId: string): Promise<boolean> {
    if (pack !== undefined && (await this.#isAmongParents(pack, commitId, ancestorId))) return true;
    try {
      await this.#git.run({
        kind: 'inspect',
        repositoryId: this.#copy.repositoryId,
        arguments: ['merge-base', '--is-ancestor', ancestorId, commitId],
        directory: this.#copy.directory,
        environment: this.#environment,
      });
      return true;
    } catch (error) {
      if (error instanceof GitProcessError && error.status !== null) return false;
      throw error;
    }
  }

  async #isAmongParents(pack: ReceivedPack, commitId: string, ancestorId: string): Promise<boolean> {
    const index = await PackIndex.open(this.fileOf(pack, 'pack'));
    try {
      const known = new Set([commitId]);
      for (const each of known) {
        if (known.has(ancestorId)) return true;
        if (known.size > COMMITS_LOOKED_AT) return false;
        for (const parent of (await index.parentsOf(each)) ?? []) known.add(parent);
      }
      return known.has(ancestorId);
    } finally {
      await index.close();
    }
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #environment(): Record<string, string> {
    return { GIT_OBJECT_DIRECTORY: this.#folder, GIT_ALTERNATE_OBJECT_DIRECTORIES: this.#copy.objectsFolder };
  }

  async #describe(checksum: string, blobBytes: number): Promise<ReceivedPack> {
    const packFile = join(this.packFolder, `pack-${checksum}.pack`);
    const { size } = await stat(packFile);
    const index = await PackIndex.open(packFile);
    try {
      if (await index.hasObjectAbove(blobBytes)) {
        throw new GitProtocolError(`a file is larger than the limit of ${blobBytes} bytes`);
      }
      // By what git made: the pack announces fewer objects than it has once the bases of a thin one are added.
      const made = new Set(await readdir(this.packFolder));
      const files = KEPT_KINDS.filter((kind) => made.has(`pack-${checksum}.${kind}`));
      return { checksum, files, objectCount: index.objectCount, size };
    } finally {
      await index.close();
    }
  }
}

/** Asks for room by and by: nobody knows how long a pack will be. */
async function* withRoom(
  content: AsyncIterable<Uint8Array>,
  freeRoom: ReceiveOptions['freeRoom'],
): AsyncGenerator<Uint8Array> {
  let room = 0;
  for await (const chunk of content) {
    room -= chunk.length;
    if (room < 0) {
      await freeRoom(ROOM_BYTES + chunk.length);
      room = ROOM_BYTES;
    }
    yield chunk;
  }
}

/** Gives git the pack; when git has had enough, reads on to the end, if there is one, so that the client gets to the report. */
async function feed(indexPack: GitProcess, content: AsyncIterable<Uint8Array>, endsWithPack: boolean): Promise<string> {
  let output = '';
  indexPack.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  let ended = false;
  const end = indexPack.done.then(
    () => undefined,
    (error: unknown) => error,
  );
  void end.then(() => {
    ended = true;
  });
  for await (const chunk of endsWithPack ? until(end, content) : content) {
    if (ended || indexPack.stdin.write(chunk)) continue;
    await Promise.race([end, new Promise((resolve) => indexPack.stdin.once('drain', resolve))]);
    indexPack.progressed();
  }
  indexPack.stdin.end();
  indexPack.progressed();
  const failure = await end;
  if (failure !== undefined) throw failure;
  const checksum = /^pack\t([0-9a-f]{40})$/m.exec(output)?.[1];
  if (checksum === undefined) throw new GitProcessError('index-pack', 0, `unexpected output: ${output}`);
  return checksum;
}

/** The number of objects that a pack announces: https://git-scm.com/docs/gitformat-pack */
function objectCountOf(header: Buffer): number {
  if (header.length < PACK_HEADER_BYTES || header.toString('latin1', 0, 4) !== 'PACK') {
    throw new GitProtocolError('expected a pack');
  }
  const version = header.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw new GitProtocolError(`pack version ${version} unsupported`);
  return header.readUInt32BE(8);
}

/** The chunks that come before something has happened; one that is awaited then is left to itself. */
async function* until(happened: Promise<unknown>, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  const stop = happened.then(() => undefined);
  for (;;) {
    const next = source.next();
    const result = await Promise.race([next, stop]);
    if (result === undefined) next.catch(() => {});
    if (result === undefined || result.done === true) return;
    yield result.value;
  }
}

async function readEmptyPack(content: AsyncIterable<Uint8Array>, endsWithPack: boolean): Promise<void> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of content) {
    length += chunk.length;
    if (length <= PACK_HEADER_BYTES + PACK_TRAILER_BYTES) chunks.push(chunk);
    if (endsWithPack && length >= PACK_HEADER_BYTES + PACK_TRAILER_BYTES) break;
  }
  if (!Buffer.concat(chunks).equals(EMPTY_PACK)) throw new GitProtocolError('a pack without objects is corrupt');
}

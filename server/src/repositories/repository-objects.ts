import type { Buffer } from 'node:buffer';
import { LRUCache } from 'lru-cache';
import { type CommitObject, parseCommit } from './commit-object.ts';
import type { RepositoryLimits } from './limits.ts';
import type { ObjectReaders } from './objects.ts';
import type { ReadingGit } from './reading-git.ts';
import type { SortedReferences } from './reference-snapshot.ts';
import type { ReferenceSnapshot, RepositoryHandle } from './repository.ts';
import { bytesOfPath, kindOf, MODES, parseTree, type TreeEntry } from './tree-object.ts';

/** CodeCommit's quota on the metadata of a commit, in bytes. */
const COMMIT_BYTES = 20 * 1024 * 1024;
/** Of one folder: several times what CodeCommit lets a commit of its API make. */
const TREE_BYTES = 32 * 1024 * 1024;
/** Blobs above this are read anew each time. */
const CACHED_BLOB_BYTES = 64 * 1024;
/** What an entry of a parsed tree takes in memory beyond its bytes, about. */
const ENTRY_BYTES = 120;

type Parsed = CommitObject | readonly TreeEntry[] | Buffer;

/** Objects by repository and id: they never change. */
export class ObjectCache {
  readonly #objects: LRUCache<string, { readonly value: Parsed; readonly bytes: number }>;

  constructor({ objectCacheBytes }: Pick<RepositoryLimits, 'objectCacheBytes'>) {
    this.#objects = new LRUCache({ maxSize: objectCacheBytes, sizeCalculation: ({ bytes }) => bytes });
  }

  get(repositoryId: string, kind: string, objectId: string): Parsed | undefined {
    return this.#objects.get(`${repositoryId} ${kind} ${objectId}`)?.value;
  }

  set(repositoryId: string, kind: string, objectId: string, value: Parsed, bytes: number): void {
    this.#objects.set(`${repositoryId} ${kind} ${objectId}`, { value, bytes: Math.max(1, bytes) });
  }

  forget(repositoryId: string): void {
    for (const key of this.#objects.keys()) if (key.startsWith(`${repositoryId} `)) this.#objects.delete(key);
  }
}

/** Where objects are read. */
interface Sources {
  readonly readers: ObjectReaders;
  readonly cache: ObjectCache;
  readonly git: ReadingGit;
}

/** The objects of a repository, seen from its references at one moment. Ids must be in lower case. */
export class RepositoryObjects {
  readonly references: ReferenceSnapshot;
  readonly #handle: RepositoryHandle;
  readonly #snapshot: SortedReferences;
  readonly #sources: Sources;

  constructor(handle: RepositoryHandle, snapshot: SortedReferences, sources: Sources) {
    this.references = snapshot;
    this.#handle = handle;
    this.#snapshot = snapshot;
    this.#sources = sources;
  }

  /** Undefined when there is no commit of that id. */
  async commit(commitId: string): Promise<CommitObject | undefined> {
    const parse = (content: Buffer) => ({ value: parseCommit(content), bytes: 2 * content.length });
    return (await this.#read('commit', commitId, COMMIT_BYTES, parse)) as CommitObject | undefined;
  }

  /** The entries of a folder; undefined when there is no tree of that id. */
  async tree(treeId: string): Promise<readonly TreeEntry[] | undefined> {
    const parse = (content: Buffer) => {
      const value = parseTree(content);
      return { value, bytes: content.length + ENTRY_BYTES * value.length };
    };
    return (await this.#read('tree', treeId, TREE_BYTES, parse)) as readonly TreeEntry[] | undefined;
  }

  /**
   * The content of a file; undefined when there is no blob of that id.
   *
   * @throws ObjectTooLargeError when it has more than `limit` bytes
   */
  async blob(blobId: string, limit: number): Promise<Buffer | undefined> {
    return (await this.#read('blob', blobId, limit, (value) => ({ value, bytes: value.length }))) as Buffer | undefined;
  }

  /**
   * Runs a git command that reads; objects that its arguments name must be stored.
   *
   * @returns what git wrote
   * @throws TooMuchWorkError when it takes too long, or is too much
   */
  git(args: readonly string[], path?: string): Promise<Buffer> {
    return this.#sources.git.run(this.#handle, this.#snapshot, args, path);
  }

  /** What a path names below a tree; the tree itself for an empty path, undefined for nothing. */
  async entryAt(treeId: string, path: string): Promise<TreeEntry | undefined> {
    let entry: TreeEntry | undefined = { mode: MODES.folder, name: '', objectId: treeId };
    if (path === '') return entry;
    for (const name of bytesOfPath(path).split('/')) {
      if (entry === undefined || kindOf(entry) !== 'folder') return undefined;
      entry = (await this.folder(entry.objectId)).find((candidate) => candidate.name === name);
    }
    return entry;
  }

  /** The entries of a tree that must be there: every stored object's closure is stored. */
  async folder(treeId: string): Promise<readonly TreeEntry[]> {
    const entries = await this.tree(treeId);
    if (entries === undefined) throw new Error(`Tree ${treeId} is missing`);
    return entries;
  }

  async #read(
    kind: 'commit' | 'tree' | 'blob',
    objectId: string,
    limit: number,
    parse: (content: Buffer) => { value: Parsed; bytes: number },
  ): Promise<Parsed | undefined> {
    const { repositoryId } = this.#handle;
    const cached = this.#sources.cache.get(repositoryId, kind, objectId);
    if (cached !== undefined) return cached;
    const stored = await this.#sources.readers.read(this.#handle, this.#snapshot, objectId, limit);
    if (stored?.type !== kind) return undefined;
    const { value, bytes } = parse(stored.content);
    if (kind !== 'blob' || bytes <= CACHED_BLOB_BYTES)
      this.#sources.cache.set(repositoryId, kind, objectId, value, bytes);
    return value;
  }
}

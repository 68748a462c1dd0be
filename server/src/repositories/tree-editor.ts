import { Buffer } from 'node:buffer';
import { type NewObject, newObject } from './pack-writer.ts';
import type { RepositoryObjects } from './repository-objects.ts';
import { bytesOfPath, formatTree, kindOf, MODES, type TreeEntry } from './tree-object.ts';

/** A path cannot be a file, because of what is there or on the way. */
export class PathConflictError extends Error {
  override readonly name = 'PathConflictError';
  readonly conflict: 'file on the way' | 'folder' | 'submodule';
  constructor(conflict: PathConflictError['conflict']) {
    super(`There is a ${conflict}`);
    this.conflict = conflict;
  }
}

/** Where the trees come from that are being changed. */
type StoredTrees = Pick<RepositoryObjects, 'folder'>;

/** A folder that has been looked into; its entries may have been changed. */
interface Folder {
  /** Absent when it is new. */
  readonly treeId: string | undefined;
  readonly entries: Map<string, Folder | TreeEntry>;
  changed: boolean;
  /** Stays even when nothing is left in it. */
  kept: boolean;
}

/** Git keeps no empty folders: where one is kept, this file keeps it. */
export const FOLDER_KEEPER = '.gitkeep';
const EMPTY_BLOB = newObject('blob', Buffer.alloc(0));

/** A tree that is being changed, file by file; only what is touched is read. Paths must have been checked. */
export class TreeEditor {
  readonly #objects: StoredTrees;
  readonly #root: Folder;

  private constructor(objects: StoredTrees, root: Folder) {
    this.#objects = objects;
    this.#root = root;
  }

  /** @param treeId absent: there is nothing yet */
  static async open(objects: StoredTrees, treeId: string | undefined): Promise<TreeEditor> {
    return new TreeEditor(objects, await openFolder(objects, treeId));
  }

  /** What is at a path now; undefined for a folder and for nothing. */
  async fileAt(path: string): Promise<TreeEntry | undefined> {
    const { folders, name } = split(path);
    let folder: Folder = this.#root;
    for (const step of folders) {
      const next = await this.#look(folder, step);
      if (next === undefined || !isFolder(next)) return undefined;
      folder = next;
    }
    const entry = await this.#look(folder, name);
    return entry === undefined || isFolder(entry) ? undefined : entry;
  }

  /**
   * Puts a file where a file or nothing is.
   *
   * @throws PathConflictError
   */
  async put(path: string, mode: string, objectId: string): Promise<void> {
    const { folders, name } = split(path);
    const way = [this.#root];
    for (const step of folders) {
      const folder = way.at(-1) ?? this.#root;
      let next = await this.#look(folder, step);
      if (next === undefined) {
        next = { treeId: undefined, entries: new Map(), changed: true, kept: false };
        folder.entries.set(step, next);
      }
      if (!isFolder(next)) throw new PathConflictError(kindOf(next) === 'submodule' ? 'submodule' : 'file on the way');
      way.push(next);
    }
    const folder = way.at(-1) ?? this.#root;
    const present = await this.#look(folder, name);
    if (present !== undefined && isFolder(present) && !isEmptied(present)) throw new PathConflictError('folder');
    if (present !== undefined && !isFolder(present) && kindOf(present) === 'submodule') {
      throw new PathConflictError('submodule');
    }
    folder.entries.set(name, { mode, name, objectId });
    for (const each of way) each.changed = true;
  }

  /** Removes a file that is there. @param keepFolder puts {@link FOLDER_KEEPER} into its folder if nothing else is left */
  async remove(path: string, keepFolder: boolean): Promise<void> {
    const { folders, name } = split(path);
    let folder: Folder = this.#root;
    folder.changed = true;
    for (const step of folders) {
      const next = await this.#look(folder, step);
      if (next === undefined || !isFolder(next)) return;
      folder = next;
      folder.changed = true;
    }
    folder.entries.delete(name);
    folder.kept ||= keepFolder && folder !== this.#root;
  }

  /** The new tree's id, and the objects that it is made of and that may not be stored. */
  write(): { readonly treeId: string; readonly objects: readonly NewObject[] } {
    const objects: NewObject[] = [];
    const written = writeFolder(this.#root, objects);
    if (written !== undefined) return { treeId: written, objects };
    const empty = newObject('tree', formatTree([]));
    return { treeId: empty.objectId, objects: [empty] };
  }

  async #look(folder: Folder, name: string): Promise<Folder | TreeEntry | undefined> {
    const entry = folder.entries.get(name);
    if (entry === undefined || isFolder(entry) || kindOf(entry) !== 'folder') return entry;
    const opened = await openFolder(this.#objects, entry.objectId);
    folder.entries.set(name, opened);
    return opened;
  }
}

async function openFolder(objects: StoredTrees, treeId: string | undefined): Promise<Folder> {
  const entries = treeId === undefined ? [] : await objects.folder(treeId);
  return { treeId, entries: new Map(entries.map((entry) => [entry.name, entry])), changed: false, kept: false };
}

/** @returns the tree's id; undefined when nothing is left in it */
function writeFolder(folder: Folder, objects: NewObject[]): string | undefined {
  if (!folder.changed && folder.treeId !== undefined) return folder.treeId;
  const entries: TreeEntry[] = [];
  for (const [name, entry] of folder.entries) {
    if (!isFolder(entry)) {
      entries.push(entry);
      continue;
    }
    const objectId = writeFolder(entry, objects);
    if (objectId !== undefined) entries.push({ mode: MODES.folder, name, objectId });
  }
  if (entries.length === 0 && folder.kept) {
    objects.push(EMPTY_BLOB);
    entries.push({ mode: MODES.file, name: FOLDER_KEEPER, objectId: EMPTY_BLOB.objectId });
  }
  if (entries.length === 0) return undefined;
  const tree = newObject('tree', formatTree(entries));
  objects.push(tree);
  return tree.objectId;
}

function isFolder(entry: Folder | TreeEntry): entry is Folder {
  return 'entries' in entry;
}

function isEmptied({ changed, entries }: Folder): boolean {
  return changed && [...entries.values()].every((entry) => isFolder(entry) && isEmptied(entry));
}

/** Names as trees hold them. */
function split(path: string): { readonly folders: readonly string[]; readonly name: string } {
  const names = bytesOfPath(path).split('/');
  return { folders: names.slice(0, -1), name: names.at(-1) ?? '' };
}

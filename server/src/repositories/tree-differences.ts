import { TooMuchWorkError } from './repository-errors.ts';
import type { RepositoryObjects } from './repository-objects.ts';
import { canonicalMode, compareBytes, kindOf, sortKey, type TreeEntry } from './tree-object.ts';

/** Folders that one request may look into. */
const FOLDERS_MAXIMUM = 50_000;
/** Bytes: a path that Git itself cannot check out is none. */
const PATH_MAXIMUM = 8_192;

/** One path that differs between two trees; absent on the side where it is not there. */
export interface TreeDifference {
  /** Bytes, one a character, below the compared folders. */
  readonly path: string;
  readonly before?: TreeEntry;
  readonly after?: TreeEntry;
}

/** What is compared: folders, or what is absent. */
interface Sides {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * What differs between two trees, file by file in the order of their paths, as `git diff-tree -r` lists it without
 * looking for renames.
 *
 * @param after bytes of a path: only what comes after it
 * @throws TooMuchWorkError, ObjectTooLargeError
 */
export async function* treeDifferences(
  objects: RepositoryObjects,
  sides: Sides,
  after = '',
): AsyncGenerator<TreeDifference> {
  let visited = 0;
  const entriesOf = async (treeId: string | undefined) => {
    if (treeId === undefined) return [];
    if (++visited > FOLDERS_MAXIMUM) throw new TooMuchWorkError(`More than ${FOLDERS_MAXIMUM} folders differ`);
    return objects.folder(treeId);
  };
  const opened = async (prefix: string, { before, after: afterId }: Sides): Promise<OpenFolder> => {
    if (prefix.length > PATH_MAXIMUM) throw new TooMuchWorkError('Folders lie too deep in one another');
    return { prefix, pairs: pairs(await entriesOf(before), await entriesOf(afterId)) };
  };
  // The folders from the top to the one that is being read: a generator within a generator, as deep as a pushed tree,
  // would overflow the stack.
  const open = [await opened('', sides)];
  for (let folder = open.at(-1); folder !== undefined; folder = open.at(-1)) {
    const { value: pair, done } = folder.pairs.next();
    if (done === true) {
      open.pop();
      continue;
    }
    const path = folder.prefix + pair.key;
    const isFolder = pair.key.endsWith('/');
    const isPassed = compareBytes(path, after) <= 0;
    if (isSame(pair) || (isPassed && !(isFolder && after.startsWith(path)))) continue;
    if (isFolder) open.push(await opened(path, { before: pair.before?.objectId, after: pair.after?.objectId }));
    else yield difference(path, pair);
  }
}

/** A folder that is being read, with what is left of its entries. */
interface OpenFolder {
  /** Ends with a slash, save at the top. */
  readonly prefix: string;
  readonly pairs: Generator<Pair, void>;
}

interface Pair {
  /** Ends with a slash for folders. */
  readonly key: string;
  readonly before?: TreeEntry;
  readonly after?: TreeEntry;
}

/** The entries of two sorted trees side by side. A file and a folder of one name are two entries. */
function* pairs(before: readonly TreeEntry[], after: readonly TreeEntry[]): Generator<Pair, void> {
  let [b, a] = [0, 0];
  for (;;) {
    const [left, right] = [before[b], after[a]];
    if (left === undefined && right === undefined) return;
    const order = orderOf(left, right);
    if (order <= 0) b++;
    if (order >= 0) a++;
    const entry = order <= 0 ? left : right;
    if (entry === undefined) return;
    yield {
      key: sortKey(entry),
      ...(order <= 0 && left !== undefined && { before: left }),
      ...(order >= 0 && right !== undefined && { after: right }),
    };
  }
}

function orderOf(left: TreeEntry | undefined, right: TreeEntry | undefined): number {
  if (left === undefined) return 1;
  return right === undefined ? -1 : compareBytes(sortKey(left), sortKey(right));
}

function isSame({ before, after }: Pair): boolean {
  return (
    before !== undefined &&
    after !== undefined &&
    before.objectId === after.objectId &&
    (kindOf(before) === 'folder' || canonicalMode(before) === canonicalMode(after))
  );
}

function difference(path: string, { before, after }: Pair): TreeDifference {
  return { path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
}

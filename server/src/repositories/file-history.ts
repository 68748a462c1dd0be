import { textOfBytes } from './byte-names.ts';
import { TooMuchWorkError } from './repository-errors.ts';
import type { RepositoryObjects } from './repository-objects.ts';

/** Names that one file may have had. */
const RENAMES_MAXIMUM = 20;
const VERSIONS_MAXIMUM = 20_000;
/** Files among which git looks for the one that was renamed. */
const RENAME_CANDIDATES = 1_000;

/** A commit that changed a file. */
export interface FileRevision {
  readonly commitId: string;
  /** The file's path in that commit. */
  readonly path: string;
  /** The commits with the next versions, newer ones. */
  readonly children: readonly string[];
}

/** The commits of a file's history under one name. */
interface Segment {
  readonly commitIds: readonly string[];
  /** Those before which there was no file of this name. */
  readonly roots: readonly string[];
}

/**
 * The commits that changed a file, newest first, as `git log -- PATH` simplifies a history, and on under the name that
 * it had before it was renamed.
 *
 * @throws TooMuchWorkError
 */
export async function fileRevisions(
  objects: RepositoryObjects,
  tip: string,
  path: string,
): Promise<readonly FileRevision[]> {
  const children = new Map<string, Set<string>>();
  const revisions: { commitId: string; path: string }[] = [];
  const seen = new Set<string>();
  const starts: { tip: string; path: string; child?: string }[] = [{ tip, path }];
  for (let start = starts.shift(), walked = 0; start !== undefined; start = starts.shift(), walked++) {
    if (walked > RENAMES_MAXIMUM) throw new TooMuchWorkError(`The file has had more than ${RENAMES_MAXIMUM} names`);
    const segment = await readSegment(objects, start.tip, start.path, children);
    const [newest] = segment.commitIds;
    if (newest !== undefined && start.child !== undefined) childrenOf(children, newest).add(start.child);
    for (const commitId of segment.commitIds) {
      if (!seen.has(commitId)) revisions.push({ commitId, path: start.path });
      seen.add(commitId);
    }
    if (revisions.length > VERSIONS_MAXIMUM) {
      throw new TooMuchWorkError(`The file has more than ${VERSIONS_MAXIMUM} versions`);
    }
    for (const root of segment.roots) {
      const source = await renameSource(objects, root, start.path);
      if (source !== undefined) starts.push({ ...source, child: root });
    }
  }
  return revisions.map((revision) => ({ ...revision, children: [...(children.get(revision.commitId) ?? [])] }));
}

async function readSegment(
  objects: RepositoryObjects,
  tip: string,
  path: string,
  children: Map<string, Set<string>>,
): Promise<Segment> {
  const output = await objects.git(['rev-list', '--parents', tip], path);
  const commitIds: string[] = [];
  const roots: string[] = [];
  for (const line of output.toString('latin1').split('\n')) {
    const [commitId, ...parents] = line.split(' ');
    if (commitId === undefined || commitId === '') continue;
    commitIds.push(commitId);
    if (parents.length === 0) roots.push(commitId);
    for (const parent of parents) childrenOf(children, parent).add(commitId);
  }
  return { commitIds, roots };
}

/** Where a file was in the first parent of the commit that brought its name; undefined when it was new there. */
async function renameSource(
  objects: RepositoryObjects,
  commitId: string,
  path: string,
): Promise<{ readonly tip: string; readonly path: string } | undefined> {
  const [parent] = (await objects.commit(commitId))?.parents ?? [];
  if (parent === undefined) return undefined;
  const output = await objects.git([
    'diff-tree',
    '-r',
    '-z',
    '--name-status',
    '--find-renames',
    `-l${RENAME_CANDIDATES}`,
    '--diff-filter=R',
    parent,
    commitId,
  ]);
  const parts = output.toString('latin1').split('\0').map(textOfBytes);
  for (let index = 0; index + 2 < parts.length; index += 3) {
    const from = parts[index + 1];
    if (from !== undefined && parts[index + 2] === path) return { tip: parent, path: from };
  }
  return undefined;
}

function childrenOf(children: Map<string, Set<string>>, commitId: string): Set<string> {
  const present = children.get(commitId) ?? new Set();
  children.set(commitId, present);
  return present;
}

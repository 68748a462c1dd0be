import { TooMuchWorkError } from './repository-errors.ts';
import type { RepositoryObjects } from './repository-objects.ts';
import { bytesOfPath, type TreeEntry } from './tree-object.ts';

/** How far back one request looks: in steps, as most entries are usually found in the first. */
const STEPS = [100, 1_000, 10_000] as const;
/** A commit, or what it did to a path; merges name what differs from all their parents, with an id for each. */
const COMMIT = /^\n?commit ([0-9a-f]{40})$/;
const CHANGE = /^\n?:+(?:\d+ )+(?:[0-9a-f]{40} )*([0-9a-f]{40}) [A-Z]+$/;

/**
 * For each entry of a folder the newest commit that made it what it is; entries that are older than one request can look
 * back are left out.
 *
 * @param folder path below the tree of `tip`; empty for the root
 * @returns commit ids by the names of entries
 */
export async function lastCommits(
  objects: RepositoryObjects,
  tip: string,
  folder: string,
  entries: readonly TreeEntry[],
): Promise<ReadonlyMap<string, string>> {
  const prefix = folder === '' ? '' : `${bytesOfPath(folder)}/`;
  const wanted = new Map(entries.map(({ name, objectId }) => [prefix + name, { name, objectId }]));
  const found = new Map<string, string>();
  let skip = 0;
  for (const end of STEPS) {
    const part = await changes(objects, tip, folder, skip, end - skip);
    if (part === undefined) return found;
    for (const { commitId, path, objectId } of readChanges(part)) {
      const entry = wanted.get(path);
      if (entry?.objectId === objectId && !found.has(entry.name)) found.set(entry.name, commitId);
    }
    if (found.size === entries.length || part.length === 0) return found;
    skip = end;
  }
  return found;
}

/** What commits did to a folder and below it; undefined when that is too much for one request. */
async function changes(
  objects: RepositoryObjects,
  tip: string,
  folder: string,
  skip: number,
  count: number,
): Promise<string | undefined> {
  try {
    const output = await objects.git(
      [
        'log',
        '-z',
        '-t',
        '-c',
        '--raw',
        '--root',
        '--no-abbrev',
        '--no-renames',
        '--format=commit %H',
        `--skip=${skip}`,
        `--max-count=${count}`,
        tip,
      ],
      folder === '' ? undefined : folder,
    );
    return output.toString('latin1');
  } catch (error) {
    if (error instanceof TooMuchWorkError) return undefined;
    throw error;
  }
}

function* readChanges(output: string): Generator<{ commitId: string; path: string; objectId: string }> {
  const parts = output.split('\0');
  let commitId = '';
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] ?? '';
    const objectId = CHANGE.exec(part)?.[1];
    if (objectId === undefined) commitId = COMMIT.exec(part)?.[1] ?? commitId;
    else yield { commitId, path: parts[++index] ?? '', objectId };
  }
}

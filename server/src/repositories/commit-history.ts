import { isObjectId } from './reference-names.ts';
import type { RepositoryObjects } from './repository-objects.ts';

/** A part of a history: commits newest first, as `git log` lists them. */
interface HistoryPart {
  /** Commits that are passed over. */
  readonly skip: number;
  readonly count: number;
  /** Only commits that changed this file or folder; empty for all. */
  readonly path: string;
}

/**
 * Commits that lead to `tip`, which must be stored.
 *
 * @throws TooMuchWorkError
 */
export async function commitIds(
  objects: RepositoryObjects,
  tip: string,
  { skip, count, path }: HistoryPart,
): Promise<readonly string[]> {
  const output = await objects.git(
    ['rev-list', `--skip=${skip}`, `--max-count=${count}`, tip],
    path === '' ? undefined : path,
  );
  return output.toString('latin1').split('\n').filter(isObjectId);
}

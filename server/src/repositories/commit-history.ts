import { type Git, GitProcessError } from './git-process.ts';
import { isObjectId } from './reference-names.ts';
import type { SortedReferences } from './reference-snapshot.ts';
import type { RepositoryHandle } from './repository.ts';
import { TooMuchWorkError } from './repository-errors.ts';
import type { WorkingCopies } from './working-copies.ts';

/** How long git may walk for one request. */
const WALK_MS = 20_000;
/** Paths are names, never patterns. */
const ENVIRONMENT = { GIT_LITERAL_PATHSPECS: '1' };

/** A part of a history: commits newest first, as `git log` lists them. */
export interface HistoryPart {
  /** Commits that are passed over. */
  readonly skip: number;
  readonly count: number;
  /** Only commits that changed this file or folder; empty for all. */
  readonly path: string;
}

/** Walks histories with git. */
export class CommitHistory {
  readonly #git: Git;
  readonly #copies: WorkingCopies;

  constructor(git: Git, copies: WorkingCopies) {
    this.#git = git;
    this.#copies = copies;
  }

  /**
   * Commits that lead to `tip`, which must be stored.
   *
   * @throws TooMuchWorkError when it takes too long
   */
  async commitIds(
    handle: RepositoryHandle,
    snapshot: SortedReferences,
    tip: string,
    { skip, count, path }: HistoryPart,
  ): Promise<readonly string[]> {
    const output = await this.run(handle, snapshot, [
      'rev-list',
      `--skip=${skip}`,
      `--max-count=${count}`,
      tip,
      '--',
      ...(path === '' ? [] : [path]),
    ]);
    return output.split('\n').filter(isObjectId);
  }

  /** Runs git on a working copy, with a limit on its time. */
  async run(handle: RepositoryHandle, snapshot: SortedReferences, args: readonly string[]): Promise<string> {
    const { repositoryId } = handle;
    const signal = AbortSignal.timeout(WALK_MS);
    const lease = await this.#copies.lease(handle, snapshot, 'packs');
    try {
      return await this.#git.run({
        kind: 'inspect',
        repositoryId,
        arguments: args,
        directory: lease.copy.directory,
        environment: ENVIRONMENT,
        signal,
      });
    } catch (error) {
      const isLate = signal.aborted && (error === signal.reason || error instanceof GitProcessError);
      throw isLate ? new TooMuchWorkError('The history is too long to be walked in one request') : error;
    } finally {
      lease.release();
    }
  }
}

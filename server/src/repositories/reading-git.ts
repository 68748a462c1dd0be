import { type Git, GitProcessError } from './git-process.ts';
import type { SortedReferences } from './reference-snapshot.ts';
import type { RepositoryHandle } from './repository.ts';
import { TooMuchWorkError } from './repository-errors.ts';
import type { WorkingCopies } from './working-copies.ts';

/** How long git may work for one request. */
const TIME_LIMIT_MS = 20_000;
/** Paths are names, never patterns. */
const ENVIRONMENT = { GIT_LITERAL_PATHSPECS: '1' };

/** Runs git commands that read: what takes a walk or a comparison that git does best. */
export class ReadingGit {
  readonly #git: Git;
  readonly #copies: WorkingCopies;

  constructor(git: Git, copies: WorkingCopies) {
    this.#git = git;
    this.#copies = copies;
  }

  /**
   * @returns what git wrote
   * @throws TooMuchWorkError when it takes too long
   */
  async run(handle: RepositoryHandle, snapshot: SortedReferences, args: readonly string[]): Promise<string> {
    const signal = AbortSignal.timeout(TIME_LIMIT_MS);
    const lease = await this.#copies.lease(handle, snapshot, 'packs');
    try {
      return await this.#git.run({
        kind: 'inspect',
        repositoryId: handle.repositoryId,
        arguments: args,
        directory: lease.copy.directory,
        environment: ENVIRONMENT,
        signal,
      });
    } catch (error) {
      const isLate = signal.aborted && (error === signal.reason || error instanceof GitProcessError);
      throw isLate ? new TooMuchWorkError('It takes too long for one request') : error;
    } finally {
      lease.release();
    }
  }
}

import { Buffer } from 'node:buffer';
import { bytesOfText } from './byte-names.ts';
import { type Git, type GitProcess, GitProcessError } from './git-process.ts';
import type { SortedReferences } from './reference-snapshot.ts';
import type { RepositoryHandle } from './repository.ts';
import { TooMuchWorkError } from './repository-errors.ts';
import type { WorkingCopies } from './working-copies.ts';

/** How long git may work for one request. */
const TIME_LIMIT_MS = 20_000;
/** Bytes that git may write for one request. */
const OUTPUT_MAXIMUM = 64 * 1024 * 1024;
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
   * @param path limits a walk to it, in the form of `textOfBytes`
   * @returns what git wrote
   * @throws TooMuchWorkError when it takes too long, or is too much
   */
  async run(
    handle: RepositoryHandle,
    snapshot: SortedReferences,
    args: readonly string[],
    path?: string,
  ): Promise<Buffer> {
    const limited = path === undefined ? { args: [], input: '' } : pathArguments(path);
    const signal = AbortSignal.timeout(TIME_LIMIT_MS);
    const lease = await this.#copies.lease(handle, snapshot, 'packs');
    try {
      const process = await this.#git.start({
        kind: 'inspect',
        repositoryId: handle.repositoryId,
        arguments: [...args, ...limited.args],
        directory: lease.copy.directory,
        environment: ENVIRONMENT,
        signal,
      });
      process.stdin.end(limited.input, 'latin1');
      return await collect(process);
    } catch (error) {
      const isLate = signal.aborted && (error === signal.reason || error instanceof GitProcessError);
      throw isLate ? new TooMuchWorkError('It takes too long for one request') : error;
    } finally {
      lease.release();
    }
  }
}

/** Arguments of a process are UTF-8: a path that is not goes by standard input, which has lines. */
function pathArguments(path: string): { readonly args: readonly string[]; readonly input: string } {
  const bytes = bytesOfText(path);
  const text = Buffer.from(bytes, 'latin1').toString();
  if (Buffer.from(text).toString('latin1') === bytes) return { args: ['--', text], input: '' };
  if (/[\r\n]/.test(bytes)) throw new TooMuchWorkError('The path has a line break and bytes that are not UTF-8');
  return { args: ['--stdin'], input: `--\n${bytes}\n` };
}

async function collect(process: GitProcess): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  process.stdout.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= OUTPUT_MAXIMUM) chunks.push(chunk);
    else process.kill();
  });
  try {
    await process.done;
  } catch (error) {
    throw length > OUTPUT_MAXIMUM ? new TooMuchWorkError('It is too much for one request') : error;
  }
  return Buffer.concat(chunks, length);
}

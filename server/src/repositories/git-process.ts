import { Buffer } from 'node:buffer';
import { execFile } from 'node:child_process';
import { access, constants as fileConstants } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { RepositoryLimits } from './limits.ts';
import { type ProcessKind, ProcessTurns } from './process-turns.ts';
import { type OutputReceiver, ProgramStarter } from './program-starter.ts';

const MINIMUM_VERSION = [2, 39] as const;
const STDERR_KEPT_BYTES = 8 * 1024;

/** All that git is given of the machine's environment. */
const ENVIRONMENT = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_DIR: '.',
};

export interface GitCommand {
  readonly kind: ProcessKind;
  /** What shares a turn: processes of many repositories wait in turn, not behind one busy repository. */
  readonly repositoryId: string;
  readonly arguments: readonly string[];
  /** A bare repository. */
  readonly directory: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Ends the process, and the wait for its turn. */
  readonly signal?: AbortSignal | undefined;
  /** Given what git says on standard error as it says it. */
  readonly onStderr?: (chunk: Buffer) => void;
  /** Given what git says on standard output instead of {@link GitProcess.stdout}, which then brings nothing. */
  readonly onOutput?: OutputReceiver;
  /** A process that serves many requests: the time limit does not apply. */
  readonly longLived?: boolean;
}

/** git ended with a status other than 0, or was ended. */
export class GitProcessError extends Error {
  override readonly name = 'GitProcessError';
  readonly status: number | null;
  readonly stderr: string;
  constructor(command: string, status: number | null, stderr: string) {
    super(`git ${command} ${status === null ? 'was killed' : `failed with status ${status}`}: ${stderr.trim()}`);
    this.status = status;
    this.stderr = stderr;
  }
}

/** Why upload-pack did not do what the client asked, where it says so on standard error alone. */
const REFUSED_FETCH = /^fatal: git upload-pack: (.{1,1000})/m;

/** What the user is to know of a fetch that git ended; undefined when git itself has told the client. */
export function refusedFetch({ stderr }: GitProcessError): string | undefined {
  return REFUSED_FETCH.exec(stderr)?.[1];
}

/** A running git. Its turn lasts until it has ended. */
export interface GitProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when git ended with status 0; otherwise rejects with {@link GitProcessError}. */
  readonly done: Promise<void>;
  /** Says that bytes move: starts the time limit anew. */
  progressed(): void;
  /** Ends git and everything that it started. */
  kill(): void;
}

/**
 * Runs the installed git: nothing of the machine's or the user's configuration reaches it, no hook, no prompt, no
 * secret of our own environment; its number, memory and time are bounded.
 */
export class Git {
  readonly version: string;
  readonly #executable: string;
  readonly #limits: RepositoryLimits;
  readonly #turns: ProcessTurns;
  readonly #starter: ProgramStarter;

  private constructor(executable: string, version: string, limits: RepositoryLimits, starter: ProgramStarter) {
    this.version = version;
    this.#starter = starter;
    this.#executable = executable;
    this.#limits = limits;
    this.#turns = new ProcessTurns(limits.processes, limits.waitingRequests);
  }

  /**
   * Finds git on the PATH and refuses one older than 2.39.
   *
   * @param folder for its owner alone
   */
  static async find(limits: RepositoryLimits, folder: string): Promise<Git> {
    const executable = await findExecutable('git');
    if (executable === undefined) throw new Error('git is not installed: Codekeep needs git 2.39 or newer on the PATH');
    const { stdout } = await promisify(execFile)(executable, ['--version'], { env: ENVIRONMENT });
    const version = /\d+\.\d+[\w.]*/.exec(stdout)?.[0] ?? stdout.trim();
    const [major = 0, minor = 0] = version.split('.').map(Number);
    const [minimumMajor, minimumMinor] = MINIMUM_VERSION;
    if (major < minimumMajor || (major === minimumMajor && minor < minimumMinor)) {
      throw new Error(`git ${version} is too old: Codekeep needs git ${MINIMUM_VERSION.join('.')} or newer`);
    }
    const prlimit = await findExecutable('prlimit');
    const limited = prlimit === undefined ? [] : [prlimit, `--data=${limits.processMemoryBytes}`, '--core=0', '--'];
    return new Git(executable, version, limits, await ProgramStarter.open(folder, limited));
  }

  /** Ends every git that runs. */
  close(): Promise<void> {
    return this.#starter.close();
  }

  /** Starts git when its turn comes. */
  async start(command: GitCommand): Promise<GitProcess> {
    const endTurn = await this.#turns.take(command.kind, command.repositoryId, command.signal);
    try {
      return await this.#spawn(command, endTurn);
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  /** Runs git to its end and returns what it wrote; meant for small outputs. */
  async run(command: GitCommand, input?: string): Promise<string> {
    const process = await this.start(command);
    process.stdin.end(input);
    const chunks: Buffer[] = [];
    process.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    await process.done;
    return Buffer.concat(chunks).toString();
  }

  async #spawn(command: GitCommand, endTurn: () => void): Promise<GitProcess> {
    const child = await this.#starter.start(
      {
        file: this.#executable,
        arguments: command.arguments,
        directory: command.directory,
        environment: {
          ...ENVIRONMENT,
          // What a client sends may claim to unpack to any size; what is stored has passed this.
          ...(command.kind === 'receive' && { GIT_ALLOC_LIMIT: String(this.#limits.allocationBytes) }),
          ...command.environment,
        },
      },
      command.onOutput,
    );
    const { stdin, stdout, kill } = child;
    if (command.kind === 'maintain' || command.kind === 'search') yieldToOthers(child.pid);
    const timer = command.longLived ? undefined : setTimeout(kill, this.#limits.processTimeMs);
    const stderr = keepStderr(child.stderr, command.onStderr);
    command.signal?.addEventListener('abort', kill, { once: true });
    if (command.signal?.aborted) kill();
    const done = child.ended
      .then((status) => {
        if (status !== 0) throw new GitProcessError(command.arguments[0] ?? '', status, stderr());
      })
      .finally(() => {
        clearTimeout(timer);
        command.signal?.removeEventListener('abort', kill);
        endTurn();
      });
    // Whoever only streams may not wait for the end; a rejection must not end the server.
    done.catch(() => {});
    return { stdin, stdout, done, progressed: () => void timer?.refresh(), kill };
  }
}

function keepStderr(stderr: Readable, onStderr?: (chunk: Buffer) => void) {
  let kept = '';
  stderr.on('data', (chunk: Buffer) => {
    kept = (kept + chunk.toString()).slice(-STDERR_KEPT_BYTES);
    onStderr?.(chunk);
  });
  return () => kept;
}

/** Work in the background takes the processor time that requests leave. */
function yieldToOthers(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already.
  }
}

async function findExecutable(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    const candidate = join(folder, name);
    try {
      await access(candidate, fileConstants.X_OK);
      return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

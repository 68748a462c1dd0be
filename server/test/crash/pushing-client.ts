import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type GitClient, type GitCredential, gitClient } from '../harness/git-client.ts';
import type { ProcessResult } from '../harness/processes.ts';
import type { Random } from '../harness/random.ts';
import type { CrashedRepository } from './crashed-repository.ts';
import type { ReferenceChanges, ReferenceValue } from './expected-references.ts';

/** Most pushes are small; some are big enough for the server to be killed while it still receives. */
const SMALL_BYTES = 20_000;
const BIG_BYTES = 6_000_000;
const BRANCHES = 5;
/** Found by the client from the advertisement, or by the server when the push arrives. */
const ANOTHER_WAS_QUICKER =
  /^!\t.*\[(remote )?rejected\] \((fetch first|non-fast-forward|reference is at .*|reference already exists)\)$/m;

interface PlannedPush {
  readonly changes: ReferenceChanges;
  readonly options: readonly string[];
  readonly atomic: boolean;
}

/** One developer with clones of the server's repositories, pushing to branches of their own and to a shared one. */
export class PushingClient {
  readonly #name: string;
  readonly #git: GitClient;
  readonly #random: Random;
  readonly #folder: string;
  #commits = 0;

  private constructor(name: string, git: GitClient, random: Random, folder: string) {
    this.#name = name;
    this.#git = git;
    this.#random = random;
    this.#folder = folder;
  }

  static async open(options: {
    readonly name: string;
    readonly credential: GitCredential;
    readonly random: Random;
    readonly repositories: readonly CrashedRepository[];
    readonly folder: string;
  }): Promise<PushingClient> {
    const git = await gitClient([options.credential]);
    const folder = join(options.folder, options.name);
    await mkdir(folder);
    const client = new PushingClient(options.name, git, options.random, folder);
    for (const { name } of options.repositories) await git.output(['init', '--quiet', '--bare', join(folder, name)]);
    return client;
  }

  /**
   * One push of a random kind.
   *
   * @returns what the client saw when the push was not acknowledged
   */
  async push(repositories: readonly CrashedRepository[]): Promise<string | undefined> {
    const repository = this.#random.pick(repositories);
    return this.#random.chance(0.2) ? this.#pushShared(repository) : this.#pushOwn(repository);
  }

  dispose(): Promise<void> {
    return this.#git.dispose();
  }

  async #pushOwn(repository: CrashedRepository): Promise<string | undefined> {
    const { changes, options, atomic } = await this.#plan(repository);
    const attempt = repository.expected.attempt(changes, atomic);
    const refspecs = [...changes].map(([name, value]) => `${value ?? ''}:${name}`);
    const result = await this.#send(repository, [...options, repository.url, ...refspecs]);
    if (!isAcknowledged(result, changes.size)) return complaint(result);
    attempt.acknowledged();
    return undefined;
  }

  /** Everybody's branch moves only forward, so every acknowledged commit stays in its history. */
  async #pushShared(repository: CrashedRepository): Promise<string | undefined> {
    const cwd = join(this.#folder, repository.name);
    const fetched = await this.#git.run(['fetch', '--quiet', '--refmap=', repository.url, repository.sharedBranch], {
      cwd,
    });
    const isNew = fetched.exitCode !== 0 && fetched.stderr.includes("couldn't find remote ref");
    if (fetched.exitCode !== 0 && !isNew) return complaint(fetched);
    const parent = isNew ? null : await this.#git.output(['rev-parse', 'FETCH_HEAD'], { cwd });
    const commit = await this.#commit(repository, parent, SMALL_BYTES);
    const result = await this.#send(repository, [repository.url, `${commit}:${repository.sharedBranch}`]);
    if (isAcknowledged(result, 1)) repository.sharedCommits.add(commit);
    else if (!ANOTHER_WAS_QUICKER.test(result.stdout)) return complaint(result);
    return undefined;
  }

  #send(repository: CrashedRepository, args: readonly string[]): Promise<ProcessResult> {
    return this.#git.run(['push', '--porcelain', ...args], { cwd: join(this.#folder, repository.name) });
  }

  async #plan(repository: CrashedRepository): Promise<PlannedPush> {
    const kind = this.#random.fraction();
    const prefix = `refs/heads/${this.#name}/`;
    const existing = repository.expected.namesWith(prefix);
    if (kind < 0.06 && existing.length > 0) {
      return { changes: new Map([[this.#random.pick(existing), null]]), options: [], atomic: false };
    }
    if (kind < 0.14) {
      const rewritten = `${prefix}${this.#random.below(BRANCHES)}`;
      const commit = await this.#commit(repository, null, SMALL_BYTES);
      return { changes: new Map([[rewritten, commit]]), options: ['--force'], atomic: false };
    }
    if (kind < 0.22) {
      const commit = await this.#commit(repository, null, SMALL_BYTES);
      const tag = `refs/tags/${this.#name}-${this.#commits}`;
      return { changes: new Map([[tag, commit]]), options: [], atomic: false };
    }
    const branches = new Set(this.#random.picks([...Array(BRANCHES).keys()], kind < 0.4 ? 1 : BRANCHES));
    const changes = new Map<string, ReferenceValue>();
    for (const branch of branches) {
      const name = `${prefix}${branch}`;
      const bytes = this.#random.chance(0.15) ? BIG_BYTES : SMALL_BYTES;
      changes.set(name, await this.#commit(repository, repository.expected.valueOf(name), bytes));
    }
    const atomic = kind < 0.88;
    return { changes, options: atomic ? ['--atomic'] : [], atomic };
  }

  /** A commit of one new file of up to `bytes` bytes that do not compress, by a single git process. */
  async #commit(repository: CrashedRepository, parent: ReferenceValue, bytes: number): Promise<string> {
    this.#commits += 1;
    const content = this.#random.bytes(this.#random.between(1, bytes));
    const number = this.#commits;
    const head = [
      `commit refs/work/${number}\nmark :1\ncommitter ${this.#name} <dev@example.com> ${1_700_000_000 + number} +0000\n`,
      `data 4\nwork\n${parent === null ? '' : `from ${parent}\n`}`,
      `M 100644 inline folder/${this.#name}-${number}\ndata ${content.length}\n`,
    ];
    const input = Buffer.concat([Buffer.from(head.join('')), content, Buffer.from('\n\nget-mark :1\n')]);
    return this.#git.output(['fast-import', '--quiet'], { cwd: join(this.#folder, repository.name), input });
  }
}

/** Exit code 0 and, of the porcelain format (git-push(1), "OUTPUT"), a good status for every reference. */
function isAcknowledged({ exitCode, stdout }: ProcessResult, references: number): boolean {
  const statuses = stdout.split('\n').filter((line) => /^.\t/.test(line));
  return exitCode === 0 && statuses.length === references && statuses.every((line) => !line.startsWith('!'));
}

function complaint({ exitCode, stdout, stderr }: ProcessResult): string {
  return `git exited with ${exitCode}: ${stdout}${stderr}`;
}

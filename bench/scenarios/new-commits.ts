import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitClient } from '../../server/test/harness/git-client.ts';
import type { Peer } from '../peers/peer.ts';
import type { Bench, BenchRepository } from './scenario.ts';

/** A clone that makes commits that no server has yet. */
export class NewCommits {
  readonly #git: GitClient;
  readonly cwd: string;
  #made = 0;

  private constructor(git: GitClient, cwd: string) {
    this.#git = git;
    this.cwd = cwd;
  }

  static async on({ codekeep, scratch }: Bench, { source }: BenchRepository): Promise<NewCommits> {
    const cwd = join(scratch, 'committing.git');
    await cp(source, cwd, { recursive: true });
    return new NewCommits(codekeep.git, cwd);
  }

  /** One on top of `main` that adds one small file. @returns its object id */
  async make(): Promise<string> {
    this.#made += 1;
    const options = { cwd: this.cwd, env: { GIT_INDEX_FILE: join(this.cwd, 'committing.index') } };
    const content = `${this.#made} of ${process.pid} at ${Date.now()}`;
    const blob = await this.#git.output(['hash-object', '-w', '--stdin'], { ...options, input: content });
    await this.#git.output(['read-tree', 'main'], options);
    await this.#git.output(['update-index', '--add', '--cacheinfo', `100644,${blob},src/pushed.txt`], options);
    const tree = await this.#git.output(['write-tree'], options);
    return this.#git.output(['commit-tree', tree, '-p', 'main', '-m', content], options);
  }

  async push({ git }: Pick<Peer, 'git'>, url: string, commit: string, branch: string): Promise<void> {
    await git.output(['push', '--quiet', url, `${commit}:refs/heads/${branch}`], { cwd: this.cwd });
  }

  /** Moves a branch everywhere, so that a clone asks for what nobody has asked for before. */
  async pushTo(peers: readonly Peer[], repository: BenchRepository): Promise<void> {
    const commit = await this.make();
    for (const peer of peers) await this.push(peer, repository.urlOf(peer), commit, `new-${this.#made}`);
  }

  async remove(): Promise<void> {
    await rm(this.cwd, { recursive: true });
  }
}

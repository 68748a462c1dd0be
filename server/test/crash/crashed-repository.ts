import { join } from 'node:path';
import type { GitClient } from '../harness/git-client.ts';
import { ExpectedReferences } from './expected-references.ts';

const DEFAULT_BRANCH = 'refs/heads/main';

/** A repository of the server that is killed, and what it must hold. */
export class CrashedRepository {
  readonly name: string;
  readonly url: string;
  readonly sharedBranch = 'refs/heads/shared';
  readonly expected = new ExpectedReferences();
  /** Acknowledged commits of the shared branch. */
  readonly sharedCommits = new Set<string>();
  /** A mirror that fetches after each crash, so that git checks what came and what it hangs on. */
  readonly #mirror: string;

  constructor(name: string, url: string, mirrors: string) {
    this.name = name;
    this.url = url;
    this.#mirror = join(mirrors, `${name}.git`);
  }

  /** Starts the repository with a default branch, because that one cannot be deleted. */
  async open(git: GitClient): Promise<void> {
    await git.output(['clone', '--quiet', '--mirror', this.url, this.#mirror]);
    const cwd = this.#mirror;
    const tree = await git.output(['mktree'], { cwd, input: '' });
    const commit = await git.output(['commit-tree', tree, '-m', 'First'], { cwd });
    await git.output(['push', '--quiet', this.url, `${commit}:${DEFAULT_BRANCH}`], { cwd });
    this.expected.attempt(new Map([[DEFAULT_BRANCH, commit]]), false).acknowledged();
  }

  /** @returns what is wrong with the repository, a sentence each; no push may run */
  async problems(git: GitClient): Promise<string[]> {
    const listed = parseReferences(await git.output(['ls-remote', this.url]));
    const shared = listed.get(this.sharedBranch);
    listed.delete(this.sharedBranch);
    const problems = this.expected.settle(listed);
    await git.output(['fetch', '--quiet', '--prune'], { cwd: this.#mirror });
    await git.output(['fsck', '--connectivity-only', '--no-dangling'], { cwd: this.#mirror });
    problems.push(...(await this.#lostSharedCommits(git, shared)));
    return problems.map((problem) => `${this.name}: ${problem}`);
  }

  /** Clones everything anew and checks every object of it, and that it is what the references say. */
  async checkFreshClone(git: GitClient, folder: string): Promise<void> {
    const clone = join(folder, `${this.name}.git`);
    await git.output(['clone', '--quiet', '--mirror', this.url, clone]);
    await git.output(['fsck', '--full', '--strict', '--no-dangling'], { cwd: clone });
    await git.output(['rev-list', '--objects', '--all', '--quiet'], { cwd: clone });
  }

  async #lostSharedCommits(git: GitClient, tip: string | undefined): Promise<string[]> {
    const history = tip === undefined ? '' : await git.output(['rev-list', tip], { cwd: this.#mirror });
    const kept = new Set(history.split('\n'));
    return [...this.sharedCommits]
      .filter((commit) => !kept.has(commit))
      .map((commit) => `the acknowledged ${commit} is not in ${this.sharedBranch}`);
  }
}

/** Of `git ls-remote`, without HEAD and without what tags peel to. */
function parseReferences(listed: string): Map<string, string> {
  const references = new Map<string, string>();
  for (const line of listed.split('\n')) {
    const [objectId, name] = line.split('\t');
    if (objectId !== undefined && name?.startsWith('refs/') && !name.endsWith('^{}')) references.set(name, objectId);
  }
  return references;
}

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allow,
  type CodecommitFixture,
  callOf,
  codecommitFixture,
  userWith,
} from '../../../test/harness/codecommit-services.ts';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { type GitClient, gitClient } from '../../../test/harness/git-client.ts';
import { createHistory } from '../../../test/harness/histories.ts';
import { pushEverything } from '../../../test/harness/sample-pushes.ts';
import { openRepository } from './git-access.ts';

const exception = (name: string) => ({ exception: `${name}Exception` });
const repositoryName = 'differences';

interface Blob {
  readonly blobId: string;
  readonly path: string;
  readonly mode: string;
}

interface Shown {
  readonly changeType: string;
  readonly beforeBlob?: Blob;
  readonly afterBlob?: Blob;
}

describe.each(databaseEngines)('GetDifferences on $name', (engine) => {
  let codecommit: CodecommitFixture;
  let git: GitClient;
  let cwd: string;
  let commits: readonly string[];
  const get = (input: object, caller?: Parameters<CodecommitFixture['run']>[2]) =>
    codecommit.run('GetDifferences', { repositoryName, ...input }, caller);
  const idOf = (revision: string) => git.output(['rev-parse', revision], { cwd });
  const allPages = async (input: object): Promise<readonly Shown[]> => {
    const found: Shown[] = [];
    let NextToken: string | undefined;
    do {
      const page = await get({ ...input, NextToken });
      found.push(...page.differences);
      ({ NextToken } = page);
    } while (NextToken !== undefined);
    return found;
  };
  /** As `git diff-tree -r --raw -z` shows differences. */
  const rawLines = (differences: readonly Shown[]) =>
    differences.map(({ beforeBlob, afterBlob, changeType }) => {
      const nothing = { blobId: '0'.repeat(40), mode: '000000', path: '' };
      const [before, after] = [beforeBlob ?? nothing, afterBlob ?? nothing];
      // Git has a letter of its own for a file that becomes a link or a module.
      return `:${before.mode} ${after.mode} ${before.blobId} ${after.blobId} ${changeType} ${after.path || before.path}`;
    });
  const gitLines = async (before: string, after: string, ...args: readonly string[]) => {
    const raw = await git.output(['diff-tree', '-r', '-z', '--raw', '--no-renames', ...args, before, after], { cwd });
    const parts = raw.split('\0').slice(0, -1);
    return Array.from({ length: parts.length / 2 }, (_, index) => {
      return `${parts[2 * index]?.replace(/T$/, 'M')} ${parts[2 * index + 1]}`;
    });
  };

  describe.skipIf(engine.skipReason)('', () => {
    beforeAll(async () => {
      codecommit = await codecommitFixture(engine);
      git = await gitClient();
      cwd = join(git.home, 'source.git');
      await createHistory(cwd, { seed: 7, commits: 120, files: 40, binaryBytes: 10_000 });
      commits = (await git.output(['rev-list', '--reverse', 'main'], { cwd })).split('\n');
      await codecommit.run('CreateRepository', { repositoryName });
      const { handle } = await openRepository(codecommit.services, callOf(), {
        repositoryName,
        action: 'codecommit:GitPush',
      });
      await pushEverything(codecommit.services.repositories, handle, git, cwd);
    });
    it('compares folders that lie 3,000 deep in one another', async () => {
      const deep = { repositoryName: 'deep' };
      const source = join(git.home, 'deep.git');
      await git.output(['init', '--quiet', '--bare', '--initial-branch=main', source]);
      const path = `${'d/'.repeat(3_000)}file`;
      const stream = `commit refs/heads/main\ncommitter a <a@b> 0 +0000\ndata 0\nM 100644 inline ${path}\ndata 1\nx\n`;
      await git.output(['fast-import', '--quiet'], { cwd: source, input: stream });
      await codecommit.run('CreateRepository', deep);
      const { handle } = await openRepository(codecommit.services, callOf(), { ...deep, action: 'codecommit:GitPush' });
      await pushEverything(codecommit.services.repositories, handle, git, source);
      const { differences } = await get({ ...deep, afterCommitSpecifier: 'main' });
      expect(differences).toMatchObject([{ changeType: 'A', afterBlob: { path } }]);
    });

    afterAll(async () => {
      await codecommit.dispose();
      await git.dispose();
    });

    it('shows what git shows, in pages of any size', async () => {
      const pairs = [
        [0, commits.length - 1, 7],
        [commits.length - 1, 0, undefined],
        [10, 11, 1],
        [5, 60, 1000],
        [30, 31, 3],
      ] as const;
      for (const [from, to, MaxResults] of pairs) {
        const [before = '', after = ''] = [commits[from], commits[to]];
        const found = await allPages({ beforeCommitSpecifier: before, afterCommitSpecifier: after, MaxResults });
        expect(rawLines(found)).toEqual(await gitLines(before, after));
      }
    });

    it('shows everything as added where there is nothing before', async () => {
      const found = await allPages({ afterCommitSpecifier: 'main', MaxResults: 13 });
      const empty = await git.output(['hash-object', '-t', 'tree', '-w', '--stdin'], { cwd, input: '' });
      expect(rawLines(found)).toEqual(await gitLines(empty, 'main'));
      expect(new Set(found.map(({ changeType }) => changeType))).toEqual(new Set(['A']));
    });

    it('has nothing to show between a commit and itself', async () => {
      expect(await get({ beforeCommitSpecifier: 'main', afterCommitSpecifier: 'main' })).toEqual({ differences: [] });
    });

    it('keeps to a folder, and names files relative to it', async () => {
      const [before = '', after = ''] = [commits[0], commits.at(-1)];
      const input = { beforeCommitSpecifier: before, afterCommitSpecifier: after };
      const expected = await gitLines(`${before}:src`, `${after}:src`);
      expect(expected.length).toBeGreaterThan(3);
      for (const paths of [{ beforePath: 'src', afterPath: '/src/' }, { afterPath: 'src' }, { beforePath: 'src' }]) {
        expect(rawLines(await allPages({ ...input, ...paths, MaxResults: 2 }))).toEqual(expected);
      }
      expect(rawLines(await allPages({ ...input, beforePath: 'src', afterPath: 'docs' }))).toEqual(
        await gitLines(`${before}:src`, `${after}:docs`),
      );
    });

    it('compares one file, also with one of another name or a folder', async () => {
      const names = (await git.output(['ls-tree', '-r', '--name-only', 'main:src'], { cwd })).split('\n');
      const [first, second] = names;
      const input = { beforeCommitSpecifier: 'main', afterCommitSpecifier: 'main' };
      expect(await get({ ...input, afterPath: `src/${first}` })).toEqual({ differences: [] });
      const { differences } = await get({ ...input, beforePath: `src/${first}`, afterPath: `src/${second}` });
      expect(differences).toMatchObject([
        {
          changeType: 'M',
          beforeBlob: { path: `src/${first}`, blobId: await idOf(`main:src/${first}`) },
          afterBlob: { path: `src/${second}`, blobId: await idOf(`main:src/${second}`) },
        },
      ]);
      const mixed = await allPages({ ...input, beforePath: `src/${first}`, afterPath: 'src/core', MaxResults: 1 });
      const within = await git.output(['ls-tree', '-r', '--name-only', 'main:src/core'], { cwd });
      expect(mixed.map(({ changeType }) => changeType)).toEqual(['D', ...within.split('\n').map(() => 'A')]);
    });

    it('tells a file that becomes a folder, a link or executable, in the order of paths', async () => {
      const work = join(git.home, 'changes');
      await git.output(['clone', '--quiet', '--no-checkout', cwd, work]);
      const blob = await git.output(['hash-object', '-w', '--stdin'], { cwd: work, input: 'content' });
      const tree = async (...entries: readonly string[]) => {
        await git.output(['read-tree', '--empty'], { cwd: work });
        for (const entry of entries) await git.output(['update-index', '--add', '--cacheinfo', entry], { cwd: work });
        const treeId = await git.output(['write-tree'], { cwd: work });
        return git.output(['commit-tree', '-m', 'x', treeId], { cwd: work });
      };
      const before = await tree(`100644,${blob},a`, `100644,${blob},a.b`, `100644,${blob},a0`, `100644,${blob},x/y`);
      const after = await tree(`100644,${blob},a/b`, `100755,${blob},a.b`, `120000,${blob},a0`, `160000,${before},x`);
      await git.output(['branch', 'kinds-before', before], { cwd: work });
      await git.output(['branch', 'kinds-after', after], { cwd: work });
      await codecommit.run('CreateRepository', { repositoryName: 'kinds' });
      const { handle } = await openRepository(codecommit.services, callOf(), {
        repositoryName: 'kinds',
        action: 'codecommit:GitPush',
      });
      await pushEverything(codecommit.services.repositories, handle, git, work);
      const input = { repositoryName: 'kinds', beforeCommitSpecifier: before, afterCommitSpecifier: after };
      const expected = await git.output(['diff-tree', '-r', '--name-status', '--no-renames', before, after], {
        cwd: work,
      });
      const found = await allPages({ ...input, MaxResults: 1 });
      expect(
        found.map(({ changeType, ...blobs }) => `${changeType}\t${(blobs.afterBlob ?? blobs.beforeBlob)?.path}`),
      ).toEqual(expected.replaceAll(/^T/gm, 'M').split('\n'));
    });

    it('goes on where it was after a branch has moved', async () => {
      const [older = ''] = commits.slice(-20);
      await codecommit.run('CreateBranch', { repositoryName, branchName: 'moving', commitId: commits.at(-1) });
      const input = { beforeCommitSpecifier: older, afterCommitSpecifier: 'moving', MaxResults: 1 };
      const first = await get(input);
      await codecommit.run('DeleteBranch', { repositoryName, branchName: 'moving' });
      const second = await get({ ...input, NextToken: first.NextToken });
      const expected = await gitLines(older, 'main');
      expect(rawLines([...first.differences, ...second.differences])).toEqual(expected.slice(0, 2));
    });

    it('refuses bad pages, commits and paths', async () => {
      const input = { beforeCommitSpecifier: commits[0], afterCommitSpecifier: 'main' };
      for (const MaxResults of [0, -1]) {
        await expect(get({ ...input, MaxResults })).rejects.toMatchObject(exception('InvalidMaxResults'));
      }
      const { NextToken } = await get({ ...input, MaxResults: 1 });
      for (const token of ['', 'x', `${NextToken}x`, Buffer.from('["GetDifferences"]').toString('base64url')]) {
        await expect(get({ ...input, NextToken: token })).rejects.toMatchObject(exception('InvalidContinuationToken'));
      }
      await expect(get({ ...input, afterPath: 'src', NextToken })).rejects.toMatchObject(
        exception('InvalidContinuationToken'),
      );
      await expect(get({ ...input, afterPath: 'no/such' })).rejects.toMatchObject(exception('PathDoesNotExist'));
      await expect(get({ ...input, afterPath: '../x' })).rejects.toMatchObject(exception('InvalidPath'));
      await expect(get({})).rejects.toMatchObject(exception('CommitRequired'));
      await expect(get({ afterCommitSpecifier: 'nobody' })).rejects.toMatchObject(exception('CommitDoesNotExist'));
      await expect(get({ ...input, beforeCommitSpecifier: 'a b' })).rejects.toMatchObject(exception('InvalidCommit'));
      await expect(get(input, { principal: userWith(allow('codecommit:GetCommit')) })).rejects.toMatchObject({
        name: 'AccessDeniedError',
      });
    });
  });
});

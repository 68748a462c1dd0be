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
import { pushEverything } from '../../../test/harness/sample-pushes.ts';
import { openRepository } from './git-access.ts';

const exception = (name: string) => ({ exception: `${name}Exception` });
const repositoryName = 'history';
const TEXT = Array.from({ length: 30 }, (_, index) => `line ${index}\n`);

interface Version {
  readonly commit: { readonly commitId: string };
  readonly blobId?: string;
  readonly path: string;
  readonly revisionChildren: readonly string[];
}

describe.each(databaseEngines)('ListFileCommitHistory on $name', (engine) => {
  let codecommit: CodecommitFixture;
  let git: GitClient;
  let cwd: string;
  const commits: Record<string, string> = {};
  const list = (filePath: string | undefined, input: object = {}) =>
    codecommit.run('ListFileCommitHistory', { repositoryName, filePath, ...input });
  /** As `name path [children]`, by the names of the commits. */
  const shown = (versions: readonly Version[]) => {
    const names = new Map(Object.entries(commits).map(([name, id]) => [id, name]));
    return versions.map(({ commit, path, blobId, revisionChildren }) => {
      const children = revisionChildren.map((id) => names.get(id)).sort();
      return `${names.get(commit.commitId)} ${blobId === undefined ? 'no ' : ''}${path} [${children}]`;
    });
  };
  let time = 1_700_000_000;
  const commit = async (name: string, ...args: readonly string[]) => {
    const date = `${++time} +0000`;
    const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    await git.output(['commit', '--quiet', '--allow-empty', '-m', name, ...args], { cwd, env });
    commits[name] = await git.output(['rev-parse', 'HEAD'], { cwd });
  };
  const stage = async (path: string, content: string) => {
    const blob = await git.output(['hash-object', '-w', '--stdin'], { cwd, input: content });
    await git.output(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], { cwd });
  };
  const unstage = (path: string) => git.output(['update-index', '--force-remove', path], { cwd });
  const checkOut = (branch: string) => git.output(['checkout', '--quiet', '--force', branch], { cwd });

  describe.skipIf(engine.skipReason)('', () => {
    beforeAll(async () => {
      codecommit = await codecommitFixture(engine);
      git = await gitClient();
      cwd = join(git.home, 'source');
      await git.output(['init', '--quiet', cwd]);
      await stage('other', 'other');
      await stage('gone', 'gone');
      await commit('start');
      await stage('old/name.txt', TEXT.join(''));
      await commit('added');
      await stage('other', 'changed');
      await unstage('gone');
      await commit('elsewhere');
      await unstage('old/name.txt');
      await stage('new/größe.txt', [...TEXT, 'more\n'].join(''));
      await commit('renamed');
      await git.output(['branch', 'side'], { cwd });
      await stage('new/größe.txt', ['top\n', ...TEXT, 'more\n'].join(''));
      await commit('left');
      await checkOut('side');
      await stage('new/größe.txt', [...TEXT, 'more\n', 'end\n'].join(''));
      await commit('right');
      await checkOut('main');
      await git.output(['merge', '--quiet', '--no-commit', '--no-ff', 'side'], { cwd });
      await commit('merged');
      await stage('new/größe.txt', 'all new\n');
      await commit('last');
      await codecommit.run('CreateRepository', { repositoryName });
      const { handle } = await openRepository(codecommit.services, callOf(), {
        repositoryName,
        action: 'codecommit:GitPush',
      });
      await pushEverything(codecommit.services.repositories, handle, git, cwd);
    });
    afterAll(async () => {
      await codecommit.dispose();
      await git.dispose();
    });

    const WHOLE = [
      'last new/größe.txt []',
      'merged new/größe.txt [last]',
      'right new/größe.txt [merged]',
      'left new/größe.txt [merged]',
      'renamed new/größe.txt [left,right]',
      'added old/name.txt [renamed]',
    ];

    it('follows a file through merges and under its former name', async () => {
      const { revisionDag, nextToken } = await list('/new/größe.txt');
      expect(shown(revisionDag)).toEqual(WHOLE);
      expect(nextToken).toBeUndefined();
      expect(revisionDag[5]).toMatchObject({
        blobId: await git.output(['rev-parse', `${commits.added}:old/name.txt`], { cwd }),
        commit: { message: 'added\n', parents: [commits.start] },
      });
    });

    it('begins at a commit', async () => {
      expect(shown((await list('new/größe.txt', { commitSpecifier: 'side' })).revisionDag)).toEqual([
        'right new/größe.txt []',
        'renamed new/größe.txt [right]',
        'added old/name.txt [renamed]',
      ]);
    });

    it('tells of a deletion, and nothing of what never was', async () => {
      expect(shown((await list('gone')).revisionDag)).toEqual(['elsewhere no gone []', 'start gone [elsewhere]']);
      expect(await list('never')).toEqual({ revisionDag: [] });
      expect(await list('new/*')).toEqual({ revisionDag: [] });
    });

    it('gives pages that belong together', async () => {
      const found: Version[] = [];
      let nextToken: string | undefined;
      do {
        const page = await list('new/größe.txt', { maxResults: 4, nextToken });
        found.push(...page.revisionDag);
        ({ nextToken } = page);
      } while (nextToken !== undefined);
      expect(shown(found)).toEqual(WHOLE);
    });

    it('refuses what it cannot take, and who may not', async () => {
      await expect(list(undefined)).rejects.toMatchObject(exception('Validation'));
      await expect(list('../x')).rejects.toMatchObject(exception('Validation'));
      await expect(list('a', { commitSpecifier: 'nobody' })).rejects.toMatchObject(exception('CommitDoesNotExist'));
      await expect(list('a', { commitSpecifier: 'a b' })).rejects.toMatchObject(exception('InvalidCommit'));
      await expect(list('a', { maxResults: 0 })).rejects.toMatchObject(exception('InvalidMaxResults'));
      await expect(list('a', { nextToken: 'x' })).rejects.toMatchObject(exception('InvalidContinuationToken'));
      const principal = userWith(allow('codecommit:GetFile'));
      await expect(
        codecommit.run('ListFileCommitHistory', { repositoryName, filePath: 'other' }, { principal }),
      ).rejects.toMatchObject({ name: 'AccessDeniedError' });
    });
  });
});

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CodecommitFixture, callOf, codecommitFixture } from '../../../test/harness/codecommit-services.ts';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { type GitClient, gitClient } from '../../../test/harness/git-client.ts';
import { pushEverything } from '../../../test/harness/sample-pushes.ts';
import { openRepository } from './git-access.ts';

const repositoryName = 'bytes';
const LISTED = ['caf\\x5CxE9.txt', 'caf\\xE8.txt', 'caf\\xE9.txt'];

describe.each(databaseEngines)('paths that are not UTF-8 on $name', (engine) => {
  let codecommit: CodecommitFixture;
  let git: GitClient;
  let commitId: string;
  const run: CodecommitFixture['run'] = (name, input, caller) =>
    codecommit.run(name, { repositoryName, ...input }, caller);
  const text = async (filePath: string) => {
    const { fileContent } = await run('GetFile', { filePath });
    return Buffer.from(fileContent as Uint8Array).toString('latin1');
  };

  describe.skipIf(engine.skipReason)('', () => {
    beforeAll(async () => {
      codecommit = await codecommitFixture(engine);
      git = await gitClient();
      const cwd = join(git.home, 'source');
      await git.output(['init', '--quiet', cwd]);
      for (const name of ['caf\\xE9.txt', 'caf\xe8.txt', 'caf\xe9.txt']) {
        const blob = await git.output(['hash-object', '-w', '--stdin'], { cwd, input: Buffer.from(name, 'latin1') });
        const input = Buffer.from(`100644 ${blob}\t${name}\0`, 'latin1');
        await git.output(['update-index', '-z', '--index-info'], { cwd, input });
      }
      await git.output(['commit', '--quiet', '-m', 'First'], { cwd });
      commitId = await git.output(['rev-parse', 'HEAD'], { cwd });
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

    it('are listed so that each can be asked for', async () => {
      const { files } = await run('GetFolder', { folderPath: '/' });
      const paths = (files as { absolutePath: string }[]).map(({ absolutePath }) => absolutePath);
      expect(paths.sort()).toEqual(LISTED);
      expect(new Set(await Promise.all(paths.map(text))).size).toBe(3);
      for (const filePath of LISTED) {
        const { revisionDag } = await run('ListFileCommitHistory', { filePath, commitSpecifier: commitId });
        expect(revisionDag).toMatchObject([{ path: filePath, commit: { commitId } }]);
      }
    });

    it('are written and deleted, and differences tell them', async () => {
      const put = await run('PutFile', {
        filePath: 'caf\\xE8.txt',
        fileContent: Buffer.from('new'),
        branchName: 'main',
        parentCommitId: commitId,
      });
      expect(await text('caf\\xE8.txt')).toBe('new');
      const deleted = await run('DeleteFile', {
        filePath: 'caf\\xE9.txt',
        branchName: 'main',
        parentCommitId: put.commitId,
      });
      const { differences } = await run('GetDifferences', {
        beforeCommitSpecifier: commitId,
        afterCommitSpecifier: deleted.commitId,
      });
      expect(differences).toMatchObject([
        { changeType: 'M', afterBlob: { path: 'caf\\xE8.txt' } },
        { changeType: 'D', beforeBlob: { path: 'caf\\xE9.txt' } },
      ]);
    });

    it.each(['\\xC3\\xA9', '.g\\xE2\\x80\\x8Cit/config'])('are never written %s', async (filePath) => {
      await expect(run('GetFile', { filePath })).rejects.toMatchObject({ exception: 'InvalidPathException' });
      const input = { filePath, fileContent: Buffer.from('x'), branchName: 'main' };
      await expect(run('PutFile', input)).rejects.toMatchObject({ exception: 'InvalidPathException' });
    });
  });
});

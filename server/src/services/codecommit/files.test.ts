import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allow,
  type CodecommitFixture,
  callOf,
  codecommitFixture,
  deny,
  userWith,
} from '../../../test/harness/codecommit-services.ts';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { type GitClient, gitClient } from '../../../test/harness/git-client.ts';
import { pushEverything } from '../../../test/harness/sample-pushes.ts';
import type { Principal } from '../../access/principal.ts';
import { openRepository } from './git-access.ts';

const ACCESS_DENIED = { name: 'AccessDeniedError' };
const MISSING = 'f'.repeat(40);
const exception = (name: string) => ({ exception: `${name}Exception` });
const repositoryName = 'files';

describe.each(databaseEngines)('reading files on $name', (engine) => {
  let codecommit: CodecommitFixture;
  let git: GitClient;
  let cwd: string;
  let commitId: string;
  let firstCommitId: string;
  let annotatedTag: string;
  const run: CodecommitFixture['run'] = (name, input, caller) =>
    codecommit.run(name, { repositoryName, ...input }, caller);
  const idOf = (revision: string) => git.output(['rev-parse', revision], { cwd });
  const getFile = (filePath: string, commitSpecifier?: string, principal?: Principal) =>
    run('GetFile', { filePath, commitSpecifier }, { principal });
  const getFolder = (folderPath: string, commitSpecifier?: string) => run('GetFolder', { folderPath, commitSpecifier });

  /** Stages content under a path and mode that no checkout need allow. */
  const stage = async (path: string, content: string | Buffer, mode = '100644') => {
    const blob = await git.output(['hash-object', '-w', '--stdin'], { cwd, input: content });
    await git.output(['update-index', '--add', '--cacheinfo', `${mode},${blob},${path}`], { cwd });
  };
  const commit = async (message: string) => {
    await git.output(['commit', '--quiet', '--allow-empty', '-F', '-'], { cwd, input: message });
    return idOf('HEAD');
  };

  describe.skipIf(engine.skipReason)('', () => {
    beforeAll(async () => {
      codecommit = await codecommitFixture(engine);
      git = await gitClient();
      cwd = join(git.home, 'source');
      await git.output(['init', '--quiet', cwd]);
      await stage('README.md', 'first\n');
      firstCommitId = await commit('First');
      await stage('README.md', 'second\n');
      await stage('bin/run', '#!/bin/sh\n', '100755');
      await stage('bin/link', '../README.md', '120000');
      await stage('src/deep/er/größe 🚀.txt', 'umlaut\n');
      await stage('src/tab\there', 'tab\n');
      await stage('empty', '');
      await stage('almost', Buffer.alloc(6_291_456, 'a'));
      await stage('huge', Buffer.alloc(6_291_457, 'b'));
      await stage('ten', `${'x'.repeat(10_000_000)}\n`);
      await git.output(['update-index', '--add', '--cacheinfo', `160000,${MISSING},vendor/module`], { cwd });
      commitId = await commit('Second\n\nWith a body.\n');
      await git.output(['tag', 'light', firstCommitId], { cwd });
      await git.output(['tag', '-a', '-m', 'note', 'annotated', firstCommitId], { cwd });
      await git.output(['tag', '-a', '-m', 'note', 'nested', 'annotated'], { cwd });
      await git.output(['tag', 'of-a-tree', `${commitId}^{tree}`], { cwd });
      await git.output(['tag', 'main', firstCommitId], { cwd });
      await git.output(['branch', 'topic/one', firstCommitId], { cwd });
      annotatedTag = await idOf('annotated');
      await codecommit.run('CreateRepository', { repositoryName });
      await codecommit.run('CreateRepository', { repositoryName: 'empty' });
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

    describe('GetFile', () => {
      it('gives a file of the default branch where no commit is named', async () => {
        expect(await getFile('README.md')).toEqual({
          commitId,
          blobId: await idOf('HEAD:README.md'),
          filePath: 'README.md',
          fileMode: 'NORMAL',
          fileSize: 7,
          fileContent: Buffer.from('second\n'),
        });
      });

      it.each([
        ['HEAD', 'second'],
        ['main', 'second'],
        ['refs/heads/main', 'second'],
        ['refs/tags/main', 'first'],
        ['light', 'first'],
        ['annotated', 'first'],
        ['nested', 'first'],
        ['refs/tags/nested', 'first'],
        ['topic/one', 'first'],
      ])('takes %s for a commit', async (specifier, content) => {
        const { fileContent } = await getFile('README.md', specifier);
        expect(fileContent.toString()).toBe(`${content}\n`);
      });

      it('takes a full commit ID, in capitals too', async () => {
        for (const specifier of [firstCommitId, firstCommitId.toUpperCase()]) {
          expect(await getFile('README.md', specifier)).toMatchObject({ commitId: firstCommitId, fileSize: 6 });
        }
      });

      it.each(['nobody', 'refs/heads/nobody', 'refs/remotes/origin/main', MISSING, 'heads/main', 'of-a-tree'])(
        'finds no commit by %s',
        async (specifier) => {
          await expect(getFile('README.md', specifier)).rejects.toMatchObject(exception('CommitDoesNotExist'));
        },
      );

      it('finds no commit by abbreviated IDs, or IDs of other objects', async () => {
        for (const specifier of [firstCommitId.slice(0, 12), annotatedTag, await idOf('HEAD^{tree}')]) {
          await expect(getFile('README.md', specifier)).rejects.toMatchObject(exception('CommitDoesNotExist'));
        }
      });

      it.each(['', 'HEAD~1', 'main^{tree}', 'a b', 'main:README.md', '@{1}', 'a..b', 'refs/heads/', '--all', 'a\nb'])(
        'takes %j for no commit',
        async (specifier) => {
          const refusal = exception(specifier === '--all' ? 'CommitDoesNotExist' : 'InvalidCommit');
          await expect(getFile('README.md', specifier)).rejects.toMatchObject(refusal);
        },
      );

      it('tells modes, and gives the target of a symbolic link', async () => {
        expect(await getFile('bin/run')).toMatchObject({ fileMode: 'EXECUTABLE' });
        const link = await getFile('/bin/link');
        expect(link).toMatchObject({ filePath: 'bin/link', fileMode: 'SYMLINK' });
        expect(link.fileContent.toString()).toBe('../README.md');
      });

      it('finds awkward names, and empty files', async () => {
        expect(await getFile('src/deep/er/größe 🚀.txt')).toMatchObject({ fileSize: 7 });
        expect(await getFile('src/tab\there')).toMatchObject({ fileSize: 4 });
        expect(await getFile('empty')).toMatchObject({ fileSize: 0, fileContent: Buffer.alloc(0) });
      });

      it('gives 6 MB and no byte more', async () => {
        expect((await getFile('almost')).fileContent).toHaveLength(6_291_456);
        await expect(getFile('huge')).rejects.toMatchObject(exception('FileTooLarge'));
        await expect(getFile('ten')).rejects.toMatchObject(exception('FileTooLarge'));
      });

      it.each(['nothing', 'src', 'vendor/module', 'README.md/x', 'bin/link/x', 'src/deep/er/gro\u0308ße 🚀.txt'])(
        'finds no file %s',
        async (path) => {
          await expect(getFile(path)).rejects.toMatchObject(exception('FileDoesNotExist'));
        },
      );

      it.each(['..', 'src/../README.md', './README.md', 'src//tab', 'src/', '//README.md', 'a\0b', 'x/'.repeat(2048)])(
        'refuses the path %j',
        async (path) => {
          await expect(getFile(path)).rejects.toMatchObject(exception('InvalidPath'));
        },
      );

      it('wants a path', async () => {
        await expect(getFile('/')).rejects.toMatchObject(exception('PathRequired'));
        await expect(getFile('')).rejects.toMatchObject(exception('PathRequired'));
        await expect(run('GetFile', {})).rejects.toMatchObject(exception('PathRequired'));
        await expect(getFile('x'.repeat(4097))).rejects.toMatchObject(exception('InvalidPath'));
      });

      it('finds no commit in an empty repository, and no repository that is not there', async () => {
        await expect(run('GetFile', { repositoryName: 'empty', filePath: 'a' })).rejects.toMatchObject(
          exception('CommitDoesNotExist'),
        );
        await expect(run('GetFile', { repositoryName: 'none', filePath: 'a' })).rejects.toMatchObject(
          exception('RepositoryDoesNotExist'),
        );
      });

      it('asks for codecommit:GetFile before it tells what exists', async () => {
        const stranger = userWith(allow('codecommit:GetFolder'));
        await expect(getFile('README.md', undefined, stranger)).rejects.toMatchObject(ACCESS_DENIED);
        await expect(
          run('GetFile', { repositoryName: 'none', filePath: 'a' }, { principal: stranger }),
        ).rejects.toMatchObject(ACCESS_DENIED);
        const reader = userWith(allow('codecommit:GetFile', '*:files'));
        expect(await getFile('README.md', undefined, reader)).toMatchObject({ fileSize: 7 });
      });

      it('stops at a key that is denied to the caller', async () => {
        const keyless = userWith(allow('codecommit:*'), deny('kms:*'));
        await getFile('README.md');
        await expect(getFile('README.md', undefined, keyless)).rejects.toMatchObject(
          exception('EncryptionKeyAccessDenied'),
        );
      });

      it('gives every file while many are asked for at once', async () => {
        const sizes = { almost: 6_291_456, 'README.md': 7, 'bin/run': 10, empty: 0 };
        const paths = Array.from({ length: 50 }, () => Object.keys(sizes).slice(1)).flat();
        const contents = await Promise.all(['almost', 'almost', ...paths].map((path) => getFile(path)));
        for (const { filePath, fileSize } of contents) expect(fileSize).toBe(sizes[filePath as keyof typeof sizes]);
      });
    });

    describe('GetFolder', () => {
      it.each(['', '/'])('lists the root as %j', async (path) => {
        const folder = await getFolder(path);
        expect(folder).toMatchObject({ commitId, folderPath: '', treeId: await idOf('HEAD^{tree}') });
        expect(folder.subFolders).toEqual([
          { treeId: await idOf('HEAD:bin'), absolutePath: 'bin', relativePath: 'bin' },
          { treeId: await idOf('HEAD:src'), absolutePath: 'src', relativePath: 'src' },
          { treeId: await idOf('HEAD:vendor'), absolutePath: 'vendor', relativePath: 'vendor' },
        ]);
        expect(folder.files.map(({ absolutePath }: { absolutePath: string }) => absolutePath)).toEqual([
          'README.md',
          'almost',
          'empty',
          'huge',
          'ten',
        ]);
        expect([folder.symbolicLinks, folder.subModules]).toEqual([[], []]);
      });

      it('lists one level, each kind by itself', async () => {
        expect(await getFolder('bin')).toEqual({
          commitId,
          folderPath: 'bin',
          treeId: await idOf('HEAD:bin'),
          subFolders: [],
          files: [
            {
              blobId: await idOf('HEAD:bin/run'),
              absolutePath: 'bin/run',
              relativePath: 'run',
              fileMode: 'EXECUTABLE',
            },
          ],
          symbolicLinks: [
            {
              blobId: await idOf('HEAD:bin/link'),
              absolutePath: 'bin/link',
              relativePath: 'link',
              fileMode: 'SYMLINK',
            },
          ],
          subModules: [],
        });
        expect((await getFolder('/vendor/')).subModules).toEqual([
          { commitId: MISSING, absolutePath: 'vendor/module', relativePath: 'module' },
        ]);
        expect((await getFolder('src/deep')).subFolders).toMatchObject([
          { absolutePath: 'src/deep/er', relativePath: 'er' },
        ]);
      });

      it('reads a commit of long ago', async () => {
        expect(await getFolder('', firstCommitId)).toMatchObject({ files: [{ relativePath: 'README.md' }] });
      });

      it.each(['nothing', 'README.md', 'vendor/module', 'bin/link'])('finds no folder %s', async (path) => {
        await expect(getFolder(path)).rejects.toMatchObject(exception('FolderDoesNotExist'));
      });

      it.each(['..', 'src/..', '//', 'src//deep'])('refuses the path %j', async (path) => {
        await expect(getFolder(path)).rejects.toMatchObject(exception('InvalidPath'));
      });

      it('wants a path, and the permission', async () => {
        await expect(run('GetFolder', {})).rejects.toMatchObject(exception('PathRequired'));
        const stranger = userWith(allow('codecommit:GetFile'));
        await expect(run('GetFolder', { folderPath: '' }, { principal: stranger })).rejects.toMatchObject(
          ACCESS_DENIED,
        );
      });
    });

    describe('GetBlob', () => {
      const getBlob = (blobId: string, principal?: Principal) => run('GetBlob', { blobId }, { principal });

      it('gives the content of a blob', async () => {
        expect(await getBlob(await idOf('HEAD:README.md'))).toEqual({ content: Buffer.from('second\n') });
        expect(await getBlob((await idOf(`${firstCommitId}:README.md`)).toUpperCase())).toEqual({
          content: Buffer.from('first\n'),
        });
      });

      it('finds no blob by the ID of something else, or of nothing', async () => {
        for (const id of [MISSING, commitId, annotatedTag, await idOf('HEAD:src')]) {
          await expect(getBlob(id)).rejects.toMatchObject(exception('BlobIdDoesNotExist'));
        }
      });

      it('refuses what is no ID, what is too large, and who may not', async () => {
        await expect(getBlob('abc')).rejects.toMatchObject(exception('InvalidBlobId'));
        await expect(getBlob(`${MISSING}\n`)).rejects.toMatchObject(exception('InvalidBlobId'));
        await expect(run('GetBlob', {})).rejects.toMatchObject(exception('BlobIdRequired'));
        await expect(getBlob(await idOf('HEAD:huge'))).rejects.toMatchObject(exception('FileTooLarge'));
        const stranger = userWith(allow('codecommit:GetFile'));
        await expect(getBlob(MISSING, stranger)).rejects.toMatchObject(ACCESS_DENIED);
      });
    });

    describe('GetCommit and BatchGetCommits', () => {
      const getCommit = (id: string) => run('GetCommit', { commitId: id });

      it('tells what git tells of a commit', async () => {
        const date = await git.output(['log', '-1', '--format=%ad', '--date=raw', commitId], { cwd });
        const person = { name: 'Ana Muñoz', email: 'ana@example.com', date };
        expect(await getCommit(commitId)).toEqual({
          commit: {
            commitId,
            treeId: await idOf('HEAD^{tree}'),
            parents: [firstCommitId],
            message: 'Second\n\nWith a body.\n',
            author: person,
            committer: person,
            additionalData: '',
          },
        });
      });

      it('knows no commit by other IDs', async () => {
        for (const id of [MISSING, annotatedTag, await idOf('HEAD^{tree}')]) {
          await expect(getCommit(id)).rejects.toMatchObject(exception('CommitIdDoesNotExist'));
        }
        await expect(getCommit('main')).rejects.toMatchObject(exception('InvalidCommitId'));
        await expect(run('GetCommit', {})).rejects.toMatchObject(exception('CommitIdRequired'));
      });

      it('reports each ID that it cannot give', async () => {
        const { commits, errors } = await run('BatchGetCommits', {
          commitIds: [commitId, 'main', MISSING, firstCommitId.toUpperCase(), commitId],
        });
        expect(commits.map((commit: { commitId: string }) => commit.commitId)).toEqual([commitId, firstCommitId]);
        expect(errors).toMatchObject([
          { commitId: 'main', errorCode: 'InvalidCommitIdException' },
          { commitId: MISSING, errorCode: 'CommitIdDoesNotExistException' },
        ]);
      });

      it('takes at most 100 IDs, and at least one', async () => {
        const ids = (count: number) => Array.from({ length: count }, () => MISSING);
        await expect(run('BatchGetCommits', { commitIds: ids(101) })).rejects.toMatchObject(
          exception('CommitIdsLimitExceeded'),
        );
        await expect(run('BatchGetCommits', { commitIds: [] })).rejects.toMatchObject(
          exception('CommitIdsListRequired'),
        );
        expect((await run('BatchGetCommits', { commitIds: ids(100) })).errors).toHaveLength(1);
      });
    });
  });
});

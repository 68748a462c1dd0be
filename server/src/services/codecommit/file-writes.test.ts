import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  allow,
  type CodecommitFixture,
  callOf,
  codecommitFixture,
  deny,
  userWith,
} from '../../../test/harness/codecommit-services.ts';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { type GitClient, gitClient } from '../../../test/harness/git-client.ts';
import { type Everything, everythingOf, pushEverything, pushReferences } from '../../../test/harness/sample-pushes.ts';
import type { Principal } from '../../access/principal.ts';
import { openRepository } from './git-access.ts';

const ACCESS_DENIED = { name: 'AccessDeniedError' };
const MISSING = 'f'.repeat(40);
const exception = (name: string) => ({ exception: `${name}Exception` });

/** Paths that no commit of the API may write. */
const BAD_PATHS = [
  '..',
  'a/../b',
  './a',
  'a//b',
  'a/',
  '.git/config',
  'a/.GIT/config',
  '.git',
  'GIT~1',
  '.git ',
  '.git.',
  '.git::$INDEX_ALLOCATION/x',
  '.git\\x',
  '.g\u200cit/x',
  'a\0b',
  'a\nb',
  'a\u007f',
  'a\ud800',
  `${'x/'.repeat(21)}x`,
  'x'.repeat(4097),
];

describe.each(databaseEngines)('writing files on $name', (engine) => {
  let codecommit: CodecommitFixture;
  let git: GitClient;
  let cwd: string;
  let base: string;
  let everything: Everything;
  let repositoryName: string;
  let count = 0;
  const run: CodecommitFixture['run'] = (name, input, caller) =>
    codecommit.run(name, { repositoryName, branchName: 'main', ...input }, caller);
  const put = (filePath: string, content: string | Buffer, input: object = {}, principal?: Principal) =>
    run('PutFile', { filePath, fileContent: Buffer.from(content), parentCommitId: base, ...input }, { principal });
  const remove = (filePath: string, input: object = {}, principal?: Principal) =>
    run('DeleteFile', { filePath, parentCommitId: base, ...input }, { principal });
  const create = (input: object, principal?: Principal) =>
    run('CreateCommit', { parentCommitId: base, ...input }, { principal });
  const content = async (filePath: string, commitSpecifier = 'main') =>
    (await run('GetFile', { filePath, commitSpecifier })).fileContent.toString();
  const tip = async (branchName = 'main') => (await run('GetBranch', { branchName })).branch.commitId;
  const commitOf = async (commitId: string) => (await run('GetCommit', { commitId })).commit;
  /** Every path, as `mode path`. */
  const paths = async (commitSpecifier = 'main') => {
    const { differences } = await run('GetDifferences', { afterCommitSpecifier: commitSpecifier });
    return differences.map(({ afterBlob }: { afterBlob: { mode: string; path: string } }) => {
      return `${afterBlob.mode} ${afterBlob.path}`;
    });
  };
  const open = () => openRepository(codecommit.services, callOf(), { repositoryName, action: 'codecommit:GitPush' });
  const makeRepository = async () => {
    repositoryName = `writes-${++count}`;
    await codecommit.run('CreateRepository', { repositoryName });
  };
  const makeFilledRepository = async () => {
    await makeRepository();
    const { handle } = await open();
    await pushReferences(codecommit.services.repositories, handle, everything.references, everything.pack);
  };

  const file = (filePath: string, text: string) => ({ filePath, fileContent: Buffer.from(text) });
  const from = (filePath: string, source: string, isMove = false) => ({
    filePath,
    sourceFile: { filePath: source, isMove },
  });

  describe.skipIf(engine.skipReason)('', () => {
    beforeAll(async () => {
      codecommit = await codecommitFixture(engine);
      git = await gitClient();
      cwd = join(git.home, 'source');
      await git.output(['init', '--quiet', cwd]);
      const stage = async (path: string, text: string, mode = '100644') => {
        const blob = await git.output(['hash-object', '-w', '--stdin'], { cwd, input: text });
        await git.output(['update-index', '--add', '--cacheinfo', `${mode},${blob},${path}`], { cwd });
      };
      await stage('README.md', 'read me\n');
      await stage('bin/run', 'run\n', '100755');
      await stage('src/a/one', '1\n');
      await stage('src/a/two', '2\n');
      await stage('src/b/only', 'only\n');
      await stage('link', 'README.md', '120000');
      await stage('src/kept/.gitkeep', '');
      await git.output(['update-index', '--add', '--cacheinfo', `160000,${MISSING},module`], { cwd });
      await git.output(['commit', '--quiet', '-m', 'base'], { cwd });
      base = await git.output(['rev-parse', 'HEAD'], { cwd });
      await git.output(['tag', 'v1'], { cwd });
      everything = await everythingOf(git, cwd);
    });
    afterAll(async () => {
      await codecommit.dispose();
      await git.dispose();
    });

    describe('refusals, which change nothing', () => {
      beforeAll(makeFilledRepository);

      it.each(BAD_PATHS)('PutFile: refuses the path %j', async (path) => {
        await expect(put(path, 'x')).rejects.toMatchObject(exception('InvalidPath'));
        expect(await tip()).toBe(base);
      });

      it.each(['nothing', 'src', 'src/none/x', 'README.md/x', 'module', 'module/x'])(
        'DeleteFile: finds no file %s',
        async (path) => {
          await expect(remove(path)).rejects.toMatchObject(exception('FileDoesNotExist'));
        },
      );

      it.each<[string, object]>([
        ['FileEntryRequired', {}],
        ['FileEntryRequired', { putFiles: [], deleteFiles: [], setFileModes: [] }],
        ['SourceFileOrContentRequired', { putFiles: [{ filePath: 'a' }] }],
        ['FileContentAndSourceFileSpecified', { putFiles: [{ ...file('a', 'b'), ...from('a', 'link') }] }],
        ['PathRequired', { putFiles: [{ fileContent: Buffer.from('a') }] }],
        ['PathRequired', { deleteFiles: [{ filePath: '' }] }],
        ['InvalidPath', { putFiles: [file('a/../b', 'x')] }],
        ['InvalidPath', { deleteFiles: [{ filePath: '.git/x' }] }],
        ['InvalidPath', { putFiles: [from('a', '../x')] }],
        ['SamePathRequest', { putFiles: [file('a', '1'), file('/a', '2')] }],
        ['SamePathRequest', { deleteFiles: [{ filePath: 'link' }, { filePath: 'link' }] }],
        ['SamePathRequest', { putFiles: [file('link', '1')], deleteFiles: [{ filePath: 'link' }] }],
        ['SamePathRequest', { putFiles: [from('a', 'link', true)], deleteFiles: [{ filePath: 'link' }] }],
        ['SamePathRequest', { putFiles: [from('a', 'link', true), from('b', 'link', true)] }],
        [
          'SamePathRequest',
          { deleteFiles: [{ filePath: 'bin/run' }], setFileModes: [{ filePath: 'bin/run', fileMode: 'NORMAL' }] },
        ],
        ['PutFileEntryConflict', { putFiles: [file('new', '1'), file('new/inside', '2')] }],
        ['FileDoesNotExist', { deleteFiles: [{ filePath: 'nothing' }] }],
        ['FileDoesNotExist', { deleteFiles: [{ filePath: 'src' }] }],
        ['FileDoesNotExist', { putFiles: [from('a', 'nothing')] }],
        ['FileDoesNotExist', { setFileModes: [{ filePath: 'nothing', fileMode: 'NORMAL' }] }],
        ['FilePathConflictsWithSubmodulePath', { deleteFiles: [{ filePath: 'module' }] }],
        ['FilePathConflictsWithSubmodulePath', { putFiles: [from('a', 'module')] }],
        ['FilePathConflictsWithSubmodulePath', { putFiles: [file('module/x', 'y')] }],
        ['RestrictedSourceFile', { putFiles: [from('a', 'src/kept/.gitkeep')] }],
        ['FileModeRequired', { setFileModes: [{ filePath: 'link' }] }],
        ['InvalidFileMode', { setFileModes: [{ filePath: 'bin/run', fileMode: 'SYMLINK' }] }],
        ['InvalidFileMode', { setFileModes: [{ filePath: 'bin/run', fileMode: '0644' }] }],
        ['InvalidFileMode', { setFileModes: [{ filePath: 'link', fileMode: 'NORMAL' }] }],
        ['InvalidFileMode', { putFiles: [{ ...file('a', 'b'), fileMode: 'SYMLINK' }] }],
        ['FileNameConflictsWithDirectoryName', { putFiles: [file('src/a', 'x')] }],
        ['DirectoryNameConflictsWithFileName', { putFiles: [file('bin/run/x', 'y')] }],
        ['NoChange', { putFiles: [file('README.md', 'read me\n')] }],
        ['NoChange', { setFileModes: [{ filePath: 'bin/run', fileMode: 'EXECUTABLE' }] }],
        ['NoChange', { putFiles: [from('src/a/one', 'src/a/one')] }],
        ['BranchNameIsTagName', { putFiles: [file('a', 'b')], branchName: 'v1' }],
        ['BranchDoesNotExist', { putFiles: [file('a', 'b')], branchName: 'nobody' }],
        ['ParentCommitIdRequired', { putFiles: [file('a', 'b')], parentCommitId: undefined }],
        ['ParentCommitDoesNotExist', { putFiles: [file('a', 'b')], parentCommitId: MISSING }],
        ['NameLengthExceeded', { putFiles: [file('a', 'b')], authorName: 'x'.repeat(1025) }],
        ['InvalidEmail', { putFiles: [file('a', 'b')], email: '<>' }],
      ])('CreateCommit: answers %s to %j', async (name, input) => {
        await expect(create(input)).rejects.toMatchObject(exception(name));
        expect(await tip()).toBe(base);
      });
    });

    describe('PutFile', () => {
      beforeEach(makeFilledRepository);

      it('commits a file on top of a branch', async () => {
        const made = await put('/docs/new.md', 'new\n', {
          commitMessage: 'Say more',
          name: 'Ana <Muñoz>\n',
          email: 'ana@example.com',
        });
        expect(made.blobId).toBe(await git.output(['hash-object', '--stdin'], { cwd, input: 'new\n' }));
        expect(await tip()).toBe(made.commitId);
        const commit = await commitOf(made.commitId);
        expect(commit).toMatchObject({
          treeId: made.treeId,
          parents: [base],
          message: 'Say more\n',
          author: { name: 'Ana Muñoz', email: 'ana@example.com' },
        });
        expect(commit.author.date).toMatch(/^\d{10} \+0000$/);
        expect(commit.committer).toEqual(commit.author);
        expect(await content('docs/new.md')).toBe('new\n');
        expect(await content('README.md')).toBe('read me\n');
      });

      it('keeps the mode of a file unless told otherwise', async () => {
        const { commitId } = await put('bin/run', 'run faster\n');
        expect(await paths()).toContain('100755 bin/run');
        await put('bin/run', 'run faster\n', { parentCommitId: commitId, fileMode: 'NORMAL' });
        expect(await paths()).toContain('100644 bin/run');
        await expect(put('x', 'y', { parentCommitId: await tip(), fileMode: 'SYMLINK' })).rejects.toMatchObject(
          exception('InvalidFileMode'),
        );
      });

      it('makes the first branch of an empty repository', async () => {
        await makeRepository();
        const { commitId } = await put('a/b/c', 'first', { parentCommitId: undefined, branchName: 'trunk' });
        expect(await tip('trunk')).toBe(commitId);
        expect((await commitOf(commitId)).parents).toEqual([]);
        expect(await content('a/b/c', 'HEAD')).toBe('first');
        await expect(put('d', 'second', { parentCommitId: undefined, branchName: 'trunk' })).rejects.toMatchObject(
          exception('ParentCommitIdRequired'),
        );
      });

      it('wants the tip of the branch as parent', async () => {
        await expect(put('a', 'b', { parentCommitId: undefined })).rejects.toMatchObject(
          exception('ParentCommitIdRequired'),
        );
        await expect(put('a', 'b', { parentCommitId: MISSING })).rejects.toMatchObject(
          exception('ParentCommitDoesNotExist'),
        );
        await expect(put('a', 'b', { parentCommitId: 'main' })).rejects.toMatchObject(
          exception('InvalidParentCommitId'),
        );
        await put('a', 'b');
        await expect(put('c', 'd')).rejects.toMatchObject(exception('ParentCommitIdOutdated'));
        await makeRepository();
        await expect(put('a', 'b')).rejects.toMatchObject(exception('ParentCommitDoesNotExist'));
      });

      it('wants a branch that is there, and no tag', async () => {
        await expect(put('a', 'b', { branchName: 'nobody' })).rejects.toMatchObject(exception('BranchDoesNotExist'));
        await expect(put('a', 'b', { branchName: 'v1' })).rejects.toMatchObject(exception('BranchNameIsTagName'));
        await expect(put('a', 'b', { branchName: 'a..b' })).rejects.toMatchObject(exception('InvalidBranchName'));
        await expect(put('a', 'b', { branchName: undefined })).rejects.toMatchObject(exception('BranchNameRequired'));
      });

      it('lets one of many writers with the same parent win, and loses nothing', async () => {
        const attempts = await Promise.allSettled(
          Array.from({ length: 8 }, (_, index) => put(`raced-${index}`, String(index))),
        );
        const won = attempts.filter(({ status }) => status === 'fulfilled');
        expect(won).toHaveLength(1);
        for (const attempt of attempts) {
          if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject(exception('ParentCommitIdOutdated'));
        }
        expect((await paths()).filter((path: string) => path.includes('raced'))).toHaveLength(1);
        expect(await codecommit.services.repositories.verify((await open()).handle)).toEqual([]);
      });

      it('lets every writer through who takes the new tip after losing', async () => {
        const write = async (index: number): Promise<void> => {
          try {
            await put(`file-${index}`, String(index), { parentCommitId: await tip() });
          } catch (error) {
            expect(error).toMatchObject(exception('ParentCommitIdOutdated'));
            return write(index);
          }
        };
        await Promise.all(Array.from({ length: 6 }, (_, index) => write(index)));
        expect((await paths()).filter((path: string) => path.includes('file-'))).toHaveLength(6);
      });

      it('lets one of many first writers make the branch', async () => {
        await makeRepository();
        const first = { parentCommitId: undefined };
        const attempts = await Promise.allSettled([put('a', '1', first), put('b', '2', first), put('c', '3', first)]);
        expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const attempt of attempts) {
          if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject(exception('ParentCommitIdRequired'));
        }
      });

      it('refuses content that changes nothing, is empty or too large', async () => {
        await expect(put('README.md', 'read me\n')).rejects.toMatchObject(exception('SameFileContent'));
        await expect(put('empty', '')).rejects.toMatchObject(exception('FileContentRequired'));
        await expect(run('PutFile', { filePath: 'a', parentCommitId: base })).rejects.toMatchObject(
          exception('FileContentRequired'),
        );
        await expect(put('large', Buffer.alloc(6_291_457))).rejects.toMatchObject(
          exception('FileContentSizeLimitExceeded'),
        );
        const line = Buffer.alloc(6_291_456, 'x');
        await put('large', line);
        expect(await content('large')).toBe(line.toString());
      });

      it('tells what is in the way of a file', async () => {
        await expect(put('src', 'x')).rejects.toMatchObject(exception('FileNameConflictsWithDirectoryName'));
        await expect(put('README.md/x', 'x')).rejects.toMatchObject(exception('DirectoryNameConflictsWithFileName'));
        await expect(put('link/x', 'x')).rejects.toMatchObject(exception('DirectoryNameConflictsWithFileName'));
        await expect(put('module', 'x')).rejects.toMatchObject(exception('FilePathConflictsWithSubmodulePath'));
        await expect(put('module/x', 'x')).rejects.toMatchObject(exception('FilePathConflictsWithSubmodulePath'));
      });

      it('takes paths that are only odd', async () => {
        const odd = [
          'größe 🚀.txt',
          'gro\u0308ße',
          '-rf',
          '--all',
          'a\\b',
          'con',
          '.gitignore',
          'git',
          "it's $(x) `y`",
          '*',
        ];
        let parentCommitId = base;
        for (const path of odd) ({ commitId: parentCommitId } = await put(path, path, { parentCommitId }));
        for (const path of odd) expect(await content(path)).toBe(path);
        await put(`${'x/'.repeat(20)}x`, 'deep', { parentCommitId });
      });

      it('lets git refuse what could deceive a checkout', async () => {
        await expect(
          put('.gitmodules', '[submodule "a"]\n\tpath = a\n\turl = --upload-pack=evil\n'),
        ).rejects.toMatchObject(exception('InvalidPath'));
        expect(await tip()).toBe(base);
      });

      it('takes the limits of names, e-mail addresses and messages from the quotas', async () => {
        await expect(put('a', 'b', { name: 'x'.repeat(1025) })).rejects.toMatchObject(exception('NameLengthExceeded'));
        await expect(put('a', 'b', { email: 'x'.repeat(257) })).rejects.toMatchObject(exception('InvalidEmail'));
        await expect(put('a', 'b', { email: 'a@b>\nparent x' })).rejects.toMatchObject(exception('InvalidEmail'));
        await expect(put('a', 'b', { commitMessage: 'x'.repeat(262_145) })).rejects.toMatchObject(
          exception('CommitMessageLengthExceeded'),
        );
        await expect(put('a', 'b', { commitMessage: 'a\0b' })).rejects.toMatchObject(exception('Validation'));
        const { commitId } = await put('a', 'b', { commitMessage: 'x'.repeat(262_144), name: 'x'.repeat(1024) });
        expect((await commitOf(commitId)).message).toHaveLength(262_145);
      });

      it('names the caller where nobody is named, and says what it did', async () => {
        const { commitId } = await put('a', 'b', {}, userWith(allow('codecommit:*')));
        expect(await commitOf(commitId)).toMatchObject({ author: { name: 'ana', email: '' }, message: 'Added a\n' });
        const second = await put('a', 'c', { parentCommitId: commitId, name: ' ', commitMessage: '' });
        expect(await commitOf(second.commitId)).toMatchObject({
          author: { name: `arn:aws:iam::${ACCOUNT}:root` },
          message: 'Edited a\n',
        });
      });

      it('is limited by codecommit:References like a push', async () => {
        const writer = userWith(
          allow('codecommit:*'),
          deny(['codecommit:PutFile', 'codecommit:DeleteFile', 'codecommit:CreateCommit'], '*', {
            StringEqualsIfExists: { 'codecommit:References': ['refs/heads/main'] },
            Null: { 'codecommit:References': 'false' },
          }),
        );
        await run('CreateBranch', { branchName: 'topic', commitId: base });
        await expect(put('a', 'b', {}, writer)).rejects.toMatchObject(ACCESS_DENIED);
        await expect(remove('README.md', {}, writer)).rejects.toMatchObject(ACCESS_DENIED);
        const change = { deleteFiles: [{ filePath: 'README.md' }] };
        await expect(create(change, writer)).rejects.toMatchObject(ACCESS_DENIED);
        expect(await tip()).toBe(base);
        await put('a', 'b', { branchName: 'topic' }, writer);
      });

      it('asks for its own action, before it tells what exists, and for the key', async () => {
        const pusher = userWith(allow(['codecommit:GitPush', 'codecommit:CreateCommit']));
        await expect(put('a', 'b', { branchName: 'nobody' }, pusher)).rejects.toMatchObject(ACCESS_DENIED);
        await expect(put('a', 'b', { repositoryName: 'none' }, pusher)).rejects.toMatchObject(ACCESS_DENIED);
        await expect(put('a', 'b', { repositoryName: 'none' })).rejects.toMatchObject(
          exception('RepositoryDoesNotExist'),
        );
        const keyless = userWith(allow('codecommit:*'), deny('kms:*'));
        await expect(put('a', 'b', {}, keyless)).rejects.toMatchObject(exception('EncryptionKeyAccessDenied'));
      });
    });

    describe('DeleteFile', () => {
      beforeEach(makeFilledRepository);

      it('commits the deletion, and drops folders that are left empty', async () => {
        const blobId = await git.output(['rev-parse', 'HEAD:src/b/only'], { cwd });
        const made = await remove('/src/b/only');
        expect(made).toMatchObject({ blobId, filePath: 'src/b/only' });
        expect(await tip()).toBe(made.commitId);
        expect(await commitOf(made.commitId)).toMatchObject({
          treeId: made.treeId,
          parents: [base],
          message: 'Deleted src/b/only\n',
          author: { name: `arn:aws:iam::${ACCOUNT}:root` },
        });
        await expect(run('GetFolder', { folderPath: 'src/b' })).rejects.toMatchObject(exception('FolderDoesNotExist'));
        expect(await content('src/b/only', base)).toBe('only\n');
      });

      it('keeps a folder that it empties, where it is asked to', async () => {
        await remove('src/b/only', { keepEmptyFolders: true });
        expect((await paths()).filter((path: string) => path.includes('src/b'))).toEqual(['100644 src/b/.gitkeep']);
        await remove('src/a/one', { keepEmptyFolders: true, parentCommitId: await tip() });
        expect((await paths()).filter((path: string) => path.includes('src/a'))).toEqual(['100644 src/a/two']);
      });

      it('leaves the empty tree behind the last file', async () => {
        await makeRepository();
        const { commitId } = await put('only', 'x', { parentCommitId: undefined });
        const { treeId } = await remove('only', { parentCommitId: commitId });
        expect(treeId).toBe(await git.output(['hash-object', '-t', 'tree', '--stdin'], { cwd, input: '' }));
        expect(await run('GetFolder', { folderPath: '/' })).toMatchObject({ files: [], subFolders: [], treeId });
      });

      it('wants the tip of a branch that is there', async () => {
        await expect(remove('link', { parentCommitId: undefined })).rejects.toMatchObject(
          exception('ParentCommitIdRequired'),
        );
        await expect(remove('link', { branchName: 'nobody' })).rejects.toMatchObject(exception('BranchDoesNotExist'));
        await expect(remove('link', { branchName: 'v1' })).rejects.toMatchObject(exception('BranchNameIsTagName'));
        await remove('link');
        await expect(remove('README.md')).rejects.toMatchObject(exception('ParentCommitIdOutdated'));
        await expect(remove('..', {})).rejects.toMatchObject(exception('InvalidPath'));
        await expect(remove('a', {}, userWith(allow('codecommit:PutFile')))).rejects.toMatchObject(ACCESS_DENIED);
      });
    });

    describe('CreateCommit', () => {
      beforeEach(makeFilledRepository);

      it('adds, updates, copies, moves, deletes and changes modes in one commit', async () => {
        const made = await create({
          authorName: 'Bob',
          commitMessage: 'All at once\n',
          putFiles: [
            file('README.md', 'read me again\n'),
            { ...file('tools/new', 'tool\n'), fileMode: 'EXECUTABLE' },
            from('copy', 'bin/run'),
            from('moved/link', 'link', true),
          ],
          deleteFiles: [{ filePath: 'src/b/only' }],
          setFileModes: [{ filePath: 'src/a/one', fileMode: 'EXECUTABLE' }],
        });
        const names = (files: { absolutePath: string; fileMode: string }[]) =>
          files.map(({ absolutePath, fileMode }) => `${fileMode} ${absolutePath}`).sort();
        expect(names(made.filesAdded)).toEqual(['EXECUTABLE copy', 'EXECUTABLE tools/new', 'SYMLINK moved/link']);
        expect(names(made.filesUpdated)).toEqual(['EXECUTABLE src/a/one', 'NORMAL README.md']);
        expect(names(made.filesDeleted)).toEqual(['NORMAL src/b/only', 'SYMLINK link']);
        expect(await paths()).toEqual([
          '100644 README.md',
          '100755 bin/run',
          '100755 copy',
          '160000 module',
          '120000 moved/link',
          '100755 src/a/one',
          '100644 src/a/two',
          '100644 src/kept/.gitkeep',
          '100755 tools/new',
        ]);
        expect(await commitOf(made.commitId)).toMatchObject({
          treeId: made.treeId,
          message: 'All at once\n',
          author: { name: 'Bob' },
        });
        expect(await codecommit.services.repositories.verify((await open()).handle)).toEqual([]);
      });

      it('makes the first commit of an empty repository', async () => {
        await makeRepository();
        const first = { parentCommitId: undefined, putFiles: [file('readme.md', 'Welcome'), file('empty', '')] };
        const made = await create(first);
        expect(made).toMatchObject({
          filesAdded: [{ absolutePath: 'readme.md' }, {}],
          filesUpdated: [],
          filesDeleted: [],
        });
        expect(await paths()).toEqual(['100644 empty', '100644 readme.md']);
      });

      it('makes room first: a file can become a folder, and a folder a file', async () => {
        await create({ deleteFiles: [{ filePath: 'README.md' }], putFiles: [file('README.md/inside', 'x')] });
        expect(await content('README.md/inside')).toBe('x');
        await create({
          parentCommitId: await tip(),
          deleteFiles: [{ filePath: 'src/a/one' }, { filePath: 'src/a/two' }],
          putFiles: [file('src/a', 'x')],
        });
        expect(await content('src/a')).toBe('x');
      });

      it('keeps folders that it empties, where it is asked to', async () => {
        await create({
          keepEmptyFolders: true,
          deleteFiles: [{ filePath: 'src/a/one' }, { filePath: 'src/a/two' }],
          putFiles: [from('elsewhere', 'src/b/only', true)],
        });
        expect((await paths()).filter((path: string) => path.includes('src'))).toEqual([
          '100644 src/a/.gitkeep',
          '100644 src/b/.gitkeep',
          '100644 src/kept/.gitkeep',
        ]);
      });

      it('takes 100 entries and 7 MB, and no more', async () => {
        const files = Array.from({ length: 101 }, (_, index) => file(`many/${index}`, String(index)));
        await expect(create({ putFiles: files })).rejects.toMatchObject(exception('MaximumFileEntriesExceeded'));
        await expect(create({ putFiles: files.slice(1), deleteFiles: [{ filePath: 'link' }] })).rejects.toMatchObject(
          exception('MaximumFileEntriesExceeded'),
        );
        await create({ putFiles: files.slice(1) });
        const large = [file('x', 'x'.repeat(6_291_456)), file('y', 'y'.repeat(1_048_576))];
        await create({ parentCommitId: await tip(), putFiles: large });
        await expect(
          create({ parentCommitId: await tip(), putFiles: [...large, file('z', 'z')] }),
        ).rejects.toMatchObject(exception('FileContentSizeLimitExceeded'));
      });

      it('refuses a folder of more than 6 MB', async () => {
        const work = join(git.home, `folder-${count}`);
        await git.output(['init', '--quiet', work]);
        const blob = await git.output(['hash-object', '-w', '--stdin'], { cwd: work, input: 'x' });
        const lines = Array.from({ length: 29_000 }, (_, index) => `100644 blob ${blob}\t${'n'.repeat(190)}${index}\n`);
        const tree = await git.output(['mktree'], { cwd: work, input: lines.join('') });
        const commit = await git.output(['commit-tree', '-m', 'large', tree], { cwd: work });
        await git.output(['update-ref', 'refs/heads/main', commit], { cwd: work });
        await makeRepository();
        await pushEverything(codecommit.services.repositories, (await open()).handle, git, work);
        const another = { parentCommitId: commit, putFiles: [file('another', 'x')] };
        await expect(create(another)).rejects.toMatchObject(exception('FolderContentSizeLimitExceeded'));
      });

      it('lets one of many writers with the same parent win', async () => {
        const attempts = await Promise.allSettled(
          Array.from({ length: 5 }, (_, index) => create({ putFiles: [file('contended', String(index))] })),
        );
        expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const attempt of attempts) {
          if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject(exception('ParentCommitIdOutdated'));
        }
      });
    });
  });
});

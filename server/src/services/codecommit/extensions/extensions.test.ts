import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  allow,
  type CodecommitFixture,
  callOf,
  codecommitFixture,
  deny,
  OTHER_ACCOUNT,
  REGION,
  userWith,
} from '../../../../test/harness/codecommit-services.ts';
import { databaseEngines } from '../../../../test/harness/databases.ts';
import { type GitClient, gitClient } from '../../../../test/harness/git-client.ts';
import { createHistory } from '../../../../test/harness/histories.ts';
import { pushEverything } from '../../../../test/harness/sample-pushes.ts';
import { rootPrincipal } from '../../../access/principals.ts';
import { openRepository } from '../git-access.ts';

const ACCESS_DENIED = { name: 'AccessDeniedError' };
const exception = (name: string) => ({ exception: `${name}Exception` });
const repositoryName = 'extensions';

describe.each(databaseEngines)('operations of our own on $name', (engine) => {
  let codecommit: CodecommitFixture;
  let git: GitClient;
  let cwd: string;
  const run: CodecommitFixture['run'] = (name, input, caller) =>
    codecommit.run(name, { repositoryName, ...input }, caller);
  /** What all pages together list. */
  const allPages = async (name: string, member: string, input: object) => {
    // biome-ignore lint/suspicious/noExplicitAny: as of the fixture's outputs
    const found: any[] = [];
    let nextToken: string | undefined;
    do {
      const page = await run(name, { ...input, nextToken });
      found.push(...page[member]);
      ({ nextToken } = page);
    } while (nextToken !== undefined);
    return found;
  };
  const lines = async (...args: readonly string[]) => (await git.output(args, { cwd })).split('\n');

  describe.skipIf(engine.skipReason)('', () => {
    beforeAll(async () => {
      codecommit = await codecommitFixture(engine);
      git = await gitClient();
      cwd = join(git.home, 'source.git');
      await createHistory(cwd, { seed: 11, commits: 150, files: 30, binaryBytes: 1000 });
      for (const name of [repositoryName, 'empty']) await codecommit.run('CreateRepository', { repositoryName: name });
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

    describe('GetReferences', () => {
      it('lists branches, then tags, with the commits that they stand for', async () => {
        const expected = [
          ...(await lines('for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads')),
          ...(await lines(
            'for-each-ref',
            '--format=%(refname) %(*objectname) %(objecttype) %(objectname)',
            'refs/tags',
          )),
        ].map((line) => line.split(' '));
        const found = await allPages('GetReferences', 'references', { maxResults: 3 });
        expect(found.map(({ referenceName }) => referenceName)).toEqual(expected.map(([name]) => name));
        const types = new Set(found.map(({ referenceType }) => referenceType));
        expect(types).toEqual(new Set(['BRANCH', 'TAG']));
        for (const { referenceName, commitId } of found) {
          const peeled = await git.run(['rev-parse', '--verify', '--quiet', `${referenceName}^{commit}`], { cwd });
          expect(commitId ?? '').toBe(peeled.stdout.trim());
        }
        expect(found.some(({ commitId }) => commitId === undefined)).toBe(true);
        expect((await run('GetReferences', {})).defaultBranch).toBe('main');
      });

      it('keeps to a type and to a part of the name', async () => {
        const tags = await allPages('GetReferences', 'references', { referenceType: 'TAG' });
        expect(tags.every(({ referenceName }) => referenceName.startsWith('refs/tags/'))).toBe(true);
        const some = await allPages('GetReferences', 'references', { referenceType: 'BRANCH', nameContains: 'mai' });
        expect(some.map(({ referenceName }) => referenceName)).toEqual(['refs/heads/main']);
        expect(await allPages('GetReferences', 'references', { nameContains: 'heads' })).toEqual([]);
      });

      it('has nothing to list of an empty repository', async () => {
        expect(await run('GetReferences', { repositoryName: 'empty' })).toEqual({ references: [] });
      });

      it('refuses what it cannot take, and who may not', async () => {
        const get = (input: object) => run('GetReferences', input);
        await expect(get({ referenceType: 'NOTE' })).rejects.toMatchObject(exception('Validation'));
        await expect(get({ maxResults: 0 })).rejects.toMatchObject(exception('InvalidMaxResults'));
        await expect(get({ nextToken: 'x' })).rejects.toMatchObject(exception('InvalidContinuationToken'));
        await expect(get({ repositoryName: undefined })).rejects.toMatchObject(exception('RepositoryNameRequired'));
        await expect(get({ repositoryName: 'none' })).rejects.toMatchObject(exception('RepositoryDoesNotExist'));
        const stranger = userWith(allow('codecommit:ListBranches'));
        await expect(run('GetReferences', {}, { principal: stranger })).rejects.toMatchObject(ACCESS_DENIED);
        const keyless = userWith(allow('codecommit:*'), deny('kms:*'));
        await expect(run('GetReferences', {}, { principal: keyless })).rejects.toMatchObject(
          exception('EncryptionKeyAccessDenied'),
        );
        const reader = userWith(allow('codecommit:Get*'));
        expect((await run('GetReferences', {}, { principal: reader })).references.length).toBeGreaterThan(3);
      });
    });

    describe('GetCommitHistory', () => {
      const ids = (commits: readonly { commitId: string }[]) => commits.map(({ commitId }) => commitId);

      it('lists what git log lists, in pages of any size', async () => {
        const expected = await lines('log', '--format=%H', 'main');
        for (const maxResults of [7, undefined, 1000, 5000]) {
          expect(ids(await allPages('GetCommitHistory', 'commits', { maxResults }))).toEqual(expected);
        }
        const [first] = (await run('GetCommitHistory', { maxResults: 1 })).commits;
        expect(first).toEqual((await run('GetCommit', { commitId: expected[0] })).commit);
      });

      it('begins where it is told, and keeps to a file or folder', async () => {
        const tag = (await lines('tag', '--list', 'v*'))[0] ?? '';
        const page = await run('GetCommitHistory', { commitSpecifier: `refs/tags/${tag}` });
        expect(page.commitId).toBe(await git.output(['rev-parse', `${tag}^{commit}`], { cwd }));
        const file = (await lines('ls-tree', '-r', '--name-only', 'main:src'))[0];
        for (const path of ['src', '/src/', `src/${file}`, 'docs/größe.md', '*.md', 'no/such']) {
          const plain = path.replace(/^\/|\/$/g, '');
          const expected = await git.output(['--literal-pathspecs', 'log', '--format=%H', 'main', '--', plain], {
            cwd,
          });
          expect(ids(await allPages('GetCommitHistory', 'commits', { path, maxResults: 4 })).join('\n')).toBe(expected);
        }
      });

      it('goes on from the commit where it began', async () => {
        const expected = await lines('log', '--format=%H', 'main');
        await run('CreateBranch', { branchName: 'moving', commitId: expected[0] });
        const first = await run('GetCommitHistory', { commitSpecifier: 'moving', maxResults: 2 });
        await run('DeleteBranch', { branchName: 'moving' });
        const second = await run('GetCommitHistory', {
          commitSpecifier: 'moving',
          maxResults: 2,
          nextToken: first.nextToken,
        });
        expect(ids([...first.commits, ...second.commits])).toEqual(expected.slice(0, 4));
      });

      it('refuses what it cannot take, and who may not', async () => {
        const get = (input: object) => run('GetCommitHistory', input);
        await expect(get({ commitSpecifier: 'nobody' })).rejects.toMatchObject(exception('CommitDoesNotExist'));
        await expect(get({ commitSpecifier: 'a..b' })).rejects.toMatchObject(exception('InvalidCommit'));
        await expect(get({ commitSpecifier: '--all' })).rejects.toMatchObject(exception('CommitDoesNotExist'));
        await expect(get({ path: '../x' })).rejects.toMatchObject(exception('InvalidPath'));
        await expect(get({ path: 'x'.repeat(4097) })).rejects.toMatchObject(exception('InvalidPath'));
        await expect(get({ maxResults: 0 })).rejects.toMatchObject(exception('InvalidMaxResults'));
        await expect(get({ repositoryName: 'empty' })).rejects.toMatchObject(exception('CommitDoesNotExist'));
        const { nextToken } = await get({ maxResults: 1 });
        await expect(get({ path: 'src', nextToken })).rejects.toMatchObject(exception('InvalidContinuationToken'));
        const stranger = userWith(allow('codecommit:GetCommit'));
        await expect(run('GetCommitHistory', {}, { principal: stranger })).rejects.toMatchObject(ACCESS_DENIED);
      });
    });

    describe('GetTree', () => {
      // biome-ignore lint/suspicious/noExplicitAny: as of the fixture's outputs
      const namesOf = (entries: readonly any[]) => entries.map(({ relativePath }) => relativePath);

      it('lists what GetFolder lists, folders first', async () => {
        for (const folderPath of ['', 'src', '/docs/']) {
          const tree = await run('GetTree', { folderPath });
          const folder = await run('GetFolder', { folderPath });
          expect(tree).toMatchObject({
            commitId: folder.commitId,
            treeId: folder.treeId,
            folderPath: folder.folderPath,
          });
          expect(namesOf(tree.entries).slice(0, folder.subFolders.length)).toEqual(namesOf(folder.subFolders));
          const others = [...folder.files, ...folder.symbolicLinks, ...folder.subModules];
          expect(namesOf(tree.entries).slice(folder.subFolders.length).sort()).toEqual(namesOf(others).sort());
          for (const file of folder.files) {
            const { treeId: _, blobId, ...rest } = file;
            expect(tree.entries).toContainEqual(expect.objectContaining({ ...rest, objectId: blobId, type: 'FILE' }));
          }
        }
      });

      it('tells the last commit of each entry as git log does', async () => {
        const past = await git.output(['rev-parse', 'main~5'], { cwd });
        for (const [commitSpecifier, folderPath] of [
          ['main', ''],
          ['main', 'src'],
          ['main', 'docs'],
          [past, ''],
        ] as const) {
          const { entries, lastCommits } = await run('GetTree', { commitSpecifier, folderPath });
          for (const { absolutePath, lastCommitId } of entries) {
            const args = ['--literal-pathspecs', 'log', '-1', '--format=%H', commitSpecifier, '--', absolutePath];
            expect([absolutePath, lastCommitId]).toEqual([absolutePath, await git.output(args, { cwd })]);
          }
          const shown = new Set(lastCommits.map(({ commitId }: { commitId: string }) => commitId));
          // biome-ignore lint/suspicious/noExplicitAny: as of the fixture's outputs
          expect(shown).toEqual(new Set(entries.map((entry: any) => entry.lastCommitId)));
          expect(lastCommits).toHaveLength(shown.size);
        }
      });

      it('refuses what it cannot take, and who may not', async () => {
        const get = (input: object) => run('GetTree', input);
        await expect(get({ folderPath: 'no/such' })).rejects.toMatchObject(exception('FolderDoesNotExist'));
        await expect(get({ folderPath: '..' })).rejects.toMatchObject(exception('InvalidPath'));
        await expect(get({ folderPath: 'x'.repeat(4097) })).rejects.toMatchObject(exception('InvalidPath'));
        await expect(get({ commitSpecifier: 'nobody' })).rejects.toMatchObject(exception('CommitDoesNotExist'));
        const stranger = userWith(allow('codecommit:GetFolder'));
        await expect(run('GetTree', {}, { principal: stranger })).rejects.toMatchObject(ACCESS_DENIED);
      });
    });

    describe('ListRepositoriesForEncryptionKey', () => {
      // A thousand make a page.
      const MANY = 1001;
      let kmsKeyId: string;
      const names = Array.from({ length: MANY }, (_, index) => `many-${String(index).padStart(4, '0')}`);
      const listed = (caller?: Parameters<CodecommitFixture['run']>[2], input = {}) =>
        codecommit.run('ListRepositoriesForEncryptionKey', { kmsKeyId, ...input }, caller);
      const namesOf = ({ repositories }: { repositories: { repositoryName: string }[] }) =>
        repositories.map((each) => each.repositoryName);

      beforeAll(async () => {
        kmsKeyId = (await codecommit.runKms('CreateKey', {})).KeyMetadata.Arn;
        const input = { repositoryName: names[0], repositoryDescription: 'the first', kmsKeyId };
        await codecommit.run('CreateRepository', input);
        const { database } = codecommit.services;
        const row = await database
          .selectFrom('repositories')
          .selectAll()
          .where('repository_name', '=', names[0] ?? '')
          .executeTakeFirstOrThrow();
        const rows = names.slice(1).map((repository_name) => ({
          ...row,
          repository_name,
          repository_id: randomUUID(),
          description: null,
          tags: JSON.stringify(repository_name === 'many-0007' ? { team: 'blue' } : {}),
        }));
        for (let start = 0; start < rows.length; start += 500) {
          await database
            .insertInto('repositories')
            .values(rows.slice(start, start + 500))
            .execute();
        }
      });

      it('lists those of the key in pages, by name, and no others', async () => {
        const first = await listed();
        expect(first.repositories[0]).toEqual({
          repositoryName: 'many-0000',
          repositoryId: expect.any(String),
          repositoryDescription: 'the first',
        });
        expect(namesOf(first)).toEqual(names.slice(0, 1000));
        const second = await listed({}, { nextToken: first.nextToken });
        expect([namesOf(second), second.nextToken]).toEqual([names.slice(1000), undefined]);
        expect(namesOf(await listed({ region: 'eu-west-1' }))).toEqual([]);
        expect(namesOf(await listed({ principal: rootPrincipal(OTHER_ACCOUNT) }))).toEqual([]);
      });

      it('tells of them also while the key lets nobody in', async () => {
        await codecommit.runKms('DisableKey', { KeyId: kmsKeyId });
        expect(namesOf(await listed())).toHaveLength(1000);
        await codecommit.runKms('ScheduleKeyDeletion', { KeyId: kmsKeyId });
        expect(namesOf(await listed())).toHaveLength(1000);
      });

      it('tells of those alone that the caller may ask about', async () => {
        const of = async (...statements: readonly object[]) =>
          namesOf(await listed({ principal: userWith(allow('codecommit:ListRepositories'), ...statements) }));
        const arn = (name: string) => `arn:aws:codecommit:${REGION}:${ACCOUNT}:${name}`;
        expect(await of()).toEqual([]);
        expect(await of(allow('codecommit:GetRepository', arn('many-000?')))).toEqual(names.slice(0, 10));
        const blue = { StringEquals: { 'aws:ResourceTag/team': 'blue' } };
        expect(await of(allow('codecommit:GetRepository', '*', blue))).toEqual(['many-0007']);
        expect(
          await of(allow('codecommit:GetRepository', arn('many-000?')), deny('codecommit:*', arn('many-0003'))),
        ).toEqual(names.slice(0, 10).toSpliced(3, 1));
      });

      it('refuses what it cannot take, and who may not', async () => {
        await expect(listed({ principal: userWith(allow('codecommit:GetRepository')) })).rejects.toMatchObject(
          ACCESS_DENIED,
        );
        for (const [input, name] of [
          [{ kmsKeyId: undefined }, 'EncryptionKeyRequired'],
          [{ kmsKeyId: 'no key' }, 'EncryptionKeyInvalidId'],
          [{ nextToken: 'none of ours' }, 'InvalidContinuationToken'],
        ] as const) {
          await expect(listed({}, input), name).rejects.toMatchObject(exception(name));
        }
        const { nextToken } = await listed();
        const other = listed({}, { nextToken, kmsKeyId: kmsKeyId.replace('key/', 'key/1') });
        await expect(other).rejects.toMatchObject(exception('InvalidContinuationToken'));
      });
    });
  });
});

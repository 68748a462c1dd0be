import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  allow,
  type CodecommitFixture,
  callOf,
  codecommitFixture,
  deny,
  REGION,
  userWith,
} from '../../../test/harness/codecommit-services.ts';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { pushReferences, type SampleHistory, sampleHistory } from '../../../test/harness/sample-pushes.ts';
import type { Principal } from '../../access/principal.ts';
import { openRepository } from './git-access.ts';

const ACCESS_DENIED = { name: 'AccessDeniedError' };
const exception = (name: string) => ({ exception: `${name}Exception` });
const MISSING_COMMIT = 'f'.repeat(40);
const BAD_NAMES = [
  '/a',
  'a/',
  '.a',
  'a.',
  'a..b',
  'a//b',
  'a@{b',
  '@',
  'a b',
  'a?',
  'a^',
  'a*',
  'a[',
  'a\\',
  'a~',
  'a:',
  'a\n',
  'a\0',
  'HEAD',
  'x'.repeat(257),
  '0123456789abcdef0123456789abcdef01234567',
  '',
];

describe.each(databaseEngines)('branches on $name', (engine) => {
  let codecommit: CodecommitFixture;
  let history: SampleHistory;
  let first: string;
  let second: string;
  let third: string;
  let repositoryName: string;
  const run: CodecommitFixture['run'] = (...parameters) => codecommit.run(...parameters);

  const createBranch = (branchName: string, commitId: string, principal?: Principal) =>
    run('CreateBranch', { repositoryName, branchName, commitId }, { principal });
  const getBranch = async (branchName: string) => (await run('GetBranch', { repositoryName, branchName })).branch;
  const deleteBranch = (branchName: string, principal?: Principal) =>
    run('DeleteBranch', { repositoryName, branchName }, { principal });
  const setDefault = (defaultBranchName: string) => run('UpdateDefaultBranch', { repositoryName, defaultBranchName });
  const branches = async (): Promise<string[]> => (await run('ListBranches', { repositoryName })).branches;
  const metadata = async () => (await run('GetRepository', { repositoryName })).repositoryMetadata;
  const openForPush = () =>
    openRepository(codecommit.services, callOf(), { repositoryName, action: 'codecommit:GitPush' });
  const push = async (references: Record<string, string>) =>
    pushReferences(codecommit.services.repositories, (await openForPush()).handle, references, history.pack);
  /** As if the repository had last been changed long ago. */
  const age = async () =>
    codecommit.services.database
      .updateTable('repositories')
      .set({ updated_at: 1 })
      .where('repository_name', '=', repositoryName)
      .execute();
  const isModified = async () => (await metadata()).lastModifiedDate.getTime() > 1;

  describe.skipIf(engine.skipReason)('', () => {
    beforeAll(async () => {
      codecommit = await codecommitFixture(engine);
      history = await sampleHistory('branches');
      [first, second, third] = history.commits;
    });
    afterAll(() => codecommit.dispose());
    beforeEach(async () => {
      repositoryName = `r-${randomUUID()}`;
      await run('CreateRepository', { repositoryName });
    });

    it('are none in an empty repository', async () => {
      expect(await run('ListBranches', { repositoryName })).toEqual({ branches: [] });
      await expect(getBranch('main')).rejects.toMatchObject(exception('BranchDoesNotExist'));
      await expect(createBranch('main', first)).rejects.toMatchObject(exception('CommitDoesNotExist'));
      await expect(setDefault('main')).rejects.toMatchObject(exception('BranchDoesNotExist'));
      expect(await deleteBranch('main')).toEqual({});
    });

    it('appear with a push, and the first becomes the default', async () => {
      await age();
      await push({ 'refs/heads/main': third, 'refs/heads/größe': first, 'refs/tags/v1': history.annotatedTag });
      expect(await getBranch('main')).toEqual({ branchName: 'main', commitId: third });
      expect(await branches()).toEqual(['größe', 'main']);
      expect((await metadata()).defaultBranch).toBe('main');
      expect(await isModified()).toBe(true);
    });

    describe('CreateBranch', () => {
      it('points a new branch to a commit and leaves the default alone', async () => {
        await push({ 'refs/heads/main': third });
        await age();
        expect(await createBranch('feature/a', second)).toEqual({});
        expect(await getBranch('feature/a')).toEqual({ branchName: 'feature/a', commitId: second });
        expect((await metadata()).defaultBranch).toBe('main');
        expect(await isModified()).toBe(true);
      });

      it('takes a commit ID in capitals', async () => {
        await push({ 'refs/heads/main': third });
        await createBranch('a', first.toUpperCase());
        expect(await getBranch('a')).toEqual({ branchName: 'a', commitId: first });
      });

      it('makes the first branch the default', async () => {
        await push({ 'refs/tags/v1': third });
        expect((await metadata()).defaultBranch).toBeUndefined();
        await createBranch('trunk', third);
        expect((await metadata()).defaultBranch).toBe('trunk');
      });

      it('refuses a name that is taken, or that a branch stands in the way of', async () => {
        await push({ 'refs/heads/a/b': third });
        for (const name of ['a/b', 'a', 'a/b/c']) {
          await expect(createBranch(name, first)).rejects.toMatchObject(exception('BranchNameExists'));
        }
        await createBranch('a/B', first);
      });

      it('refuses what is no commit of the repository', async () => {
        await push({ 'refs/heads/main': third, 'refs/tags/v1': history.annotatedTag });
        for (const id of [MISSING_COMMIT, history.tree, history.blob, history.annotatedTag]) {
          await expect(createBranch('a', id)).rejects.toMatchObject({
            ...exception('CommitDoesNotExist'),
            message: `Commit ${id} does not exist`,
          });
        }
        for (const id of [first.slice(0, 39), `${first}0`, 'main', '']) {
          await expect(createBranch('a', id)).rejects.toMatchObject(exception('InvalidCommitId'));
        }
        const elsewhere = `r-${randomUUID()}`;
        await run('CreateRepository', { repositoryName: elsewhere });
        await expect(
          run('CreateBranch', { repositoryName: elsewhere, branchName: 'a', commitId: first }),
        ).rejects.toMatchObject(exception('CommitDoesNotExist'));
      });

      it('gives a name to one of many', async () => {
        await push({ 'refs/heads/main': third });
        const results = await Promise.allSettled(
          [first, second, third, first, second].map((commitId) => createBranch('a', commitId)),
        );
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const result of results) {
          if (result.status === 'rejected') expect(result.reason).toMatchObject(exception('BranchNameExists'));
        }
      });
    });

    it.each(BAD_NAMES)('cannot be named %j, in any operation', async (name) => {
      const attempts = [
        () => createBranch(name, first),
        () => getBranch(name),
        () => deleteBranch(name),
        () => setDefault(name),
      ];
      for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(exception('InvalidBranchName'));
    });

    it('of an unknown repository are told so', async () => {
      repositoryName = `r-${randomUUID()}`;
      const attempts = [
        () => createBranch('a', first),
        () => getBranch('a'),
        () => deleteBranch('a'),
        () => setDefault('a'),
        branches,
      ];
      for (const attempt of attempts)
        await expect(attempt()).rejects.toMatchObject(exception('RepositoryDoesNotExist'));
    });

    describe('ListBranches', () => {
      const names = Array.from(
        { length: 2100 },
        (_, index) => `${['a', 'Z', 'ü', 'b/c', '\u{1f680}'][index % 5]}${index}`,
      );
      const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const page = (nextToken?: string): Promise<{ branches: string[]; nextToken?: string }> =>
        run('ListBranches', { repositoryName, nextToken });

      beforeEach(async () => {
        await push(Object.fromEntries([...names.map((name) => [`refs/heads/${name}`, first]), ['refs/tags/t', first]]));
      });

      it('gives every branch once, in the order of bytes', async () => {
        const pages = [await page()];
        for (let last = pages[0]; last?.nextToken !== undefined; last = pages.at(-1))
          pages.push(await page(last.nextToken));
        expect(pages.map(({ branches }) => branches.length)).toEqual([1000, 1000, 100]);
        expect(pages.flatMap(({ branches }) => branches)).toEqual(sorted);
      });

      it('stays right while branches come and go', async () => {
        const { branches: seen, nextToken } = await page();
        await createBranch('AAA', first);
        await deleteBranch(seen.at(-1) ?? '');
        await createBranch('zzz', first);
        const next = await page(nextToken);
        expect(next.branches.slice(0, 5)).toEqual(sorted.slice(1000, 1005));
      });

      it('refuses tokens of another repository, and garbage', async () => {
        const { nextToken } = await page();
        for (const token of ['garbage', '', `${nextToken}x`]) {
          await expect(page(token)).rejects.toMatchObject(exception('InvalidContinuationToken'));
        }
        repositoryName = `r-${randomUUID()}`;
        await run('CreateRepository', { repositoryName });
        await expect(page(nextToken)).rejects.toMatchObject(exception('InvalidContinuationToken'));
      });
    });

    describe('UpdateDefaultBranch', () => {
      it('changes the default to a branch that exists; again is a success', async () => {
        await push({ 'refs/heads/main': third, 'refs/heads/prod': first });
        await age();
        expect(await setDefault('prod')).toEqual({});
        expect((await metadata()).defaultBranch).toBe('prod');
        expect(await isModified()).toBe(true);
        const { repositoryId } = await metadata();
        expect((await codecommit.services.repositories.references(repositoryId)).defaultBranch).toBe('prod');
        expect(await setDefault('prod')).toEqual({});
      });

      it('refuses what is not a branch', async () => {
        await push({ 'refs/heads/main': third, 'refs/tags/v1': first });
        for (const name of ['unknown', 'v1', 'refs/heads/main']) {
          await expect(setDefault(name)).rejects.toMatchObject({
            ...exception('BranchDoesNotExist'),
            message: `Branch ${name} does not exist`,
          });
        }
        expect((await metadata()).defaultBranch).toBe('main');
      });

      it('never leaves a default that is deleted at the same time', async () => {
        await push(
          Object.fromEntries(
            ['main', ...Array.from({ length: 10 }, (_, i) => `b${i}`)].map((n) => [`refs/heads/${n}`, first]),
          ),
        );
        for (let index = 0; index < 10; index++) {
          const [made, deleted] = await Promise.allSettled([setDefault(`b${index}`), deleteBranch(`b${index}`)]);
          expect(made.status === 'fulfilled' && deleted.status === 'fulfilled').toBe(false);
          expect(await branches()).toContain((await metadata()).defaultBranch);
        }
      });
    });

    describe('DeleteBranch', () => {
      it('tells what the branch was, and succeeds without it', async () => {
        await push({ 'refs/heads/main': third, 'refs/heads/old': second });
        await age();
        expect(await deleteBranch('old')).toEqual({ deletedBranch: { branchName: 'old', commitId: second } });
        expect(await isModified()).toBe(true);
        expect(await deleteBranch('old')).toEqual({});
        await expect(getBranch('old')).rejects.toMatchObject({
          ...exception('BranchDoesNotExist'),
          message: 'Branch old does not exist',
        });
        expect(await branches()).toEqual(['main']);
      });

      it('refuses the default branch until another is the default', async () => {
        await push({ 'refs/heads/main': third, 'refs/heads/prod': second });
        await expect(deleteBranch('main')).rejects.toMatchObject(exception('DefaultBranchCannotBeDeleted'));
        await setDefault('prod');
        expect(await deleteBranch('main')).toEqual({ deletedBranch: { branchName: 'main', commitId: third } });
      });

      it('is told to one of many', async () => {
        await push({ 'refs/heads/main': third, 'refs/heads/old': second });
        const answers = await Promise.all(Array.from({ length: 5 }, () => deleteBranch('old')));
        expect(answers.filter(({ deletedBranch }) => deletedBranch !== undefined)).toHaveLength(1);
      });

      it('deletes a branch that moves meanwhile', async () => {
        await push({ 'refs/heads/main': third, 'refs/heads/busy': first });
        const { handle } = await openForPush();
        const { repositories } = codecommit.services;
        const move = (oldObjectId: string, newObjectId: string) =>
          repositories.updateReferences(handle, [{ name: 'refs/heads/busy', oldObjectId, newObjectId }], {
            atomic: true,
          });
        const [, answer] = await Promise.all([
          (async () => {
            for (let round = 0; round < 10; round++) {
              await move(first, second);
              await move(second, first);
            }
          })(),
          deleteBranch('busy'),
        ]);
        expect([first, second]).toContain(answer.deletedBranch.commitId);
        expect(await branches()).toEqual(['main']);
      });
    });

    describe('policies', () => {
      const protectMain = deny(['codecommit:CreateBranch', 'codecommit:DeleteBranch'], '*', {
        StringEqualsIfExists: { 'codecommit:References': ['refs/heads/prod'] },
        Null: { 'codecommit:References': 'false' },
      });

      it('see the full name of the branch that is created or deleted', async () => {
        await push({ 'refs/heads/main': third, 'refs/heads/prod': second });
        const principal = userWith(allow('codecommit:*'), protectMain);
        await expect(deleteBranch('prod', principal)).rejects.toMatchObject(ACCESS_DENIED);
        await createBranch('prod2', first, principal);
        await deleteBranch('prod2', principal);
        await deleteBranch('prod');
        await expect(createBranch('prod', first, principal)).rejects.toMatchObject(ACCESS_DENIED);
        const arn = `arn:aws:codecommit:${REGION}:${ACCOUNT}:${repositoryName}`;
        const onlyFeatures = userWith(
          allow('codecommit:CreateBranch', arn, { StringLike: { 'codecommit:References': 'refs/heads/feature/*' } }),
        );
        await createBranch('feature/x', first, onlyFeatures);
        await expect(createBranch('other', first, onlyFeatures)).rejects.toMatchObject(ACCESS_DENIED);
      });

      it('are asked for each operation, before anything is told', async () => {
        await push({ 'refs/heads/main': third });
        const principal = userWith(allow('codecommit:GitPush'));
        for (const [operation, input] of [
          ['CreateBranch', { branchName: 'a', commitId: MISSING_COMMIT }],
          ['GetBranch', { branchName: 'a' }],
          ['ListBranches', {}],
          ['UpdateDefaultBranch', { defaultBranchName: 'a' }],
          ['DeleteBranch', { branchName: 'main' }],
        ] as const) {
          for (const name of [repositoryName, 'unknown']) {
            await expect(run(operation, { repositoryName: name, ...input }, { principal })).rejects.toMatchObject(
              ACCESS_DENIED,
            );
          }
        }
      });
    });

    it('of a repository that is deleted while it is pushed to are neither kept nor half there', async () => {
      const { database, repositories } = codecommit.services;
      for (let round = 0; round < 5; round++) {
        repositoryName = `r-${randomUUID()}`;
        await run('CreateRepository', { repositoryName });
        const { handle } = await openForPush();
        await Promise.allSettled([
          pushReferences(repositories, handle, { 'refs/heads/main': third }, history.pack),
          run('DeleteRepository', { repositoryName }),
        ]);
        await run('DeleteRepository', { repositoryName });
        const ofRepository = (table: 'repository_references' | 'repositories') =>
          database.selectFrom(table).select('repository_id').where('repository_id', '=', handle.repositoryId).execute();
        expect(await ofRepository('repositories')).toEqual([]);
        expect(await ofRepository('repository_references')).toEqual([]);
        const visible = await database
          .selectFrom('packs')
          .select('pack_id')
          .where('repository_id', '=', handle.repositoryId)
          .where('dropped_at', 'is', null)
          .execute();
        expect(visible).toEqual([]);
        await expect(
          pushReferences(repositories, handle, { 'refs/heads/late': third }, history.pack),
        ).rejects.toThrow();
      }
    });
  });
});

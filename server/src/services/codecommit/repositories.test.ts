import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  allow,
  type CodecommitFixture,
  codecommitFixture,
  deny,
  OTHER_ACCOUNT,
  REGION,
  userWith,
} from '../../../test/harness/codecommit-services.ts';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { rootPrincipal } from '../../access/principals.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ACCESS_DENIED = { name: 'AccessDeniedError' };
const exception = (name: string) => ({ exception: `${name}Exception` });
const newName = () => `r-${randomUUID()}`;
const arn = (name: string) => `arn:aws:codecommit:${REGION}:${ACCOUNT}:${name}`;

describe.each(databaseEngines)('repositories on $name', (engine) => {
  let codecommit: CodecommitFixture;
  const run: CodecommitFixture['run'] = (...parameters) => codecommit.run(...parameters);
  const create = async (repositoryName = newName(), more: object = {}) =>
    (await run('CreateRepository', { repositoryName, ...more })).repositoryMetadata;
  const count = async (table: 'repositories' | 'repository_references' | 'packs', repositoryId: string) =>
    (
      await codecommit.services.database
        .selectFrom(table)
        .select('repository_id')
        .where('repository_id', '=', repositoryId)
        .execute()
    ).length;

  describe.skipIf(engine.skipReason)('', () => {
    beforeAll(async () => {
      codecommit = await codecommitFixture(engine);
    });
    afterAll(() => codecommit.dispose());

    describe('CreateRepository', () => {
      it('answers with the metadata of an empty repository, without its tags', async () => {
        const before = Date.now();
        const metadata = await create('MyDemoRepo', {
          repositoryDescription: 'A <b>demo</b> ☃',
          tags: { Team: 'Saanvi' },
        });
        expect(metadata).toEqual({
          accountId: ACCOUNT,
          repositoryId: expect.stringMatching(UUID),
          repositoryName: 'MyDemoRepo',
          repositoryDescription: 'A <b>demo</b> ☃',
          defaultBranch: undefined,
          creationDate: metadata.lastModifiedDate,
          lastModifiedDate: expect.any(Date),
          cloneUrlHttp: `https://git.${REGION}.example.com/v1/repos/MyDemoRepo`,
          cloneUrlSsh: `ssh://git.${REGION}.example.com/v1/repos/MyDemoRepo`,
          Arn: arn('MyDemoRepo'),
          kmsKeyId: expect.stringMatching(new RegExp(`^arn:aws:kms:${REGION}:${ACCOUNT}:key/[0-9a-f-]{36}$`)),
        });
        expect(metadata.creationDate.getTime()).toBeGreaterThanOrEqual(before);
        expect((await run('GetRepository', { repositoryName: 'MyDemoRepo' })).repositoryMetadata).toEqual(metadata);
      });

      it('refuses a name that is taken, and takes one that differs in case', async () => {
        const name = newName();
        await create(name);
        await expect(create(name)).rejects.toMatchObject({
          ...exception('RepositoryNameExists'),
          message: `Repository named ${name} already exists`,
          status: 400,
        });
        await create(name.toUpperCase());
      });

      it('lets one of many that run at once have the name', async () => {
        const name = newName();
        const results = await Promise.allSettled(Array.from({ length: 8 }, () => create(name)));
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const result of results) {
          if (result.status === 'rejected') expect(result.reason).toMatchObject(exception('RepositoryNameExists'));
        }
      });

      it('stops at 1,000 repositories of an account and Region', async () => {
        const caller = { principal: rootPrincipal(OTHER_ACCOUNT) };
        const inOther = (name: string, region = REGION) =>
          run('CreateRepository', { repositoryName: name }, { ...caller, region });
        const { repositoryMetadata: first } = await inOther('first');
        const row = await codecommit.services.database
          .selectFrom('repositories')
          .selectAll()
          .where('repository_id', '=', first.repositoryId)
          .executeTakeFirstOrThrow();
        for (let start = 0; start < 990; start += 495) {
          const rows = Array.from({ length: 495 }, (_, index) => ({
            ...row,
            repository_id: randomUUID(),
            repository_name: `bulk-${start + index}`,
          }));
          await codecommit.services.database.insertInto('repositories').values(rows).execute();
        }
        // 991 are there; of these, nine fit.
        const results = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => inOther(`race-${index}`)));
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(9);
        await expect(inOther('c')).rejects.toMatchObject(exception('RepositoryLimitExceeded'));
        await expect(inOther('first')).rejects.toMatchObject(exception('RepositoryNameExists'));
        await inOther('c', 'eu-west-1');
        await run('DeleteRepository', { repositoryName: 'bulk-7' }, caller);
        await inOther('c');
      });

      it('keeps no empty description and refuses one that cannot be stored', async () => {
        expect((await create(newName(), { repositoryDescription: '' })).repositoryDescription).toBeUndefined();
        await expect(create(newName(), { repositoryDescription: 'a\0b' })).rejects.toMatchObject(
          exception('InvalidRepositoryDescription'),
        );
      });

      it.each([
        ['bad name', { repositoryName: 'bad name' }, 'InvalidRepositoryName'],
        ['x.git', { repositoryName: 'x.git' }, 'InvalidRepositoryName'],
        ['no name', {}, 'RepositoryNameRequired'],
        ['a system tag', { repositoryName: 'x', tags: { 'AWS:x': '' } }, 'InvalidSystemTagUsage'],
        [
          '51 tags',
          { repositoryName: 'x', tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, ''])) },
          'TooManyTags',
        ],
        [
          'a long description',
          { repositoryName: 'x', repositoryDescription: 'x'.repeat(1001) },
          'InvalidRepositoryDescription',
        ],
      ])('refuses %s', async (_what, input, name) => {
        await expect(run('CreateRepository', input)).rejects.toMatchObject(exception(name));
      });

      it('needs the action on the ARN, and sees the tags of the request', async () => {
        const team = {
          StringEquals: { 'aws:RequestTag/Team': 'red' },
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['Team'] },
        };
        const principal = userWith(allow('codecommit:CreateRepository', arn('red-*'), team));
        const attempt = (repositoryName: string, tags?: object) =>
          run('CreateRepository', { repositoryName, ...(tags && { tags }) }, { principal });
        await attempt('red-1', { Team: 'red' });
        for (const [name, tags] of [
          ['blue-1', { Team: 'red' }],
          ['red-2', { Team: 'blue' }],
          ['red-2', { Team: 'red', Extra: '1' }],
          ['red-2', undefined],
        ] as const) {
          await expect(attempt(name, tags)).rejects.toMatchObject(ACCESS_DENIED);
        }
        await expect(run('GetRepository', { repositoryName: 'red-2' })).rejects.toMatchObject(
          exception('RepositoryDoesNotExist'),
        );
      });
    });

    describe('GetRepository', () => {
      it('tells only those who may ask that a repository does not exist', async () => {
        const repositoryName = newName();
        await expect(run('GetRepository', { repositoryName })).rejects.toMatchObject({
          ...exception('RepositoryDoesNotExist'),
          message: `${repositoryName} does not exist`,
        });
        const stranger = { principal: userWith(allow('codecommit:ListRepositories')) };
        await expect(run('GetRepository', { repositoryName }, stranger)).rejects.toMatchObject(ACCESS_DENIED);
        await create(repositoryName);
        await expect(run('GetRepository', { repositoryName }, stranger)).rejects.toMatchObject(ACCESS_DENIED);
      });

      it('sees nothing of another Region or another account', async () => {
        const repositoryName = newName();
        const here = await create(repositoryName);
        const elsewhere = [{ region: 'eu-west-1' }, { principal: rootPrincipal(OTHER_ACCOUNT), region: 'ap-south-1' }];
        for (const caller of elsewhere) {
          await expect(run('GetRepository', { repositoryName }, caller)).rejects.toMatchObject(
            exception('RepositoryDoesNotExist'),
          );
          const { repositoryMetadata: there } = await run('CreateRepository', { repositoryName }, caller);
          expect(there.repositoryId).not.toBe(here.repositoryId);
          expect(there.kmsKeyId).not.toBe(here.kmsKeyId);
          expect(there.Arn).not.toBe(here.Arn);
        }
        expect((await run('GetRepository', { repositoryName })).repositoryMetadata).toEqual(here);
      });

      it('shows policies the tags of the repository', async () => {
        const [red, blue] = [newName(), newName()];
        await create(red, { tags: { Team: 'red' } });
        await create(blue, { tags: { Team: 'blue' } });
        const principal = userWith(allow('codecommit:*', '*', { StringEquals: { 'aws:ResourceTag/Team': 'red' } }));
        await run('GetRepository', { repositoryName: red }, { principal });
        await expect(run('GetRepository', { repositoryName: blue }, { principal })).rejects.toMatchObject(
          ACCESS_DENIED,
        );
      });
    });

    describe('BatchGetRepositories', () => {
      it('answers in the order asked, each once, and tells which do not exist', async () => {
        const [first, second, missing] = [newName(), newName(), newName()];
        const metadata = [await create(second), await create(first)];
        const answer = await run('BatchGetRepositories', { repositoryNames: [second, missing, first, second] });
        expect(answer).toEqual({
          repositories: metadata,
          repositoriesNotFound: [missing],
          errors: [
            {
              repositoryName: missing,
              errorCode: 'RepositoryDoesNotExistException',
              errorMessage: `${missing} does not exist`,
            },
          ],
        });
      });

      it('is refused as a whole for one repository that the caller may not see, existing or not', async () => {
        const allowed = newName();
        await create(allowed);
        const principal = userWith(allow('codecommit:BatchGetRepositories', arn(allowed)));
        await run('BatchGetRepositories', { repositoryNames: [allowed] }, { principal });
        await expect(
          run('BatchGetRepositories', { repositoryNames: [allowed, newName()] }, { principal }),
        ).rejects.toMatchObject(ACCESS_DENIED);
      });

      it('takes 100 names and no more', async () => {
        const repositoryNames = Array.from({ length: 100 }, newName);
        expect((await run('BatchGetRepositories', { repositoryNames })).repositoriesNotFound).toEqual(repositoryNames);
        await expect(run('BatchGetRepositories', { repositoryNames: [...repositoryNames, 'x'] })).rejects.toMatchObject(
          exception('MaximumRepositoryNamesExceeded'),
        );
      });
    });

    describe('DeleteRepository', () => {
      it('is done once and succeeds always', async () => {
        const repositoryName = newName();
        const { repositoryId } = await create(repositoryName);
        expect(await run('DeleteRepository', { repositoryName })).toEqual({ repositoryId });
        expect(await run('DeleteRepository', { repositoryName })).toEqual({});
        await expect(run('GetRepository', { repositoryName })).rejects.toMatchObject(
          exception('RepositoryDoesNotExist'),
        );
        expect((await create(repositoryName)).repositoryId).not.toBe(repositoryId);
      });

      it('tells its id to one of many that run at once', async () => {
        const repositoryName = newName();
        const { repositoryId } = await create(repositoryName);
        const answers = await Promise.all(Array.from({ length: 6 }, () => run('DeleteRepository', { repositoryName })));
        expect(answers.filter((answer) => answer.repositoryId === repositoryId)).toHaveLength(1);
        expect(answers.filter((answer) => answer.repositoryId === undefined)).toHaveLength(5);
      });

      it('takes the references along and drops the packs, of this repository alone', async () => {
        const { database } = codecommit.services;
        const [kept, doomed] = [await create(), await create()];
        for (const { repositoryId } of [kept, doomed]) {
          await database
            .insertInto('repository_references')
            .values({
              repository_id: repositoryId,
              reference_name: 'refs/heads/main',
              object_id: 'a'.repeat(40),
              peeled_id: null,
            })
            .execute();
          await database
            .insertInto('packs')
            .values({
              pack_id: randomUUID(),
              repository_id: repositoryId,
              checksum: 'b'.repeat(40),
              source: 'received',
              files: 'idx',
              object_count: 1,
              size: 1,
              created_at: 1,
              dropped_at: null,
            })
            .execute();
        }
        await run('DeleteRepository', { repositoryName: doomed.repositoryName });
        expect(await count('repositories', doomed.repositoryId)).toBe(0);
        expect(await count('repository_references', doomed.repositoryId)).toBe(0);
        expect(await count('repository_references', kept.repositoryId)).toBe(1);
        const packs = await database
          .selectFrom('packs')
          .select(['repository_id', 'dropped_at'])
          .where('repository_id', 'in', [kept.repositoryId, doomed.repositoryId])
          .execute();
        expect(new Map(packs.map((pack) => [pack.repository_id, pack.dropped_at]))).toEqual(
          new Map([
            [kept.repositoryId, null],
            [doomed.repositoryId, expect.any(Number)],
          ]),
        );
      });

      it('needs permission, also where nothing exists', async () => {
        const repositoryName = newName();
        const principal = userWith(allow('codecommit:*'), deny('codecommit:DeleteRepository'));
        await expect(run('DeleteRepository', { repositoryName }, { principal })).rejects.toMatchObject(ACCESS_DENIED);
      });
    });
  });
});

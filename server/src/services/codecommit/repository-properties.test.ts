import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  allow,
  type CodecommitFixture,
  codecommitFixture,
  REGION,
  userWith,
} from '../../../test/harness/codecommit-services.ts';
import { databaseEngines } from '../../../test/harness/databases.ts';

const ACCESS_DENIED = { name: 'AccessDeniedError' };
const exception = (name: string) => ({ exception: `${name}Exception` });
const newName = () => `r-${randomUUID()}`;
const arn = (name: string) => `arn:aws:codecommit:${REGION}:${ACCOUNT}:${name}`;

describe.each(databaseEngines)('properties of repositories on $name', (engine) => {
  let codecommit: CodecommitFixture;
  const run: CodecommitFixture['run'] = (...parameters) => codecommit.run(...parameters);
  const create = async (repositoryName: string, more: object = {}) =>
    (await run('CreateRepository', { repositoryName, ...more })).repositoryMetadata;
  const get = async (repositoryName: string) => (await run('GetRepository', { repositoryName })).repositoryMetadata;
  /** As if the repository had last been changed long ago. */
  const age = (repositoryId: string) =>
    codecommit.services.database
      .updateTable('repositories')
      .set({ updated_at: 1 })
      .where('repository_id', '=', repositoryId)
      .execute();

  describe.skipIf(engine.skipReason)('', () => {
    beforeAll(async () => {
      codecommit = await codecommitFixture(engine);
    });
    afterAll(() => codecommit.dispose());

    describe('UpdateRepositoryName', () => {
      it('changes ARN and clone URLs, and keeps id, tags and creation date', async () => {
        const [oldName, newerName] = [newName(), newName()];
        const before = await create(oldName, { tags: { Team: 'red' } });
        await age(before.repositoryId);
        expect(await run('UpdateRepositoryName', { oldName, newName: newerName })).toEqual({});
        const after = await get(newerName);
        expect(after).toEqual({
          ...before,
          repositoryName: newerName,
          Arn: arn(newerName),
          cloneUrlHttp: before.cloneUrlHttp.replace(oldName, newerName),
          cloneUrlSsh: before.cloneUrlSsh.replace(oldName, newerName),
          lastModifiedDate: after.lastModifiedDate,
        });
        expect(after.lastModifiedDate.getTime()).toBeGreaterThan(1);
        await expect(get(oldName)).rejects.toMatchObject(exception('RepositoryDoesNotExist'));
        expect(await run('ListTagsForResource', { resourceArn: arn(newerName) })).toEqual({ tags: { Team: 'red' } });
      });

      it('refuses names that are taken, its own too, and old names that do not exist', async () => {
        const [a, b, missing] = [newName(), newName(), newName()];
        await create(a);
        await create(b);
        for (const taken of [a, b]) {
          await expect(run('UpdateRepositoryName', { oldName: a, newName: taken })).rejects.toMatchObject({
            ...exception('RepositoryNameExists'),
            message: `Repository named ${taken} already exists`,
          });
        }
        await expect(run('UpdateRepositoryName', { oldName: missing, newName: b })).rejects.toMatchObject({
          ...exception('RepositoryDoesNotExist'),
          message: `${missing} does not exist`,
        });
      });

      it('gives one name to one of many', async () => {
        const names = Array.from({ length: 5 }, newName);
        const target = newName();
        for (const name of names) await create(name);
        const results = await Promise.allSettled(
          names.map((oldName) => run('UpdateRepositoryName', { oldName, newName: target })),
        );
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      });

      it('needs the action on the old and the new name', async () => {
        const [oldName, newerName] = [newName(), newName()];
        await create(oldName, { tags: { Team: 'red' } });
        for (const one of [oldName, newerName]) {
          const principal = userWith(allow('codecommit:UpdateRepositoryName', arn(one)));
          await expect(
            run('UpdateRepositoryName', { oldName, newName: newerName }, { principal }),
          ).rejects.toMatchObject(ACCESS_DENIED);
        }
        const team = { StringEquals: { 'aws:ResourceTag/Team': 'red' } };
        const principal = userWith(allow('codecommit:UpdateRepositoryName', '*', team));
        await run('UpdateRepositoryName', { oldName, newName: newerName }, { principal });
      });

      it('refuses .git and characters that no name has', async () => {
        const oldName = newName();
        await create(oldName);
        for (const bad of ['x.git', 'a b', 'a/b', '', 'x'.repeat(101)]) {
          await expect(run('UpdateRepositoryName', { oldName, newName: bad })).rejects.toMatchObject(
            exception('InvalidRepositoryName'),
          );
        }
      });
    });

    describe('UpdateRepositoryDescription', () => {
      it('sets, changes and clears', async () => {
        const repositoryName = newName();
        const { repositoryId } = await create(repositoryName, { repositoryDescription: 'first' });
        await age(repositoryId);
        const update = (repositoryDescription?: string) =>
          run('UpdateRepositoryDescription', { repositoryName, repositoryDescription });
        await update('second');
        const changed = await get(repositoryName);
        expect(changed.repositoryDescription).toBe('second');
        expect(changed.lastModifiedDate.getTime()).toBeGreaterThan(1);
        await update();
        expect((await get(repositoryName)).repositoryDescription).toBeUndefined();
        await update('x'.repeat(1000));
        await update('');
        expect((await get(repositoryName)).repositoryDescription).toBeUndefined();
      });

      it.each([['x'.repeat(1001)], ['a\0b']])(
        'refuses a description that is too long or cannot be stored',
        async (text) => {
          const repositoryName = newName();
          await create(repositoryName);
          await expect(
            run('UpdateRepositoryDescription', { repositoryName, repositoryDescription: text }),
          ).rejects.toMatchObject(exception('InvalidRepositoryDescription'));
        },
      );

      it('refuses unknown repositories and callers without permission', async () => {
        const repositoryName = newName();
        await expect(run('UpdateRepositoryDescription', { repositoryName })).rejects.toMatchObject(
          exception('RepositoryDoesNotExist'),
        );
        const principal = userWith(allow('codecommit:Get*'));
        await expect(run('UpdateRepositoryDescription', { repositoryName }, { principal })).rejects.toMatchObject(
          ACCESS_DENIED,
        );
      });
    });

    describe('UpdateRepositoryEncryptionKey', () => {
      it('takes the AWS managed key under all its names', async () => {
        const repositoryName = newName();
        const { repositoryId, kmsKeyId } = await create(repositoryName);
        const aliasArn = `arn:aws:kms:${REGION}:${ACCOUNT}:alias/aws/codecommit`;
        for (const name of [kmsKeyId, kmsKeyId.split('/')[1], 'alias/aws/codecommit', aliasArn]) {
          expect(await run('UpdateRepositoryEncryptionKey', { repositoryName, kmsKeyId: name })).toEqual({
            repositoryId,
            kmsKeyId,
            originalKmsKeyId: kmsKeyId,
          });
          expect((await create(newName(), { kmsKeyId: name })).kmsKeyId).toBe(kmsKeyId);
        }
      });

      const unknownKey = '1234abcd-12ab-34cd-56ef-1234567890ab';
      it.each([
        ['an unknown key', unknownKey, 'EncryptionKeyNotFound'],
        ['an unknown key ARN', `arn:aws:kms:${REGION}:${ACCOUNT}:key/${unknownKey}`, 'EncryptionKeyNotFound'],
        ['a multi-Region key', 'mrk-1234abcd12ab34cd56ef1234567890ab', 'EncryptionKeyNotFound'],
        ['an unknown alias', 'alias/mine', 'EncryptionKeyNotFound'],
        ['the managed key of another service', 'alias/aws/s3', 'EncryptionKeyNotFound'],
        ['another Region', `arn:aws:kms:eu-west-1:${ACCOUNT}:alias/aws/codecommit`, 'EncryptionKeyInvalidId'],
        ['another account', `arn:aws:kms:${REGION}:999900001111:alias/aws/codecommit`, 'EncryptionKeyAccessDenied'],
        ['a word', 'key', 'EncryptionKeyInvalidId'],
        ['an alias without its prefix', 'aws/codecommit', 'EncryptionKeyInvalidId'],
        ['an ARN of something else', `arn:aws:codecommit:${REGION}:${ACCOUNT}:x`, 'EncryptionKeyInvalidId'],
        ['a space', 'a b', 'EncryptionKeyInvalidId'],
        ['nothing', '', 'EncryptionKeyInvalidId'],
      ])('refuses %s, here and when a repository is made', async (_what, kmsKeyId, name) => {
        const repositoryName = newName();
        await create(repositoryName);
        await expect(run('UpdateRepositoryEncryptionKey', { repositoryName, kmsKeyId })).rejects.toMatchObject(
          exception(name),
        );
        const another = newName();
        await expect(create(another, { kmsKeyId })).rejects.toMatchObject(exception(name));
        await expect(get(another)).rejects.toMatchObject(exception('RepositoryDoesNotExist'));
      });

      it('refuses unknown repositories', async () => {
        await expect(
          run('UpdateRepositoryEncryptionKey', { repositoryName: newName(), kmsKeyId: 'alias/aws/codecommit' }),
        ).rejects.toMatchObject(exception('RepositoryDoesNotExist'));
      });
    });
  });
});

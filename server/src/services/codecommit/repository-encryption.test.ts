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
import type { Principal } from '../../access/principal.ts';
import { openRepository } from './git-access.ts';

type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

const KEY_DENIED = {
  exception: 'EncryptionKeyAccessDeniedException',
  message: "User is not authorized for the KMS default master key for CodeCommit 'aws/codecommit' in your account",
  status: 400,
};
const INTEGRITY = { exception: 'EncryptionIntegrityChecksFailedException', status: 500, fault: 'server' };
const COMMIT = 'a'.repeat(40);

describe.each(databaseEngines)('encryption of repositories on $name', (engine) => {
  let codecommit: CodecommitFixture;
  let repositoryName: string;
  let repositoryId: string;
  const run: CodecommitFixture['run'] = (...parameters) => codecommit.run(...parameters);

  const setKeyState = (state: KeyState) =>
    codecommit.services.database.updateTable('kms_keys').set({ state }).execute();
  const setDataKey = (dataKey: Buffer) =>
    codecommit.services.database
      .updateTable('repositories')
      .set({ data_key: dataKey })
      .where('repository_id', '=', repositoryId)
      .execute();
  const dataKeyOf = async (id: string) =>
    (
      await codecommit.services.database
        .selectFrom('repositories')
        .select('data_key')
        .where('repository_id', '=', id)
        .executeTakeFirstOrThrow()
    ).data_key;
  const open = (action: 'codecommit:GitPull' | 'codecommit:GitPush', principal?: Principal) =>
    openRepository(codecommit.services, callOf({ principal }), { repositoryName, action });

  /** Every operation that AWS's model gives the encryption exceptions, but for the deletion. */
  const usesOfKey: readonly (readonly [string, (principal?: Principal) => Promise<unknown>])[] = [
    [
      'CreateRepository',
      (principal) => run('CreateRepository', { repositoryName: `r-${randomUUID()}` }, { principal }),
    ],
    ['GetRepository', (principal) => run('GetRepository', { repositoryName }, { principal })],
    [
      'UpdateRepositoryDescription',
      (principal) => run('UpdateRepositoryDescription', { repositoryName }, { principal }),
    ],
    [
      'UpdateRepositoryEncryptionKey',
      (principal) =>
        run('UpdateRepositoryEncryptionKey', { repositoryName, kmsKeyId: 'alias/aws/codecommit' }, { principal }),
    ],
    [
      'CreateBranch',
      (principal) => run('CreateBranch', { repositoryName, branchName: 'b', commitId: COMMIT }, { principal }),
    ],
    ['GetBranch', (principal) => run('GetBranch', { repositoryName, branchName: 'b' }, { principal })],
    ['ListBranches', (principal) => run('ListBranches', { repositoryName }, { principal })],
    [
      'UpdateDefaultBranch',
      (principal) => run('UpdateDefaultBranch', { repositoryName, defaultBranchName: 'b' }, { principal }),
    ],
    ['DeleteBranch', (principal) => run('DeleteBranch', { repositoryName, branchName: 'b' }, { principal })],
    ['GitPull', (principal) => open('codecommit:GitPull', principal)],
    ['GitPush', (principal) => open('codecommit:GitPush', principal)],
  ];

  describe.skipIf(engine.skipReason)('', () => {
    beforeAll(async () => {
      codecommit = await codecommitFixture(engine);
    });
    afterAll(() => codecommit.dispose());
    beforeEach(async () => {
      await setKeyState('Enabled');
      repositoryName = `r-${randomUUID()}`;
      ({ repositoryId } = (await run('CreateRepository', { repositoryName })).repositoryMetadata);
    });

    it('has a data key of its own for each repository, bound to its id and never stored readable', async () => {
      const { keys } = codecommit.services;
      const { repositoryMetadata: other } = await run('CreateRepository', { repositoryName: `r-${randomUUID()}` });
      const first = await open('codecommit:GitPull');
      const second = await openRepository(codecommit.services, callOf(), {
        repositoryName: other.repositoryName,
        action: 'codecommit:GitPull',
      });
      expect(first.handle.dataKey).toHaveLength(32);
      expect(second.handle.dataKey).toHaveLength(32);
      expect(Buffer.from(first.handle.dataKey).equals(second.handle.dataKey)).toBe(false);
      const stored = await dataKeyOf(repositoryId);
      expect(stored.includes(Buffer.from(first.handle.dataKey))).toBe(false);
      const use = { keyArn: other.kmsKeyId, viaService: `codecommit.${REGION}.amazonaws.com` };
      const decrypt = (context: Record<string, string>) =>
        keys.decryptDataKey(callOf(), { ...use, encryptionContext: context }, stored);
      expect((await decrypt({ repositoryId })).equals(first.handle.dataKey)).toBe(true);
      await expect(decrypt({ repositoryId: other.repositoryId })).rejects.toThrow();
    });

    it.each([
      ['Disabled', 'EncryptionKeyDisabledException'],
      ['PendingDeletion', 'EncryptionKeyUnavailableException'],
    ] as const)('stops every use of the data while the key is %s, and at once', async (state, exception) => {
      await open('codecommit:GitPull');
      await setKeyState(state);
      for (const [name, use] of usesOfKey) {
        await expect(use(), name).rejects.toMatchObject({ exception, status: 400 });
      }
      expect(await run('BatchGetRepositories', { repositoryNames: [repositoryName, 'missing'] })).toEqual({
        repositories: [],
        repositoriesNotFound: ['missing'],
        errors: [
          { repositoryId, repositoryName, errorCode: exception, errorMessage: expect.any(String) },
          { repositoryName: 'missing', errorCode: 'RepositoryDoesNotExistException', errorMessage: expect.any(String) },
        ],
      });
      await setKeyState('Enabled');
      await open('codecommit:GitPull');
    });

    it('lets names, tags, lists and deletion work while the key is disabled', async () => {
      await setKeyState('Disabled');
      const newName = `${repositoryName}-new`;
      const resourceArn = `arn:aws:codecommit:${REGION}:${ACCOUNT}:${newName}`;
      await run('UpdateRepositoryName', { oldName: repositoryName, newName });
      await run('TagResource', { resourceArn, tags: { a: '1' } });
      expect(await run('ListTagsForResource', { resourceArn })).toEqual({ tags: { a: '1' } });
      await run('UntagResource', { resourceArn, tagKeys: ['a'] });
      expect((await run('ListRepositories', {})).repositories).toContainEqual({
        repositoryName: newName,
        repositoryId,
      });
      expect(await run('DeleteRepository', { repositoryName: newName })).toEqual({ repositoryId });
    });

    it('needs no permission of KMS but respects an explicit deny, also when the data key is cached', async () => {
      const allowed = userWith(allow('codecommit:*'));
      for (const action of ['codecommit:GitPull', 'codecommit:GitPush'] as const) await open(action, allowed);
      const denied = userWith(allow('codecommit:*'), deny('kms:*'));
      for (const [name, use] of usesOfKey) await expect(use(denied), name).rejects.toMatchObject(KEY_DENIED);
      const { repositories, errors } = await run(
        'BatchGetRepositories',
        { repositoryNames: [repositoryName] },
        { principal: denied },
      );
      expect(repositories).toEqual([]);
      expect(errors).toEqual([
        { repositoryId, repositoryName, errorCode: KEY_DENIED.exception, errorMessage: KEY_DENIED.message },
      ]);
      await run('ListRepositories', {}, { principal: denied });
    });

    it('gives policies the service, the encryption context and the key', async () => {
      const viaCodecommit = { StringEquals: { 'kms:ViaService': `codecommit.${REGION}.amazonaws.com` } };
      const ofRepository = { StringEquals: { 'kms:EncryptionContext:repositoryId': repositoryId } };
      const ofAnother = { StringEquals: { 'kms:EncryptionContext:repositoryId': randomUUID() } };
      const get = (...denials: object[]) =>
        run('GetRepository', { repositoryName }, { principal: userWith(allow('codecommit:*'), ...denials) });
      await expect(get(deny('kms:Decrypt', '*', viaCodecommit))).rejects.toMatchObject(KEY_DENIED);
      await expect(get(deny('kms:Decrypt', '*', ofRepository))).rejects.toMatchObject(KEY_DENIED);
      await expect(get(deny('kms:*', `arn:aws:kms:${REGION}:${ACCOUNT}:key/*`))).rejects.toMatchObject(KEY_DENIED);
      await get(deny('kms:Decrypt', '*', ofAnother), deny('kms:*', `arn:aws:kms:eu-west-1:${ACCOUNT}:key/*`));
      await expect(
        run(
          'CreateRepository',
          { repositoryName: `r-${randomUUID()}` },
          { principal: userWith(allow('codecommit:*'), deny('kms:GenerateDataKey', '*', viaCodecommit)) },
        ),
      ).rejects.toMatchObject(KEY_DENIED);
    });

    it('tells a caller without access to the repository nothing of its key', async () => {
      await setKeyState('Disabled');
      const stranger = userWith(deny('kms:*'));
      for (const [name, use] of usesOfKey) {
        await expect(use(stranger), name).rejects.toMatchObject({ name: 'AccessDeniedError' });
      }
    });

    it('finds an altered data key and that of another repository', async () => {
      const original = await dataKeyOf(repositoryId);
      const altered = Buffer.from(original);
      altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
      const { repositoryMetadata: other } = await run('CreateRepository', { repositoryName: `r-${randomUUID()}` });
      const wrong = [altered, original.subarray(0, -1), Buffer.alloc(0), await dataKeyOf(other.repositoryId)];
      for (const dataKey of wrong) {
        await setDataKey(dataKey);
        await expect(run('GetRepository', { repositoryName })).rejects.toMatchObject(INTEGRITY);
        await expect(open('codecommit:GitPush')).rejects.toMatchObject(INTEGRITY);
      }
      // Which opens no data key.
      expect(await run('BatchGetRepositories', { repositoryNames: [repositoryName] })).toMatchObject({ errors: [] });
      await setDataKey(original);
      await run('GetRepository', { repositoryName });
    });

    it('says that a key is not found when it is gone', async () => {
      await codecommit.services.database
        .updateTable('repositories')
        .set({ kms_key_arn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/${randomUUID()}` })
        .where('repository_id', '=', repositoryId)
        .execute();
      await expect(run('GetRepository', { repositoryName })).rejects.toMatchObject({
        exception: 'EncryptionKeyNotFoundException',
      });
    });
  });
});

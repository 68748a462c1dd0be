import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { AccessKeys } from '../../access/authentication/access-keys.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

const OWN_KEYS = {
  Effect: 'Allow',
  Action: ['iam:*AccessKey*'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  Resource: 'arn:aws:iam::*:user/${aws:username}',
};

describe.each(databaseEngines)('access keys on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());

    async function found(accessKeyId: string | undefined) {
      const accessKeys = new AccessKeys(account.services.database, account.services.sealer);
      return accessKeys.find(accessKeyId ?? '');
    }

    it('are created with a secret that authenticates, at most two for each user', async () => {
      const UserName = await account.newUser();
      const create = () => account.root.send(new CreateAccessKeyCommand({ UserName }));
      const { AccessKey } = await create();
      expect(AccessKey).toEqual({
        UserName,
        AccessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
        Status: 'Active',
        SecretAccessKey: expect.stringMatching(/^[A-Za-z0-9+/]{40}$/),
        CreateDate: expect.any(Date),
      });
      expect(await found(AccessKey?.AccessKeyId)).toMatchObject({
        secretAccessKey: AccessKey?.SecretAccessKey,
        status: 'Active',
        accountId: account.accountId,
        userId: expect.stringMatching(/^AIDA/),
      });
      await create();
      await expect(create()).rejects.toMatchObject({
        queryCode: 'LimitExceeded',
        status: 409,
        message: 'Cannot exceed quota for AccessKeysPerUser: 2',
      });
    });

    it('never exceed the quota when created at once', async () => {
      const UserName = await account.newUser();
      await Promise.allSettled(
        Array.from({ length: 8 }, () => account.root.send(new CreateAccessKeyCommand({ UserName }))),
      );
      const { AccessKeyMetadata } = await account.root.send(new ListAccessKeysCommand({ UserName }));
      expect(AccessKeyMetadata).toHaveLength(2);
    });

    it('are listed without secrets, by page', async () => {
      const UserName = await account.newUser();
      const ids: (string | undefined)[] = [];
      for (let count = 0; count < 2; count += 1) {
        const { AccessKey } = await account.root.send(new CreateAccessKeyCommand({ UserName }));
        ids.push(AccessKey?.AccessKeyId);
      }
      ids.sort();
      const all = await account.root.send(new ListAccessKeysCommand({ UserName }));
      expect(all.AccessKeyMetadata).toEqual(
        ids.map((AccessKeyId) => ({ UserName, AccessKeyId, Status: 'Active', CreateDate: expect.any(Date) })),
      );
      const first = await account.root.send(new ListAccessKeysCommand({ UserName, MaxItems: 1 }));
      expect(first).toMatchObject({ IsTruncated: true, AccessKeyMetadata: [{ AccessKeyId: ids[0] }] });
      const second = await account.root.send(
        new ListAccessKeysCommand({ UserName, MaxItems: 1, Marker: first.Marker }),
      );
      expect(second).toMatchObject({ IsTruncated: false, AccessKeyMetadata: [{ AccessKeyId: ids[1] }] });
    });

    it('are made inactive, active and deleted, seen by authentication at once', async () => {
      const UserName = await account.newUser();
      const { AccessKey } = await account.root.send(new CreateAccessKeyCommand({ UserName }));
      const AccessKeyId = AccessKey?.AccessKeyId;
      for (const Status of ['Inactive', 'Active'] as const) {
        await account.root.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status }));
        expect(await found(AccessKeyId)).toMatchObject({ status: Status });
      }
      await expect(
        account.root.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Expired' })),
      ).rejects.toMatchObject({ queryCode: 'InvalidInput' });
      await account.root.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
      expect(await found(AccessKeyId)).toBeUndefined();
      const missing = { queryCode: 'NoSuchEntity', message: `The Access Key with id ${AccessKeyId} cannot be found.` };
      await expect(account.root.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))).rejects.toMatchObject(
        missing,
      );
      await expect(
        account.root.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Active' })),
      ).rejects.toMatchObject(missing);
    });

    it('belong to one user: the key of another is not found', async () => {
      const [owner, other] = [await account.newUser(), await account.newUser()];
      const { AccessKey } = await account.root.send(new CreateAccessKeyCommand({ UserName: owner }));
      const AccessKeyId = AccessKey?.AccessKeyId;
      await expect(
        account.root.send(new DeleteAccessKeyCommand({ UserName: other, AccessKeyId })),
      ).rejects.toMatchObject({ queryCode: 'NoSuchEntity' });
      await expect(account.root.send(new DeleteAccessKeyCommand({ AccessKeyId }))).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
      });
      expect(await found(AccessKeyId)).toBeDefined();
    });

    it('are managed by users themselves without a name', async () => {
      const UserName = await account.newUser({ statements: [OWN_KEYS] });
      const self = account.user(UserName);
      const { AccessKey } = await self.send(new CreateAccessKeyCommand({}));
      expect(AccessKey).toMatchObject({ UserName });
      const AccessKeyId = AccessKey?.AccessKeyId;
      expect((await self.send(new ListAccessKeysCommand({}))).AccessKeyMetadata).toHaveLength(1);
      await self.send(new UpdateAccessKeyCommand({ AccessKeyId, Status: 'Inactive' }));
      expect(await self.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))).toMatchObject({ UserName });
      await self.send(new DeleteAccessKeyCommand({ AccessKeyId }));
      const other = await account.newUser();
      await expect(self.send(new CreateAccessKeyCommand({ UserName: other }))).rejects.toThrow('iam:CreateAccessKey');
      await expect(self.send(new CreateAccessKeyCommand({ UserName: 'nobody' }))).rejects.toThrow(
        'iam:CreateAccessKey',
      );
    });

    it('of root are managed without a name', async () => {
      const { root, accountId } = account;
      const { AccessKey } = await root.send(new CreateAccessKeyCommand({}));
      expect(AccessKey?.UserName).toBeUndefined();
      const AccessKeyId = AccessKey?.AccessKeyId;
      expect(await found(AccessKeyId)).toMatchObject({ accountId, userId: null });
      // One was made with the account.
      await expect(root.send(new CreateAccessKeyCommand({}))).rejects.toMatchObject({ queryCode: 'LimitExceeded' });
      expect((await root.send(new ListAccessKeysCommand({}))).AccessKeyMetadata).toHaveLength(2);
      expect(await root.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))).toMatchObject({ UserName: undefined });
      await root.send(new UpdateAccessKeyCommand({ AccessKeyId, Status: 'Inactive' }));
      expect(await found(AccessKeyId)).toMatchObject({ status: 'Inactive' });
      await root.send(new DeleteAccessKeyCommand({ AccessKeyId }));
      expect((await root.send(new ListAccessKeysCommand({}))).AccessKeyMetadata).toHaveLength(1);
    });

    it('tell when they were last used', async () => {
      const UserName = await account.newUser();
      const { AccessKey } = await account.root.send(new CreateAccessKeyCommand({ UserName }));
      const AccessKeyId = AccessKey?.AccessKeyId ?? '';
      const lastUsed = () => account.root.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
      expect(await lastUsed()).toEqual({ UserName, AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' } });
      const accessKeys = new AccessKeys(account.services.database, account.services.sealer);
      accessKeys.recordUse(AccessKeyId, 'eu-west-1', 'codecommit');
      accessKeys.recordUse(AccessKeyId, 'eu-west-1', 'iam');
      await accessKeys.close();
      expect(await lastUsed()).toEqual({
        UserName,
        AccessKeyLastUsed: { LastUsedDate: expect.any(Date), ServiceName: 'iam', Region: 'eu-west-1' },
      });
    });

    it('are told apart from unknown ones only to callers with permission', async () => {
      const [owner, stranger] = [await account.newUser(), await account.newUser()];
      const { AccessKey } = await account.root.send(new CreateAccessKeyCommand({ UserName: owner }));
      const unknown = 'AKIAIOSFODNN7EXAMPLE';
      for (const AccessKeyId of [AccessKey?.AccessKeyId, unknown]) {
        await expect(
          account.user(stranger).send(new GetAccessKeyLastUsedCommand({ AccessKeyId })),
        ).rejects.toMatchObject({ name: 'AccessDeniedError' });
      }
      await expect(account.root.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: unknown }))).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
        message: `The Access Key with id ${unknown} cannot be found.`,
      });
      const other = await account.otherAccount();
      await expect(
        other.root.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: AccessKey?.AccessKeyId })),
      ).rejects.toMatchObject({ queryCode: 'NoSuchEntity' });
    });
  });
});

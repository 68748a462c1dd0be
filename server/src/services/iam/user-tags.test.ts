import {
  CreateUserCommand,
  GetUserCommand,
  ListPoliciesCommand,
  ListUserTagsCommand,
  TagUserCommand,
  UntagUserCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

describe.each(databaseEngines)('tags of users on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());

    it('are set, replaced without regard to case, listed by page and taken away', async () => {
      const UserName = 'tagged';
      await account.root.send(new CreateUserCommand({ UserName, Tags: [{ Key: 'Team', Value: 'a' }] }));
      const tag = (...Tags: { Key: string; Value: string }[]) =>
        account.root.send(new TagUserCommand({ UserName, Tags }));
      await tag({ Key: 'team', Value: 'b' }, { Key: 'x', Value: '' });
      const list = (input: object = {}) => account.root.send(new ListUserTagsCommand({ UserName, ...input }));
      const page = await list({ MaxItems: 1 });
      expect(page).toMatchObject({ Tags: [{ Key: 'team', Value: 'b' }], IsTruncated: true });
      expect(await list({ Marker: page.Marker })).toEqual({ Tags: [{ Key: 'x', Value: '' }], IsTruncated: false });
      await account.root.send(new UntagUserCommand({ UserName, TagKeys: ['X', 'missing'] }));
      const { User } = await account.root.send(new GetUserCommand({ UserName }));
      expect(User?.Tags).toEqual([{ Key: 'team', Value: 'b' }]);
      await expect(tag({ Key: 'aws:x', Value: '' })).rejects.toMatchObject({ queryCode: 'InvalidInput' });
      await expect(tag({ Key: 'y', Value: '' }, { Key: 'Y', Value: '' })).rejects.toMatchObject({
        message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
      });
      await expect(tag(...Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: '' })))).rejects.toMatchObject({
        queryCode: 'LimitExceeded',
        status: 409,
      });
      await expect(account.root.send(new ListUserTagsCommand({ UserName: 'nobody' }))).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
      });
    });

    it('decide what their user may do, on the next request, and who may set them', async () => {
      const Condition = { StringEquals: { 'aws:PrincipalTag/team': 'blue' } };
      const UserName = await account.newUser({
        statements: [{ Effect: 'Allow', Action: 'iam:ListPolicies', Resource: '*', Condition }],
      });
      const listAs = () => account.user(UserName).send(new ListPoliciesCommand({}));
      const Tags = [{ Key: 'team', Value: 'blue' }];
      await expect(listAs()).rejects.toThrow('iam:ListPolicies');
      await account.root.send(new TagUserCommand({ UserName, Tags }));
      await listAs();
      await account.root.send(new UntagUserCommand({ UserName, TagKeys: ['team'] }));
      await expect(listAs()).rejects.toThrow('iam:ListPolicies');
      await expect(account.user(UserName).send(new TagUserCommand({ UserName, Tags }))).rejects.toThrow('iam:TagUser');
    });
  });
});

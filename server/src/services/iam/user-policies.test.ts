import {
  DeleteUserPolicyCommand,
  GetUserPolicyCommand,
  ListPoliciesCommand,
  ListUserPoliciesCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

/** A document of exactly so many characters that are no white space. */
function documentOf(size: number): string {
  const withSid = (sid: string) =>
    `{"Version":"2012-10-17","Statement":[{"Sid":"${sid}","Effect":"Allow","Action":"iam:ListPolicies","Resource":"*"}]}`;
  return withSid('x'.repeat(size - withSid('').length));
}

describe.each(databaseEngines)('inline user policies on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());

    function put(UserName: string, PolicyName: string, PolicyDocument: string) {
      return account.root.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument }));
    }

    it('are put, replaced, read back encoded, listed and deleted, with effect at once', async () => {
      const UserName = await account.newUser();
      const self = account.user(UserName);
      const document =
        '{ "Version": "2012-10-17",\n "Statement": { "Effect": "Allow", "Action": "iam:ListPolicies", "Resource": "*", "Condition": {"StringLike": {"aws:UserAgent": "t(!\'*)t~ü+%"}} } }';
      await put(UserName, 'b', document.replace('iam:ListPolicies', 'iam:Nothing'));
      await put(UserName, 'B', documentOf(200));
      await put(UserName, 'b', document);
      await self.send(new ListPoliciesCommand({}));
      const answer = await account.root.send(new GetUserPolicyCommand({ UserName, PolicyName: 'b' }));
      expect(answer).toMatchObject({ UserName, PolicyName: 'b' });
      expect(answer.PolicyDocument).not.toMatch(/[^A-Za-z0-9%._~-]/);
      expect(decodeURIComponent(answer.PolicyDocument ?? '')).toBe(document);
      const list = (input: object = {}) => account.root.send(new ListUserPoliciesCommand({ UserName, ...input }));
      expect(await list()).toEqual({ PolicyNames: ['B', 'b'], IsTruncated: false });
      const page = await list({ MaxItems: 1 });
      expect(await list({ Marker: page.Marker })).toEqual({ PolicyNames: ['b'], IsTruncated: false });

      for (const PolicyName of ['b', 'B']) {
        await account.root.send(new DeleteUserPolicyCommand({ UserName, PolicyName }));
      }
      await expect(self.send(new ListPoliciesCommand({}))).rejects.toThrow('iam:ListPolicies');
      const missing = { queryCode: 'NoSuchEntity', message: 'The user policy with name b cannot be found.' };
      const input = { UserName, PolicyName: 'b' };
      await expect(account.root.send(new GetUserPolicyCommand(input))).rejects.toMatchObject(missing);
      await expect(account.root.send(new DeleteUserPolicyCommand(input))).rejects.toMatchObject(missing);
    });

    it('may be of the old version, but not malformed', async () => {
      const UserName = await account.newUser();
      await put(UserName, 'old', documentOf(200).replace('2012', '2008'));
      await expect(put(UserName, 'bad', '{"Version":"2012-10-17"}')).rejects.toMatchObject({
        queryCode: 'MalformedPolicyDocument',
        status: 400,
      });
      await expect(put('nobody', 'p', documentOf(200))).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
        message: 'The user with name nobody cannot be found.',
      });
    });

    it('have at most 2,048 characters together, white space left out', async () => {
      const UserName = await account.newUser();
      await put(UserName, 'one', `${documentOf(1024)}${'\n'.repeat(500)}`);
      await put(UserName, 'two', documentOf(1024));
      const tooLong = {
        queryCode: 'LimitExceeded',
        message: `Maximum policy size of 2048 bytes exceeded for user ${UserName}`,
      };
      await expect(put(UserName, 'two', documentOf(1025))).rejects.toMatchObject(tooLong);
      await expect(put(UserName, 'three', documentOf(200))).rejects.toMatchObject(tooLong);
      const { PolicyDocument } = await account.root.send(new GetUserPolicyCommand({ UserName, PolicyName: 'two' }));
      expect(decodeURIComponent(PolicyDocument ?? '')).toBe(documentOf(1024));
    });

    it('keep to the limit when put at once', async () => {
      const UserName = await account.newUser();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 6 }, (_, number) => put(UserName, `p${number}`, documentOf(600))),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    });
  });
});

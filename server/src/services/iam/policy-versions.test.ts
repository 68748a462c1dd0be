import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

const POWER_USER = 'arn:aws:iam::aws:policy/AWSCodeCommitPowerUser';

function document(Action: string, Sid?: string): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Sid, Effect: 'Allow', Action, Resource: '*' }] });
}

describe.each(databaseEngines)('policy versions on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());

    async function newPolicy(PolicyName: string, input: object = {}): Promise<string> {
      const PolicyDocument = document('iam:Nothing');
      const { Policy } = await account.root.send(new CreatePolicyCommand({ PolicyName, PolicyDocument, ...input }));
      return Policy?.Arn ?? '';
    }

    async function add(PolicyArn: string, action: string, SetAsDefault?: boolean) {
      const command = new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document(action), SetAsDefault });
      return (await account.root.send(command)).PolicyVersion;
    }

    function setDefault(PolicyArn: string, VersionId: string) {
      return account.root.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId }));
    }

    function remove(PolicyArn: string, VersionId: string) {
      return account.root.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    }

    async function versions(PolicyArn: string, input: object = {}) {
      return account.root.send(new ListPolicyVersionsCommand({ PolicyArn, ...input }));
    }

    it('are made, become the default, take effect at once and are listed newest first', async () => {
      const PolicyArn = await newPolicy('versions');
      const UserName = await account.newUser();
      await account.root.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
      const listAs = () => account.user(UserName).send(new ListPoliciesCommand({}));
      expect(await add(PolicyArn, 'iam:ListPolicies')).toEqual({
        VersionId: 'v2',
        IsDefaultVersion: false,
        CreateDate: expect.any(Date),
      });
      await expect(listAs()).rejects.toThrow('iam:ListPolicies');
      await setDefault(PolicyArn, 'v2');
      await listAs();
      expect(await add(PolicyArn, 'iam:Other', true)).toMatchObject({ VersionId: 'v3', IsDefaultVersion: true });
      await expect(listAs()).rejects.toThrow('iam:ListPolicies');
      const { Policy } = await account.root.send(new GetPolicyCommand({ PolicyArn }));
      expect(Policy?.DefaultVersionId).toBe('v3');
      const described = (VersionId: string, IsDefaultVersion: boolean) =>
        expect.objectContaining({ VersionId, IsDefaultVersion });
      expect(await versions(PolicyArn)).toEqual({
        Versions: [described('v3', true), described('v2', false), described('v1', false)],
        IsTruncated: false,
      });
      const { Marker } = await versions(PolicyArn, { MaxItems: 2 });
      expect((await versions(PolicyArn, { Marker })).Versions).toEqual([described('v1', false)]);
      const { PolicyVersion } = await account.root.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
      expect(decodeURIComponent(PolicyVersion?.Document ?? '')).toBe(document('iam:ListPolicies'));
      await account.root.send(new DetachUserPolicyCommand({ UserName, PolicyArn }));
    });

    it('are at most five, never the default one deleted, and no number is used again', async () => {
      const PolicyArn = await newPolicy('many');
      for (let number = 2; number <= 4; number += 1) await add(PolicyArn, `iam:A${number}`);
      const outcomes = await Promise.allSettled([add(PolicyArn, 'iam:B'), add(PolicyArn, 'iam:C')]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      await expect(add(PolicyArn, 'iam:D')).rejects.toMatchObject({
        queryCode: 'LimitExceeded',
        status: 409,
        message:
          'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
      });
      await remove(PolicyArn, 'v5');
      expect(await add(PolicyArn, 'iam:E')).toMatchObject({ VersionId: 'v6' });
      await expect(remove(PolicyArn, 'v1')).rejects.toMatchObject({
        queryCode: 'DeleteConflict',
        message: 'Cannot delete the default version of a policy.',
      });
      const missing = {
        queryCode: 'NoSuchEntity',
        message: `Policy ${PolicyArn} version v5 does not exist or is not attachable.`,
      };
      await expect(remove(PolicyArn, 'v5')).rejects.toMatchObject(missing);
      await expect(setDefault(PolicyArn, 'v5')).rejects.toMatchObject(missing);
      await expect(setDefault(PolicyArn, '5')).rejects.toMatchObject({ queryCode: 'ValidationError' });
      const removePolicy = () => account.root.send(new DeletePolicyCommand({ PolicyArn }));
      await expect(removePolicy()).rejects.toMatchObject({
        queryCode: 'DeleteConflict',
        message:
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      });
      for (const version of ['v2', 'v3', 'v4', 'v6']) await remove(PolicyArn, version);
      await removePolicy();
      await expect(add(PolicyArn, 'iam:F')).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
        message: `Policy ${PolicyArn} was not found.`,
      });
    });

    it('are refused when malformed or too long, and for policies of AWS', async () => {
      const PolicyArn = await newPolicy('checked');
      const put = (PolicyDocument: string) =>
        account.root.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument }));
      await expect(put('{')).rejects.toMatchObject({ queryCode: 'MalformedPolicyDocument' });
      await expect(put(document('iam:*', 'x'.repeat(6144)))).rejects.toMatchObject({
        queryCode: 'LimitExceeded',
        message: 'Cannot exceed quota for PolicySize: 6144',
      });
      for (const refused of [
        add(POWER_USER, 'iam:*'),
        setDefault(POWER_USER, 'v1'),
        remove(POWER_USER, 'v1'),
        account.root.send(new TagPolicyCommand({ PolicyArn: POWER_USER, Tags: [] })),
      ]) {
        await expect(refused).rejects.toMatchObject({ name: 'AccessDeniedError' });
      }
    });

    it('belong to policies with tags, which conditions see', async () => {
      const PolicyArn = await newPolicy('tagged', { Tags: [{ Key: 'team', Value: 'blue' }] });
      const input = { PolicyArn };
      const admin = await account.newUser({
        statements: [
          {
            Effect: 'Allow',
            Action: ['iam:TagPolicy', 'iam:UntagPolicy', 'iam:ListPolicyTags'],
            Resource: '*',
            Condition: {
              StringEquals: { 'aws:ResourceTag/team': 'blue', 'iam:ResourceTag/team': 'blue' },
              'ForAllValues:StringEquals': { 'aws:TagKeys': ['stage', 'team'] },
            },
          },
        ],
      });
      const user = account.user(admin);
      await user.send(new TagPolicyCommand({ ...input, Tags: [{ Key: 'stage', Value: 'live' }] }));
      await expect(user.send(new TagPolicyCommand({ ...input, Tags: [{ Key: 'x', Value: '' }] }))).rejects.toThrow(
        'iam:TagPolicy',
      );
      const list = (page: object = {}) => user.send(new ListPolicyTagsCommand({ ...input, ...page }));
      const { Marker } = await list({ MaxItems: 1 });
      expect(await list({ Marker })).toEqual({ Tags: [{ Key: 'team', Value: 'blue' }], IsTruncated: false });
      const many = Array.from({ length: 49 }, (_, number) => ({ Key: `k${number}`, Value: '' }));
      await expect(account.root.send(new TagPolicyCommand({ ...input, Tags: many }))).rejects.toMatchObject({
        queryCode: 'LimitExceeded',
      });
      await user.send(new UntagPolicyCommand({ ...input, TagKeys: ['stage'] }));
      expect((await list()).Tags).toEqual([{ Key: 'team', Value: 'blue' }]);
      await expect(user.send(new ListPolicyTagsCommand({ PolicyArn: `${PolicyArn}x` }))).rejects.toThrow(
        'iam:ListPolicyTags',
      );
    });
  });
});

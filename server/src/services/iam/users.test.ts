import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  DeleteServiceSpecificCredentialCommand,
  DeleteSSHPublicKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  GetUserCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
  UpdateUserCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';
import { ed25519Line } from './test-keys.ts';

const POWER_USER = 'arn:aws:iam::aws:policy/AWSCodeCommitPowerUser';

describe.each(databaseEngines)('users on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());

    it('creates a user and shows it', async () => {
      const { User } = await account.root.send(
        new CreateUserCommand({ UserName: 'Alice', Path: '/team/', Tags: [{ Key: 'squad', Value: 'blue' }] }),
      );
      expect(User).toEqual({
        Path: '/team/',
        UserName: 'Alice',
        UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
        Arn: `arn:aws:iam::${account.accountId}:user/team/Alice`,
        CreateDate: expect.any(Date),
        Tags: [{ Key: 'squad', Value: 'blue' }],
      });
      expect((await account.root.send(new GetUserCommand({ UserName: 'aLICE' }))).User).toEqual(User);
    });

    it('refuses a name that differs in nothing but case', async () => {
      const name = await account.newUser();
      await expect(account.root.send(new CreateUserCommand({ UserName: name.toUpperCase() }))).rejects.toMatchObject({
        queryCode: 'EntityAlreadyExists',
        status: 409,
        message: `User with name ${name.toUpperCase()} already exists.`,
      });
    });

    it('gives a name to one of many who ask at once', async () => {
      const attempts = Array.from({ length: 8 }, () => account.root.send(new CreateUserCommand({ UserName: 'raced' })));
      const outcomes = await Promise.allSettled(attempts);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ queryCode: 'EntityAlreadyExists' });
      }
    });

    it('refuses names, paths and tags that AWS refuses', async () => {
      const create = (input: object) => account.root.send(new CreateUserCommand({ UserName: 'strange', ...input }));
      for (const UserName of ['', 'a b', 'a/b', 'ä', 'x'.repeat(65)]) {
        await expect(create({ UserName })).rejects.toMatchObject({ queryCode: 'ValidationError' });
      }
      for (const Path of ['team', '/team', '/a b/', `/${'x'.repeat(512)}/`]) {
        await expect(create({ Path })).rejects.toMatchObject({ queryCode: 'ValidationError' });
      }
      const tag = (Key: string) => ({ Key, Value: 'v' });
      await expect(create({ Tags: Array.from({ length: 51 }, (_, n) => tag(`k${n}`)) })).rejects.toMatchObject({
        queryCode: 'ValidationError',
      });
      await expect(create({ Tags: [tag('squad'), tag('Squad')] })).rejects.toMatchObject({
        queryCode: 'InvalidInput',
        message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
      });
      await expect(create({ Tags: [tag('aws:x')] })).rejects.toMatchObject({ queryCode: 'InvalidInput' });
      await expect(account.root.send(new GetUserCommand({ UserName: 'strange' }))).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
        status: 404,
        message: 'The user with name strange cannot be found.',
      });
    });

    it('shows the caller without a name: a user or root', async () => {
      const name = await account.newUser({ path: '/p/', managedPolicies: ['IAMReadOnlyAccess'] });
      const { User: self } = await account.user(name).send(new GetUserCommand({}));
      expect(self).toMatchObject({ UserName: name, Path: '/p/' });
      const { User: root } = await account.root.send(new GetUserCommand({}));
      expect(root).toMatchObject({
        UserId: account.accountId,
        Arn: `arn:aws:iam::${account.accountId}:root`,
        UserName: undefined,
        CreateDate: expect.any(Date),
      });
    });

    it('lists users in the order of their names, by path and page', async () => {
      const other = await account.otherAccount();
      for (const [UserName, Path] of [
        ['carol', '/a_b/'],
        ['Bob', '/axb/'],
        ['alice', '/a_b/c/'],
        ['dave', '/'],
      ] as const) {
        await other.root.send(new CreateUserCommand({ UserName, Path, Tags: [{ Key: 'k', Value: 'v' }] }));
      }
      const names = async (input: object) => {
        const answer = await other.root.send(new ListUsersCommand(input));
        return { ...answer, names: answer.Users?.map((user) => user.UserName) };
      };
      const all = await names({});
      expect(all).toMatchObject({ names: ['alice', 'Bob', 'carol', 'dave'], IsTruncated: false });
      expect(all.Marker).toBeUndefined();
      expect(all.Users?.some((user) => user.Tags !== undefined)).toBe(false);
      expect(await names({ PathPrefix: '/a_b/' })).toMatchObject({ names: ['alice', 'carol'] });
      const first = await names({ MaxItems: 3 });
      expect(first).toMatchObject({ names: ['alice', 'Bob', 'carol'], IsTruncated: true });
      expect(await names({ MaxItems: 3, Marker: first.Marker })).toMatchObject({ names: ['dave'], IsTruncated: false });
      const exact = await names({ MaxItems: 4 });
      expect(exact).toMatchObject({ IsTruncated: false });
      await expect(names({ Marker: 'nonsense' })).rejects.toMatchObject({ queryCode: 'ValidationError' });
    });

    it('renames and moves a user, who stays the same', async () => {
      const name = await account.newUser();
      const before = (await account.root.send(new GetUserCommand({ UserName: name }))).User;
      await account.root.send(
        new UpdateUserCommand({ UserName: name, NewUserName: `${name}-new`, NewPath: '/moved/' }),
      );
      const after = (await account.root.send(new GetUserCommand({ UserName: `${name}-new` }))).User;
      expect(after).toEqual({
        ...before,
        UserName: `${name}-new`,
        Path: '/moved/',
        Arn: `arn:aws:iam::${account.accountId}:user/moved/${name}-new`,
      });
      await expect(account.root.send(new GetUserCommand({ UserName: name }))).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
      });
      // The old name is free again, and another's name is not.
      await account.root.send(new CreateUserCommand({ UserName: name }));
      await expect(
        account.root.send(new UpdateUserCommand({ UserName: name, NewUserName: `${name}-NEW` })),
      ).rejects.toMatchObject({
        queryCode: 'EntityAlreadyExists',
        message: `User with name ${name}-NEW already exists.`,
      });
      await account.root.send(new UpdateUserCommand({ UserName: name, NewUserName: name.toUpperCase() }));
      expect((await account.root.send(new GetUserCommand({ UserName: name }))).User?.UserName).toBe(name.toUpperCase());
    });

    it('needs permission on both names to rename', async () => {
      const arn = (name: string) => `arn:aws:iam::${account.accountId}:user/${name}`;
      const victim = await account.newUser();
      const admin = await account.newUser({
        statements: [{ Effect: 'Allow', Action: 'iam:UpdateUser', Resource: [arn(victim), arn('allowed-*')] }],
      });
      const rename = (NewUserName: string) =>
        account.user(admin).send(new UpdateUserCommand({ UserName: victim, NewUserName }));
      await expect(rename('forbidden')).rejects.toThrow(`iam:UpdateUser on resource: ${arn('forbidden')}`);
      await rename('allowed-name');
    });

    it('deletes a user only when nothing depends on them', async () => {
      const UserName = await account.newUser();
      const { root } = account;
      const conflict = async (message: string) =>
        expect(root.send(new DeleteUserCommand({ UserName }))).rejects.toMatchObject({
          queryCode: 'DeleteConflict',
          status: 409,
          message,
        });
      await root.send(new CreateLoginProfileCommand({ UserName, Password: 'Password-1' }));
      await conflict('Cannot delete entity, must delete login profile first.');
      await root.send(new DeleteLoginProfileCommand({ UserName }));

      const { AccessKey } = await root.send(new CreateAccessKeyCommand({ UserName }));
      await conflict('Cannot delete entity, must delete access keys first.');
      await root.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: AccessKey?.AccessKeyId }));

      await root.send(new AttachUserPolicyCommand({ UserName, PolicyArn: POWER_USER }));
      await conflict('Cannot delete entity, must detach all policies first.');
      await root.send(new DetachUserPolicyCommand({ UserName, PolicyArn: POWER_USER }));

      const PolicyDocument = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';
      await root.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }));
      await conflict('Cannot delete entity, must delete policies first.');
      await root.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'p' }));

      const { ServiceSpecificCredential: credential } = await root.send(
        new CreateServiceSpecificCredentialCommand({ UserName, ServiceName: 'codecommit.amazonaws.com' }),
      );
      await conflict('Cannot delete entity, must remove referenced objects first.');
      const ServiceSpecificCredentialId = credential?.ServiceSpecificCredentialId;
      await root.send(new DeleteServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId }));

      const { SSHPublicKey: key } = await root.send(
        new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: ed25519Line() }),
      );
      await conflict('Cannot delete entity, must remove referenced objects first.');
      await root.send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId: key?.SSHPublicKeyId }));

      await root.send(new DeleteUserCommand({ UserName }));
      await expect(root.send(new DeleteUserCommand({ UserName }))).rejects.toMatchObject({ queryCode: 'NoSuchEntity' });
    });

    it('never leaves an access key behind when a user is deleted meanwhile', async () => {
      for (let round = 0; round < 5; round += 1) {
        const UserName = await account.newUser();
        const outcomes = await Promise.allSettled([
          account.root.send(new DeleteUserCommand({ UserName })),
          account.root.send(new CreateAccessKeyCommand({ UserName })),
        ]);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') {
            expect(['NoSuchEntity', 'DeleteConflict']).toContain(outcome.reason.queryCode);
          }
        }
      }
    });

    it('does not tell a caller without permission who exists', async () => {
      const stranger = await account.newUser();
      const known = await account.newUser({ path: '/team/' });
      const get = (UserName: string) => account.user(stranger).send(new GetUserCommand({ UserName }));
      const user = `User: arn:aws:iam::${account.accountId}:user/${stranger} is not authorized to perform: iam:GetUser`;
      await expect(get('nobody')).rejects.toThrow(`${user} on resource: arn:aws:iam::${account.accountId}:user/nobody`);
      await expect(get(known)).rejects.toThrow(
        `${user} on resource: arn:aws:iam::${account.accountId}:user/team/${known}`,
      );
      await expect(account.user(stranger).send(new ListUsersCommand({}))).rejects.toThrow(
        `iam:ListUsers on resource: arn:aws:iam::${account.accountId}:user/ because`,
      );
    });

    it('respects request tags and tags of the user in conditions', async () => {
      const blue = {
        StringEquals: { 'aws:RequestTag/squad': 'blue' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['squad'] },
      };
      const admin = await account.newUser({
        statements: [
          { Effect: 'Allow', Action: ['iam:CreateUser', 'iam:TagUser'], Resource: '*', Condition: blue },
          {
            Effect: 'Allow',
            Action: 'iam:DeleteUser',
            Resource: '*',
            Condition: { StringEquals: { 'aws:ResourceTag/squad': 'blue' } },
          },
        ],
      });
      const create = (UserName: string, Tags: { Key: string; Value: string }[]) =>
        account.user(admin).send(new CreateUserCommand({ UserName, Tags }));
      await create('tagged', [{ Key: 'squad', Value: 'blue' }]);
      await expect(create('red', [{ Key: 'squad', Value: 'red' }])).rejects.toThrow('iam:CreateUser');
      await expect(
        create('more', [
          { Key: 'squad', Value: 'blue' },
          { Key: 'cost', Value: '1' },
        ]),
      ).rejects.toThrow('iam:CreateUser');
      const untagged = await account.newUser();
      await expect(account.user(admin).send(new DeleteUserCommand({ UserName: untagged }))).rejects.toThrow(
        'iam:DeleteUser',
      );
      await account.user(admin).send(new DeleteUserCommand({ UserName: 'tagged' }));
    });

    it('needs iam:TagUser to create a user with tags', async () => {
      const admin = await account.newUser({
        statements: [{ Effect: 'Allow', Action: 'iam:CreateUser', Resource: '*' }],
      });
      const Tags = [{ Key: 'k', Value: 'v' }];
      await expect(account.user(admin).send(new CreateUserCommand({ UserName: 'with-tags', Tags }))).rejects.toThrow(
        'iam:TagUser',
      );
      await account.user(admin).send(new CreateUserCommand({ UserName: 'without-tags' }));
    });

    it('has at most 5,000 users in an account, also when they are created at once', async () => {
      const other = await account.otherAccount();
      const row = (number: number) => ({
        user_id: `AIDA${other.accountId}${String(number).padStart(5, '0')}`,
        account_id: other.accountId,
        user_name: `filler-${number}`,
        user_name_key: `filler-${number}`,
        path: '/',
        tags: '{}',
        created_at: 0,
        password_last_used: null,
      });
      for (let start = 0; start < 4999; start += 500) {
        const rows = Array.from({ length: Math.min(500, 4999 - start) }, (_, offset) => row(start + offset));
        await other.services.database.insertInto('users').values(rows).execute();
      }
      const outcomes = await Promise.allSettled(
        ['one', 'two', 'three'].map((UserName) => other.root.send(new CreateUserCommand({ UserName }))),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') {
          expect(outcome.reason).toMatchObject({
            queryCode: 'LimitExceeded',
            status: 409,
            message: 'Cannot exceed quota for UsersPerAccount: 5000',
          });
        }
      }
    });

    it('keeps accounts apart', async () => {
      const other = await account.otherAccount();
      const name = await account.newUser();
      await expect(other.root.send(new GetUserCommand({ UserName: name }))).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
      });
      await other.root.send(new CreateUserCommand({ UserName: name }));
    });
  });
});

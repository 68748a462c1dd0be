import {
  ChangePasswordCommand,
  CreateLoginProfileCommand,
  DeleteLoginProfileCommand,
  GetLoginProfileCommand,
  UpdateLoginProfileCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { verifyPassword } from '../../access/authentication/passwords.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

describe.each(databaseEngines)('login profiles on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());

    async function accepts(userName: string, password: string): Promise<boolean> {
      const { password_hash } = await account.services.database
        .selectFrom('login_profiles')
        .innerJoin('users', 'users.user_id', 'login_profiles.user_id')
        .select('password_hash')
        .where('user_name', '=', userName)
        .executeTakeFirstOrThrow();
      return verifyPassword(password, password_hash);
    }

    it('is created once, shown, updated and deleted', async () => {
      const UserName = await account.newUser();
      const { root } = account;
      const missing = { queryCode: 'NoSuchEntity', message: `Login Profile for User ${UserName} cannot be found.` };
      await expect(root.send(new GetLoginProfileCommand({ UserName }))).rejects.toMatchObject(missing);
      await expect(
        root.send(new UpdateLoginProfileCommand({ UserName, Password: 'Password-1' })),
      ).rejects.toMatchObject(missing);
      await expect(root.send(new DeleteLoginProfileCommand({ UserName }))).rejects.toMatchObject(missing);

      const { LoginProfile } = await root.send(
        new CreateLoginProfileCommand({ UserName, Password: 'Password-1', PasswordResetRequired: true }),
      );
      expect(LoginProfile).toEqual({ UserName, CreateDate: expect.any(Date), PasswordResetRequired: true });
      await expect(
        root.send(new CreateLoginProfileCommand({ UserName, Password: 'Password-2' })),
      ).rejects.toMatchObject({
        queryCode: 'EntityAlreadyExists',
        message: `Login Profile for user ${UserName} already exists.`,
      });
      expect(await accepts(UserName, 'Password-1')).toBe(true);

      await root.send(new UpdateLoginProfileCommand({ UserName, PasswordResetRequired: false }));
      expect(await accepts(UserName, 'Password-1')).toBe(true);
      await root.send(new UpdateLoginProfileCommand({ UserName, Password: 'Password-3' }));
      expect(await accepts(UserName, 'Password-1')).toBe(false);
      expect(await accepts(UserName, 'Password-3')).toBe(true);
      expect((await root.send(new GetLoginProfileCommand({ UserName }))).LoginProfile).toEqual({
        ...LoginProfile,
        PasswordResetRequired: false,
      });

      await root.send(new DeleteLoginProfileCommand({ UserName }));
      await expect(root.send(new GetLoginProfileCommand({ UserName }))).rejects.toMatchObject(missing);
    });

    it('refuses passwords that break the policy, and none at all', async () => {
      const UserName = await account.newUser();
      const create = (Password?: string) => account.root.send(new CreateLoginProfileCommand({ UserName, Password }));
      await expect(create('Short-1')).rejects.toMatchObject({
        queryCode: 'PasswordPolicyViolation',
        status: 400,
        message: 'Password should have a minimum length of 8',
      });
      for (const weak of ['lowercase', 'lowercase1', 'UPPER-CASE', account.accountId]) {
        await expect(create(weak)).rejects.toMatchObject({ queryCode: 'PasswordPolicyViolation' });
      }
      for (const unusable of [undefined, `${'x'.repeat(128)}A1`, 'Pass\u0001word-1']) {
        await expect(create(unusable)).rejects.toMatchObject({ queryCode: 'ValidationError' });
      }
      await expect(create('Pass\u0001word-secret-1')).rejects.not.toThrow('secret');
    });

    it('lets users change their own password with the old one', async () => {
      const UserName = await account.newUser({ managedPolicies: ['IAMUserChangePassword'] });
      const change = (OldPassword: string, NewPassword: string) =>
        account.user(UserName).send(new ChangePasswordCommand({ OldPassword, NewPassword }));
      await expect(change('Password-1', 'Password-2')).rejects.toMatchObject({ queryCode: 'NoSuchEntity' });
      await account.root.send(
        new CreateLoginProfileCommand({ UserName, Password: 'Password-1', PasswordResetRequired: true }),
      );
      await expect(change('wrong-Password-1', 'Password-2')).rejects.toMatchObject({
        queryCode: 'AccessDenied',
        status: 403,
        message: 'The old password was incorrect.',
      });
      await expect(change('Password-1', 'weak')).rejects.toMatchObject({ queryCode: 'PasswordPolicyViolation' });
      expect(await accepts(UserName, 'Password-1')).toBe(true);

      await change('Password-1', 'Password-2');
      expect(await accepts(UserName, 'Password-1')).toBe(false);
      expect(await accepts(UserName, 'Password-2')).toBe(true);
      const { LoginProfile } = await account.root.send(new GetLoginProfileCommand({ UserName }));
      expect(LoginProfile?.PasswordResetRequired).toBe(false);
    });

    it('changes a password once when it is changed twice at once', async () => {
      const UserName = await account.newUser({ managedPolicies: ['IAMUserChangePassword'] });
      await account.root.send(new CreateLoginProfileCommand({ UserName, Password: 'Password-1' }));
      const passwords = ['Password-2', 'Password-3'];
      const outcomes = await Promise.allSettled(
        passwords.map((NewPassword) =>
          account.user(UserName).send(new ChangePasswordCommand({ OldPassword: 'Password-1', NewPassword })),
        ),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const winner = passwords[outcomes.findIndex(({ status }) => status === 'fulfilled')] ?? '';
      expect(await accepts(UserName, winner)).toBe(true);
    });

    it('refuses ChangePassword without permission and to root', async () => {
      const UserName = await account.newUser();
      const command = new ChangePasswordCommand({ OldPassword: 'Password-1', NewPassword: 'Password-2' });
      await expect(account.user(UserName).send(command)).rejects.toThrow('iam:ChangePassword');
      await expect(account.root.send(command)).rejects.toMatchObject({ queryCode: 'InvalidUserType' });
    });

    it('wants a user name from root, which has no login profile here', async () => {
      await expect(account.root.send(new GetLoginProfileCommand({}))).rejects.toMatchObject({
        queryCode: 'ValidationError',
        message: 'Must specify userName when calling with non-User credentials',
      });
    });
  });
});

import {
  AddUserToGroupCommand,
  ChangePasswordCommand,
  CreateAccountAliasCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeleteAccountAliasCommand,
  DeleteAccountPasswordPolicyCommand,
  DeleteLoginProfileCommand,
  GetAccountPasswordPolicyCommand,
  GetAccountSummaryCommand,
  GetLoginProfileCommand,
  ListAccountAliasesCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateLoginProfileCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { signIn as signInToAccount } from './sign-in.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

describe.each(databaseEngines)('account settings on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let first: TestAccount;
    let account: TestAccount;
    beforeAll(async () => {
      first = await openTestAccount(engine);
    });
    beforeEach(async () => {
      account = await first.otherAccount();
    });
    afterAll(() => first.close());

    function setPolicy(input: object) {
      return account.root.send(new UpdateAccountPasswordPolicyCommand(input));
    }

    describe('the account alias', () => {
      const create = (AccountAlias: string, of = account) =>
        of.root.send(new CreateAccountAliasCommand({ AccountAlias }));
      const list = (of = account) => of.root.send(new ListAccountAliasesCommand({}));

      it('is one, replaced by the next and unique over the installation', async () => {
        const [one, two] = [`one-${account.accountId}`, `two-${account.accountId}`];
        expect(await list()).toEqual({ AccountAliases: [], IsTruncated: false });
        await create(one, account);
        const exists = {
          queryCode: 'EntityAlreadyExists',
          status: 409,
          message: `The account alias ${one} already exists.`,
        };
        await expect(create(one, first)).rejects.toMatchObject(exists);
        await expect(create(one, account)).rejects.toMatchObject(exists);
        await create(two, account);
        expect(await list()).toMatchObject({ AccountAliases: [two] });
        await create(one, first);
        const remove = (AccountAlias: string) => account.root.send(new DeleteAccountAliasCommand({ AccountAlias }));
        await expect(remove(one)).rejects.toMatchObject({ queryCode: 'NoSuchEntity', status: 404 });
        expect(await list(first)).toMatchObject({ AccountAliases: [one] });
        await remove(two);
        expect(await list()).toMatchObject({ AccountAliases: [] });
        const raced = `raced-${account.accountId}`;
        const outcomes = await Promise.allSettled([create(raced, account), create(raced, first)]);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      });

      it('is no account ID, and keeps to its form', async () => {
        for (const alias of ['123456789012', 'ab', 'Team', '-team', 'team-', 'te--am', 'x'.repeat(64)]) {
          await expect(create(alias, account)).rejects.toMatchObject({ queryCode: 'ValidationError', status: 400 });
        }
        const user = account.user(await account.newUser());
        await expect(user.send(new CreateAccountAliasCommand({ AccountAlias: 'mine' }))).rejects.toThrow(
          'iam:CreateAccountAlias on resource: *',
        );
      });
    });

    describe('the password policy', () => {
      it('is set, shown with defaults for what was left out, and deleted', async () => {
        const get = () => account.root.send(new GetAccountPasswordPolicyCommand({}));
        const remove = () => account.root.send(new DeleteAccountPasswordPolicyCommand({}));
        const missing = {
          queryCode: 'NoSuchEntity',
          status: 404,
          message: `The Password Policy with domain name ${account.accountId} cannot be found.`,
        };
        await expect(get()).rejects.toMatchObject(missing);
        await expect(remove()).rejects.toMatchObject({
          queryCode: 'NoSuchEntity',
          message: 'The account policy with name PasswordPolicy cannot be found.',
        });
        const full = {
          MinimumPasswordLength: 14,
          RequireSymbols: true,
          RequireNumbers: true,
          RequireUppercaseCharacters: true,
          RequireLowercaseCharacters: true,
          AllowUsersToChangePassword: true,
          MaxPasswordAge: 90,
          PasswordReusePrevention: 24,
          HardExpiry: true,
        };
        await setPolicy(full);
        expect((await get()).PasswordPolicy).toEqual({ ...full, ExpirePasswords: true });
        await setPolicy({});
        expect((await get()).PasswordPolicy).toEqual({
          MinimumPasswordLength: 6,
          RequireSymbols: false,
          RequireNumbers: false,
          RequireUppercaseCharacters: false,
          RequireLowercaseCharacters: false,
          AllowUsersToChangePassword: false,
          ExpirePasswords: false,
        });
        await remove();
        await expect(get()).rejects.toMatchObject(missing);
        for (const wrong of [
          { MinimumPasswordLength: 5 },
          { MinimumPasswordLength: 129 },
          { MaxPasswordAge: 0 },
          { MaxPasswordAge: 1096 },
          { PasswordReusePrevention: 25 },
        ]) {
          await expect(setPolicy(wrong)).rejects.toMatchObject({ queryCode: 'ValidationError' });
        }
      });

      it('is kept to by CreateLoginProfile, UpdateLoginProfile and ChangePassword', async () => {
        const UserName = await account.newUser({ managedPolicies: ['IAMUserChangePassword'] });
        await setPolicy({ MinimumPasswordLength: 10, RequireSymbols: true, RequireUppercaseCharacters: true });
        const create = (Password: string) => account.root.send(new CreateLoginProfileCommand({ UserName, Password }));
        const violation = (message: string) => ({ queryCode: 'PasswordPolicyViolation', status: 400, message });
        await expect(create('Short-123')).rejects.toMatchObject(
          violation('Password should have a minimum length of 10'),
        );
        await expect(create('lower-case-only')).rejects.toMatchObject(
          violation('Password should have at least one uppercase letter'),
        );
        const two = 'Password should have at least one uppercase letter, Password should have at least one symbol';
        await expect(create('lowercase.only')).rejects.toMatchObject(violation(two));
        await create('UPPER-CASE');
        await expect(
          account.root.send(new UpdateLoginProfileCommand({ UserName, Password: 'lowercase.only' })),
        ).rejects.toMatchObject(violation(two));
        const change = new ChangePasswordCommand({ OldPassword: 'UPPER-CASE', NewPassword: 'lowercase.only' });
        await expect(account.user(UserName).send(change)).rejects.toMatchObject(violation(two));
      });

      it('without one, wants three of four kinds of characters', async () => {
        const UserName = await account.newUser();
        await expect(
          account.root.send(new CreateLoginProfileCommand({ UserName, Password: 'lowercase' })),
        ).rejects.toMatchObject({
          queryCode: 'PasswordPolicyViolation',
          message:
            'Password should meet 2 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one number, Password should have at least one symbol',
        });
      });

      it('keeps users from using one of their last passwords again', async () => {
        const UserName = await account.newUser({ managedPolicies: ['IAMUserChangePassword'] });
        const change = (OldPassword: string, NewPassword: string) =>
          account.user(UserName).send(new ChangePasswordCommand({ OldPassword, NewPassword }));
        const password = (number: number) => `Password-${number}`;
        await setPolicy({ PasswordReusePrevention: 3 });
        await account.root.send(new CreateLoginProfileCommand({ UserName, Password: password(1) }));
        await change(password(1), password(2));
        await account.root.send(new UpdateLoginProfileCommand({ UserName, Password: password(3) }));
        const reused = {
          queryCode: 'PasswordPolicyViolation',
          message: 'Password should not be the same as any of the last 3 passwords',
        };
        for (const number of [1, 2, 3]) {
          await expect(change(password(3), password(number))).rejects.toMatchObject(reused);
          await expect(
            account.root.send(new CreateLoginProfileCommand({ UserName, Password: password(number) })),
          ).rejects.toMatchObject({ queryCode: 'EntityAlreadyExists' });
        }
        await expect(
          account.root.send(new UpdateLoginProfileCommand({ UserName, Password: password(2) })),
        ).rejects.toMatchObject(reused);
        await change(password(3), password(4));
        await change(password(4), password(1));
        const kept = await account.services.database
          .selectFrom('former_passwords')
          .innerJoin('users', 'users.user_id', 'former_passwords.user_id')
          .select('password_hash')
          .where('user_name', '=', UserName)
          .where('account_id', '=', account.accountId)
          .execute();
        expect(kept).toHaveLength(2);
        await setPolicy({});
        await change(password(1), password(1));
        await account.root.send(new DeleteLoginProfileCommand({ UserName }));
      });

      it('records when passwords were changed, by which they age', async () => {
        const UserName = await account.newUser();
        const changedAt = async () => {
          const { password_changed_at } = await account.services.database
            .selectFrom('login_profiles')
            .innerJoin('users', 'users.user_id', 'login_profiles.user_id')
            .select('password_changed_at')
            .where('user_name', '=', UserName)
            .executeTakeFirstOrThrow();
          return password_changed_at;
        };
        await account.root.send(
          new CreateLoginProfileCommand({ UserName, Password: 'Password-1', PasswordResetRequired: true }),
        );
        const { LoginProfile } = await account.root.send(new GetLoginProfileCommand({ UserName }));
        expect(await changedAt()).toBe(LoginProfile?.CreateDate?.getTime());
        await account.services.database.updateTable('login_profiles').set({ password_changed_at: 1 }).execute();
        await account.root.send(new UpdateLoginProfileCommand({ UserName, PasswordResetRequired: true }));
        expect(await changedAt()).toBe(1);
        await account.root.send(new UpdateLoginProfileCommand({ UserName, Password: 'Password-2' }));
        expect(await changedAt()).toBeGreaterThan(1);
        const after = await account.root.send(new GetLoginProfileCommand({ UserName }));
        expect(after.LoginProfile?.PasswordResetRequired).toBe(true);
      });

      it('makes users replace an expired password at sign-in, or keeps them out', async () => {
        const UserName = await account.newUser();
        await account.root.send(new CreateLoginProfileCommand({ UserName, Password: 'Password-1' }));
        const age = (days: number) =>
          account.services.database
            .updateTable('login_profiles')
            .set({ password_changed_at: Date.now() - days * 86_400_000 - 1 })
            .execute();
        const signIn = (password: string, newPassword?: string) =>
          signInToAccount(account.services, {
            name: { account: account.accountId, userName: UserName },
            password,
            newPassword,
            time: new Date(),
          });
        await setPolicy({ MaxPasswordAge: 30, HardExpiry: true, PasswordReusePrevention: 2 });
        await age(29);
        expect(await signIn('Password-1')).toMatchObject({ kind: 'signed-in' });
        await age(30);
        expect(await signIn('Password-1')).toBeUndefined();
        expect(await signIn('Password-1', 'Password-2')).toBeUndefined();
        const rules = { MinimumPasswordLength: 10, RequireSymbols: true, RequireLowercaseCharacters: true };
        await setPolicy({ MaxPasswordAge: 30, PasswordReusePrevention: 2, ...rules });
        expect(await signIn('Password-1')).toEqual({
          kind: 'new-password-required',
          rules: { minimumLength: 10, required: ['lowercase', 'symbols'], leastTypes: 2, reusePrevention: 2 },
        });
        await expect(signIn('Password-1', 'Password-1')).rejects.toMatchObject({
          queryCode: 'PasswordPolicyViolation',
        });
        expect(await signIn('Password-1', 'Password-2')).toMatchObject({ kind: 'signed-in' });
        expect(await signIn('Password-2')).toMatchObject({ kind: 'signed-in' });
        expect(await signIn('Password-1')).toBeUndefined();
      });

      it('lets users change their password without a permission of their own, unless one denies it', async () => {
        const plain = await account.newUser();
        const denied = await account.newUser({
          statements: [{ Effect: 'Deny', Action: ['iam:ChangePassword', 'iam:GetAccount*'], Resource: '*' }],
        });
        for (const UserName of [plain, denied]) {
          await account.root.send(new CreateLoginProfileCommand({ UserName, Password: 'Password-1' }));
        }
        const change = (name: string) =>
          account.user(name).send(new ChangePasswordCommand({ OldPassword: 'Password-1', NewPassword: 'Password-2' }));
        await setPolicy({ AllowUsersToChangePassword: false });
        await expect(change(plain)).rejects.toThrow('because no identity-based policy allows the iam:ChangePassword');
        await setPolicy({ AllowUsersToChangePassword: true });
        await change(plain);
        await account.user(plain).send(new GetAccountPasswordPolicyCommand({}));
        await expect(change(denied)).rejects.toThrow('with an explicit deny');
        await expect(account.user(denied).send(new GetAccountPasswordPolicyCommand({}))).rejects.toThrow(
          'with an explicit deny',
        );
        await expect(account.user(plain).send(new UpdateAccountPasswordPolicyCommand({}))).rejects.toThrow(
          'iam:UpdateAccountPasswordPolicy',
        );
      });
    });

    it('are summed up with what there is and the quotas', async () => {
      const UserName = await account.newUser();
      await account.root.send(new CreateGroupCommand({ GroupName: 'g' }));
      await account.root.send(new AddUserToGroupCommand({ GroupName: 'g', UserName }));
      const PolicyDocument = JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
      });
      const { Policy } = await account.root.send(new CreatePolicyCommand({ PolicyName: 'p', PolicyDocument }));
      await account.root.send(new CreatePolicyVersionCommand({ PolicyArn: Policy?.Arn, PolicyDocument }));
      const { SummaryMap } = await account.root.send(new GetAccountSummaryCommand({}));
      expect(SummaryMap).toMatchObject({
        Users: 1,
        UsersQuota: 5000,
        Groups: 1,
        GroupsQuota: 300,
        Roles: 0,
        RolesQuota: 1000,
        Policies: 1,
        PoliciesQuota: 1500,
        PolicyVersionsInUse: 2,
        VersionsPerPolicyQuota: 5,
        GroupsPerUserQuota: 10,
        AttachedPoliciesPerGroupQuota: 10,
        GroupPolicySizeQuota: 5120,
        MFADevices: 0,
        MFADevicesInUse: 0,
        AccountMFAEnabled: 0,
        AccountAccessKeysPresent: 1,
      });
      const user = account.user(UserName);
      await expect(user.send(new GetAccountSummaryCommand({}))).rejects.toThrow('iam:GetAccountSummary');
    });
  });
});

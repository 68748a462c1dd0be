import {
  CreateAccountAliasCommand,
  CreateLoginProfileCommand,
  DeactivateMFADeviceCommand,
  DeleteAccountAliasCommand,
  DeleteLoginProfileCommand,
  EnableMFADeviceCommand,
  GetUserCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { closeAccount, reopenAccount } from './account-closure.ts';
import { signUp } from './accounts.ts';
import { changeRootPassword } from './root-user.ts';
import { signIn } from './sign-in.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';
import { enabledMfaDevice, newMfaDevice, stepsAfter } from './test-mfa-device.ts';

const TIME = new Date('2026-01-02T03:04:05Z');
const PASSWORD = 'Correct-horse-1';
/** By the default password policy. */
const NEW_PASSWORD_REQUIRED = {
  kind: 'new-password-required',
  rules: { minimumLength: 8, required: [], leastTypes: 3, reusePrevention: 0 },
};

describe.each(databaseEngines)('sign-in on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());

    const asUser = (userName: string, input: object = {}, accountId = account.accountId) =>
      signIn(account.services, { name: { account: accountId, userName }, password: PASSWORD, time: TIME, ...input });
    const asRoot = (email: string, input: object = {}) =>
      signIn(account.services, { name: { email }, password: PASSWORD, time: TIME, ...input });

    async function userWithPassword(input: object = {}): Promise<string> {
      const UserName = await account.newUser();
      await account.root.send(new CreateLoginProfileCommand({ UserName, Password: PASSWORD, ...input }));
      return UserName;
    }

    async function newRoot(): Promise<{ accountId: string; email: string }> {
      const email = `${crypto.randomUUID()}@example.com`;
      const input = { accountName: 'Team', rootEmail: email, rootPassword: PASSWORD };
      return { accountId: await signUp(account.services, 'open', input), email };
    }

    it('lets a user in by account ID, name in any case and password, and notes it', async () => {
      const userName = await userWithPassword();
      const { User } = await account.root.send(new GetUserCommand({ UserName: userName }));
      expect(await asUser(userName.toUpperCase())).toEqual({
        kind: 'signed-in',
        identity: {
          accountId: account.accountId,
          userId: User?.UserId,
          passwordHash: expect.stringMatching(/^\$scrypt\$/),
        },
      });
      const used = await account.root.send(new GetUserCommand({ UserName: userName }));
      expect(used.User?.PasswordLastUsed).toEqual(TIME);
    });

    it('lets a user in by the alias of the account', async () => {
      const userName = await userWithPassword();
      const AccountAlias = `team-${account.accountId}`;
      await account.root.send(new CreateAccountAliasCommand({ AccountAlias }));
      expect(await asUser(userName, {}, AccountAlias)).toMatchObject({ kind: 'signed-in' });
      await account.root.send(new DeleteAccountAliasCommand({ AccountAlias }));
      expect(await asUser(userName, {}, AccountAlias)).toBeUndefined();
    });

    it('lets the root user in by e-mail address in any case', async () => {
      const { accountId, email } = await newRoot();
      expect(await asRoot(email.toUpperCase())).toMatchObject({
        kind: 'signed-in',
        identity: { accountId, userId: null },
      });
    });

    it('tells nothing of what is wrong', async () => {
      const userName = await userWithPassword();
      const { email } = await newRoot();
      const other = await account.otherAccount();
      const without = await account.newUser();
      expect(await asUser(userName, { password: 'Correct-horse-2' })).toBeUndefined();
      expect(await asUser(userName, { password: '' })).toBeUndefined();
      expect(await asUser(userName, { password: 'x'.repeat(100_000) })).toBeUndefined();
      expect(await asUser(userName, {}, other.accountId)).toBeUndefined();
      expect(await asUser(userName, {}, '000000000000')).toBeUndefined();
      expect(await asUser('nobody')).toBeUndefined();
      expect(await asUser(without)).toBeUndefined();
      expect(await asRoot(email, { password: 'Correct-horse-2' })).toBeUndefined();
      expect(await asRoot('nobody@example.com')).toBeUndefined();
      await account.root.send(new DeleteLoginProfileCommand({ UserName: userName }));
      expect(await asUser(userName)).toBeUndefined();
    });

    it('asks for a new password where an administrator wants one, and takes one that the policy accepts', async () => {
      const userName = await userWithPassword({ PasswordResetRequired: true });
      expect(await asUser(userName)).toEqual(NEW_PASSWORD_REQUIRED);
      expect(await asUser(userName, { password: 'wrong', newPassword: 'Correct-horse-2' })).toBeUndefined();
      for (const newPassword of ['weak', PASSWORD]) {
        await expect(asUser(userName, { newPassword })).rejects.toMatchObject({
          exception: 'PasswordPolicyViolationException',
        });
      }
      expect(await asUser(userName)).toEqual(NEW_PASSWORD_REQUIRED);
      const signedIn = await asUser(userName, { newPassword: 'Correct-horse-2' });
      expect(signedIn).toMatchObject({ kind: 'signed-in' });
      expect(await asUser(userName)).toBeUndefined();
      expect(await asUser(userName, { password: 'Correct-horse-2' })).toEqual(signedIn);
    });

    it('leaves a password alone that nobody wants changed', async () => {
      const userName = await userWithPassword();
      expect(await asUser(userName, { newPassword: 'Correct-horse-2' })).toMatchObject({ kind: 'signed-in' });
      expect(await asUser(userName)).toMatchObject({ kind: 'signed-in' });
    });

    it('changes a password once for requests at once', async () => {
      const userName = await userWithPassword({ PasswordResetRequired: true });
      const outcomes = await Promise.all(
        ['Correct-horse-2', 'Correct-horse-3'].map((newPassword) => asUser(userName, { newPassword })),
      );
      expect(outcomes.filter((outcome) => outcome?.kind === 'signed-in')).toHaveLength(1);
    });

    describe('with a second factor', () => {
      it('names the devices after the right password only, and takes the code of one', async () => {
        const userName = await userWithPassword();
        const [first, second] = [
          await enabledMfaDevice(account.root, userName, stepsAfter(TIME, -5)),
          await enabledMfaDevice(account.root, userName, TIME),
        ];
        expect(await asUser(userName, { password: 'wrong' })).toBeUndefined();
        const required = await asUser(userName);
        expect(required).toMatchObject({ kind: 'second-factor-required' });
        const devices = required?.kind === 'second-factor-required' ? [...required.devices] : [];
        expect(devices.sort()).toEqual([first.SerialNumber, second.SerialNumber].sort());
        const secondFactor = { serialNumber: second.SerialNumber, tokenCode: second.code(TIME) };
        expect(await asUser(userName, { password: 'wrong', secondFactor })).toBeUndefined();
        expect(await asUser(userName, { secondFactor })).toMatchObject({
          kind: 'signed-in',
          identity: { mfaAuthenticatedAt: TIME },
        });
      });

      it('refuses wrong, used and foreign codes', async () => {
        const [userName, other] = [await userWithPassword(), await userWithPassword()];
        const device = await enabledMfaDevice(account.root, userName, TIME);
        const foreign = await enabledMfaDevice(account.root, other, TIME);
        const attempt = ({ SerialNumber, code }: typeof device, at = TIME) =>
          asUser(userName, { secondFactor: { serialNumber: SerialNumber, tokenCode: code(at) } });
        const refused = (reason: string) => ({ kind: 'second-factor-refused', reason });
        expect(await attempt(device, stepsAfter(TIME, 4))).toEqual(refused('wrong code'));
        expect(await attempt(foreign)).toEqual(refused('unknown device'));
        expect(await attempt(device)).toMatchObject({ kind: 'signed-in' });
        expect(await attempt(device)).toEqual(refused('wrong code'));
        for (let tries = 0; tries < 4; tries++) await attempt(device);
        expect(await attempt(device, stepsAfter(TIME, 1))).toEqual(refused('refused for now'));
      });

      it('changes a password that is due only with the code, and uses the code up only with the password', async () => {
        const userName = await userWithPassword({ PasswordResetRequired: true });
        const device = await enabledMfaDevice(account.root, userName, TIME);
        const secondFactor = { serialNumber: device.SerialNumber, tokenCode: device.code(TIME) };
        const newPassword = 'Correct-horse-2';
        expect(await asUser(userName, { secondFactor })).toEqual(NEW_PASSWORD_REQUIRED);
        expect(await asUser(userName, { newPassword })).toMatchObject({ kind: 'second-factor-required' });
        await expect(asUser(userName, { newPassword: 'weak', secondFactor })).rejects.toThrow();
        expect(await asUser(userName, { newPassword, secondFactor })).toMatchObject({ kind: 'signed-in' });
      });

      it('asks the root user for theirs', async () => {
        const { root } = await account.otherAccount();
        const { email } = await account.services.database
          .selectFrom('accounts')
          .select('root_email as email')
          .where('account_id', '=', (await root.principal()).accountId)
          .executeTakeFirstOrThrow();
        const device = await newMfaDevice(root, 'root-account-mfa-device');
        const { SerialNumber } = device;
        const earlier = stepsAfter(TIME, -10);
        await root.send(
          new EnableMFADeviceCommand({ SerialNumber, UserName: 'root', ...device.codes(earlier) }),
          earlier,
        );
        expect(await asRoot(email)).toEqual({ kind: 'second-factor-required', devices: [SerialNumber] });
        const secondFactor = { serialNumber: SerialNumber, tokenCode: device.code(TIME) };
        expect(await asRoot(email, { secondFactor })).toMatchObject({ kind: 'signed-in' });
        await root.send(new DeactivateMFADeviceCommand({ SerialNumber }));
        expect(await asRoot(email)).toMatchObject({ kind: 'signed-in' });
      });
    });

    it('is refused while the account is closed', async () => {
      const { accountId, email } = await newRoot();
      const userName = await userWithPassword();
      const { database } = account.services;
      for (const id of [accountId, account.accountId]) expect(await closeAccount(database, id, TIME)).toBe(true);
      try {
        expect(await asRoot(email)).toBeUndefined();
        expect(await asUser(userName)).toBeUndefined();
      } finally {
        for (const id of [accountId, account.accountId]) expect(await reopenAccount(database, id, TIME)).toBe(true);
      }
      expect(await asRoot(email)).toMatchObject({ kind: 'signed-in' });
      expect(await asUser(userName)).toMatchObject({ kind: 'signed-in' });
    });

    describe('the root user’s password', () => {
      it('is changed by the root user who knows the old one', async () => {
        const { root, services } = await account.otherAccount();
        const principal = await root.principal();
        const change = (oldPassword: string, newPassword: string) =>
          changeRootPassword(services, principal, { oldPassword, newPassword });
        expect(await change('wrong', 'Correct-horse-2')).toBeUndefined();
        await expect(change(PASSWORD, 'weak')).rejects.toMatchObject({
          exception: 'PasswordPolicyViolationException',
        });
        const outcomes = await Promise.all([change(PASSWORD, 'Correct-horse-2'), change(PASSWORD, 'Correct-horse-2')]);
        expect(outcomes.filter((outcome) => outcome === 'changed')).toHaveLength(1);
        expect(await change('Correct-horse-2', 'Correct-horse-3')).toBe('changed');
      });

      it('is nobody else’s to change', async () => {
        const principal = await account
          .user(await account.newUser({ managedPolicies: ['AdministratorAccess'] }))
          .principal();
        const passwords = { oldPassword: PASSWORD, newPassword: 'Correct-horse-2' };
        await expect(changeRootPassword(account.services, principal, passwords)).rejects.toMatchObject({
          queryCode: 'AccessDenied',
        });
      });
    });
  });
});

import { CreateLoginProfileCommand, DeleteLoginProfileCommand, UpdateLoginProfileCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { signIn } from '../../services/iam/sign-in.ts';
import { openTestAccount, type TestAccount } from '../../services/iam/test-account.ts';
import { ConsoleSessions } from './console-sessions.ts';

const TIME = new Date('2026-01-02T03:04:05Z');
const PASSWORD = 'Correct-horse-1';
const TWELVE_HOURS_MS = 12 * 60 * 60 * 1_000;
const after = (milliseconds: number) => new Date(TIME.getTime() + milliseconds);

describe.each(databaseEngines)('sessions of the console on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    let sessions: ConsoleSessions;
    beforeAll(async () => {
      account = await openTestAccount(engine);
      sessions = new ConsoleSessions(account.services.database);
    });
    afterAll(() => account.close());

    const newUser = async () => {
      const UserName = await account.newUser();
      await account.root.send(new CreateLoginProfileCommand({ UserName, Password: PASSWORD }));
      return UserName;
    };
    const openFor = async (userName: string) => {
      const name = { account: account.accountId, userName };
      const outcome = await signIn(account.services, { name, password: PASSWORD, time: TIME });
      if (outcome?.kind !== 'signed-in') throw new Error('The user is not signed in');
      return sessions.open(outcome.identity, TIME);
    };

    it('last twelve hours, however much they are used, and are forgotten afterwards', async () => {
      const { token, expiresAt } = await openFor(await newUser());
      expect(expiresAt).toEqual(after(TWELVE_HOURS_MS));
      expect(await sessions.find(token, after(TWELVE_HOURS_MS - 1))).toMatchObject({ issuedAt: TIME, expiresAt });
      expect(await sessions.find(token, after(TWELVE_HOURS_MS))).toBeUndefined();
      const other = await openFor(await newUser());
      const rows = () => account.services.database.selectFrom('console_sessions').select('token_hash').execute();
      expect(await rows()).toHaveLength(2);
      const outcome = { accountId: account.accountId, userId: null, passwordHash: 'any' };
      await sessions.open(outcome, after(TWELVE_HOURS_MS));
      expect(await rows()).toHaveLength(1);
      expect(await sessions.find(other.token, TIME)).toBeUndefined();
    });

    it('end with the password that opened them, though the same one is set again', async () => {
      const UserName = await newUser();
      const { token } = await openFor(UserName);
      const elsewhere = await openFor(await newUser());
      await account.root.send(new UpdateLoginProfileCommand({ UserName, PasswordResetRequired: true }));
      expect(await sessions.find(token, TIME)).toBeDefined();
      await account.root.send(new UpdateLoginProfileCommand({ UserName, Password: PASSWORD }));
      expect(await sessions.find(token, TIME)).toBeUndefined();
      await account.root.send(new DeleteLoginProfileCommand({ UserName }));
      await account.root.send(new CreateLoginProfileCommand({ UserName, Password: PASSWORD }));
      expect(await sessions.find(token, TIME)).toBeUndefined();
      expect(await sessions.find(elsewhere.token, TIME)).toBeDefined();
    });

    it('are found by their whole token alone', async () => {
      const { token } = await openFor(await newUser());
      for (const guess of ['', token.slice(1), `${token}A`, token.toLowerCase(), `${token.slice(0, -1)}=`]) {
        expect(await sessions.find(guess, TIME), guess).toBeUndefined();
      }
      await sessions.close(token);
      expect(await sessions.find(token, TIME)).toBeUndefined();
    });
  });
});

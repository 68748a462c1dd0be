import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { AccessKeys } from '../../access/authentication/access-keys.ts';
import { verifyPassword } from '../../access/authentication/passwords.ts';
import { createAccount, SignUpClosedError, signUp } from './accounts.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

const rootPassword = 'Correct-horse-1';

describe.each(databaseEngines)('accounts on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());

    it('are made with what was chosen', async () => {
      const chosen = {
        accountId: '111122223333',
        rootEmail: 'chosen@example.com',
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      };
      expect(await createAccount(account.services, { ...chosen, rootPassword })).toEqual(chosen);
      const { database, sealer } = account.services;
      expect(await new AccessKeys(database, sealer).find(chosen.accessKeyId)).toEqual({
        accessKeyId: chosen.accessKeyId,
        secretAccessKey: chosen.secretAccessKey,
        status: 'Active',
        accountId: chosen.accountId,
        userId: null,
      });
      const row = await database
        .selectFrom('accounts')
        .selectAll()
        .where('account_id', '=', chosen.accountId)
        .executeTakeFirstOrThrow();
      expect(await verifyPassword(rootPassword, row.root_password_hash)).toBe(true);
    });

    it('are made with an ID and a key of their own', async () => {
      const made = await createAccount(account.services, { rootEmail: 'made@example.com', rootPassword });
      expect(made).toEqual({
        accountId: expect.stringMatching(/^[1-9]\d{11}$/),
        rootEmail: 'made@example.com',
        accessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
        secretAccessKey: expect.stringMatching(/^[A-Za-z0-9+/]{40}$/),
      });
    });

    it.each([
      [{ accountId: '1234' }, 'an account ID has twelve digits'],
      [{ accountId: '12345678901a' }, 'an account ID has twelve digits'],
      [{ rootEmail: 'nobody' }, 'e-mail address'],
      [{ rootEmail: `${'x'.repeat(60)}@example.com` }, 'at most 64 characters'],
      [{ rootPassword: 'Aa-1' }, '8 to 128 characters'],
      [{ accessKeyId: 'ASIAIOSFODNN7EXAMPLE' }, 'an access key ID is AKIA'],
      [{ accessKeyId: 'AKIA' }, 'an access key ID is AKIA'],
      [{ secretAccessKey: 'short' }, '16 to 128 printable characters'],
      [{ secretAccessKey: 'with a space in the middle of the secret!' }, '16 to 128 printable characters'],
    ])('are refused with %o', async (input, message) => {
      const refusal = createAccount(account.services, { rootEmail: 'refused@example.com', rootPassword, ...input });
      await expect(refusal).rejects.toMatchObject({
        name: 'AccountInputError',
        message: expect.stringContaining(message),
      });
      for (const [name, secret] of Object.entries(input)) {
        if (name === 'rootPassword' || name === 'secretAccessKey') await expect(refusal).rejects.not.toThrow(secret);
      }
    });

    it('do not share an ID, an e-mail address or an access key, and a refused one leaves nothing', async () => {
      const make = (input: object) =>
        createAccount(account.services, { rootEmail: 'another@example.com', rootPassword, ...input });
      const taken = await make({ rootEmail: 'taken@example.com' });
      await expect(make({ accountId: taken.accountId })).rejects.toThrow('with this ID already');
      await expect(make({ rootEmail: taken.rootEmail })).rejects.toThrow('with this e-mail address already');
      await expect(make({ accessKeyId: taken.accessKeyId })).rejects.toThrow('an access key with this ID already');
      await make({});
    });

    it('are made once when asked for at once', async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 4 }, () =>
          createAccount(account.services, { accountId: '444455556666', rootEmail: 'raced@example.com', rootPassword }),
        ),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ name: 'AccountInputError' });
      }
      const keys = await account.services.database
        .selectFrom('access_keys')
        .select('access_key_id')
        .where('account_id', '=', '444455556666')
        .execute();
      expect(keys).toHaveLength(1);
    });

    describe('made by sign-up', () => {
      const newEmail = () => `${crypto.randomUUID()}@example.com`;
      const input = (changes: object = {}) => ({
        accountName: 'Team Blue',
        rootEmail: newEmail(),
        rootPassword,
        ...changes,
      });

      it('have an ID, a root user and no access key', async () => {
        const chosen = input();
        const accountId = await signUp(account.services, 'open', chosen);
        expect(accountId).toMatch(/^[1-9]\d{11}$/);
        const { database } = account.services;
        const row = await database
          .selectFrom('accounts')
          .selectAll()
          .where('account_id', '=', accountId)
          .executeTakeFirstOrThrow();
        expect(row).toMatchObject({ account_name: 'Team Blue', root_email: chosen.rootEmail, closed_at: null });
        expect(await verifyPassword(rootPassword, row.root_password_hash)).toBe(true);
        const keys = database.selectFrom('access_keys').select('access_key_id').where('account_id', '=', accountId);
        expect(await keys.execute()).toEqual([]);
      });

      it.each([
        [{ accountName: '' }, 'an account name has 1 to 50'],
        [{ accountName: 'x'.repeat(51) }, 'an account name has 1 to 50'],
        [{ accountName: ' Team' }, 'no space at its ends'],
        [{ accountName: 'a\nb' }, 'printable characters'],
        [{ rootEmail: 'nobody' }, 'e-mail address'],
        [{ rootEmail: 'a\u0000@example.com' }, 'e-mail address'],
        [{ rootPassword: 'Aa-1' }, 'minimum length of 8'],
        [{ rootPassword: 'onlysmallletters' }, 'uppercase letter'],
        [{ rootPassword: `Aa-1${'x'.repeat(125)}` }, 'maximum length of 128'],
        [{ rootEmail: 'Root-1@example.com', rootPassword: 'root-1@EXAMPLE.com' }, 'identical'],
        [{ accountName: 'Team-Blue-1', rootPassword: 'team-blue-1' }, 'identical to the account name'],
      ])('are refused with %j', async (changes, message) => {
        await expect(signUp(account.services, 'open', input(changes))).rejects.toThrow(message);
      });

      it('have an e-mail address of their own, whatever its case, at once too', async () => {
        const rootEmail = newEmail();
        await signUp(account.services, 'open', input({ rootEmail }));
        const again = signUp(account.services, 'open', input({ rootEmail: rootEmail.toUpperCase() }));
        await expect(again).rejects.toThrow('there is an account with this e-mail address already');
        const raced = newEmail();
        const outcomes = await Promise.allSettled(
          [raced, raced.toUpperCase(), raced].map((email) =>
            signUp(account.services, 'open', input({ rootEmail: email })),
          ),
        );
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ name: 'AccountInputError' });
        }
      });

      it('are refused where sign-up is closed, and all but the first where it is open to the first', async () => {
        await expect(signUp(account.services, 'closed', input())).rejects.toThrow(SignUpClosedError);
        await expect(signUp(account.services, 'first', input())).rejects.toThrow(SignUpClosedError);
        const empty = await engine.open();
        try {
          const { database } = empty;
          await database
            .insertInto('installation')
            .values({ installation_id: 1, root_key_check: Buffer.alloc(32) })
            .execute();
          const outcomes = await Promise.allSettled(
            Array.from({ length: 4 }, () => signUp({ database }, 'first', input())),
          );
          expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
          for (const outcome of outcomes) {
            if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(SignUpClosedError);
          }
        } finally {
          await empty.close();
        }
      });
    });
  });
});

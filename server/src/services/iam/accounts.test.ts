import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { AccessKeys } from '../../access/authentication/access-keys.ts';
import { verifyPassword } from '../../access/authentication/passwords.ts';
import { createAccount } from './accounts.ts';
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
  });
});

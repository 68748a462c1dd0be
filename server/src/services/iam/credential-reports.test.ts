import {
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  GenerateCredentialReportCommand,
  GetCredentialReportCommand,
  UpdateAccessKeyCommand,
  UpdateAccountPasswordPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';
import { enabledMfaDevice } from './test-mfa-device.ts';

const HOUR_MS = 60 * 60 * 1000;
const HEADER =
  'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,' +
  'mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,' +
  'access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,' +
  'access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,' +
  'cert_2_last_rotated';
const NO_KEY = 'false,N/A,N/A,N/A,N/A';
const NO_CERTIFICATES = 'false,N/A,false,N/A';

describe.each(databaseEngines)('credential reports on $name', (engine) => {
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

    const generate = (time?: Date) => account.root.send(new GenerateCredentialReportCommand({}), time);
    const get = (time?: Date) => account.root.send(new GetCredentialReportCommand({}), time);
    const lines = async () =>
      Buffer.from((await get()).Content ?? [])
        .toString()
        .trimEnd()
        .split('\n');

    it('are made once in four hours, and are gone after them', async () => {
      const start = new Date('2026-11-26T08:00:00Z');
      const later = (hours: number, milliseconds = 0) => new Date(start.getTime() + hours * HOUR_MS + milliseconds);
      await expect(get()).rejects.toMatchObject({ queryCode: 'ReportNotPresent', status: 410 });
      expect(await generate(start)).toEqual({
        State: 'STARTED',
        Description: 'No report exists. Starting a new report generation task',
      });
      await account.newUser();
      expect(await generate(later(4, -1))).toEqual({ State: 'COMPLETE' });
      const report = await get(later(4, -1));
      expect(report).toMatchObject({ ReportFormat: 'text/csv', GeneratedTime: start });
      expect(String(Buffer.from(report.Content ?? [])).split('\n')).toHaveLength(3);
      await expect(get(later(4))).rejects.toMatchObject({ queryCode: 'ReportExpired', status: 410 });
      expect(await generate(later(4))).toMatchObject({ State: 'STARTED' });
      expect(await get(later(5))).toMatchObject({ GeneratedTime: later(4) });
    });

    it('tell what the credentials of root and of each user are, by their names', async () => {
      const { database } = account.services;
      const made = Date.parse('2026-01-02T03:04:05.678Z');
      const changed = Date.parse('2026-02-03T04:05:06Z');
      await account.root.send(new CreateUserCommand({ UserName: 'b,x', Path: '/team/' }));
      await account.root.send(new CreateUserCommand({ UserName: 'A' }));
      await account.root.send(new CreateLoginProfileCommand({ UserName: 'A', Password: 'Correct-horse-1' }));
      await account.root.send(new UpdateAccountPasswordPolicyCommand({ MaxPasswordAge: 90 }));
      const keys = [];
      for (let count = 0; count < 2; count++) {
        const { AccessKey } = await account.root.send(new CreateAccessKeyCommand({ UserName: 'A' }));
        keys.push(AccessKey?.AccessKeyId ?? '');
      }
      const [one = '', two = ''] = keys;
      await account.root.send(new UpdateAccessKeyCommand({ UserName: 'A', AccessKeyId: two, Status: 'Inactive' }));
      await enabledMfaDevice(account.root, 'A', new Date());
      const own = { account_id: account.accountId };
      await database
        .updateTable('accounts')
        .set({ created_at: made })
        .where('account_id', '=', own.account_id)
        .execute();
      await database.updateTable('users').set({ created_at: made }).where('account_id', '=', own.account_id).execute();
      await database
        .updateTable('login_profiles')
        .set({ password_changed_at: changed })
        .where('user_id', 'in', (eb) =>
          eb.selectFrom('users').select('user_id').where('account_id', '=', own.account_id),
        )
        .execute();
      const used = { last_used_at: changed, last_used_region: 'eu-west-1', last_used_service: 'codecommit' };
      await database
        .updateTable('access_keys')
        .set({ created_at: made, ...used })
        .where('access_key_id', '=', one)
        .execute();
      await database.updateTable('access_keys').set({ created_at: changed }).where('access_key_id', '=', two).execute();
      await database
        .updateTable('access_keys')
        .set({ created_at: made })
        .where('account_id', '=', own.account_id)
        .where('user_id', 'is', null)
        .execute();
      await generate();
      const date = '2026-01-02T03:04:05+00:00';
      const arn = `arn:aws:iam::${account.accountId}`;
      expect(await lines()).toEqual([
        HEADER,
        `<root_account>,${arn}:root,${date},not_supported,no_information,not_supported,not_supported,` +
          `false,true,${date},N/A,N/A,N/A,${NO_KEY},${NO_CERTIFICATES}`,
        `A,${arn}:user/A,${date},true,no_information,2026-02-03T04:05:06+00:00,2026-05-04T04:05:06+00:00,true,` +
          `true,${date},2026-02-03T04:05:06+00:00,eu-west-1,codecommit,` +
          `false,2026-02-03T04:05:06+00:00,N/A,N/A,N/A,${NO_CERTIFICATES}`,
        `"b,x","${arn}:user/team/b,x",${date},false,N/A,N/A,N/A,false,${NO_KEY},${NO_KEY},${NO_CERTIFICATES}`,
      ]);
    });

    it('are the account’s own, and need a permission', async () => {
      await generate();
      const other = await first.otherAccount();
      await expect(other.root.send(new GetCredentialReportCommand({}))).rejects.toMatchObject({
        queryCode: 'ReportNotPresent',
      });
      const nobody = account.user(await account.newUser());
      for (const command of [new GetCredentialReportCommand({}), new GenerateCredentialReportCommand({})]) {
        await expect(nobody.send(command)).rejects.toThrow('because no identity-based policy allows the iam:G');
      }
      const statements = [{ Effect: 'Allow', Action: 'iam:GetCredentialReport', Resource: '*' }];
      const reader = account.user(await account.newUser({ statements }));
      expect(await reader.send(new GetCredentialReportCommand({}))).toMatchObject({ ReportFormat: 'text/csv' });
    });
  });
});

import {
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  GetRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { type AuthorizedResource, authorize } from '../../access/authorization.ts';
import { findRole } from './role-targets.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

const RoleName = 'trusting';

describe.each(databaseEngines)('trust policies on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    let userArn: string;
    let roleArn: string;
    beforeAll(async () => {
      account = await openTestAccount(engine);
      await account.root.send(new CreateUserCommand({ UserName: 'ann', Path: '/team/' }));
      userArn = `arn:aws:iam::${account.accountId}:user/team/ann`;
      roleArn = `arn:aws:iam::${account.accountId}:role/ci/Builder`;
      const AssumeRolePolicyDocument = documentOf(trust({ AWS: '*' }));
      for (const input of [{ RoleName: 'Builder', Path: '/ci/' }, { RoleName }]) {
        await account.root.send(new CreateRoleCommand({ ...input, AssumeRolePolicyDocument }));
      }
    });
    afterAll(() => account.close());

    function trust(Principal: object, more: object = {}): object {
      return { Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...more };
    }

    function documentOf(...Statement: readonly object[]): string {
      return JSON.stringify({ Version: '2012-10-17', Statement }, null, 2);
    }

    function update(PolicyDocument: string) {
      return account.root.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    }

    async function shown(name = RoleName): Promise<unknown> {
      const { Role } = await account.root.send(new GetRoleCommand({ RoleName: name }));
      return JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''));
    }

    async function shownPrincipals(Principal: object): Promise<unknown> {
      await update(documentOf(trust(Principal)));
      const { Statement } = (await shown()) as { Statement: { Principal: unknown }[] };
      return Statement[0]?.Principal;
    }

    async function assume(userName: string): Promise<void> {
      const role = await findRole(account.services.database, account.accountId, RoleName);
      const arn = `arn:aws:iam::${account.accountId}:role/${RoleName}`;
      const assumed: AuthorizedResource = {
        arn,
        accountId: account.accountId,
        policy: { type: 'role trust', documents: [role?.trust_policy ?? ''], consent: 'required' },
      };
      const environment = {
        sourceIp: '192.0.2.1',
        userAgent: undefined,
        secureTransport: true,
        region: 'us-east-1',
        time: new Date(),
      };
      authorize(await account.user(userName).principal(), environment, 'sts:AssumeRole', assumed);
    }

    it('are shown as they were written, but for accounts and white space', async () => {
      const Principal = { AWS: [userArn, account.accountId], Service: 'codebuild.amazonaws.com' };
      const Condition = { StringEquals: { 'sts:ExternalId': ['1', '2'] } };
      await update(
        documentOf(trust(Principal, { Sid: 'One', Condition }), trust({ Federated: 'accounts.google.com' })),
      );
      expect(await shown()).toEqual({
        Version: '2012-10-17',
        Statement: [
          trust({ ...Principal, AWS: [userArn, `arn:aws:iam::${account.accountId}:root`] }, { Sid: 'One', Condition }),
          trust({ Federated: 'accounts.google.com' }),
        ],
      });
    });

    it('name users, roles, sessions of roles, accounts and everybody', async () => {
      const other = await account.otherAccount();
      const sts = `arn:aws:sts::${account.accountId}`;
      for (const AWS of [
        userArn,
        roleArn,
        `${sts}:assumed-role/Builder/job-7`,
        `${sts}:federated-user/kim`,
        `arn:aws:iam::${other.accountId}:root`,
        '*',
        [roleArn, userArn],
      ]) {
        expect(await shownPrincipals({ AWS })).toEqual({ AWS });
      }
    });

    it.each<[type: string, name: () => string]>([
      ['AWS', () => 'arn:aws:iam::999900001111:root'],
      ['AWS', () => '999900001111'],
      ['AWS', () => `arn:aws:iam::${account.accountId}:user/nobody`],
      ['AWS', () => `arn:aws:iam::${account.accountId}:user/ann`],
      ['AWS', () => `arn:aws:iam::${account.accountId}:user/team/Ann`],
      ['AWS', () => `arn:aws:iam::${account.accountId}:user/*`],
      ['AWS', () => `arn:aws:iam::${account.accountId}:role/Builder`],
      ['AWS', () => `arn:aws:iam::${account.accountId}:group/team`],
      ['AWS', () => `arn:aws:sts::${account.accountId}:assumed-role/Nobody/job-7`],
      ['AWS', () => 'arn:aws:sts::999900001111:federated-user/kim'],
      ['AWS', () => 'AIDAAAAAAAAAAAAAAAAAA'],
      ['AWS', () => 'ann'],
      ['AWS', () => ''],
      ['SERVICE', () => 'codebuild.example.com'],
      ['FEDERATED', () => 'google'],
    ])('name nobody who does not exist: %s %#', async (type, name) => {
      const names: Readonly<Record<string, string>> = { AWS: 'AWS', SERVICE: 'Service', FEDERATED: 'Federated' };
      await expect(update(documentOf(trust({ [names[type] ?? '']: name() })))).rejects.toMatchObject({
        queryCode: 'MalformedPolicyDocument',
        status: 400,
        message: `Invalid principal in policy: "${type}":"${name()}"`,
      });
    });

    it('are refused in the words of AWS, and the old one stays', async () => {
      await update(documentOf(trust({ AWS: userArn })));
      const malformed = (message: string) => ({ queryCode: 'MalformedPolicyDocument', message });
      await expect(update(documentOf(trust({ AWS: userArn }, { Resource: '*' })))).rejects.toMatchObject(
        malformed('Has prohibited field Resource'),
      );
      await expect(update(documentOf({ Effect: 'Allow', Action: 'sts:AssumeRole' }))).rejects.toMatchObject(
        malformed('Missing required field Principal'),
      );
      expect(await shown()).toMatchObject({ Statement: [trust({ AWS: userArn })] });
      await expect(
        account.root.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'nobody', PolicyDocument: '{}' })),
      ).rejects.toMatchObject({ queryCode: 'NoSuchEntity' });
    });

    it('have at most 2,048 characters, white space left out', async () => {
      const ofSize = (size: number) => {
        const withSid = (Sid: string) => JSON.stringify({ Statement: [trust({ AWS: '*' }, { Sid })] });
        return withSid('x'.repeat(size - withSid('').length));
      };
      await update(`${ofSize(2048)}${' '.repeat(100)}`);
      await expect(update(ofSize(2049))).rejects.toMatchObject({
        queryCode: 'LimitExceeded',
        message: 'Cannot exceed quota for ACLSizePerRole: 2048',
      });
    });

    it('follow a user who is renamed, and not a name that somebody else takes', async () => {
      await account.root.send(new CreateUserCommand({ UserName: 'first' }));
      const arn = (name: string) => `arn:aws:iam::${account.accountId}:user/${name}`;
      await update(documentOf(trust({ AWS: arn('first') })));
      await assume('first');
      await account.root.send(new UpdateUserCommand({ UserName: 'first', NewUserName: 'second' }));
      await assume('second');
      expect(await shown()).toMatchObject({ Statement: [{ Principal: { AWS: arn('second') } }] });

      await account.root.send(new DeleteUserCommand({ UserName: 'second' }));
      await account.root.send(new CreateUserCommand({ UserName: 'second' }));
      await expect(assume('second')).rejects.toThrow('because no role trust policy allows the sts:AssumeRole action');
      const Principal = { AWS: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/) };
      expect(await shown()).toMatchObject({ Statement: [{ Principal }] });
      const { Statement } = (await shown()) as { Statement: object[] };
      await expect(update(documentOf(...Statement))).rejects.toThrow('Invalid principal in policy: "AWS":"AIDA');
    });

    it('show the unique ID of a role that is gone', async () => {
      const AssumeRolePolicyDocument = documentOf(trust({ AWS: '*' }));
      const arn = `arn:aws:iam::${account.accountId}:role/leaving`;
      const session = `arn:aws:sts::${account.accountId}:assumed-role/leaving/job`;
      await account.root.send(new CreateRoleCommand({ RoleName: 'leaving', AssumeRolePolicyDocument }));
      expect(await shownPrincipals({ AWS: [arn, session] })).toEqual({ AWS: [arn, session] });
      await account.root.send(new DeleteRoleCommand({ RoleName: 'leaving' }));
      await account.root.send(new CreateRoleCommand({ RoleName: 'leaving', AssumeRolePolicyDocument }));
      const AWS = [expect.stringMatching(/^AROA[A-Z2-7]{17}$/), expect.stringMatching(/^AROA[A-Z2-7]{17}:job$/)];
      expect(await shown()).toMatchObject({ Statement: [{ Principal: { AWS } }] });
    });
  });
});

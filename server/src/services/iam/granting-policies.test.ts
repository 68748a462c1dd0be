import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreateRoleCommand,
  ListPoliciesGrantingServiceAccessCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

const POWER_USER = 'arn:aws:iam::aws:policy/AWSCodeCommitPowerUser';
const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';

function document(Action: string, Effect = 'Allow'): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Action, Resource: '*' }] });
}

describe.each(databaseEngines)('ListPoliciesGrantingServiceAccess on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());

    const list = (Arn: string, ServiceNamespaces: string[], input: object = {}, by = account) =>
      by.root.send(new ListPoliciesGrantingServiceAccessCommand({ Arn, ServiceNamespaces, ...input }));
    const arn = (kind: string, name: string) => `arn:aws:iam::${account.accountId}:${kind}/${name}`;

    it('tells of a user the own policies and those of groups, inline and managed, and no boundary', async () => {
      const { root } = account;
      const UserName = await account.newUser({ statements: [{ Effect: 'Allow', Action: 's3:Get*', Resource: '*' }] });
      const GroupName = 'team';
      await root.send(new CreateGroupCommand({ GroupName }));
      await root.send(new AddUserToGroupCommand({ GroupName, UserName }));
      await root.send(
        new PutGroupPolicyCommand({ GroupName, PolicyName: 'pull', PolicyDocument: document('codecommit:GitPull') }),
      );
      await root.send(
        new PutGroupPolicyCommand({ GroupName, PolicyName: 'no', PolicyDocument: document('codecommit:*', 'Deny') }),
      );
      await root.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn: POWER_USER }));
      await root.send(new AttachUserPolicyCommand({ UserName, PolicyArn: POWER_USER }));
      await root.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: ADMINISTRATOR }));
      const managed = { PolicyName: 'AWSCodeCommitPowerUser', PolicyType: 'MANAGED', PolicyArn: POWER_USER };
      const ofGroup = { PolicyName: 'pull', PolicyType: 'INLINE', EntityType: 'GROUP', EntityName: GroupName };
      const ofUser = { PolicyName: 'test', PolicyType: 'INLINE', EntityType: 'USER', EntityName: UserName };
      expect(await list(arn('user', UserName), ['sts', 's3', 'codecommit'])).toEqual({
        PoliciesGrantingServiceAccess: [
          { ServiceNamespace: 'codecommit', Policies: [managed, ofGroup] },
          { ServiceNamespace: 's3', Policies: [ofUser] },
          { ServiceNamespace: 'sts', Policies: [] },
        ],
        IsTruncated: false,
      });
      expect(
        (await list(arn('group', GroupName), ['codecommit'])).PoliciesGrantingServiceAccess?.[0]?.Policies,
      ).toEqual([ofGroup, managed]);
    });

    it('tells of a role what it has', async () => {
      const trust = { Effect: 'Allow', Principal: { AWS: account.accountId }, Action: 'sts:AssumeRole' };
      const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
      await account.root.send(new CreateRoleCommand({ RoleName: 'ci', AssumeRolePolicyDocument }));
      await account.root.send(
        new PutRolePolicyCommand({ RoleName: 'ci', PolicyName: 'all', PolicyDocument: document('*') }),
      );
      expect(await list(arn('role', 'ci'), ['kms'])).toMatchObject({
        PoliciesGrantingServiceAccess: [{ Policies: [{ PolicyName: 'all', EntityType: 'ROLE', EntityName: 'ci' }] }],
      });
    });

    it('refuses what is no identity, what is not there, and what is another account’s', async () => {
      const missing = { queryCode: 'NoSuchEntity', status: 404 };
      await expect(list(arn('user', 'nobody'), ['kms'])).rejects.toMatchObject(missing);
      for (const none of [
        POWER_USER,
        arn('policy', 'x'),
        arn('instance-profile', 'x'),
        'arn:aws:iam::x:user/longer-name',
      ]) {
        await expect(list(none, ['kms'])).rejects.toMatchObject({ queryCode: 'InvalidInput' });
      }
      await expect(list(arn('user', 'nobody'), [])).rejects.toMatchObject({ queryCode: 'ValidationError' });
      await expect(list(arn('user', 'nobody'), ['kms'], { Marker: 'made-up' })).rejects.toThrow('Invalid Marker.');
      const other = await account.otherAccount();
      const UserName = await account.newUser();
      const messages = [];
      for (const name of [UserName, 'nobody']) {
        const refusal = await list(arn('user', name), ['kms'], {}, other).catch((error: Error) => error.message);
        messages.push(String(refusal).replaceAll(name, 'NAME'));
      }
      expect(messages[0]).toBe(messages[1]);
      expect(messages[0]).toContain('is not authorized to perform: iam:ListPoliciesGrantingServiceAccess');
    });
  });
});

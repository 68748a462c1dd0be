import {
  AddRoleToInstanceProfileCommand,
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetAccountAuthorizationDetailsCommand,
  type GetAccountAuthorizationDetailsCommandOutput,
  GetGroupCommand,
  GetUserCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

const READ_ONLY = 'arn:aws:iam::aws:policy/AWSCodeCommitReadOnly';
const DOCUMENT = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'codecommit:GitPull', Resource: '*' }],
});
const ENCODED = encodeURIComponent(DOCUMENT).replaceAll('*', '%2A');

describe.each(databaseEngines)('account authorization details on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    let policyArn: string;

    beforeAll(async () => {
      account = await openTestAccount(engine);
      const { root } = account;
      const { Policy } = await root.send(new CreatePolicyCommand({ PolicyName: 'Own', PolicyDocument: DOCUMENT }));
      policyArn = Policy?.Arn ?? '';
      await root.send(new CreatePolicyVersionCommand({ PolicyArn: policyArn, PolicyDocument: DOCUMENT }));
      await root.send(new CreateGroupCommand({ GroupName: 'group', Path: '/g/' }));
      await root.send(new AttachGroupPolicyCommand({ GroupName: 'group', PolicyArn: policyArn }));
      for (const UserName of ['zoe', 'Ana']) {
        await root.send(new CreateUserCommand({ UserName, Tags: [{ Key: 'k', Value: 'v' }] }));
        await root.send(new AddUserToGroupCommand({ UserName, GroupName: 'group' }));
      }
      await root.send(new PutUserPolicyCommand({ UserName: 'zoe', PolicyName: 'in', PolicyDocument: DOCUMENT }));
      const trust = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
      const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: trust });
      await root.send(new CreateRoleCommand({ RoleName: 'role', AssumeRolePolicyDocument }));
      await root.send(new AttachRolePolicyCommand({ RoleName: 'role', PolicyArn: READ_ONLY }));
      await root.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'profile' }));
      await root.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'profile', RoleName: 'role' }));
    });
    afterAll(() => account.close());

    const details = (input: object = {}, of = account) =>
      of.root.send(new GetAccountAuthorizationDetailsCommand(input));

    function names(output: Omit<GetAccountAuthorizationDetailsCommandOutput, '$metadata'>) {
      return [
        ...(output.UserDetailList ?? []).map(({ UserName }) => UserName),
        ...(output.GroupDetailList ?? []).map(({ GroupName }) => GroupName),
        ...(output.RoleDetailList ?? []).map(({ RoleName }) => RoleName),
        ...(output.Policies ?? []).map(({ PolicyName }) => PolicyName),
      ];
    }

    it('tell all of users, groups, roles and policies and how they belong together', async () => {
      const all = await details();
      const { User } = await account.root.send(new GetUserCommand({ UserName: 'Ana' }));
      const { Group } = await account.root.send(new GetGroupCommand({ GroupName: 'group' }));
      const own = { PolicyName: 'Own', PolicyArn: policyArn };
      expect(all).toEqual({
        UserDetailList: [
          { ...User, UserPolicyList: [], GroupList: ['group'], AttachedManagedPolicies: [] },
          expect.objectContaining({
            UserName: 'zoe',
            UserPolicyList: [{ PolicyName: 'in', PolicyDocument: ENCODED }],
          }),
        ],
        GroupDetailList: [{ ...Group, GroupPolicyList: [], AttachedManagedPolicies: [own] }],
        RoleDetailList: [
          expect.objectContaining({
            RoleName: 'role',
            AssumeRolePolicyDocument: expect.stringContaining('ec2.amazonaws.com'),
            InstanceProfileList: [expect.objectContaining({ InstanceProfileName: 'profile' })],
            RolePolicyList: [],
            AttachedManagedPolicies: [{ PolicyName: 'AWSCodeCommitReadOnly', PolicyArn: READ_ONLY }],
            RoleLastUsed: {},
          }),
        ],
        Policies: [
          expect.objectContaining({
            Arn: policyArn,
            AttachmentCount: 1,
            PolicyVersionList: [
              { VersionId: 'v2', IsDefaultVersion: false, CreateDate: expect.any(Date), Document: ENCODED },
              { VersionId: 'v1', IsDefaultVersion: true, CreateDate: expect.any(Date), Document: ENCODED },
            ],
          }),
          expect.objectContaining({
            Arn: READ_ONLY,
            PolicyVersionList: [expect.objectContaining({ IsDefaultVersion: true })],
          }),
        ],
        IsTruncated: false,
      });
    });

    it('are filtered by what they tell of', async () => {
      const filtered = async (...Filter: string[]) => names(await details({ Filter }));
      expect(await filtered('User')).toEqual(['Ana', 'zoe']);
      expect(await filtered('Group', 'Role')).toEqual(['group', 'role']);
      expect(await filtered('LocalManagedPolicy')).toEqual(['Own']);
      expect(await filtered('AWSManagedPolicy')).toEqual(['AWSCodeCommitReadOnly']);
      await expect(filtered('Policy')).rejects.toMatchObject({ queryCode: 'ValidationError' });
    });

    it('come in pages over all kinds', async () => {
      const whole = names(await details());
      for (const MaxItems of [1, 2, 5]) {
        const seen = [];
        for (let Marker: string | undefined, more = true; more; ) {
          const answer = await details({ MaxItems, Marker });
          expect(names(answer).length).toBeLessThanOrEqual(MaxItems);
          seen.push(...names(answer));
          ({ Marker } = answer);
          more = answer.IsTruncated === true;
        }
        expect(seen).toEqual(whole);
      }
    });

    it('are of one account, and for those whom policies allow', async () => {
      const other = await account.otherAccount();
      expect(names(await details({}, other))).toEqual([]);
      const user = other.user(await other.newUser());
      await expect(user.send(new GetAccountAuthorizationDetailsCommand({}))).rejects.toThrow(
        'iam:GetAccountAuthorizationDetails on resource: *',
      );
    });
  });
});

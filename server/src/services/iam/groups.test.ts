import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  DeleteGroupCommand,
  DeleteGroupPolicyCommand,
  DeletePolicyCommand,
  DeleteUserCommand,
  DetachGroupPolicyCommand,
  GetGroupCommand,
  GetGroupPolicyCommand,
  GetPolicyCommand,
  GetUserCommand,
  ListAttachedGroupPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListGroupPoliciesCommand,
  ListGroupsCommand,
  ListGroupsForUserCommand,
  ListPoliciesCommand,
  PutGroupPolicyCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  UpdateGroupCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

const POWER_USER = 'arn:aws:iam::aws:policy/AWSCodeCommitPowerUser';

function document(Effect: 'Allow' | 'Deny', Action: string, Sid?: string): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Sid, Effect, Action, Resource: '*' }] });
}

describe.each(databaseEngines)('groups on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());

    async function create(GroupName: string, Path?: string, of = account) {
      return (await of.root.send(new CreateGroupCommand({ GroupName, Path }))).Group;
    }

    function add(UserName: string, GroupName: string, of = account) {
      return of.root.send(new AddUserToGroupCommand({ UserName, GroupName }));
    }

    function remove(UserName: string, GroupName: string) {
      return account.root.send(new RemoveUserFromGroupCommand({ UserName, GroupName }));
    }

    function put(GroupName: string, PolicyName: string, PolicyDocument: string) {
      return account.root.send(new PutGroupPolicyCommand({ GroupName, PolicyName, PolicyDocument }));
    }

    it('are created, read, renamed, moved and deleted', async () => {
      const group = await create('Developers', '/teams/');
      expect(group).toEqual({
        Path: '/teams/',
        GroupName: 'Developers',
        GroupId: expect.stringMatching(/^AGPA[A-Z2-7]{17}$/),
        Arn: `arn:aws:iam::${account.accountId}:group/teams/Developers`,
        CreateDate: expect.any(Date),
      });
      const get = (GroupName: string) => account.root.send(new GetGroupCommand({ GroupName }));
      expect(await get('developers')).toEqual({ Group: group, Users: [], IsTruncated: false });
      const exists = { queryCode: 'EntityAlreadyExists', status: 409 };
      await expect(create('DEVELOPERS')).rejects.toMatchObject({
        ...exists,
        message: 'Group with name DEVELOPERS already exists.',
      });
      await create('Testers');
      const update = (GroupName: string, input: object) =>
        account.root.send(new UpdateGroupCommand({ GroupName, ...input }));
      await expect(update('Testers', { NewGroupName: 'developers' })).rejects.toMatchObject({
        ...exists,
        message: 'Group with name developers already exists.',
      });
      await update('Testers', { NewGroupName: 'testers', NewPath: '/qa/' });
      expect((await get('TESTERS')).Group).toMatchObject({ GroupName: 'testers', Path: '/qa/' });
      const missing = {
        queryCode: 'NoSuchEntity',
        status: 404,
        message: 'The group with name Nobody cannot be found.',
      };
      for (const command of [
        new GetGroupCommand({ GroupName: 'Nobody' }),
        new UpdateGroupCommand({ GroupName: 'Nobody', NewPath: '/' }),
        new DeleteGroupCommand({ GroupName: 'Nobody' }),
        new ListGroupPoliciesCommand({ GroupName: 'Nobody' }),
        new AttachGroupPolicyCommand({ GroupName: 'Nobody', PolicyArn: POWER_USER }),
      ]) {
        await expect(account.root.send(command as GetGroupCommand)).rejects.toMatchObject(missing);
      }
      await expect(put('Nobody', 'p', document('Allow', '*'))).rejects.toMatchObject(missing);
      await expect(add(await account.newUser(), 'Nobody')).rejects.toMatchObject(missing);
      await account.root.send(new DeleteGroupCommand({ GroupName: 'testers' }));
      for (const input of [{ GroupName: 'a b' }, { GroupName: 'x'.repeat(129) }, { GroupName: 'x', Path: 'x' }]) {
        await expect(account.root.send(new CreateGroupCommand(input))).rejects.toMatchObject({
          queryCode: 'ValidationError',
        });
      }
    });

    it('are listed in the order of their names, by path and page', async () => {
      const other = await account.otherAccount();
      await create('carol', '/a_b/', other);
      await create('Bob', '/axb/', other);
      await create('alice', '/a_b/c/', other);
      const list = async (input: object) => {
        const { Groups, ...answer } = await other.root.send(new ListGroupsCommand(input));
        return { ...answer, names: Groups?.map((group) => group.GroupName) };
      };
      expect(await list({})).toEqual({ names: ['alice', 'Bob', 'carol'], IsTruncated: false });
      expect(await list({ PathPrefix: '/a_b/' })).toMatchObject({ names: ['alice', 'carol'] });
      const first = await list({ MaxItems: 2 });
      expect(first).toMatchObject({ names: ['alice', 'Bob'], IsTruncated: true });
      expect(await list({ Marker: first.Marker })).toEqual({ names: ['carol'], IsTruncated: false });
      await expect(list({ Marker: 'AAAA' })).rejects.toMatchObject({ queryCode: 'ValidationError' });
    });

    it('have members, and users have groups', async () => {
      await create('members');
      await create('Others', '/x/');
      const names = [await account.newUser(), await account.newUser(), await account.newUser()].sort();
      const [one = '', two = '', three = ''] = names;
      for (const name of [three, one, two, one]) await add(name, 'Members');
      await add(one, 'others');
      const get = (input: object = {}) => account.root.send(new GetGroupCommand({ GroupName: 'members', ...input }));
      const { User } = await account.root.send(new GetUserCommand({ UserName: one }));
      const all = await get();
      expect(all.Users?.map(({ UserName }) => UserName)).toEqual(names);
      expect(all.Users?.[0]).toEqual(User);
      const page = await get({ MaxItems: 2 });
      expect(page.IsTruncated).toBe(true);
      expect((await get({ Marker: page.Marker })).Users?.map(({ UserName }) => UserName)).toEqual([three]);
      const groupsOf = (UserName: string, input: object = {}) =>
        account.root.send(new ListGroupsForUserCommand({ UserName, ...input }));
      expect((await groupsOf(one)).Groups?.map(({ GroupName }) => GroupName)).toEqual(['members', 'Others']);
      const { Marker } = await groupsOf(one, { MaxItems: 1 });
      expect(await groupsOf(one, { Marker })).toMatchObject({ Groups: [{ Path: '/x/' }], IsTruncated: false });
      await remove(one, 'MEMBERS');
      expect((await groupsOf(one)).Groups).toHaveLength(1);
      const missing = { queryCode: 'NoSuchEntity', status: 404 };
      await expect(remove(one, 'members')).rejects.toMatchObject({
        ...missing,
        message: `The user with name ${one} is not in the group with name members.`,
      });
      const noUser = { ...missing, message: 'The user with name nobody cannot be found.' };
      await expect(remove('nobody', 'members')).rejects.toMatchObject(noUser);
      await expect(add('nobody', 'members')).rejects.toMatchObject(noUser);
      await expect(groupsOf('nobody')).rejects.toMatchObject(noUser);
    });

    it('are at most ten for a user, also when added at once', async () => {
      const UserName = await account.newUser();
      const names = Array.from({ length: 12 }, (_, number) => `quota-${number}`);
      for (const name of names) await create(name);
      for (const name of names.slice(0, 9)) await add(UserName, name);
      const outcomes = await Promise.allSettled(names.slice(9).map((name) => add(UserName, name)));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') continue;
        expect(outcome.reason).toMatchObject({
          queryCode: 'LimitExceeded',
          status: 409,
          message: 'Cannot exceed quota for GroupsPerUser: 10',
        });
      }
      await add(UserName, 'quota-0');
    });

    it('are at most 300 in an account', async () => {
      const other = await account.otherAccount();
      const rows = Array.from({ length: 299 }, (_, index) => ({
        group_id: `AGPA${other.accountId}${index}`,
        account_id: other.accountId,
        group_name: `filler-${index}`,
        group_name_key: `filler-${index}`,
        path: '/',
        created_at: 0,
      }));
      await other.services.database.insertInto('groups').values(rows).execute();
      const outcomes = await Promise.allSettled([create('one', '/', other), create('two', '/', other)]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      await expect(create('three', '/', other)).rejects.toMatchObject({
        queryCode: 'LimitExceeded',
        message: 'Cannot exceed quota for GroupsPerAccount: 300',
      });
      await expect(create('filler-0', '/', other)).rejects.toMatchObject({ queryCode: 'EntityAlreadyExists' });
    });

    it('give their members what their policies allow, on the next request, and take it the same way', async () => {
      const UserName = await account.newUser();
      await create('granting');
      const listAs = () => account.user(UserName).send(new ListPoliciesCommand({}));
      const denied = () => expect(listAs()).rejects.toThrow('iam:ListPolicies');
      await put('granting', 'list', document('Allow', 'iam:ListPolicies'));
      await denied();
      await add(UserName, 'granting');
      await listAs();
      await account.root.send(new DeleteGroupPolicyCommand({ GroupName: 'granting', PolicyName: 'list' }));
      await denied();

      const { Policy } = await account.root.send(
        new CreatePolicyCommand({ PolicyName: 'list', PolicyDocument: document('Allow', 'iam:ListPolicies') }),
      );
      const attachment = { GroupName: 'granting', PolicyArn: Policy?.Arn ?? '' };
      await account.root.send(new AttachGroupPolicyCommand(attachment));
      await listAs();
      await remove(UserName, 'granting');
      await denied();
      await add(UserName, 'granting');
      await listAs();
      await account.root.send(new DetachGroupPolicyCommand(attachment));
      await denied();
    });

    it('deny what anything else of their members allows', async () => {
      const UserName = await account.newUser({
        statements: [{ Effect: 'Allow', Action: 'iam:*', Resource: '*' }],
      });
      await create('denying');
      await put('denying', 'no', document('Deny', 'iam:ListPolicies'));
      const listAs = () => account.user(UserName).send(new ListPoliciesCommand({}));
      await listAs();
      await add(UserName, 'denying');
      await expect(listAs()).rejects.toThrow('with an explicit deny in an identity-based policy');
      await remove(UserName, 'denying');
      await listAs();
    });

    it('have attached policies that count and are listed with those of users and roles', async () => {
      await create('attached', '/p/');
      const { Policy } = await account.root.send(
        new CreatePolicyCommand({ PolicyName: 'Own', Path: '/own/', PolicyDocument: document('Allow', '*') }),
      );
      const PolicyArn = Policy?.Arn ?? '';
      const attach = (arn: string) =>
        account.root.send(new AttachGroupPolicyCommand({ GroupName: 'attached', PolicyArn: arn }));
      for (const arn of [PolicyArn, PolicyArn, POWER_USER]) await attach(arn);
      const attached = (input: object = {}) =>
        account.root.send(new ListAttachedGroupPoliciesCommand({ GroupName: 'attached', ...input }));
      const own = { PolicyName: 'Own', PolicyArn };
      expect(await attached()).toEqual({
        AttachedPolicies: [{ PolicyName: 'AWSCodeCommitPowerUser', PolicyArn: POWER_USER }, own],
        IsTruncated: false,
      });
      expect((await attached({ PathPrefix: '/own/' })).AttachedPolicies).toEqual([own]);
      const { Marker } = await attached({ MaxItems: 1 });
      expect(await attached({ Marker })).toEqual({ AttachedPolicies: [own], IsTruncated: false });
      expect((await account.root.send(new GetPolicyCommand({ PolicyArn }))).Policy?.AttachmentCount).toBe(1);
      const entities = (input: object = {}) =>
        account.root.send(new ListEntitiesForPolicyCommand({ PolicyArn, ...input }));
      const group = { GroupName: 'attached', GroupId: expect.stringMatching(/^AGPA/) };
      for (const input of [{}, { EntityFilter: 'Group' }, { PathPrefix: '/p/' }]) {
        expect(await entities(input)).toMatchObject({ PolicyGroups: [group], PolicyUsers: [], PolicyRoles: [] });
      }
      for (const input of [{ EntityFilter: 'User' }, { PathPrefix: '/q/' }]) {
        expect(await entities(input)).toMatchObject({ PolicyGroups: [] });
      }
      await expect(account.root.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject({
        queryCode: 'DeleteConflict',
        message: 'Cannot delete a policy attached to entities.',
      });
      const missing = 'arn:aws:iam::aws:policy/NoSuchPolicy';
      await expect(attach(missing)).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
        message: `Policy ${missing} does not exist or is not attachable.`,
      });
      const detach = () => account.root.send(new DetachGroupPolicyCommand({ GroupName: 'attached', PolicyArn }));
      await detach();
      await expect(detach()).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
        message: `Policy ${PolicyArn} was not found.`,
      });
      for (let number = 0; number < 9; number += 1) {
        const made = await account.root.send(
          new CreatePolicyCommand({ PolicyName: `many-${number}`, PolicyDocument: document('Allow', '*') }),
        );
        await attach(made.Policy?.Arn ?? '');
      }
      await expect(attach(PolicyArn)).rejects.toMatchObject({
        queryCode: 'LimitExceeded',
        message: 'Cannot exceed quota for PoliciesPerGroup: 10',
      });
    });

    it('have inline policies of 5,120 characters together', async () => {
      const GroupName = 'inline';
      await create(GroupName);
      const sized = (size: number) =>
        document('Allow', 'iam:*', 'x'.repeat(size - document('Allow', 'iam:*', '').length));
      await put(GroupName, 'b', sized(2560));
      await put(GroupName, 'a', `${sized(2560)}${'\n'.repeat(100)}`);
      const tooLong = {
        queryCode: 'LimitExceeded',
        message: 'Maximum policy size of 5120 bytes exceeded for group inline',
      };
      await expect(put(GroupName, 'a', sized(2561))).rejects.toMatchObject(tooLong);
      await expect(put(GroupName, 'c', '{"Version":"2012-10-17"}')).rejects.toMatchObject({
        queryCode: 'MalformedPolicyDocument',
      });
      const list = (input: object = {}) => account.root.send(new ListGroupPoliciesCommand({ GroupName, ...input }));
      expect(await list()).toEqual({ PolicyNames: ['a', 'b'], IsTruncated: false });
      const { Marker } = await list({ MaxItems: 1 });
      expect(await list({ Marker })).toEqual({ PolicyNames: ['b'], IsTruncated: false });
      const named = { GroupName, PolicyName: 'b' };
      const policy = await account.root.send(new GetGroupPolicyCommand(named));
      expect(policy).toMatchObject(named);
      expect(decodeURIComponent(policy.PolicyDocument ?? '')).toBe(sized(2560));
      await account.root.send(new DeleteGroupPolicyCommand(named));
      const missing = { queryCode: 'NoSuchEntity', message: 'The group policy with name b cannot be found.' };
      await expect(account.root.send(new GetGroupPolicyCommand(named))).rejects.toMatchObject(missing);
      await expect(account.root.send(new DeleteGroupPolicyCommand(named))).rejects.toMatchObject(missing);
    });

    it('are deleted when nothing of them is left, and users when they are in none', async () => {
      const GroupName = 'leaving';
      const UserName = await account.newUser();
      await create(GroupName);
      await add(UserName, GroupName);
      await account.root.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn: POWER_USER }));
      await put(GroupName, 'p', document('Allow', '*'));
      const removeGroup = () => account.root.send(new DeleteGroupCommand({ GroupName }));
      const conflict = (message: string) => ({ queryCode: 'DeleteConflict', status: 409, message });
      const hasUsers = conflict('Cannot delete entity, must remove users from group first.');
      await expect(removeGroup()).rejects.toMatchObject(hasUsers);
      await expect(account.root.send(new DeleteUserCommand({ UserName }))).rejects.toMatchObject(hasUsers);
      await remove(UserName, GroupName);
      await account.root.send(new DeleteUserCommand({ UserName }));
      await expect(removeGroup()).rejects.toMatchObject(
        conflict('Cannot delete entity, must detach all policies first.'),
      );
      await account.root.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn: POWER_USER }));
      await expect(removeGroup()).rejects.toMatchObject(conflict('Cannot delete entity, must delete policies first.'));
      await account.root.send(new DeleteGroupPolicyCommand({ GroupName, PolicyName: 'p' }));
      await removeGroup();
      await expect(removeGroup()).rejects.toMatchObject({ queryCode: 'NoSuchEntity' });
    });

    it('never have a member who is gone', async () => {
      await create('raced');
      for (let round = 0; round < 4; round += 1) {
        const UserName = await account.newUser();
        const [added, deleted] = await Promise.allSettled([
          add(UserName, 'raced'),
          account.root.send(new DeleteUserCommand({ UserName })),
        ]);
        expect([added.status, deleted.status].sort()).toEqual(['fulfilled', 'rejected']);
        if (added.status === 'fulfilled') await remove(UserName, 'raced');
      }
    });

    it('are only for those whom policies allow, and say nothing of what exists', async () => {
      await create('guarded', '/team/');
      const arn = `arn:aws:iam::${account.accountId}:group/team/*`;
      const name = await account.newUser({
        statements: [
          { Effect: 'Allow', Action: ['iam:GetGroup', 'iam:AddUserToGroup', 'iam:UpdateGroup'], Resource: arn },
          {
            Effect: 'Allow',
            Action: 'iam:AttachGroupPolicy',
            Resource: arn,
            Condition: { ArnEquals: { 'iam:PolicyARN': POWER_USER } },
          },
        ],
      });
      const user = account.user(name);
      await user.send(new GetGroupCommand({ GroupName: 'guarded' }));
      await user.send(new AddUserToGroupCommand({ GroupName: 'guarded', UserName: name }));
      await user.send(new AttachGroupPolicyCommand({ GroupName: 'guarded', PolicyArn: POWER_USER }));
      const refused = (command: object, action: string) =>
        expect(user.send(command as GetGroupCommand)).rejects.toThrow(`is not authorized to perform: iam:${action}`);
      const admin = 'arn:aws:iam::aws:policy/AdministratorAccess';
      await refused(new AttachGroupPolicyCommand({ GroupName: 'guarded', PolicyArn: admin }), 'AttachGroupPolicy');
      await refused(new UpdateGroupCommand({ GroupName: 'guarded', NewPath: '/' }), 'UpdateGroup');
      await refused(new GetGroupCommand({ GroupName: 'missing' }), 'GetGroup on resource: ');
      await refused(new ListGroupsCommand({}), `ListGroups on resource: ${arn.replace('team/*', '')}`);
      await refused(new ListGroupsForUserCommand({ UserName: 'nobody' }), 'ListGroupsForUser');
      await expect(
        user.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument: '{' })),
      ).rejects.toThrow('iam:PutUserPolicy');
    });
  });
});

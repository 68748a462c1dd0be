import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  ListInstanceProfilesCommand,
  ListInstanceProfilesForRoleCommand,
  ListInstanceProfileTagsCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  UntagInstanceProfileCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

describe.each(databaseEngines)('instance profiles on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());

    function create(InstanceProfileName: string, input: object = {}, of = account) {
      return of.root.send(new CreateInstanceProfileCommand({ InstanceProfileName, ...input }));
    }

    async function newRole(RoleName: string, Path = '/'): Promise<string> {
      const Statement = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
      const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      await account.root.send(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument }));
      return RoleName;
    }

    function add(InstanceProfileName: string, RoleName: string) {
      return account.root.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
    }

    function remove(InstanceProfileName: string, RoleName: string) {
      return account.root.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
    }

    it('are created, read, and deleted', async () => {
      const Tags = [{ Key: 'k', Value: 'v' }];
      const { InstanceProfile } = await create('Builder', { Path: '/ci/', Tags });
      expect(InstanceProfile).toEqual({
        Path: '/ci/',
        InstanceProfileName: 'Builder',
        InstanceProfileId: expect.stringMatching(/^AIPA[A-Z2-7]{17}$/),
        Arn: `arn:aws:iam::${account.accountId}:instance-profile/ci/Builder`,
        CreateDate: expect.any(Date),
        Roles: [],
        Tags,
      });
      const get = () => account.root.send(new GetInstanceProfileCommand({ InstanceProfileName: 'builder' }));
      expect((await get()).InstanceProfile).toEqual(InstanceProfile);
      await expect(create('BUILDER')).rejects.toMatchObject({
        queryCode: 'EntityAlreadyExists',
        status: 409,
        message: 'Instance Profile BUILDER already exists.',
      });
      await account.root.send(new DeleteInstanceProfileCommand({ InstanceProfileName: 'builder' }));
      await expect(get()).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
        status: 404,
        message: 'Instance Profile builder cannot be found.',
      });
      await expect(create('a b')).rejects.toMatchObject({ queryCode: 'ValidationError' });
    });

    it('have one role, which keeps both from being deleted', async () => {
      const RoleName = await newRole('worker');
      await create('one-role');
      await add('one-role', 'WORKER');
      const { InstanceProfile } = await account.root.send(
        new GetInstanceProfileCommand({ InstanceProfileName: 'one-role' }),
      );
      const { Role } = await account.root.send(new GetRoleCommand({ RoleName }));
      expect(InstanceProfile?.Roles).toEqual([
        {
          ...{ Path: Role?.Path, RoleName, RoleId: Role?.RoleId, Arn: Role?.Arn, CreateDate: Role?.CreateDate },
          AssumeRolePolicyDocument: Role?.AssumeRolePolicyDocument,
          MaxSessionDuration: 3600,
        },
      ]);
      const second = await newRole('second');
      for (const name of [RoleName, second]) {
        await expect(add('one-role', name)).rejects.toMatchObject({
          queryCode: 'LimitExceeded',
          status: 409,
          message: 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
        });
      }
      const conflict = {
        queryCode: 'DeleteConflict',
        status: 409,
        message: 'Cannot delete entity, must remove roles from instance profile first.',
      };
      const removeProfile = () =>
        account.root.send(new DeleteInstanceProfileCommand({ InstanceProfileName: 'one-role' }));
      const removeRole = () => account.root.send(new DeleteRoleCommand({ RoleName }));
      await expect(removeProfile()).rejects.toMatchObject(conflict);
      await expect(removeRole()).rejects.toMatchObject(conflict);
      const missing = { queryCode: 'NoSuchEntity', status: 404 };
      await expect(remove('one-role', second)).rejects.toMatchObject(missing);
      await expect(remove('one-role', 'nobody')).rejects.toMatchObject({
        ...missing,
        message: 'The role with name nobody cannot be found.',
      });
      await expect(add('one-role', 'nobody')).rejects.toMatchObject(missing);
      await remove('one-role', RoleName);
      await removeProfile();
      await removeRole();
    });

    it('are listed by path and page, all of them and those of a role', async () => {
      const other = await account.otherAccount();
      for (const [name, Path] of [
        ['c', '/x_y/'],
        ['B', '/xzy/'],
        ['a', '/x_y/z/'],
      ] as const) {
        await create(name, { Path }, other);
      }
      const list = async (input: object = {}) => {
        const answer = await other.root.send(new ListInstanceProfilesCommand(input));
        return { ...answer, names: answer.InstanceProfiles?.map(({ InstanceProfileName }) => InstanceProfileName) };
      };
      expect((await list()).names).toEqual(['a', 'B', 'c']);
      expect((await list({ PathPrefix: '/x_y/' })).names).toEqual(['a', 'c']);
      const { Marker } = await list({ MaxItems: 2 });
      expect(await list({ Marker })).toMatchObject({ names: ['c'], IsTruncated: false });

      const RoleName = await newRole('listed');
      for (const name of ['r2', 'r1', 'r3']) await create(name);
      for (const name of ['r2', 'r1']) await add(name, RoleName);
      const ofRole = (input: object = {}) =>
        account.root.send(new ListInstanceProfilesForRoleCommand({ RoleName, ...input }));
      expect((await ofRole()).InstanceProfiles?.map((profile) => profile.InstanceProfileName)).toEqual(['r1', 'r2']);
      const first = await ofRole({ MaxItems: 1 });
      expect(await ofRole({ Marker: first.Marker })).toMatchObject({
        InstanceProfiles: [{ InstanceProfileName: 'r2', Roles: [{ RoleName }] }],
        IsTruncated: false,
      });
    });

    it('have tags', async () => {
      const name = { InstanceProfileName: 'tagged' };
      await create('tagged', { Tags: [{ Key: 'a', Value: '1' }] });
      await account.root.send(new TagInstanceProfileCommand({ ...name, Tags: [{ Key: 'b', Value: '2' }] }));
      const list = (input: object = {}) => account.root.send(new ListInstanceProfileTagsCommand({ ...name, ...input }));
      const { Marker } = await list({ MaxItems: 1 });
      expect(await list({ Marker })).toEqual({ Tags: [{ Key: 'b', Value: '2' }], IsTruncated: false });
      await account.root.send(new UntagInstanceProfileCommand({ ...name, TagKeys: ['A'] }));
      expect((await list()).Tags).toEqual([{ Key: 'b', Value: '2' }]);
    });

    it('are at most 1,000 in an account', async () => {
      const other = await account.otherAccount();
      const rows = Array.from({ length: 999 }, (_, index) => ({
        profile_id: `AIPA${other.accountId}${index}`,
        account_id: other.accountId,
        profile_name: `filler-${index}`,
        profile_name_key: `filler-${index}`,
        path: '/',
        role_id: null,
        tags: '{}',
        created_at: 0,
      }));
      await other.services.database.insertInto('instance_profiles').values(rows).execute();
      await create('last', {}, other);
      await expect(create('one-more', {}, other)).rejects.toMatchObject({
        queryCode: 'LimitExceeded',
        message: 'Cannot exceed quota for InstanceProfilesPerAccount: 1000',
      });
    });

    it('get roles only from those who may pass them', async () => {
      const RoleName = await newRole('passed', '/pass/');
      const other = await newRole('kept');
      await create('passing');
      const passed = `arn:aws:iam::${account.accountId}:role/pass/*`;
      const Condition = { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } };
      const name = await account.newUser({
        statements: [
          { Effect: 'Allow', Action: 'iam:AddRoleToInstanceProfile', Resource: '*' },
          { Effect: 'Allow', Action: 'iam:PassRole', Resource: passed, Condition },
        ],
      });
      const addAs = (role: string) =>
        account
          .user(name)
          .send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'passing', RoleName: role }));
      await expect(addAs(other)).rejects.toThrow('iam:PassRole');
      await expect(addAs('missing')).rejects.toThrow('iam:PassRole');
      await addAs(RoleName);
      await expect(
        account.user(name).send(new GetInstanceProfileCommand({ InstanceProfileName: 'missing' })),
      ).rejects.toThrow('iam:GetInstanceProfile');
    });
  });
});

import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

const POWER_USER = 'arn:aws:iam::aws:policy/AWSCodeCommitPowerUser';

describe.each(databaseEngines)('roles on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    let trust: string;
    beforeAll(async () => {
      account = await openTestAccount(engine);
      trust = trustPolicy(account.accountId);
    });
    afterAll(() => account.close());

    function trustPolicy(AWS: string): string {
      const Statement = [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }];
      return JSON.stringify({ Version: '2012-10-17', Statement });
    }

    function create(RoleName: string, input: object = {}, of = account) {
      return of.root.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, ...input }));
    }

    function get(RoleName: string) {
      return account.root.send(new GetRoleCommand({ RoleName }));
    }

    it('are created and read, with what was given and what AWS takes when it was not', async () => {
      const Tags = [{ Key: 'team', Value: 'blue' }];
      const { Role: plain } = await create('plain');
      expect(plain).toEqual({
        Path: '/',
        RoleName: 'plain',
        RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
        Arn: `arn:aws:iam::${account.accountId}:role/plain`,
        CreateDate: expect.any(Date),
        AssumeRolePolicyDocument: expect.stringContaining('%22sts%3AAssumeRole%22'),
        MaxSessionDuration: 3600,
      });
      const { Role: full } = await create('Full', {
        Path: '/ci/',
        Description: 'Für den Bau,\nnachts',
        MaxSessionDuration: 43_200,
        Tags,
      });
      expect(full).toMatchObject({
        Arn: `arn:aws:iam::${account.accountId}:role/ci/Full`,
        Description: 'Für den Bau,\nnachts',
        MaxSessionDuration: 43_200,
        Tags,
      });
      const { Role: read } = await get('FULL');
      expect(read).toEqual({ ...full, RoleLastUsed: {} });
    });

    it('have names that are unique in an account, without regard to case', async () => {
      await create('Builder');
      const exists = { queryCode: 'EntityAlreadyExists', status: 409 };
      await expect(create('builder')).rejects.toMatchObject({
        ...exists,
        message: 'Role with name builder already exists.',
      });
      const other = await account.otherAccount();
      await create('builder', { AssumeRolePolicyDocument: trustPolicy(other.accountId) }, other);
      const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => create('raced')));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it.each<[string, object]>([
      ['a name with a space', { RoleName: 'a b' }],
      ['a name that is too long', { RoleName: 'x'.repeat(65) }],
      ['a path without slashes', { Path: 'ci' }],
      ['a session that is too short', { MaxSessionDuration: 3599 }],
      ['a session that is too long', { MaxSessionDuration: 43_201 }],
      ['a description that is too long', { Description: 'x'.repeat(1001) }],
      ['51 tags', { Tags: Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: '' })) }],
    ])('refuse %s', async (_why, input) => {
      await expect(create('strange', input)).rejects.toMatchObject({ queryCode: 'ValidationError' });
      await expect(get('strange')).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
        status: 404,
        message: 'The role with name strange cannot be found.',
      });
    });

    it('refuse tags that are not theirs to take', async () => {
      const Tags = [{ Key: 'aws:team', Value: '' }];
      await expect(create('strange', { Tags })).rejects.toMatchObject({ queryCode: 'InvalidInput' });
    });

    it('are listed in the order of their names, by path and page', async () => {
      const other = await account.otherAccount();
      const AssumeRolePolicyDocument = trustPolicy(other.accountId);
      for (const [RoleName, Path] of [
        ['carol', '/a_b/'],
        ['Bob', '/axb/'],
        ['alice', '/a_b/c/'],
      ] as const) {
        await create(RoleName, { Path, AssumeRolePolicyDocument, Tags: [{ Key: 'k', Value: 'v' }] }, other);
      }
      const list = async (input: object) => {
        const answer = await other.root.send(new ListRolesCommand(input));
        return { ...answer, names: answer.Roles?.map((role) => role.RoleName) };
      };
      const all = await list({});
      expect(all).toMatchObject({ names: ['alice', 'Bob', 'carol'], IsTruncated: false });
      expect(all.Roles?.some((role) => role.Tags !== undefined || role.RoleLastUsed !== undefined)).toBe(false);
      expect(decodeURIComponent(all.Roles?.[0]?.AssumeRolePolicyDocument ?? '')).toContain(':root"');
      expect(await list({ PathPrefix: '/a_b/' })).toMatchObject({ names: ['alice', 'carol'] });
      const first = await list({ MaxItems: 2 });
      expect(first).toMatchObject({ names: ['alice', 'Bob'], IsTruncated: true });
      expect(await list({ Marker: first.Marker })).toMatchObject({ names: ['carol'], IsTruncated: false });
    });

    it('get another description and another longest session', async () => {
      await create('changing', { Description: 'old', MaxSessionDuration: 7200 });
      const update = (input: object) => account.root.send(new UpdateRoleCommand({ RoleName: 'changing', ...input }));
      await update({ MaxSessionDuration: 10_800 });
      expect((await get('changing')).Role).toMatchObject({ Description: 'old', MaxSessionDuration: 10_800 });
      await update({ Description: 'new' });
      expect((await get('changing')).Role).toMatchObject({ Description: 'new', MaxSessionDuration: 3600 });
      const input = { RoleName: 'changing', Description: 'newest' };
      const { Role: described } = await account.root.send(new UpdateRoleDescriptionCommand(input));
      expect(described).toMatchObject(input);
      expect((await get('changing')).Role).toMatchObject(input);
      await expect(update({ MaxSessionDuration: 60 })).rejects.toMatchObject({ queryCode: 'ValidationError' });
      await expect(account.root.send(new UpdateRoleCommand({ RoleName: 'missing' }))).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
      });
    });

    it('are deleted when nothing of them is left', async () => {
      const RoleName = 'leaving';
      await create(RoleName);
      await account.root.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: POWER_USER }));
      const Statement = { Effect: 'Allow', Action: '*', Resource: '*' };
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      await account.root.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument }));
      const remove = () => account.root.send(new DeleteRoleCommand({ RoleName }));
      const conflict = { queryCode: 'DeleteConflict', status: 409 };
      await expect(remove()).rejects.toMatchObject({
        ...conflict,
        message: 'Cannot delete entity, must detach all policies first.',
      });
      await account.root.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: POWER_USER }));
      await expect(remove()).rejects.toMatchObject({
        ...conflict,
        message: 'Cannot delete entity, must delete policies first.',
      });
      await account.root.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'p' }));
      await remove();
      await expect(remove()).rejects.toMatchObject({ queryCode: 'NoSuchEntity' });
    });

    it('are at most 1,000 in an account', async () => {
      const other = await account.otherAccount();
      const filler = (index: number) => ({
        role_id: `AROA${other.accountId}${index}`,
        account_id: other.accountId,
        role_name: `filler-${index}`,
        role_name_key: `filler-${index}`,
        path: '/',
        description: null,
        trust_policy: trust,
        max_session_duration: 3600,
        tags: '{}',
        created_at: 0,
        last_used_at: null,
        last_used_region: null,
      });
      const rows = Array.from({ length: 999 }, (_, index) => filler(index));
      await other.services.database.insertInto('roles').values(rows).execute();
      await create('last', {}, other);
      await expect(create('one-more', {}, other)).rejects.toMatchObject({
        queryCode: 'LimitExceeded',
        message: 'Cannot exceed quota for RolesPerAccount: 1000',
      });
      await expect(create('last', {}, other)).rejects.toMatchObject({ queryCode: 'EntityAlreadyExists' });
    });

    it('are only for those whom policies allow, by path and tag', async () => {
      const arn = `arn:aws:iam::${account.accountId}:role/team/*`;
      const name = await account.newUser({
        statements: [
          { Effect: 'Allow', Action: ['iam:CreateRole', 'iam:GetRole', 'iam:ListRoles'], Resource: arn },
          {
            Effect: 'Allow',
            Action: 'iam:UpdateRole',
            Resource: '*',
            Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue', 'iam:ResourceTag/team': 'blue' } },
          },
        ],
      });
      const user = account.user(name);
      const input = { RoleName: 'allowed', Path: '/team/', AssumeRolePolicyDocument: trust };
      await user.send(new CreateRoleCommand(input));
      await user.send(new GetRoleCommand({ RoleName: 'allowed' }));
      await user.send(new ListRolesCommand({ PathPrefix: '/team/' }));
      await create('tagged', { Tags: [{ Key: 'team', Value: 'blue' }] });
      await user.send(new UpdateRoleCommand({ RoleName: 'tagged' }));
      const denied = (action: string) => ({ name: 'AccessDeniedError', message: expect.stringContaining(action) });
      const tagged = { ...input, RoleName: 'x', Tags: [{ Key: 'team', Value: 'blue' }] };
      await expect(user.send(new CreateRoleCommand(tagged))).rejects.toMatchObject(denied('iam:TagRole'));
      await expect(user.send(new CreateRoleCommand({ ...input, Path: '/' }))).rejects.toMatchObject(
        denied('iam:CreateRole'),
      );
      await expect(user.send(new ListRolesCommand({}))).rejects.toMatchObject(denied('iam:ListRoles'));
      await expect(user.send(new GetRoleCommand({ RoleName: 'missing' }))).rejects.toMatchObject(
        denied(`iam:GetRole on resource: arn:aws:iam::${account.accountId}:role/missing`),
      );
      await expect(user.send(new UpdateRoleCommand({ RoleName: 'allowed' }))).rejects.toMatchObject(
        denied('iam:UpdateRole'),
      );
    });
  });
});

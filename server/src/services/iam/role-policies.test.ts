import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  ListAttachedRolePoliciesCommand,
  ListPoliciesCommand,
  ListRolePoliciesCommand,
  ListRoleTagsCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { awsManagedPolicies } from '../../access/managed-policies/index.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

const READ_ONLY = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess';

/** A document of exactly so many characters that are no white space. */
function documentOf(size: number): string {
  const withSid = (sid: string) =>
    `{"Version":"2012-10-17","Statement":[{"Sid":"${sid}","Effect":"Allow","Action":"iam:ListPolicies","Resource":"*"}]}`;
  return withSid('x'.repeat(size - withSid('').length));
}

describe.each(databaseEngines)('what roles have on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    let roles = 0;
    let RoleName: string;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    beforeEach(async () => {
      roles += 1;
      RoleName = `role-${roles}`;
      const Statement = { Effect: 'Allow', Principal: { AWS: account.accountId }, Action: 'sts:AssumeRole' };
      const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      await account.root.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    });
    afterAll(() => account.close());

    const put = (PolicyName: string, PolicyDocument: string, role = RoleName) =>
      account.root.send(new PutRolePolicyCommand({ RoleName: role, PolicyName, PolicyDocument }));
    const attach = (PolicyArn: string) => account.root.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const detach = (PolicyArn: string) => account.root.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));

    describe('inline policies', () => {
      it('are put, replaced, read back encoded, listed and deleted, with effect at once', async () => {
        const session = account.role(RoleName);
        const document =
          '{ "Version": "2012-10-17",\n "Statement": { "Effect": "Allow", "Action": "iam:ListPolicies", "Resource": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "arn:*:role/*"}} } }';
        await put('b', document.replace('iam:ListPolicies', 'iam:Nothing'));
        await put('B', documentOf(200));
        await put('b', document);
        await session.send(new ListPoliciesCommand({}));
        const input = { RoleName, PolicyName: 'b' };
        const answer = await account.root.send(new GetRolePolicyCommand(input));
        expect(answer).toMatchObject(input);
        expect(decodeURIComponent(answer.PolicyDocument ?? '')).toBe(document);
        const list = (page: object = {}) => account.root.send(new ListRolePoliciesCommand({ RoleName, ...page }));
        expect(await list()).toEqual({ PolicyNames: ['B', 'b'], IsTruncated: false });
        const { Marker } = await list({ MaxItems: 1 });
        expect(await list({ Marker })).toEqual({ PolicyNames: ['b'], IsTruncated: false });

        for (const PolicyName of ['b', 'B']) {
          await account.root.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
        }
        await expect(session.send(new ListPoliciesCommand({}))).rejects.toThrow(
          `User: arn:aws:sts::${account.accountId}:assumed-role/${RoleName}/test is not authorized to perform: iam:ListPolicies`,
        );
        const missing = { queryCode: 'NoSuchEntity', message: 'The role policy with name b cannot be found.' };
        await expect(account.root.send(new GetRolePolicyCommand(input))).rejects.toMatchObject(missing);
        await expect(account.root.send(new DeleteRolePolicyCommand(input))).rejects.toMatchObject(missing);
      });

      it('have at most 10,240 characters together, white space left out', async () => {
        await put('one', `${documentOf(5_120)}${'\n'.repeat(500)}`);
        await put('two', documentOf(5_120));
        const tooLong = {
          queryCode: 'LimitExceeded',
          message: `Maximum policy size of 10240 bytes exceeded for role ${RoleName}`,
        };
        await expect(put('two', documentOf(5_121))).rejects.toMatchObject(tooLong);
        await expect(put('three', documentOf(200))).rejects.toMatchObject(tooLong);
      });

      it('are refused when they are malformed, or for no role', async () => {
        const trust =
          '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}';
        await expect(put('bad', trust)).rejects.toMatchObject({
          queryCode: 'MalformedPolicyDocument',
          message: 'Policy document should not specify a principal.',
        });
        await expect(put('p', documentOf(200), 'nobody')).rejects.toMatchObject({
          queryCode: 'NoSuchEntity',
          message: 'The role with name nobody cannot be found.',
        });
      });
    });

    describe('attached policies', () => {
      async function newPolicy(PolicyName: string, Path = '/'): Promise<string> {
        const input = { PolicyName, Path, PolicyDocument: documentOf(150) };
        const { Policy } = await account.root.send(new CreatePolicyCommand(input));
        return Policy?.Arn ?? '';
      }

      it('are attached once, listed and detached, with effect at once', async () => {
        const session = account.role(RoleName);
        const own = await newPolicy('own', '/team/');
        for (const arn of [own, READ_ONLY, READ_ONLY]) await attach(arn);
        await session.send(new ListUsersCommand({}));
        await session.send(new ListPoliciesCommand({}));
        const list = (page: object = {}) =>
          account.root.send(new ListAttachedRolePoliciesCommand({ RoleName, ...page }));
        const [readOnly, ofTeam] = [
          { PolicyName: 'IAMReadOnlyAccess', PolicyArn: READ_ONLY },
          { PolicyName: 'own', PolicyArn: own },
        ];
        expect(await list()).toEqual({ AttachedPolicies: [readOnly, ofTeam], IsTruncated: false });
        expect((await list({ PathPrefix: '/team/' })).AttachedPolicies).toEqual([ofTeam]);
        const { Marker } = await list({ MaxItems: 1 });
        expect((await list({ Marker })).AttachedPolicies).toEqual([ofTeam]);

        await detach(READ_ONLY);
        await expect(session.send(new ListUsersCommand({}))).rejects.toThrow('iam:ListUsers');
        await session.send(new ListPoliciesCommand({}));
        await detach(own);
        await expect(detach(own)).rejects.toMatchObject({
          queryCode: 'NoSuchEntity',
          message: `Policy ${own} was not found.`,
        });
        await expect(attach(`${own}2`)).rejects.toMatchObject({
          queryCode: 'NoSuchEntity',
          message: `Policy ${own}2 does not exist or is not attachable.`,
        });
      });

      it('are at most ten, also when attached at once', async () => {
        const arns = [...awsManagedPolicies.keys()].slice(0, 8);
        for (let number = arns.length; number < 12; number++) arns.push(await newPolicy(`many-${number}`));
        const outcomes = await Promise.allSettled(arns.map(attach));
        const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
        expect(refused).toHaveLength(2);
        for (const { reason } of refused) {
          expect(reason).toMatchObject({
            queryCode: 'LimitExceeded',
            message: 'Cannot exceed quota for PoliciesPerRole: 10',
          });
        }
      });

      it('may be limited by the policy that is attached', async () => {
        const name = await account.newUser({
          statements: [
            {
              Effect: 'Allow',
              Action: ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
              Resource: '*',
              Condition: { ArnEquals: { 'iam:PolicyARN': READ_ONLY } },
            },
          ],
        });
        const user = account.user(name);
        await user.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: READ_ONLY }));
        await user.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: READ_ONLY }));
        const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
        await expect(user.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))).rejects.toThrow(
          'iam:AttachRolePolicy',
        );
      });
    });

    describe('tags', () => {
      const tag = (Key: string, Value: string) => ({ Key, Value });
      const set = (...Tags: ReturnType<typeof tag>[]) => account.root.send(new TagRoleCommand({ RoleName, Tags }));
      const unset = (...TagKeys: string[]) => account.root.send(new UntagRoleCommand({ RoleName, TagKeys }));
      const list = (page: object = {}) => account.root.send(new ListRoleTagsCommand({ RoleName, ...page }));

      it('are set, replaced without regard to case, listed and removed', async () => {
        expect(await list()).toEqual({ Tags: [], IsTruncated: false });
        await set(tag('team', 'blue'), tag('stage', 'test'));
        await set(tag('Team', 'red'));
        expect((await list()).Tags).toEqual([tag('Team', 'red'), tag('stage', 'test')]);
        const { Marker } = await list({ MaxItems: 1 });
        expect((await list({ Marker })).Tags).toEqual([tag('stage', 'test')]);
        await unset('TEAM', 'absent');
        expect((await list()).Tags).toEqual([tag('stage', 'test')]);
      });

      it('are at most 50, of distinct keys that are not reserved', async () => {
        await set(...Array.from({ length: 50 }, (_, number) => tag(`k${number}`, 'v')));
        await set(tag('K7', 'again'));
        await expect(set(tag('one-more', 'v'))).rejects.toMatchObject({
          queryCode: 'LimitExceeded',
          message: 'The number of tags has reached the maximum limit.',
        });
        expect((await list({ MaxItems: 1000 })).Tags).toHaveLength(50);
        await expect(set(tag('a', ''), tag('A', ''))).rejects.toMatchObject({ queryCode: 'InvalidInput' });
        await expect(set(tag('aws:a', ''))).rejects.toMatchObject({ queryCode: 'InvalidInput' });
      });

      it('are what policies of the role may ask for', async () => {
        const Statement = {
          Effect: 'Allow',
          Action: 'iam:ListUsers',
          Resource: '*',
          Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue' } },
        };
        await put('tagged', JSON.stringify({ Version: '2012-10-17', Statement }));
        const listUsers = () => account.role(RoleName).send(new ListUsersCommand({}));
        await expect(listUsers()).rejects.toThrow('iam:ListUsers');
        await set(tag('team', 'blue'));
        await listUsers();
        await unset('team');
        await expect(listUsers()).rejects.toThrow('iam:ListUsers');
      });
    });

    it('makes of its session nobody whom IAM keeps', async () => {
      await attach(READ_ONLY);
      await expect(account.role(RoleName).send(new GetUserCommand({}))).rejects.toMatchObject({
        queryCode: 'ValidationError',
        message: 'Must specify userName when calling with non-User credentials',
      });
    });
  });
});

import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

const POWER_USER = 'arn:aws:iam::aws:policy/AWSCodeCommitPowerUser';
const statement = { Effect: 'Allow', Action: 'codecommit:*', Resource: '*' };
const DOCUMENT = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });

describe.each(databaseEngines)('managed policies on $name', (engine) => {
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

    async function create(PolicyName: string, input: object = {}) {
      const { Policy } = await account.root.send(
        new CreatePolicyCommand({ PolicyName, PolicyDocument: DOCUMENT, ...input }),
      );
      return { Policy, PolicyArn: Policy?.Arn ?? '' };
    }

    async function newRole(Path: string): Promise<string> {
      const Statement = { Effect: 'Allow', Principal: { AWS: account.accountId }, Action: 'sts:AssumeRole' };
      const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      await account.root.send(new CreateRoleCommand({ RoleName: 'entity', Path, AssumeRolePolicyDocument }));
      return 'entity';
    }

    it('cannot be deleted while a role has them, and count roles as attachments', async () => {
      const { PolicyArn } = await create('for-roles');
      const RoleName = await newRole('/');
      await account.root.send(
        new AttachUserPolicyCommand({ UserName: await account.newUser(), PolicyArn: POWER_USER }),
      );
      for (const arn of [PolicyArn, POWER_USER]) {
        await account.root.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: arn }));
      }
      const count = async (arn: string) =>
        (await account.root.send(new GetPolicyCommand({ PolicyArn: arn }))).Policy?.AttachmentCount;
      expect(await count(PolicyArn)).toBe(1);
      expect(await count(POWER_USER)).toBe(2);
      await expect(account.root.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject({
        queryCode: 'DeleteConflict',
      });
      await account.root.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
      await account.root.send(new DeletePolicyCommand({ PolicyArn }));
    });

    it('are created, read and deleted', async () => {
      const Tags = [{ Key: 'k', Value: 'v' }];
      const { Policy, PolicyArn } = await create('Reviewers', { Path: '/team/', Description: 'Who review', Tags });
      expect(Policy).toEqual({
        PolicyName: 'Reviewers',
        PolicyId: expect.stringMatching(/^ANPA[A-Z2-7]{17}$/),
        Arn: `arn:aws:iam::${account.accountId}:policy/team/Reviewers`,
        Path: '/team/',
        DefaultVersionId: 'v1',
        AttachmentCount: 0,
        PermissionsBoundaryUsageCount: 0,
        IsAttachable: true,
        Description: 'Who review',
        CreateDate: expect.any(Date),
        UpdateDate: expect.any(Date),
        Tags,
      });
      expect((await account.root.send(new GetPolicyCommand({ PolicyArn }))).Policy).toEqual(Policy);
      const { PolicyVersion } = await account.root.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
      expect(PolicyVersion).toMatchObject({ VersionId: 'v1', IsDefaultVersion: true, CreateDate: expect.any(Date) });
      expect(PolicyVersion?.Document).not.toMatch(/[^A-Za-z0-9%._~-]/);
      expect(decodeURIComponent(PolicyVersion?.Document ?? '')).toBe(DOCUMENT);
      const { Versions } = await account.root.send(new ListPolicyVersionsCommand({ PolicyArn }));
      expect(Versions).toEqual([{ VersionId: 'v1', IsDefaultVersion: true, CreateDate: expect.any(Date) }]);
      await expect(
        account.root.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v2' })),
      ).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
        message: `Policy ${PolicyArn} version v2 does not exist or is not attachable.`,
      });

      await expect(create('REVIEWERS')).rejects.toMatchObject({
        queryCode: 'EntityAlreadyExists',
        status: 409,
        message: 'A policy called REVIEWERS already exists. Duplicate names are not allowed.',
      });
      await account.root.send(new DeletePolicyCommand({ PolicyArn }));
      const missing = { queryCode: 'NoSuchEntity', message: `Policy ${PolicyArn} was not found.` };
      await expect(account.root.send(new GetPolicyCommand({ PolicyArn }))).rejects.toMatchObject(missing);
      await expect(account.root.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject(missing);
      await expect(account.root.send(new ListPolicyVersionsCommand({ PolicyArn }))).rejects.toMatchObject(missing);
    });

    it('are refused when malformed, too long or of the old version', async () => {
      const refused = (PolicyDocument: string) => expect(create('Refused', { PolicyDocument })).rejects;
      await refused('{').toMatchObject({ queryCode: 'MalformedPolicyDocument', status: 400 });
      await refused('{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}').toMatchObject({
        queryCode: 'MalformedPolicyDocument',
      });
      await refused(JSON.stringify({ Version: '2008-10-17', Statement: [statement] })).toMatchObject({
        queryCode: 'MalformedPolicyDocument',
        message: 'Policy document must be version 2012-10-17 or greater.',
      });
      const sized = (size: number) => {
        const withSid = (sid: string) =>
          JSON.stringify({ Version: '2012-10-17', Statement: [{ Sid: sid, ...statement }] });
        return withSid('x'.repeat(size - withSid('').length));
      };
      await refused(sized(6145)).toMatchObject({
        queryCode: 'LimitExceeded',
        message: 'Cannot exceed quota for PolicySize: 6144',
      });
      // White space does not count.
      await create('Largest', { PolicyDocument: `${sized(6144)}${' \n'.repeat(1000)}` });
    });

    it('of AWS are read by everyone and changed by nobody', async () => {
      const { Policy } = await account.root.send(new GetPolicyCommand({ PolicyArn: POWER_USER }));
      expect(Policy).toMatchObject({
        PolicyName: 'AWSCodeCommitPowerUser',
        PolicyId: expect.stringMatching(/^ANPA[A-Z2-7]{17}$/),
        Arn: POWER_USER,
        Path: '/',
        AttachmentCount: 0,
        IsAttachable: true,
        Description: expect.any(String),
      });
      const { Versions } = await account.root.send(new ListPolicyVersionsCommand({ PolicyArn: POWER_USER }));
      expect(Versions).toMatchObject([{ VersionId: Policy?.DefaultVersionId, IsDefaultVersion: true }]);
      const { PolicyVersion } = await account.root.send(
        new GetPolicyVersionCommand({ PolicyArn: POWER_USER, VersionId: Policy?.DefaultVersionId }),
      );
      expect(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ''))).toMatchObject({ Version: '2012-10-17' });
      await expect(account.root.send(new DeletePolicyCommand({ PolicyArn: POWER_USER }))).rejects.toMatchObject({
        name: 'AccessDeniedError',
      });
      const unknown = 'arn:aws:iam::aws:policy/NoSuchPolicy';
      await expect(account.root.send(new GetPolicyCommand({ PolicyArn: unknown }))).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
        message: `Policy ${unknown} was not found.`,
      });
    });

    it('of another account are out of reach, and ARNs of other things are refused', async () => {
      const { PolicyArn } = await create('Private');
      for (const command of [new GetPolicyCommand({ PolicyArn }), new DeletePolicyCommand({ PolicyArn })]) {
        await expect(first.root.send(command)).rejects.toMatchObject({ name: 'AccessDeniedError' });
      }
      const UserName = await first.newUser();
      await expect(first.root.send(new AttachUserPolicyCommand({ UserName, PolicyArn }))).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
      });
      for (const arn of [
        `arn:aws:iam::${account.accountId}:user/somebody`,
        'arn:aws:iam::aws:policy/',
        'x'.repeat(30),
      ]) {
        await expect(account.root.send(new GetPolicyCommand({ PolicyArn: arn }))).rejects.toMatchObject({
          queryCode: 'InvalidInput',
          message: `ARN ${arn} is not valid.`,
        });
      }
    });

    it('are listed by scope, path, attachment and page in the order of their names', async () => {
      const { PolicyArn } = await create('aaa', { Path: '/x/' });
      await create('ZZZ', { Tags: [{ Key: 'k', Value: 'v' }], Description: 'd' });
      const UserName = await account.newUser({ managedPolicies: ['AWSCodeCommitReadOnly'] });
      await account.root.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
      const list = async (input: object) => {
        const answer = await account.root.send(new ListPoliciesCommand(input));
        return { ...answer, names: answer.Policies?.map((policy) => policy.PolicyName) ?? [] };
      };
      const all = await list({});
      expect(all.names.at(0)).toBe('aaa');
      expect(all.names.at(-1)).toBe('ZZZ');
      expect(all.names).toContain('AWSCodeCommitFullAccess');
      expect(all.Policies?.some((policy) => policy.Tags ?? policy.Description)).toBe(false);
      expect((await list({ Scope: 'Local' })).names).toEqual(['aaa', 'ZZZ']);
      expect((await list({ Scope: 'AWS' })).names).toEqual(all.names.slice(1, -1));
      expect((await list({ PathPrefix: '/x/' })).names).toEqual(['aaa']);
      const attached = await list({ OnlyAttached: true });
      expect(attached.names).toEqual(['aaa', 'AWSCodeCommitReadOnly']);
      expect(attached.Policies?.map((policy) => policy.AttachmentCount)).toEqual([1, 1]);
      expect((await list({ PolicyUsageFilter: 'PermissionsBoundary' })).names).toEqual([]);

      const paged: string[] = [];
      let Marker: string | undefined;
      do {
        const page = await list({ MaxItems: 4, Marker });
        expect(page.names.length).toBeLessThanOrEqual(4);
        expect(page.IsTruncated).toBe(page.Marker !== undefined);
        paged.push(...page.names.map(String));
        Marker = page.Marker;
      } while (Marker !== undefined);
      expect(paged).toEqual(all.names);
      await expect(list({ Marker: 'AAAA' })).rejects.toMatchObject({ queryCode: 'ValidationError' });
    });

    it('need permission to list, in AWS’s words', async () => {
      const UserName = await account.newUser();
      await expect(account.user(UserName).send(new ListPoliciesCommand({}))).rejects.toThrow(
        'is not authorized to perform: iam:ListPolicies on resource: policy path /',
      );
      const reader = await account.newUser({ managedPolicies: ['IAMReadOnlyAccess'] });
      expect((await account.user(reader).send(new ListPoliciesCommand({}))).Policies).not.toHaveLength(0);
    });

    it('are attached, listed and detached, with effect at once', async () => {
      const UserName = await account.newUser();
      const { PolicyArn } = await create('Readers', {
        Path: '/p/',
        PolicyDocument: DOCUMENT.replace('codecommit:*', 'iam:ListPolicies'),
      });
      const listAs = () => account.user(UserName).send(new ListPoliciesCommand({}));
      await expect(listAs()).rejects.toThrow('iam:ListPolicies');
      await account.root.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
      await account.root.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
      await account.root.send(new AttachUserPolicyCommand({ UserName, PolicyArn: POWER_USER }));
      await listAs();
      const attached = (input: object = {}) =>
        account.root.send(new ListAttachedUserPoliciesCommand({ UserName, ...input }));
      expect(await attached()).toEqual({
        AttachedPolicies: [
          { PolicyName: 'AWSCodeCommitPowerUser', PolicyArn: POWER_USER },
          { PolicyName: 'Readers', PolicyArn },
        ],
        IsTruncated: false,
      });
      expect((await attached({ PathPrefix: '/p/' })).AttachedPolicies).toHaveLength(1);
      const page = await attached({ MaxItems: 1 });
      expect((await attached({ MaxItems: 1, Marker: page.Marker })).AttachedPolicies).toMatchObject([{ PolicyArn }]);
      expect((await account.root.send(new GetPolicyCommand({ PolicyArn }))).Policy?.AttachmentCount).toBe(1);
      await expect(account.root.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject({
        queryCode: 'DeleteConflict',
        message: 'Cannot delete a policy attached to entities.',
      });
      await account.root.send(new DetachUserPolicyCommand({ UserName, PolicyArn }));
      await expect(listAs()).rejects.toThrow('iam:ListPolicies');
      await expect(account.root.send(new DetachUserPolicyCommand({ UserName, PolicyArn }))).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
        message: `Policy ${PolicyArn} was not found.`,
      });
      const nonsense = `arn:aws:iam::${account.accountId}:nonsense/policy`;
      for (const Command of [AttachUserPolicyCommand, DetachUserPolicyCommand]) {
        await expect(account.root.send(new Command({ UserName, PolicyArn: nonsense }))).rejects.toMatchObject({
          queryCode: 'InvalidInput',
          message: `ARN ${nonsense} is not valid.`,
        });
      }
      await account.root.send(new DeletePolicyCommand({ PolicyArn }));
      await expect(account.root.send(new AttachUserPolicyCommand({ UserName, PolicyArn }))).rejects.toMatchObject({
        queryCode: 'NoSuchEntity',
        message: `Policy ${PolicyArn} does not exist or is not attachable.`,
      });
    });

    it('are attached at most ten to a user, also at once', async () => {
      const UserName = await account.newUser();
      const arns = [];
      for (let number = 0; number < 12; number += 1) arns.push((await create(`policy-${number}`)).PolicyArn);
      const attach = (PolicyArn: string) => account.root.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
      for (const arn of arns.slice(0, 9)) await attach(arn);
      const outcomes = await Promise.allSettled(arns.slice(9).map(attach));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') {
          expect(outcome.reason).toMatchObject({
            queryCode: 'LimitExceeded',
            message: 'Cannot exceed quota for PoliciesPerUser: 10',
          });
        }
      }
    });

    it('are never attached after their deletion', async () => {
      for (let round = 0; round < 5; round += 1) {
        const UserName = await account.newUser();
        const { PolicyArn } = await create(`raced-${round}`);
        const [attached] = await Promise.allSettled([
          account.root.send(new AttachUserPolicyCommand({ UserName, PolicyArn })),
          account.root.send(new DeletePolicyCommand({ PolicyArn })),
        ]);
        const exists = await account.root.send(new GetPolicyCommand({ PolicyArn })).then(
          () => true,
          () => false,
        );
        expect(exists).toBe(attached.status === 'fulfilled');
        await account.user(UserName).principal();
      }
    });

    it('can be attached by an administrator of certain policies only', async () => {
      const admin = await account.newUser({
        statements: [
          {
            Effect: 'Allow',
            Action: ['iam:AttachUserPolicy', 'iam:DetachUserPolicy'],
            Resource: '*',
            Condition: { ArnEquals: { 'iam:PolicyARN': POWER_USER } },
          },
        ],
      });
      const UserName = await account.newUser();
      const attach = (PolicyArn: string) =>
        account.user(admin).send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
      await attach(POWER_USER);
      await account.user(admin).send(new DetachUserPolicyCommand({ UserName, PolicyArn: POWER_USER }));
      await expect(attach('arn:aws:iam::aws:policy/AdministratorAccess')).rejects.toThrow('iam:AttachUserPolicy');
      await expect(attach('arn:aws:iam::aws:policy/NoSuchPolicy')).rejects.toThrow('iam:AttachUserPolicy');
    });

    it('tell to whom they are attached', async () => {
      const [one, two] = [await account.newUser({ path: '/a/' }), await account.newUser()];
      await first.newUser({ managedPolicies: ['AWSCodeCommitPowerUser'] });
      for (const UserName of [two, one]) {
        await account.root.send(new AttachUserPolicyCommand({ UserName, PolicyArn: POWER_USER }));
      }
      const entities = (input: object = {}) =>
        account.root.send(new ListEntitiesForPolicyCommand({ PolicyArn: POWER_USER, ...input }));
      const user = (UserName: string) => ({ UserName, UserId: expect.stringMatching(/^AIDA/) });
      expect(await entities()).toEqual({
        PolicyGroups: [],
        PolicyUsers: [user(one), user(two)],
        PolicyRoles: [],
        IsTruncated: false,
      });
      expect((await entities({ PathPrefix: '/a/' })).PolicyUsers).toEqual([user(one)]);
      const page = await entities({ MaxItems: 1 });
      expect((await entities({ Marker: page.Marker })).PolicyUsers).toEqual([user(two)]);

      const RoleName = await newRole('/a/');
      await account.root.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: POWER_USER }));
      const role = { RoleName, RoleId: expect.stringMatching(/^AROA/) };
      expect(await entities()).toMatchObject({ PolicyUsers: [user(one), user(two)], PolicyRoles: [role] });
      expect(await entities({ EntityFilter: 'Role' })).toMatchObject({ PolicyUsers: [], PolicyRoles: [role] });
      expect(await entities({ EntityFilter: 'User' })).toMatchObject({ PolicyRoles: [] });
      expect(await entities({ EntityFilter: 'Group' })).toMatchObject({ PolicyUsers: [], PolicyRoles: [] });
      expect(await entities({ PathPrefix: '/a/' })).toMatchObject({ PolicyUsers: [user(one)], PolicyRoles: [role] });
      const seen = [];
      for (let Marker: string | undefined, more = true; more; ) {
        const answer = await entities({ MaxItems: 1, Marker });
        seen.push(...(answer.PolicyUsers ?? []), ...(answer.PolicyRoles ?? []));
        Marker = answer.Marker;
        more = answer.IsTruncated === true;
      }
      expect(seen).toHaveLength(3);
    });

    it('are at most 1,500 in an account', async () => {
      for (let start = 0; start < 1499; start += 500) {
        const rows = Array.from({ length: Math.min(500, 1499 - start) }, (_, offset) => ({
          policy_id: `ANPA${account.accountId}${String(start + offset).padStart(5, '0')}`,
          account_id: account.accountId,
          policy_name: `filler-${start + offset}`,
          policy_name_key: `filler-${start + offset}`,
          path: '/',
          description: null,
          default_version_id: 'v1',
          tags: '{}',
          created_at: 0,
          updated_at: 0,
        }));
        await account.services.database.insertInto('policies').values(rows).execute();
      }
      const outcomes = await Promise.allSettled([create('one'), create('two')]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      await expect(create('three')).rejects.toMatchObject({
        queryCode: 'LimitExceeded',
        message: 'Cannot exceed quota for PoliciesPerAccount: 1500',
      });
    });
  });
});

import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteUserCommand,
  DeleteUserPermissionsBoundaryCommand,
  GetPolicyCommand,
  GetRoleCommand,
  GetUserCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListRolesCommand,
  ListUsersCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { loadSessionPrincipal } from '../../access/session-principals.ts';
import { openTestAccount, type TestAccount } from './test-account.ts';

const READ_ONLY = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess';
const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';

describe.each(databaseEngines)('permissions boundaries on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    let trust: string;
    let own: string;
    beforeAll(async () => {
      account = await openTestAccount(engine);
      trust = document({ Effect: 'Allow', Principal: { AWS: account.accountId }, Action: 'sts:AssumeRole' });
      own = await newPolicy('own', { Effect: 'Allow', Action: 'iam:GetUser', Resource: '*' });
    });
    afterAll(() => account.close());

    function document(Statement: object): string {
      return JSON.stringify({ Version: '2012-10-17', Statement });
    }

    async function newPolicy(PolicyName: string, statement: object, of = account): Promise<string> {
      const input = { PolicyName, PolicyDocument: document(statement) };
      const { Policy } = await of.root.send(new CreatePolicyCommand(input));
      return Policy?.Arn ?? '';
    }

    const allowAll = { Effect: 'Allow', Action: '*', Resource: '*' };
    const putOnUser = (UserName: string, PermissionsBoundary: string) =>
      account.root.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }));
    const putOnRole = (RoleName: string, PermissionsBoundary: string) =>
      account.root.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
    const ofUser = async (UserName: string) =>
      (await account.root.send(new GetUserCommand({ UserName }))).User?.PermissionsBoundary;
    const ofRole = async (RoleName: string) =>
      (await account.root.send(new GetRoleCommand({ RoleName }))).Role?.PermissionsBoundary;
    const shown = (arn: string) => ({ PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: arn });
    const newRole = (RoleName: string, input: object = {}) =>
      account.root.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, ...input }));

    it('are given to users and roles when they are made, and shown where one is read, not in lists', async () => {
      const { User } = await account.root.send(new CreateUserCommand({ UserName: 'made', PermissionsBoundary: own }));
      const { Role } = await newRole('made', { PermissionsBoundary: READ_ONLY });
      expect(User?.PermissionsBoundary).toEqual(shown(own));
      expect(Role?.PermissionsBoundary).toEqual(shown(READ_ONLY));
      expect(await ofUser('made')).toEqual(shown(own));
      expect(await ofRole('made')).toEqual(shown(READ_ONLY));
      const { Users } = await account.root.send(new ListUsersCommand({}));
      const { Roles } = await account.root.send(new ListRolesCommand({}));
      expect([...(Users ?? []), ...(Roles ?? [])].some((each) => each.PermissionsBoundary !== undefined)).toBe(false);
    });

    it('are set, replaced and deleted, once more too', async () => {
      const user = await account.newUser();
      await newRole('changing');
      expect([await ofUser(user), await ofRole('changing')]).toEqual([undefined, undefined]);
      for (const arn of [own, own, READ_ONLY]) {
        await putOnUser(user, arn);
        await putOnRole('changing', arn);
        expect([await ofUser(user), await ofRole('changing')]).toEqual([shown(arn), shown(arn)]);
      }
      for (let times = 0; times < 2; times++) {
        await account.root.send(new DeleteUserPermissionsBoundaryCommand({ UserName: user }));
        await account.root.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'changing' }));
      }
      expect([await ofUser(user), await ofRole('changing')]).toEqual([undefined, undefined]);
    });

    it('are policies of the account or of AWS, of users and roles that exist', async () => {
      const other = await account.otherAccount();
      const foreign = await newPolicy('own', allowAll, other);
      const user = await account.newUser();
      await newRole('bounded');
      const missing = `arn:aws:iam::${account.accountId}:policy/missing`;
      for (const arn of [foreign, missing, 'arn:aws:iam::aws:policy/missing', own.replace('/own', '/x/own')]) {
        const refusal = {
          queryCode: 'NoSuchEntity',
          status: 404,
          message: `Scope ARN: ${arn} does not exist or is not attachable.`,
        };
        await expect(putOnUser(user, arn)).rejects.toMatchObject(refusal);
        await expect(putOnRole('bounded', arn)).rejects.toMatchObject(refusal);
        const input = { UserName: 'never', PermissionsBoundary: arn };
        await expect(account.root.send(new CreateUserCommand(input))).rejects.toMatchObject(refusal);
        await expect(newRole('never', { PermissionsBoundary: arn })).rejects.toMatchObject(refusal);
      }
      await expect(ofUser('never')).rejects.toMatchObject({ queryCode: 'NoSuchEntity' });
      await expect(ofRole('never')).rejects.toMatchObject({ queryCode: 'NoSuchEntity' });
      await expect(putOnUser(user, `arn:aws:iam::${account.accountId}:user/${user}`)).rejects.toMatchObject({
        queryCode: 'InvalidInput',
      });
      await expect(putOnUser(user, 'short')).rejects.toMatchObject({ queryCode: 'ValidationError' });
      await expect(putOnUser('nobody', own)).rejects.toMatchObject({
        message: 'The user with name nobody cannot be found.',
      });
      await expect(putOnRole('nobody', own)).rejects.toMatchObject({
        message: 'The role with name nobody cannot be found.',
      });
      await expect(
        account.root.send(new DeleteUserPermissionsBoundaryCommand({ UserName: 'nobody' })),
      ).rejects.toMatchObject({ queryCode: 'NoSuchEntity' });
      await expect(
        account.root.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'nobody' })),
      ).rejects.toMatchObject({ queryCode: 'NoSuchEntity' });
    });

    it('count as uses of a policy, which cannot go before them, and go with whom they bound', async () => {
      const arn = await newPolicy('used', allowAll);
      const user = await account.newUser();
      await account.root.send(new AttachUserPolicyCommand({ UserName: user, PolicyArn: arn }));
      await putOnUser(user, arn);
      await newRole('user-of-policy', { PermissionsBoundary: arn });
      const { Policy } = await account.root.send(new GetPolicyCommand({ PolicyArn: arn }));
      expect(Policy).toMatchObject({ AttachmentCount: 1, PermissionsBoundaryUsageCount: 2 });

      const entities = async (PolicyUsageFilter?: 'PermissionsPolicy' | 'PermissionsBoundary') => {
        const listed = await account.root.send(new ListEntitiesForPolicyCommand({ PolicyArn: arn, PolicyUsageFilter }));
        return [...(listed.PolicyUsers ?? []), ...(listed.PolicyRoles ?? [])].map(
          (each) =>
            ('UserName' in each ? each.UserName : undefined) ?? ('RoleName' in each ? each.RoleName : undefined),
        );
      };
      expect(await entities()).toEqual([user, 'user-of-policy']);
      expect(await entities('PermissionsPolicy')).toEqual([user]);
      expect(await entities('PermissionsBoundary')).toEqual([user, 'user-of-policy']);

      const bounding = await newPolicy('bounding', allowAll);
      const bounded = await account.newUser();
      await putOnUser(bounded, bounding);
      const list = async (input: object) => {
        const { Policies = [] } = await account.root.send(new ListPoliciesCommand({ Scope: 'Local', ...input }));
        return Policies.map((policy) => policy.PolicyName);
      };
      expect(await list({ PolicyUsageFilter: 'PermissionsBoundary' })).toEqual(['bounding', 'own', 'used']);
      expect(await list({ OnlyAttached: true })).toEqual(['bounding', 'own', 'used']);
      expect(await list({ OnlyAttached: true, PolicyUsageFilter: 'PermissionsPolicy' })).toEqual(['used']);

      const remove = () => account.root.send(new DeletePolicyCommand({ PolicyArn: bounding }));
      await expect(remove()).rejects.toMatchObject({
        queryCode: 'DeleteConflict',
        message: 'Cannot delete a policy attached to entities.',
      });
      await account.root.send(new DeleteUserCommand({ UserName: bounded }));
      await remove();
      await account.root.send(new DeleteRoleCommand({ RoleName: 'user-of-policy' }));
      const { Policy: after } = await account.root.send(new GetPolicyCommand({ PolicyArn: arn }));
      expect(after).toMatchObject({ PermissionsBoundaryUsageCount: 1 });
    });

    it('limit users, sessions of roles and federated users, and allow nothing by themselves', async () => {
      const name = await account.newUser({ statements: [allowAll] });
      const user = account.user(name);
      await user.send(new ListUsersCommand({}));
      await putOnUser(name, own);
      await user.send(new GetUserCommand({}));
      const refusal = {
        message: expect.stringMatching(/because no permissions boundary allows the iam:ListUsers action$/),
      };
      await expect(user.send(new ListUsersCommand({}))).rejects.toMatchObject(refusal);

      await newRole('limited', { PermissionsBoundary: own });
      const role = account.role('limited');
      await expect(role.send(new GetUserCommand({ UserName: name }))).rejects.toThrow(
        'because no identity-based policy',
      );
      const policy = { RoleName: 'limited', PolicyName: 'all', PolicyDocument: document(allowAll) };
      await account.root.send(new PutRolePolicyCommand(policy));
      await role.send(new GetUserCommand({ UserName: name }));
      await expect(role.send(new ListUsersCommand({}))).rejects.toMatchObject(refusal);
      await account.root.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'limited' }));
      await role.send(new ListUsersCommand({}));

      const { userId } = await user.principal();
      const federated = await loadSessionPrincipal(account.services.database, {
        accessKeyId: 'ASIA1',
        accountId: account.accountId,
        subject: { kind: 'federated-user', name: 'kim', userId },
        issuedAt: 0,
        expiresAt: 1,
        policy: document(allowAll),
      });
      expect(federated).toMatchObject({ federatedBy: userId, permissionsBoundary: { source: own } });
      expect(await account.role('limited').principal()).not.toHaveProperty('permissionsBoundary');
    });

    it('let an administrator delegate: only what stays within a boundary', async () => {
      const within = { StringEquals: { 'iam:PermissionsBoundary': own } };
      const actions = [
        'iam:CreateUser',
        'iam:CreateRole',
        'iam:PutUserPermissionsBoundary',
        'iam:PutRolePermissionsBoundary',
        'iam:PutUserPolicy',
        'iam:AttachUserPolicy',
        'iam:UpdateRole',
      ];
      const delegate = account.user(
        await account.newUser({ statements: [{ Effect: 'Allow', Action: actions, Resource: '*', Condition: within }] }),
      );
      const PolicyDocument = document(allowAll);
      const AssumeRolePolicyDocument = trust;
      await delegate.send(new CreateUserCommand({ UserName: 'delegated', PermissionsBoundary: own }));
      await delegate.send(
        new CreateRoleCommand({ RoleName: 'delegated', AssumeRolePolicyDocument, PermissionsBoundary: own }),
      );
      await delegate.send(new PutUserPolicyCommand({ UserName: 'delegated', PolicyName: 'p', PolicyDocument }));
      await delegate.send(new AttachUserPolicyCommand({ UserName: 'delegated', PolicyArn: ADMINISTRATOR }));
      await delegate.send(new UpdateRoleCommand({ RoleName: 'delegated' }));
      const free = await account.newUser();
      await newRole('free');
      await delegate.send(new PutUserPermissionsBoundaryCommand({ UserName: free, PermissionsBoundary: own }));
      await account.root.send(new DeleteUserPermissionsBoundaryCommand({ UserName: free }));

      const refused = [
        () => delegate.send(new CreateUserCommand({ UserName: 'free' })),
        () => delegate.send(new CreateUserCommand({ UserName: 'free', PermissionsBoundary: ADMINISTRATOR })),
        () => delegate.send(new CreateRoleCommand({ RoleName: 'freer', AssumeRolePolicyDocument })),
        () =>
          delegate.send(new PutUserPermissionsBoundaryCommand({ UserName: free, PermissionsBoundary: ADMINISTRATOR })),
        () =>
          delegate.send(
            new PutRolePermissionsBoundaryCommand({ RoleName: 'free', PermissionsBoundary: ADMINISTRATOR }),
          ),
        () => delegate.send(new PutUserPolicyCommand({ UserName: free, PolicyName: 'p', PolicyDocument })),
        () => delegate.send(new AttachUserPolicyCommand({ UserName: free, PolicyArn: ADMINISTRATOR })),
        () => delegate.send(new UpdateRoleCommand({ RoleName: 'free' })),
        () => delegate.send(new DeleteUserPermissionsBoundaryCommand({ UserName: 'delegated' })),
        () => delegate.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'delegated' })),
      ];
      for (const call of refused) await expect(call()).rejects.toMatchObject({ name: 'AccessDeniedError' });
    });
  });
});

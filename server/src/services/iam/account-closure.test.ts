import { CreateAccessKeyCommand, CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetFederationTokenCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { AccessCache } from '../../access/access-cache.ts';
import { loadRootPrincipal, loadUserPrincipal } from '../../access/principals.ts';
import { loadSessionPrincipal } from '../../access/session-principals.ts';
import { openSts, type StsFixture } from '../sts/test-account.ts';
import { closeAccount, closeOwnAccount, reopenAccount } from './account-closure.ts';

const TIME = new Date('2026-01-02T03:04:05Z');
const ALLOW_ALL = { Effect: 'Allow', Action: '*', Resource: '*' };
const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });

describe.each(databaseEngines)('a closed account on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let sts: StsFixture;
    beforeAll(async () => {
      sts = await openSts(engine);
    });
    afterAll(() => sts.iam.close());

    it('lets in nobody: not the root user, users, nor sessions of any kind; and all again when it is reopened', async () => {
      const { database } = sts.iam.services;
      const { accountId } = sts.iam;
      const userName = await sts.iam.newUser({ statements: [ALLOW_ALL] });
      const key = await sts.iam.root.send(new CreateAccessKeyCommand({ UserName: userName }));
      const caller = {
        principal: await sts.iam.user(userName).principal(),
        credential: { accessKeyId: key.AccessKey?.AccessKeyId ?? '' },
      };
      const trust = { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' };
      const role = { RoleName: 'builder', AssumeRolePolicyDocument: document(trust) };
      const { Role } = await sts.iam.root.send(new CreateRoleCommand(role));
      const assume = new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'test' });
      const tokens = [
        await sts.send({ principal: await sts.iam.root.principal() }, new GetSessionTokenCommand()),
        await sts.send(caller, new GetSessionTokenCommand()),
        await sts.send(caller, new GetFederationTokenCommand({ Name: 'bob', Policy: document(ALLOW_ALL) })),
        await sts.send(caller, assume),
      ].map(({ Credentials }) => Credentials?.SessionToken);
      const claims = await Promise.all(tokens.map((token) => sts.claims(token)));
      const principals = () =>
        Promise.all([
          loadRootPrincipal(database, accountId),
          loadUserPrincipal(database, caller.principal.userId),
          ...claims.map((each) => loadSessionPrincipal(database, each)),
        ]);
      const remembered = () =>
        AccessCache.of(database).read('test user', () => loadUserPrincipal(database, caller.principal.userId));

      expect((await principals()).map((principal) => principal?.kind)).toEqual([
        'root',
        'user',
        'root',
        'user',
        'federated-user',
        'assumed-role',
      ]);
      expect(await remembered()).toBeDefined();
      await closeOwnAccount(sts.iam.services, await sts.iam.root.principal(), TIME);
      expect(await principals()).toEqual(Array.from({ length: 6 }));
      expect(await remembered()).toBeUndefined();
      expect(await closeAccount(database, accountId, TIME)).toBe(false);
      expect(await reopenAccount(database, accountId, TIME)).toBe(true);
      expect(await reopenAccount(database, accountId, TIME)).toBe(false);
      expect((await principals()).every((principal) => principal !== undefined)).toBe(true);
      expect(await remembered()).toBeDefined();
    });

    it('has no roles for others, and leaves other accounts alone', async () => {
      const other = await sts.iam.otherAccount();
      const { accountId, services } = sts.iam;
      const trust = { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' };
      const RoleName = 'shared';
      const { Role } = await other.root.send(
        new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }),
      );
      await other.root.send(
        new PutRolePolicyCommand({ RoleName, PolicyName: 'all', PolicyDocument: document(ALLOW_ALL) }),
      );
      const userName = await sts.iam.newUser({ statements: [ALLOW_ALL] });
      const caller = { principal: await sts.iam.user(userName).principal() };
      const assume = () => sts.send(caller, new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'test' }));
      await assume();
      await closeAccount(services.database, other.accountId, TIME);
      await expect(assume()).rejects.toMatchObject({ queryCode: 'AccessDenied' });
      expect(await loadUserPrincipal(services.database, caller.principal.userId)).toBeDefined();
    });

    it('is closed by its root user alone', async () => {
      const admin = sts.iam.user(await sts.iam.newUser({ managedPolicies: ['AdministratorAccess'] }));
      await expect(closeOwnAccount(sts.iam.services, await admin.principal(), TIME)).rejects.toMatchObject({
        queryCode: 'AccessDenied',
      });
      expect(await loadRootPrincipal(sts.iam.services.database, sts.iam.accountId)).toBeDefined();
    });
  });
});

import { createHmac, hash } from 'node:crypto';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  DeleteUserPolicyCommand,
  GetRoleCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from '../../services/iam/test-account.ts';
import { RootKey } from '../../storage/encryption/root-key.ts';
import { Sealer } from '../../storage/encryption/sealing.ts';
import { loadUserPrincipal, rootPrincipal } from '../principals.ts';
import { loadSessionPrincipal } from '../session-principals.ts';
import { AccessKeys } from './access-keys.ts';
import { GitAuthentication, type GitSignIn } from './git-authentication.ts';
import type { LastUses } from './last-uses.ts';
import { roleUses } from './role-uses.ts';
import { ServiceUses } from './service-uses.ts';
import { SessionTokens } from './session-tokens.ts';
import { SignInGuard } from './sign-in-guard.ts';
import { SigningKeys } from './signing-keys.ts';

const REGION = 'us-east-1';
const HOST = 'localhost:8443';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

describe.each(databaseEngines)('signing in to Git on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    let sessionTokens: SessionTokens;
    let accessKeys: AccessKeys;
    let usesOfRoles: LastUses;
    let authentication: GitAuthentication;
    const time = new Date();

    beforeAll(async () => {
      account = await openTestAccount(engine);
      const { database } = account.services;
      const rootKey = RootKey.fromBase64(Buffer.alloc(32, 7).toString('base64'));
      const sealer = new Sealer(rootKey);
      sessionTokens = new SessionTokens(sealer, rootKey);
      accessKeys = new AccessKeys(database, sealer);
      usesOfRoles = roleUses(database);
      authentication = new GitAuthentication({
        database,
        gitCredentials: account.services.gitCredentials,
        signInGuard: new SignInGuard(),
        signingKeys: new SigningKeys(accessKeys, sessionTokens, usesOfRoles, new ServiceUses(database)),
        loadUser: (userId) => loadUserPrincipal(database, userId),
        loadPrincipal: async (key) => {
          if ('session' in key) return loadSessionPrincipal(database, key.session);
          return key.userId === null ? rootPrincipal(key.accountId) : loadUserPrincipal(database, key.userId);
        },
        defaultRegion: REGION,
      });
    });
    afterAll(async () => {
      await accessKeys.close();
      await usesOfRoles.close();
      await account.close();
    });

    async function newUser() {
      const userName = await account.newUser({ statements: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });
      const { AccessKey } = await account.root.send(new CreateAccessKeyCommand({ UserName: userName }));
      const credentials = {
        accessKeyId: AccessKey?.AccessKeyId ?? '',
        secretAccessKey: AccessKey?.SecretAccessKey ?? '',
      };
      const { userId } = await account.user(userName).principal();
      return { userName, userId, credentials };
    }

    /** As git-remote-codecommit signs. */
    function signedBy({ accessKeyId, secretAccessKey, sessionToken }: Credentials, region = REGION, when = time) {
      const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
      const timestamp = when.toISOString().replace(/[-:]|\.\d{3}Z/g, '');
      const scope = [timestamp.slice(0, 8), region, 'codecommit', 'aws4_request'];
      const canonical = hash('sha256', `GIT\n/v1/repos/demo\n\nhost:${HOST}\n\nhost\n`);
      const key = scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
      const signature = hmac(Buffer.from(key), `AWS4-HMAC-SHA256\n${timestamp}\n${scope.join('/')}\n${canonical}`);
      return {
        userName: accessKeyId + (sessionToken === undefined ? '' : `%${sessionToken}`),
        password: `${timestamp}Z${signature.toString('hex')}`,
      };
    }

    function signIn(credentials: Pick<GitSignIn, 'userName' | 'password'>, changes: Partial<GitSignIn> = {}) {
      const request = {
        hosts: [HOST],
        path: '/v1/repos/demo/info/refs',
        region: undefined,
        address: '127.0.0.1',
        time,
      };
      return authentication.authenticate({ ...credentials, ...request, ...changes });
    }

    /** A session of a user, got with their access key. */
    const sessionOf = ({ userId, credentials }: Awaited<ReturnType<typeof newUser>>, seconds = 900) =>
      sessionTokens.issue({
        accountId: account.accountId,
        subject: { kind: 'user', userId, parentAccessKeyId: credentials.accessKeyId },
        issuedAt: time.getTime(),
        expiresAt: time.getTime() + seconds * 1000,
      });

    it('tells the user of an access key, and notes its use', async () => {
      const { userId, credentials } = await newUser();
      const caller = await signIn(signedBy(credentials));
      expect(caller).toMatchObject({ principal: { kind: 'user', userId }, region: REGION });
      await accessKeys.close();
      const row = await account.services.database
        .selectFrom('access_keys')
        .select(['last_used_region', 'last_used_service'])
        .where('access_key_id', '=', credentials.accessKeyId)
        .executeTakeFirst();
      expect(row).toEqual({ last_used_region: REGION, last_used_service: 'codecommit' });
    });

    it('tells the session of a role, and notes the use of the role', async () => {
      const Statement = { Effect: 'Allow', Principal: { AWS: account.accountId }, Action: 'sts:AssumeRole' };
      const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      const role = { RoleName: 'Builder' };
      const { Role } = await account.root.send(new CreateRoleCommand({ ...role, AssumeRolePolicyDocument }));
      const roleId = Role?.RoleId ?? '';
      const issued = await sessionTokens.issue({
        accountId: account.accountId,
        subject: { kind: 'assumed-role', roleId, sessionName: 'job' },
        issuedAt: time.getTime(),
        expiresAt: time.getTime() + 900_000,
      });
      const caller = await signIn(signedBy(issued, 'eu-west-1'), { region: 'eu-west-1' });
      expect(caller).toMatchObject({ principal: { kind: 'assumed-role', userId: `${roleId}:job` } });
      await usesOfRoles.close();
      const { Role: used } = await account.root.send(new GetRoleCommand(role));
      expect(used?.RoleLastUsed).toEqual({ LastUsedDate: expect.any(Date), Region: 'eu-west-1' });
    });

    it('tells the user of temporary credentials, percent-encoded or not', async () => {
      const user = await newUser();
      const signed = signedBy(await sessionOf(user));
      for (const userName of [signed.userName, encodeURIComponent(signed.userName)]) {
        const caller = await signIn({ ...signed, userName });
        expect(caller?.principal).toMatchObject({ userId: user.userId, session: { issuedAt: time } });
      }
    });

    it('takes a signature of any minute of a quarter of an hour', async () => {
      const { credentials } = await newUser();
      for (const [minutes, isTaken] of [
        [-16, false],
        [-14, true],
        [14, true],
        [16, false],
      ] as const) {
        const signed = signedBy(credentials, REGION, new Date(time.getTime() + minutes * 60_000));
        expect((await signIn(signed)) !== undefined, `${minutes} minutes`).toBe(isTaken);
      }
    });

    describe('Regions', () => {
      it('are those of the host, where it names one', async () => {
        const { credentials } = await newUser();
        const host = { region: 'eu-west-1' };
        expect(await signIn(signedBy(credentials, 'eu-west-1'), host)).toMatchObject(host);
        expect(await signIn(signedBy(credentials, REGION), host)).toBeUndefined();
      });

      it('are any in which the account has repositories, where the host names none', async () => {
        const { credentials } = await newUser();
        const signed = signedBy(credentials, 'ap-south-1');
        expect(await signIn(signed)).toBeUndefined();
        const { database } = account.services;
        const repository = {
          repository_id: 'r1',
          region: 'ap-south-1',
          repository_name: 'demo',
          kms_key_arn: '',
          data_key: Buffer.of(1),
          generation: 0,
          tags: '{}',
          created_at: 0,
          updated_at: 0,
        };
        const other = await account.otherAccount();
        await database
          .insertInto('repositories')
          .values({ ...repository, account_id: other.accountId })
          .execute();
        expect(await signIn(signed)).toBeUndefined();
        await database
          .insertInto('repositories')
          .values({ ...repository, repository_id: 'r2', account_id: account.accountId })
          .execute();
        expect(await signIn(signed)).toMatchObject({ region: 'ap-south-1' });
        await database.deleteFrom('repositories').execute();
        expect(await signIn(signed)).toBeUndefined();
      });
    });

    describe('nobody', () => {
      it('is told by a key that is unknown, inactive or deleted', async () => {
        const { userName, credentials } = await newUser();
        const unknown = { ...credentials, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };
        expect(await signIn(signedBy(unknown))).toBeUndefined();
        const input = { UserName: userName, AccessKeyId: credentials.accessKeyId };
        await account.root.send(new UpdateAccessKeyCommand({ ...input, Status: 'Inactive' }));
        expect(await signIn(signedBy(credentials))).toBeUndefined();
        await account.root.send(new UpdateAccessKeyCommand({ ...input, Status: 'Active' }));
        expect(await signIn(signedBy(credentials))).toBeDefined();
        await account.services.database
          .deleteFrom('access_keys')
          .where('access_key_id', '=', credentials.accessKeyId)
          .execute();
        expect(await signIn(signedBy(credentials))).toBeUndefined();
      });

      it('is told by a wrong secret, another repository or another host', async () => {
        const { credentials } = await newUser();
        expect(await signIn(signedBy({ ...credentials, secretAccessKey: 'wrong' }))).toBeUndefined();
        const signed = signedBy(credentials);
        expect(await signIn(signed, { path: '/v1/repos/other/info/refs' })).toBeUndefined();
        expect(await signIn(signed, { hosts: ['localhost:8444'] })).toBeUndefined();
        expect(await signIn({ ...signed, userName: `${signed.userName}%` })).toBeUndefined();
        expect(await signIn({ ...signed, userName: `${signed.userName}%token` })).toBeUndefined();
      });

      it('is told by a session that is over, of another key, or without its token', async () => {
        const user = await newUser();
        const session = await sessionOf(user);
        const other = await sessionOf(user);
        expect(await signIn(signedBy(session))).toBeDefined();
        expect(await signIn(signedBy({ ...session, sessionToken: other.sessionToken }))).toBeUndefined();
        const { accessKeyId, secretAccessKey } = session;
        expect(await signIn(signedBy({ accessKeyId, secretAccessKey }))).toBeUndefined();
        const { sessionToken } = session;
        expect(await signIn(signedBy({ ...user.credentials, sessionToken }))).toBeUndefined();
        expect(await signIn(signedBy(await sessionOf(user, 0)))).toBeUndefined();
      });

      it('is told by a session whose access key is inactive, of another user or gone, or whose user is gone', async () => {
        const user = await newUser();
        const session = signedBy(await sessionOf(user));
        const input = { UserName: user.userName, AccessKeyId: user.credentials.accessKeyId };
        await account.root.send(new UpdateAccessKeyCommand({ ...input, Status: 'Inactive' }));
        expect(await signIn(session)).toBeUndefined();
        await account.root.send(new UpdateAccessKeyCommand({ ...input, Status: 'Active' }));
        expect(await signIn(session)).toBeDefined();
        const stranger = await newUser();
        expect(await signIn(signedBy(await sessionOf({ ...stranger, credentials: user.credentials })))).toBeUndefined();
        const { database } = account.services;
        await database.deleteFrom('access_keys').where('user_id', '=', user.userId).execute();
        expect(await signIn(session)).toBeUndefined();
        const withoutKey = await sessionTokens.issue({
          accountId: account.accountId,
          subject: { kind: 'federated-user', name: 'bob', userId: user.userId },
          issuedAt: time.getTime(),
          expiresAt: time.getTime() + 1_000,
        });
        expect(await signIn(signedBy(withoutKey))).toBeDefined();
        const policy = { UserName: user.userName, PolicyName: 'test' };
        await account.root.send(new DeleteUserPolicyCommand(policy));
        await database.deleteFrom('users').where('user_id', '=', user.userId).execute();
        expect(await signIn(signedBy(withoutKey))).toBeUndefined();
      });
    });
  });
});

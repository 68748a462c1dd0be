import { join } from 'node:path';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  type Credentials,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HIDDEN } from '../../src/observability/audit/logged-members.ts';
import { authenticatorFor, stepsAfter } from '../../src/services/iam/test-mfa-device.ts';
import { openDatabase } from '../../src/storage/database/database.ts';
import { asRootUser, createKeyUser, createRepository } from '../harness/account-setup.ts';
import type { AwsAccess } from '../harness/aws-cli.ts';
import { awsExecutables, requireClient } from '../harness/clients.ts';
import { runCodekeep } from '../harness/codekeep-command.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { type GitClient, gitClient } from '../harness/git-client.ts';
import {
  type IdentityProvider,
  registerIdentityProvider,
  startIdentityProvider,
} from '../harness/identity-provider.ts';

// Sessions that somebody vouches for: a second factor, an identity provider, another account. Each is got by the AWS SDK for
// JavaScript and used by git through the AWS CLI's credential helper.

const git = await requireClient('git');
await requireClient('aws');
const [executable] = await awsExecutables();

const CODECOMMIT = { Effect: 'Allow', Action: 'codecommit:*', Resource: '*' };
const WITH_MFA = {
  Bool: { 'aws:MultiFactorAuthPresent': 'true' },
  NumericLessThan: { 'aws:MultiFactorAuthAge': '900' },
};

describe.skipIf(git.skipReason ?? executable === undefined)('git with a session', () => {
  let codekeep: CodekeepServer;
  const disposables: { dispose(): Promise<void> }[] = [];
  beforeAll(async () => {
    codekeep = await startCodekeep({ settings: { CODEKEEP_PRIVATE_IDENTITY_PROVIDERS: 'true' } });
  });
  afterAll(async () => {
    for (const each of disposables) await each.dispose();
    await codekeep?.dispose();
  });

  it('of GetSessionToken with an MFA code may push where the policy asks for one, and without it may not', async () => {
    const url = await createRepository(codekeep, 'protected');
    const ana = await createKeyUser(codekeep, 'ana', [
      { Effect: 'Allow', Action: ['codecommit:GitPull', 'sts:GetSessionToken'], Resource: '*' },
      { ...CODECOMMIT, Action: 'codecommit:GitPush', Condition: WITH_MFA },
    ]);
    const iam = new IAMClient(asRootUser(codekeep));
    const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'ana' }));
    const device = authenticatorFor(VirtualMFADevice);
    const { SerialNumber } = device;
    await iam.send(new EnableMFADeviceCommand({ UserName: 'ana', SerialNumber, ...device.codes(new Date()) }));
    iam.destroy();

    const sts = stsOf(ana);
    const wrong = device.code(stepsAfter(new Date(), 100));
    await expect(sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode: wrong }))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'MultiFactorAuthentication failed with invalid MFA one time pass code. ',
    });
    // Each code is good once, and that of the present step has enabled the device.
    const TokenCode = device.code(stepsAfter(new Date(), 1));
    const { Credentials: proved } = await sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode }));
    await expect(sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode }))).rejects.toThrow(
      'MultiFactorAuthentication failed',
    );
    const { Credentials: plain } = await sts.send(new GetSessionTokenCommand({}));
    sts.destroy();

    const refused = [ana, accessOf(plain)];
    for (const access of refused) {
      const client = await gitWithHelper(access);
      const push = await commitAndPush(client, url);
      expect([push.exitCode, push.stderr]).toEqual([128, expect.stringContaining('codecommit:GitPush')]);
    }
    const push = await commitAndPush(await gitWithHelper(accessOf(proved)), url);
    expect(push).toMatchObject({ exitCode: 0 });
  });

  it('of AssumeRoleWithWebIdentity acts as the role that trusts the identity provider', async () => {
    const url = await createRepository(codekeep, 'built');
    const provider = await startIdentityProvider();
    disposables.push({ dispose: () => provider.close() });
    const { accountId } = codekeep.account;
    const providerArn = await registerProvider(provider);
    const RoleArn = await createTrustingRole(asRootUser(codekeep), 'builder', {
      Principal: { Federated: providerArn },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${provider.url}:aud`]: 'codekeep', [`${provider.url}:sub`]: 'repo:team/app' } },
    });
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: `https://${provider.url}`, aud: 'codekeep', sub: 'repo:team/app', iat: now, exp: now + 600 };
    const sts = new STSClient({ endpoint: codekeep.url, region: codekeep.account.region });
    const assume = (WebIdentityToken: string) =>
      sts.send(new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'ci', WebIdentityToken }));
    for (const [token, name] of [
      [await provider.token({ ...claims, sub: 'repo:team/other' }), 'AccessDenied'],
      [await provider.token({ ...claims, aud: 'somebody' }), 'InvalidIdentityTokenException'],
      [await provider.token({ ...claims, exp: now - 600 }), 'ExpiredTokenException'],
      ['no.token.at-all', 'InvalidIdentityTokenException'],
    ] as const) {
      await expect(assume(token)).rejects.toMatchObject({ name });
    }
    const session = await assume(await provider.token(claims));
    sts.destroy();
    expect(session).toMatchObject({
      SubjectFromWebIdentityToken: 'repo:team/app',
      Audience: 'codekeep',
      Provider: `https://${provider.url}`,
      AssumedRoleUser: { Arn: `arn:aws:sts::${accountId}:assumed-role/builder/ci` },
    });
    const push = await commitAndPush(await gitWithHelper(accessOf(session.Credentials)), url);
    expect(push).toMatchObject({ exitCode: 0 });

    const trail = new CloudTrailClient(asRootUser(codekeep));
    const found = await trail.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'AssumeRoleWithWebIdentity' }],
      }),
    );
    trail.destroy();
    const texts = (found.Events ?? []).map(({ CloudTrailEvent = '{}' }) => CloudTrailEvent);
    // Within a second there is no order.
    const records = texts.map((text) => JSON.parse(text));
    expect(records.toSorted((one, other) => (one.errorCode ? 1 : 0) - (other.errorCode ? 1 : 0))).toMatchObject([
      {
        userIdentity: {
          type: 'WebIdentityUser',
          userName: 'repo:team/app',
          identityProvider: `https://${provider.url}`,
        },
        requestParameters: { roleArn: RoleArn, roleSessionName: 'ci', webIdentityToken: HIDDEN },
        responseElements: { credentials: { accessKeyId: session.Credentials?.AccessKeyId, sessionToken: HIDDEN } },
        recipientAccountId: accountId,
      },
      // Of the four refusals within a minute the first; the others are counted.
      { userIdentity: { type: 'Unknown' }, errorCode: 'AccessDenied', recipientAccountId: accountId },
    ]);
    for (const secret of [session.Credentials?.SecretAccessKey, session.Credentials?.SessionToken]) {
      expect(texts.join()).not.toContain(secret);
    }
  });

  it('of a role of another account works there, with the external ID, and nowhere without', async () => {
    const partner = await secondAccount('partner@example.com');
    const ours = await createRepository(codekeep, 'shared');
    const RoleArn = await createTrustingRole(asRootUser(codekeep), 'partner', {
      Principal: { AWS: partner.accountId },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': 'contract-1' } },
    });
    const visitor = { ...codekeep, url: codekeep.url, account: { ...codekeep.account, ...partner } };
    const theirs = new IAMClient(asRootUser(visitor));
    const { AccessKey } = await theirs.send(new CreateAccessKeyCommand({}));
    theirs.destroy();
    expect(AccessKey?.Status).toBe('Active');
    const bob = await createKeyUser(visitor, 'bob', [
      CODECOMMIT,
      { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: RoleArn },
    ]);
    const eve = await createKeyUser(visitor, 'eve', [CODECOMMIT]);

    const assume = async (access: AwsAccess, ExternalId?: string) => {
      const sts = stsOf(access);
      try {
        return (await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'visit', ExternalId }))).Credentials;
      } finally {
        sts.destroy();
      }
    };
    // Both sides must consent: the trust policy of the role, and the policies of who assumes it.
    await expect(assume(bob)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(assume(bob, 'contract-2')).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(assume(eve, 'contract-1')).rejects.toMatchObject({ name: 'AccessDenied' });
    const visiting = accessOf(await assume(bob, 'contract-1'));
    const sts = stsOf(visiting);
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: codekeep.account.accountId });
    sts.destroy();

    const ownClient = await gitWithHelper(bob);
    const missing = await ownClient.run(['ls-remote', ours]);
    const never = await ownClient.run(['ls-remote', `${ours}-that-never-was`]);
    expect(missing.exitCode).toBe(128);
    expect(missing.stderr.replaceAll(ours, 'URL').replaceAll('shared', 'NAME')).toBe(
      never.stderr.replaceAll(`${ours}-that-never-was`, 'URL').replaceAll('shared-that-never-was', 'NAME'),
    );
    const push = await commitAndPush(await gitWithHelper(visiting), ours);
    expect(push).toMatchObject({ exitCode: 0 });
  });

  function stsOf({ region, ...credentials }: AwsAccess): STSClient {
    return new STSClient({ endpoint: codekeep.url, region, credentials });
  }

  function accessOf(credentials: Credentials | undefined): AwsAccess {
    return {
      endpoint: codekeep.url,
      region: codekeep.account.region,
      accessKeyId: credentials?.AccessKeyId ?? '',
      secretAccessKey: credentials?.SecretAccessKey ?? '',
      sessionToken: credentials?.SessionToken ?? '',
    };
  }

  /** IAM takes no port in an issuer, so the record is written by hand. */
  async function registerProvider(provider: IdentityProvider): Promise<string> {
    await codekeep.stop();
    const database = await openDatabase({ sqliteFile: join(codekeep.dataDir, 'codekeep.sqlite') });
    const arn = await registerIdentityProvider(database, codekeep.account.accountId, provider, 'codekeep');
    await database.destroy();
    await codekeep.restart();
    return arn;
  }

  async function createTrustingRole(
    options: ReturnType<typeof asRootUser>,
    RoleName: string,
    trust: object,
  ): Promise<string> {
    const iam = new IAMClient(options);
    const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
    const AssumeRolePolicyDocument = document({ Effect: 'Allow', ...trust });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const PolicyDocument = document(CODECOMMIT);
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'codecommit', PolicyDocument }));
    iam.destroy();
    return Role?.Arn ?? '';
  }

  async function secondAccount(rootEmail: string) {
    await codekeep.stop();
    const made = await runCodekeep([
      ...['create-account', '--data', codekeep.dataDir, '--root-email', rootEmail, '--json'],
    ]);
    await codekeep.restart();
    return JSON.parse(made.stdout) as { accountId: string; accessKeyId: string; secretAccessKey: string };
  }

  async function commitAndPush(client: GitClient, url: string) {
    await client.output(['clone', '-q', url, 'work']);
    const cwd = join(client.home, 'work');
    await client.output(['commit', '-q', '--allow-empty', '-m', 'First'], { cwd });
    return client.run(['push', '-q', 'origin', 'HEAD:main'], { cwd });
  }

  /** As the guide has it, but for the name of the host. */
  async function gitWithHelper(access: AwsAccess): Promise<GitClient> {
    const client = await gitClient();
    disposables.push(client);
    const env = {
      AWS_DEFAULT_REGION: access.region,
      AWS_ACCESS_KEY_ID: access.accessKeyId,
      AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
      ...(access.sessionToken !== undefined && { AWS_SESSION_TOKEN: access.sessionToken }),
      AWS_EC2_METADATA_DISABLED: 'true',
      GIT_CONFIG_COUNT: '3',
      GIT_CONFIG_KEY_0: 'credential.helper',
      GIT_CONFIG_VALUE_0: '',
      GIT_CONFIG_KEY_1: 'credential.helper',
      GIT_CONFIG_VALUE_1: `!'${executable?.path}' codecommit credential-helper --ignore-host-check $@`,
      GIT_CONFIG_KEY_2: 'credential.UseHttpPath',
      GIT_CONFIG_VALUE_2: 'true',
    };
    return {
      ...client,
      run: (args, options = {}) => client.run(args, { ...options, env: { ...env, ...options.env } }),
      output: (args, options = {}) => client.output(args, { ...options, env: { ...env, ...options.env } }),
    };
  }
});

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DeleteAccessKeyCommand, GetAccessKeyLastUsedCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandOutput,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SessionTokens } from '../../src/access/authentication/session-tokens.ts';
import { RootKey } from '../../src/storage/encryption/root-key.ts';
import { Sealer } from '../../src/storage/encryption/sealing.ts';
import { createKeyUser, createRepository, createRole } from '../harness/account-setup.ts';
import { type AwsAccess, type AwsCli, awsCli } from '../harness/aws-cli.ts';
import { type AwsExecutable, awsExecutables, optionalClient, requireClient } from '../harness/clients.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { type GitClient, gitClient } from '../harness/git-client.ts';

// The CodeCommit guide "Setup steps for HTTPS connections … with the AWS CLI credential helper" and "… with
// git-remote-codecommit": Git without a password of its own, signing in by access keys and temporary credentials.

const ALLOW_ASSUMING = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' };
const ALLOW_CODECOMMIT = { Effect: 'Allow', Action: 'codecommit:*', Resource: '*' };
const DENY_PUSH = JSON.stringify({
  Version: '2012-10-17',
  Statement: [ALLOW_CODECOMMIT, { Effect: 'Deny', Action: 'codecommit:GitPush', Resource: '*' }],
});

const git = await requireClient('git');
await requireClient('aws');
const executables = await awsExecutables();
const remoteHelper = await optionalClient('git-remote-codecommit');

let codekeep: CodekeepServer;
let ana: AwsAccess;
let roleArn: string;
const disposables: { dispose(): Promise<void> }[] = [];

describe.skipIf(git.skipReason)('Git signed in by AWS credentials', () => {
  beforeAll(async () => {
    codekeep = await startCodekeep();
    ana = await createKeyUser(codekeep, 'ana', [ALLOW_CODECOMMIT, ALLOW_ASSUMING]);
    roleArn = await createRole(codekeep, 'builder');
  });
  afterAll(async () => {
    for (const each of disposables) await each.dispose();
    await codekeep?.dispose();
  });

  const [executable] = executables;
  if (executable !== undefined) {
    signInWithAccessKey(executable);
    refuseWithHelper(executable);
  }
  for (const each of executables) signInWithRole(each);
  if (remoteHelper !== undefined) signInWithRemoteHelper(remoteHelper);
});

function signInWithAccessKey(executable: AwsExecutable) {
  it(`clones and pushes with an access key by ${executable.version}, and it is noted as used`, async () => {
    const url = await createRepository(codekeep, 'demo');
    const client = await gitWithHelper(executable, ana);
    const pushed = await cloneAndPush(client, url);
    // With `.git` and a slash at the end, and the host in other letters, it is the same repository.
    const odd = `${url}.git/`.replace('127.0.0.1', 'LOCALHOST');
    expect(await client.output(['ls-remote', odd, 'HEAD'])).toContain(pushed);
    const iam = new IAMClient(asRoot());
    await vi.waitFor(
      async () => {
        const used = new GetAccessKeyLastUsedCommand({ AccessKeyId: ana.accessKeyId });
        const { AccessKeyLastUsed } = await iam.send(used);
        expect(AccessKeyLastUsed).toMatchObject({ ServiceName: 'codecommit', Region: ana.region });
      },
      { timeout: 30_000, interval: 100 },
    );
    iam.destroy();
  });
}

function signInWithRole(executable: AwsExecutable) {
  it(`clones and pushes with credentials of AssumeRole by ${executable.version}`, async () => {
    const url = await createRepository(codekeep, `role-${executable.version.replace(/\W/g, '-')}`);
    const cli = await cliOf(executable);
    const args = ['sts', 'assume-role', '--role-arn', roleArn, '--role-session-name', 'build'];
    const access = accessOf((await cli.run(args)) as AssumeRoleCommandOutput);
    expect(await cli.run(['sts', 'get-caller-identity'], access)).toMatchObject({
      Arn: `arn:aws:sts::${codekeep.account.accountId}:assumed-role/builder/build`,
    });
    await cloneAndPush(await gitWithHelper(executable, access), url);
  });
}

function refuseWithHelper(executable: AwsExecutable) {
  describe('refuses', () => {
    it('a push that the session policy denies, and says so; reading goes on', async () => {
      const url = await createRepository(codekeep, 'denied');
      const client = await gitWithHelper(executable, await assumeRole(DENY_PUSH));
      await client.output(['clone', '-q', url, 'work']);
      const cwd = join(client.home, 'work');
      await client.output(['commit', '-q', '--allow-empty', '-m', 'First'], { cwd });
      const push = await client.run(['push', '-q', 'origin', 'main'], { cwd });
      expect(push.exitCode).not.toBe(0);
      expect(push.stderr).toContain(
        'assumed-role/builder/build is not authorized to perform: codecommit:GitPush on resource',
      );
      expect(push.stderr).toContain('with an explicit deny in a session policy');
      expect(push.stderr).toContain('403');
    });

    it('temporary credentials whose time is over, at Git and at the API', async () => {
      const url = await createRepository(codekeep, 'expired');
      const access = await expiredAccess();
      const { exitCode, stderr } = await (await gitWithHelper(executable, access)).run(['ls-remote', url]);
      expect([exitCode, stderr]).toEqual([128, expect.stringContaining('Authentication failed')]);
      const cli = await cliOf(executable);
      await expect(cli.run(['codecommit', 'list-repositories'], access)).rejects.toMatchObject({
        code: 'ExpiredTokenException',
      });
      const sts = new STSClient({ endpoint: codekeep.url, region: ana.region, credentials: access });
      await expect(sts.send(new GetCallerIdentityCommand())).rejects.toMatchObject({
        name: 'ExpiredToken',
        message: 'The security token included in the request is expired',
      });
      sts.destroy();
    });

    it('a key that is no more', async () => {
      const url = await createRepository(codekeep, 'gone');
      const bob = await createKeyUser(codekeep, 'bob', [ALLOW_CODECOMMIT]);
      const iam = new IAMClient(asRoot());
      await iam.send(new DeleteAccessKeyCommand({ UserName: 'bob', AccessKeyId: bob.accessKeyId }));
      iam.destroy();
      const { exitCode, stderr } = await (await gitWithHelper(executable, bob)).run(['ls-remote', url]);
      expect([exitCode, stderr]).toEqual([128, expect.stringContaining('Authentication failed')]);
    });
  });
}

function signInWithRemoteHelper(path: string) {
  describe('with git-remote-codecommit', () => {
    const remoteEnvironment = () => ({
      PATH: `${dirname(path)}:${process.env.PATH}`,
      CODE_COMMIT_ENDPOINT: `localhost:${new URL(codekeep.secureUrl).port}`,
      GIT_SSL_CAINFO: codekeep.certificateAuthority,
    });
    const environment = (access: AwsAccess) => ({ ...awsEnvironment(access), ...remoteEnvironment() });

    it('clones and pushes codecommit://NAME, and codecommit::REGION://NAME in another Region', async () => {
      await createRepository(codekeep, 'remote');
      await createRepository(codekeep, 'abroad', 'eu-central-1');
      const client = await clientWith(environment(ana));
      await cloneAndPush(client, 'codecommit://remote');
      await cloneAndPush(client, 'codecommit::eu-central-1://abroad');
    });

    it('takes the credentials of a profile: codecommit://PROFILE@NAME', async () => {
      await createRepository(codekeep, 'profiled');
      const client = await clientWith(remoteEnvironment());
      const lines = [
        '[team]',
        `aws_access_key_id = ${ana.accessKeyId}`,
        `aws_secret_access_key = ${ana.secretAccessKey}`,
        `region = ${ana.region}`,
      ];
      await mkdir(join(client.home, '.aws'));
      await writeFile(join(client.home, '.aws', 'credentials'), lines.join('\n'));
      await cloneAndPush(client, 'codecommit://team@profiled');
    });

    it('works with credentials of AssumeRole, and not with expired ones', async () => {
      await createRepository(codekeep, 'remote-role');
      const client = await clientWith(environment(await assumeRole()));
      await cloneAndPush(client, 'codecommit://remote-role');
      const expired = await clientWith(environment(await expiredAccess()));
      const { exitCode, stderr } = await expired.run(['ls-remote', 'codecommit://remote-role']);
      expect([exitCode, stderr]).toEqual([128, expect.stringContaining('Authentication failed')]);
    });
  });
}

/** @returns the commit that was pushed to the empty repository */
async function cloneAndPush(client: GitClient, url: string): Promise<string> {
  const folder = url.replace(/\W/g, '-');
  await client.output(['clone', '-q', url, folder]);
  const cwd = join(client.home, folder);
  await client.output(['commit', '-q', '--allow-empty', '-m', 'First'], { cwd });
  await client.output(['push', '-q', 'origin', 'main'], { cwd });
  return client.output(['rev-parse', 'HEAD'], { cwd });
}

async function assumeRole(policy?: string): Promise<AwsAccess> {
  const sts = new STSClient({ endpoint: codekeep.url, region: ana.region, credentials: ana });
  const command = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'build', Policy: policy });
  try {
    return accessOf(await sts.send(command));
  } finally {
    sts.destroy();
  }
}

function accessOf({ Credentials }: AssumeRoleCommandOutput): AwsAccess {
  return {
    ...ana,
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
}

function asRoot() {
  const { region, accessKeyId, secretAccessKey } = codekeep.account;
  return { endpoint: codekeep.url, region, credentials: { accessKeyId, secretAccessKey } };
}

/** Temporary credentials of root, as the server issued them a moment too long ago. */
async function expiredAccess(): Promise<AwsAccess> {
  const rootKey = await RootKey.fromFile(join(codekeep.dataDir, 'root.key'));
  const issued = await new SessionTokens(new Sealer(rootKey), rootKey).issue({
    accountId: codekeep.account.accountId,
    subject: { kind: 'user', userId: null },
    issuedAt: Date.now() - 3_601_000,
    expiresAt: Date.now() - 1_000,
  });
  return { ...ana, ...issued };
}

async function cliOf(executable: AwsExecutable): Promise<AwsCli> {
  const cli = await awsCli(executable, ana);
  disposables.push(cli);
  return cli;
}

/** As the guide has it, but for the name of the host. */
function gitWithHelper({ path }: AwsExecutable, access: AwsAccess): Promise<GitClient> {
  return clientWith({
    ...awsEnvironment(access),
    GIT_CONFIG_COUNT: '3',
    GIT_CONFIG_KEY_0: 'credential.helper',
    GIT_CONFIG_VALUE_0: '',
    GIT_CONFIG_KEY_1: 'credential.helper',
    GIT_CONFIG_VALUE_1: `!'${path}' codecommit credential-helper --ignore-host-check $@`,
    GIT_CONFIG_KEY_2: 'credential.UseHttpPath',
    GIT_CONFIG_VALUE_2: 'true',
  });
}

async function clientWith(env: NodeJS.ProcessEnv): Promise<GitClient> {
  const client = await gitClient();
  disposables.push(client);
  return {
    ...client,
    run: (args, options = {}) => client.run(args, { ...options, env: { ...env, ...options.env } }),
    output: (args, options = {}) => client.output(args, { ...options, env: { ...env, ...options.env } }),
  };
}

function awsEnvironment({ region, accessKeyId, secretAccessKey, sessionToken }: AwsAccess): NodeJS.ProcessEnv {
  return {
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

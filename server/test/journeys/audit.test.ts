import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodeCommitClient, ListRepositoriesCommand } from '@aws-sdk/client-codecommit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CloudTrailRecord } from '../../src/observability/audit/cloudtrail-record.ts';
import {
  createGitUser,
  createKeyUser,
  createRepository,
  putUserPolicy,
  uploadSshKey,
} from '../harness/account-setup.ts';
import { type AwsCli, awsCli } from '../harness/aws-cli.ts';
import { runBoto3 } from '../harness/boto3.ts';
import { awsExecutables, requireClient } from '../harness/clients.ts';
import { runCodekeep } from '../harness/codekeep-command.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { type GitCredential, gitClient } from '../harness/git-client.ts';
import { sshClient } from '../harness/ssh-client.ts';

// What real clients do is found again in the event history, and in the files, whatever happens to the server.

const WRONG_PASSWORD = 'wrong-password-that-somebody-typed-1234=';

const git = await requireClient('git');
const ssh = await requireClient('ssh');
const boto3 = await requireClient('boto3');
const [executable] = await awsExecutables();
const skipReason = git.skipReason ?? ssh.skipReason;

interface LookedUpEvents {
  readonly Events: readonly {
    readonly EventName: string;
    readonly Username?: string;
    readonly CloudTrailEvent: string;
  }[];
}

describe.skipIf(skipReason)(`the audit trail ${skipReason ?? ''}`, () => {
  let codekeep: CodekeepServer;
  let cli: AwsCli | undefined;
  let ada: GitCredential;
  let repository: string;

  beforeAll(async () => {
    codekeep = await startCodekeep();
    const { region, accessKeyId, secretAccessKey } = codekeep.account;
    const access = { endpoint: codekeep.url, region, accessKeyId, secretAccessKey };
    cli = executable === undefined ? undefined : await awsCli(executable, access);
    ada = await createGitUser(codekeep, 'ada');
    repository = await createRepository(codekeep, 'audited');
  });
  afterAll(async () => {
    await cli?.dispose();
    await codekeep?.dispose();
  });

  const folder = () => join(codekeep.dataDir, 'audit');

  async function filesText(): Promise<string> {
    const names = (await readdir(folder())).sort();
    return (await Promise.all(names.map((name) => readFile(join(folder(), name), 'utf8')))).join('');
  }

  async function fileRecords(): Promise<CloudTrailRecord[]> {
    const lines = (await filesText()).split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line).record);
  }

  async function recordsOf(eventName: string): Promise<CloudTrailRecord[]> {
    return (await fileRecords()).filter((record) => record.eventName === eventName);
  }

  const verify = () => runCodekeep(['verify-audit', '--data', codekeep.dataDir]);

  it('has what Git did over HTTPS: clones, pushes, forced ones and denied ones', async () => {
    const client = await gitClient([ada]);
    try {
      const folder = join(client.home, 'work');
      const run = (...args: string[]) => client.run(['-C', folder, ...args]);
      await client.output(['clone', '-q', repository, folder]);
      const commit = async (text: string, ...options: string[]) => {
        await writeFile(join(folder, 'a.txt'), text);
        await run('add', '-A');
        await run('commit', '-q', '-m', `secret message ${text}`, ...options);
        return (await run('rev-parse', 'HEAD')).stdout.trim();
      };
      const first = await commit('one');
      expect((await run('push', '-q', 'origin', 'main')).exitCode).toBe(0);
      const second = await commit('two');
      expect((await run('push', '-q', 'origin', 'main')).exitCode).toBe(0);
      const third = await commit('three', '--amend');
      expect((await run('push', '-q', '--force', 'origin', 'main')).exitCode).toBe(0);
      await putUserPolicy(codekeep, 'ada', {
        Effect: 'Deny',
        Action: 'codecommit:GitPush',
        Resource: '*',
        Condition: {
          StringEqualsIfExists: { 'codecommit:References': ['refs/heads/main'] },
          Null: { 'codecommit:References': 'false' },
        },
      });
      const fourth = await commit('four');
      expect((await run('push', '-q', 'origin', 'main')).exitCode).toBe(1);
      expect((await client.run(['clone', '-q', repository, join(client.home, 'again')])).exitCode).toBe(0);
      await putUserPolicy(codekeep, 'ada', { Effect: 'Deny', Action: 'codecommit:GitPull', Resource: '*' });
      expect((await client.run(['ls-remote', repository])).exitCode).toBe(128);

      await codekeep.restart();
      const pushes = (await recordsOf('GitPush')).filter(({ readOnly }) => !readOnly);
      const none = '0'.repeat(40);
      expect(pushes.map(({ requestParameters }) => (requestParameters as { references: object[] }).references)).toEqual(
        [
          [{ ref: 'refs/heads/main', commit: first, previousCommit: none, forced: false }],
          [{ ref: 'refs/heads/main', commit: second, previousCommit: first, forced: false }],
          [{ ref: 'refs/heads/main', commit: third, previousCommit: second, forced: true }],
          [
            {
              ...{ ref: 'refs/heads/main', commit: fourth, previousCommit: third, forced: false },
              refused: expect.stringContaining('with an explicit deny in an identity-based policy'),
            },
          ],
        ],
      );
      expect(pushes.map(({ errorCode }) => errorCode)).toEqual([
        undefined,
        undefined,
        undefined,
        'ReferenceUpdatesRefused',
      ]);
      const begun = (await recordsOf('GitPush')).filter(({ readOnly }) => readOnly);
      expect(begun).toHaveLength(4);
      expect(begun[0]).toMatchObject({ requestParameters: null, additionalEventData: { dataTransferred: false } });
      expect(pushes[0]).toMatchObject({
        ...{ eventVersion: '1.11', eventSource: 'codecommit.amazonaws.com', awsRegion: 'us-east-1' },
        ...{ sourceIPAddress: '127.0.0.1', userAgent: expect.stringMatching(/^git\/2/), responseElements: null },
        userIdentity: { type: 'IAMUser', userName: 'ada', accountId: codekeep.account.accountId },
        additionalEventData: { protocol: 'HTTP', dataTransferred: true, repositoryName: 'audited' },
        resources: [{ type: 'AWS::CodeCommit::Repository', ARN: expect.stringMatching(/:audited$/) }],
        ...{ eventType: 'AwsApiCall', managementEvent: true, eventCategory: 'Management' },
      });
      const pulls = await recordsOf('GitPull');
      expect(
        pulls.filter(
          ({ additionalEventData }) => (additionalEventData as { dataTransferred: boolean }).dataTransferred,
        ),
      ).toHaveLength(1);
      expect(pulls.at(-1)).toMatchObject({
        errorCode: 'AccessDenied',
        errorMessage: expect.stringContaining(
          'is not authorized to perform: codecommit:GitPull on resource: arn:aws:codecommit',
        ),
        userIdentity: { userName: 'ada' },
      });
    } finally {
      await client.dispose();
    }
  });

  it('has what Git did over SSH, and the login', async () => {
    await createGitUser(codekeep, 'grace');
    const client = await sshClient();
    try {
      const keyId = await uploadSshKey(codekeep, 'grace', await client.makeKey('ed25519'));
      const { hostname, port } = new URL(codekeep.sshUrl);
      const hostLines = (
        await runCodekeep(['ssh-fingerprints', '--data', codekeep.dataDir, '--ssh', `${hostname}:${port}`])
      ).stdout;
      await client.trust(
        hostLines
          .split('\n')
          .filter((line) => line.startsWith('['))
          .join('\n')
          .concat('\n'),
      );
      const env = client.environment('ed25519');
      const url = `ssh://${keyId}@${hostname}:${port}/v1/repos/audited`;
      const folder = join(client.git.home, 'work');
      await client.git.output(['clone', '-q', url, folder], { env });
      await client.git.output(['-C', folder, 'push', '-q', 'origin', 'HEAD:refs/heads/by-ssh'], { env });
      const refused = url.replace('audited', 'unknown');
      expect((await client.git.run(['ls-remote', refused], { env })).exitCode).toBe(128);

      await codekeep.restart();
      const over = (record: CloudTrailRecord) => (record.additionalEventData as { protocol?: string })?.protocol;
      const records = (await fileRecords()).filter((record) => over(record) === 'SSH');
      expect(records.map(({ eventName, errorCode = 'done' }) => `${eventName} ${errorCode}`)).toEqual([
        'SSHLogin done',
        'GitPull done',
        'SSHLogin done',
        'GitPush done',
        'GitPush done',
        'SSHLogin done',
        'GitPull RepositoryDoesNotExistException',
      ]);
      expect(records[0]).toMatchObject({
        userIdentity: { type: 'IAMUser', userName: 'grace' },
        additionalEventData: { sshPublicKeyId: keyId },
      });
      expect(records[1]).toMatchObject({ additionalEventData: { dataTransferred: true } });
      expect(records[4]).toMatchObject({ requestParameters: { references: [{ ref: 'refs/heads/by-ssh' }] } });
    } finally {
      await client.dispose();
    }
  });

  it('has who did not prove who they are: wrong Git passwords, signatures and SSH keys', async () => {
    const wrongGit = await gitClient([{ ...ada, password: WRONG_PASSWORD }]);
    const wrongSsh = await sshClient();
    const { accessKeyId, region } = codekeep.account;
    const codecommit = new CodeCommitClient({
      ...{ endpoint: codekeep.url, region, maxAttempts: 1 },
      credentials: { accessKeyId, secretAccessKey: WRONG_PASSWORD },
    });
    try {
      expect((await wrongGit.run(['ls-remote', repository])).exitCode).toBe(128);
      await expect(codecommit.send(new ListRepositoriesCommand({}))).rejects.toMatchObject({
        name: 'InvalidSignatureException',
      });
      await wrongSsh.makeKey('ed25519');
      const { hostname, port } = new URL(codekeep.sshUrl);
      const env = { ...wrongSsh.environment('ed25519') };
      const url = `ssh://${'APKAUNKNOWNUNKNOWNAA'}@${hostname}:${port}/v1/repos/audited`;
      await wrongSsh.trust(
        (await runCodekeep(['ssh-fingerprints', '--data', codekeep.dataDir, '--ssh', `${hostname}:${port}`])).stdout
          .split('\n')
          .filter((line) => line.startsWith('['))
          .join('\n')
          .concat('\n'),
      );
      expect((await wrongSsh.git.run(['ls-remote', url], { env })).exitCode).toBe(128);
    } finally {
      codecommit.destroy();
      await wrongGit.dispose();
      await wrongSsh.dispose();
    }
    await codekeep.restart();
    const failed = (await fileRecords()).filter(({ errorCode = '' }) =>
      ['FailedAuthentication', 'InvalidSignatureException'].includes(errorCode),
    );
    const { accountId } = codekeep.account;
    expect(failed).toMatchObject([
      {
        eventName: 'GitPull',
        userIdentity: { type: 'IAMUser', userName: 'ada', accountId },
        sourceIPAddress: '127.0.0.1',
      },
      {
        eventName: 'ListRepositories',
        userIdentity: { type: 'Root', accountId, accessKeyId },
        recipientAccountId: accountId,
      },
      { eventName: 'SSHLogin', userIdentity: { type: 'Unknown' } },
    ]);
    expect(failed[2]?.recipientAccountId).toBeUndefined();
  });

  it.skipIf(executable === undefined)('is looked up by the AWS CLI, page by page', async () => {
    const lookUp = async (...args: string[]) =>
      (await cli?.run(['cloudtrail', 'lookup-events', ...args])) as LookedUpEvents;
    const { Events } = await lookUp('--lookup-attributes', 'AttributeKey=EventName,AttributeValue=GitPush');
    expect(Events.map(({ EventName }) => EventName)).toEqual(Array.from({ length: 10 }, () => 'GitPush'));
    const all = await lookUp('--lookup-attributes', 'AttributeKey=Username,AttributeValue=root', '--page-size', '2');
    expect(all.Events.map(({ EventName }) => EventName)).toEqual(
      expect.arrayContaining(['CreateUser', 'CreateRepository', 'UploadSSHPublicKey', 'LookupEvents']),
    );
    expect(new Set(all.Events.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent).eventID)).size).toBe(
      all.Events.length,
    );
  });

  it.skipIf(!boto3.available)('is looked up by boto3, denials included', async () => {
    const reader = await createKeyUser(codekeep, 'reader', [
      { Effect: 'Allow', Action: 'cloudtrail:LookupEvents', Resource: '*' },
    ]);
    const script = `
codecommit, cloudtrail = client('codecommit'), client('cloudtrail')
try:
    codecommit.create_repository(repositoryName='mine')
except botocore.exceptions.ClientError as error:
    denied = error.response['Error']['Code']
pages = cloudtrail.get_paginator('lookup_events').paginate(
    LookupAttributes=[{'AttributeKey': 'Username', 'AttributeValue': 'reader'}])
events = [json.loads(event['CloudTrailEvent']) for page in pages for event in page['Events']]
try:
    cloudtrail.lookup_events(LookupAttributes=[
        {'AttributeKey': 'EventName', 'AttributeValue': 'a'}, {'AttributeKey': 'EventId', 'AttributeValue': 'b'}])
except cloudtrail.exceptions.InvalidLookupAttributesException as error:
    invalid = error.response['Error']['Message']
answer({'denied': denied, 'events': events, 'invalid': invalid})`;
    const { path = '' } = boto3;
    const answer = (await runBoto3(path, script, reader)) as {
      denied: string;
      events: CloudTrailRecord[];
      invalid: string;
    };
    expect(answer).toMatchObject({
      denied: 'AccessDeniedException',
      invalid: 'You can specify only one lookup attribute.',
    });
    expect(answer.events.find(({ eventName }) => eventName === 'CreateRepository')).toMatchObject({
      errorCode: 'AccessDeniedException',
      errorMessage: expect.stringContaining('is not authorized to perform: codecommit:CreateRepository'),
      requestParameters: { repositoryName: 'mine' },
      responseElements: null,
      userIdentity: { accessKeyId: reader.accessKeyId },
      resources: [{ type: 'AWS::CodeCommit::Repository' }],
    });
  });

  it('has no secret', async () => {
    const text = await filesText();
    const { secretAccessKey, rootPassword } = codekeep.account;
    for (const secret of [secretAccessKey, rootPassword, ada.password, WRONG_PASSWORD, 'secret message']) {
      expect(text.includes(secret)).toBe(false);
    }
    const [made] = await recordsOf('CreateServiceSpecificCredential');
    expect(made).toMatchObject({
      responseElements: {
        serviceSpecificCredential: { serviceUserName: ada.userName, servicePassword: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
      },
    });
  });

  it('is whole after kills in the middle of work, and tells of every change that was answered', async () => {
    for (let round = 0; round < 2; round++) {
      const made: string[] = [];
      const work = Array.from({ length: 8 }, async (_, client) => {
        for (let number = 0; ; number++) {
          const name = `killed-${round}-${client}-${number}`;
          await createRepository(codekeep, name);
          made.push(name);
        }
      });
      await expect.poll(() => made.length).toBeGreaterThan(5);
      await codekeep.kill();
      await Promise.allSettled(work);
      expect(await verify()).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/\nwhole\n$/) });
      const recorded = new Set(
        (await recordsOf('CreateRepository')).map(
          ({ requestParameters }) => (requestParameters as { repositoryName: string }).repositoryName,
        ),
      );
      expect(made.filter((name) => !recorded.has(name))).toEqual([]);
      await codekeep.restart();
    }
    expect(await verify()).toMatchObject({ exitCode: 0, stderr: '' });
  }, 180_000);

  it('is verified while a server runs, and names the first fault', async () => {
    await codekeep.stop();
    const [name = ''] = await readdir(folder());
    const path = join(folder(), name);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"eventName":"GitPush"', '"eventName":"GitPull"'));
    const verified = await verify();
    expect(verified.exitCode).toBe(2);
    expect(verified.stdout).toMatch(/\n\d{12}-\d{4}-\d\d-\d\d\.jsonl: line \d+ does not follow the line before it/);
    await writeFile(path, text);
    expect((await verify()).exitCode).toBe(0);
  });
});

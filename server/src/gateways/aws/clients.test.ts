import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { devNull } from 'node:os';
import { promisify } from 'node:util';
import * as codecommit from '@aws-sdk/client-codecommit';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as sts from '@aws-sdk/client-sts';
import { Sha256Node } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keys, secretAccessKey, startEndpoint } from './endpoint.fixture.ts';

let endpoint: Awaited<ReturnType<typeof startEndpoint>>;
beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.close());
beforeEach(() => {
  for (const list of Object.values(endpoint.seen)) list.length = 0;
});

function settings(accessKeyId = keys.root.accessKeyId) {
  return {
    endpoint: endpoint.url,
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey },
  };
}

describe('the SDK for JavaScript', () => {
  it('round-trips awsJson: strings, maps, timestamps', async () => {
    const client = new codecommit.CodeCommitClient(settings());
    const input = { repositoryName: 'demo', repositoryDescription: 'é "quoted"\n\\ \u{1F600}', tags: { 'a b': 'ü' } };
    const { repositoryMetadata, $metadata } = await client.send(new codecommit.CreateRepositoryCommand(input));
    expect(endpoint.seen.inputs).toEqual([input]);
    expect(repositoryMetadata).toEqual({
      repositoryName: 'demo',
      repositoryDescription: input.repositoryDescription,
      creationDate: new Date('2026-11-22T10:20:30.456Z'),
    });
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/u);
    const { tags } = await client.send(new codecommit.ListTagsForResourceCommand({ resourceArn: 'arn' }));
    expect(tags).toEqual({ 'a "b"': 'é\u0001' });
  });

  it('round-trips awsJson: blobs of megabytes, lists, answers without a body', async () => {
    const client = new codecommit.CodeCommitClient(settings());
    const fileContent = new Uint8Array(6_000_000).fill(0xfe);
    const file = { repositoryName: 'demo', branchName: 'main', filePath: 'a', fileContent };
    const { blobId } = await client.send(new codecommit.PutFileCommand(file));
    expect(blobId).toBe('6000000');
    const names = ['one', 'two'];
    const batch = await client.send(new codecommit.BatchGetRepositoriesCommand({ repositoryNames: names }));
    expect(batch).toMatchObject({ repositories: [], repositoriesNotFound: names });
    const tagging = new codecommit.TagResourceCommand({ resourceArn: 'arn', tags: { a: 'b' } });
    expect((await client.send(tagging)).$metadata.httpStatusCode).toBe(200);
    const Plaintext = Buffer.from('plain');
    const { CiphertextBlob } = await new kms.KMSClient(settings()).send(
      new kms.EncryptCommand({ KeyId: 'k', Plaintext, EncryptionContext: { a: 'b' } }),
    );
    expect(Buffer.from(CiphertextBlob ?? [])).toEqual(Plaintext);
  });

  it('round-trips awsQuery: lists of structures, timestamps in seconds, text that XML escapes or cannot hold', async () => {
    const client = new iam.IAMClient(settings());
    const input = {
      UserName: 'jane',
      Tags: [
        { Key: 'a', Value: 'b' },
        { Key: 'c+ =', Value: '' },
      ],
    };
    const { User, $metadata } = await client.send(new iam.CreateUserCommand(input));
    expect(endpoint.seen.inputs).toEqual([input]);
    expect(User).toEqual({
      ...input,
      Path: '/a&b<"\ufffd>/',
      UserId: 'AIDAUSER',
      Arn: 'arn',
      CreateDate: new Date('2026-11-22T10:20:30Z'),
    });
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/u);
  });

  it('round-trips awsQuery: empty lists, maps, numbers, answers without a result', async () => {
    const client = new iam.IAMClient(settings());
    expect((await client.send(new iam.ListUsersCommand({}))).Users).toEqual([]);
    const one = await client.send(new iam.ListUsersCommand({ MaxItems: 1 }));
    expect(one).toMatchObject({ Users: [{ UserName: 'one' }], IsTruncated: false });
    const { SummaryMap } = await client.send(new iam.GetAccountSummaryCommand({}));
    expect(SummaryMap).toEqual({ Users: 1, Groups: 0 });
    await client.send(new iam.DeleteUserCommand({ UserName: 'jane' }));
    await client.send(new iam.UntagUserCommand({ UserName: 'jane', TagKeys: [] }));
    expect(endpoint.seen.inputs.at(-1)).toEqual({ UserName: 'jane', TagKeys: [] });
    const identity = await new sts.STSClient(settings()).send(new sts.GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({ Account: '111122223333', Arn: 'arn:aws:iam::111122223333:root' });
  });

  it('meets the exceptions of the models as its own classes', async () => {
    const json = new codecommit.CodeCommitClient(settings());
    await expect(json.send(new codecommit.CreateRepositoryCommand({ repositoryName: 'exists' }))).rejects.toSatisfy(
      (error) => error instanceof codecommit.RepositoryNameExistsException && error.message === 'exists already',
    );
    await expect(json.send(new codecommit.CreateRepositoryCommand({ repositoryName: 'a b' }))).rejects.toBeInstanceOf(
      codecommit.InvalidRepositoryNameException,
    );
    await expect(
      json.send(new codecommit.CreateRepositoryCommand({ repositoryName: 'damaged' })),
    ).rejects.toMatchObject({
      name: 'EncryptionIntegrityChecksFailedException',
      $metadata: { httpStatusCode: 500 },
    });
    const query = new iam.IAMClient(settings());
    await expect(query.send(new iam.CreateUserCommand({ UserName: 'exists' }))).rejects.toSatisfy(
      (error) => error instanceof iam.EntityAlreadyExistsException && error.message === 'exists <&> already',
    );
    await expect(query.send(new iam.CreateUserCommand({ UserName: 'a b' }))).rejects.toMatchObject({
      name: 'ValidationError',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('is refused what its user may not do, in each protocol', async () => {
    const json = new codecommit.CodeCommitClient(settings(keys.user.accessKeyId));
    await expect(json.send(new codecommit.CreateRepositoryCommand({ repositoryName: 'x' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 400 },
    });
    const query = new iam.IAMClient(settings(keys.user.accessKeyId));
    await expect(query.send(new iam.ListUsersCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
      message:
        'User: arn:aws:iam::111122223333:user/jane is not authorized to perform: iam:ListUsers on resource: * because no identity-based policy allows the iam:ListUsers action',
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('tells operations about the caller and the request', async () => {
    await new sts.STSClient(settings()).send(new sts.GetCallerIdentityCommand({}));
    const [call] = endpoint.seen.calls;
    expect(call?.environment).toMatchObject({ sourceIp: '127.0.0.1', secureTransport: false, region: 'eu-central-1' });
    expect(call?.environment.userAgent).toContain('aws-sdk-js');
    expect(endpoint.seen.uses).toEqual([[keys.root.accessKeyId, 'eu-central-1', 'sts']]);
  });
});

it('a presigned GET answers like the POST', async () => {
  const { host, hostname, port } = new URL(endpoint.url);
  const signer = new SignatureV4({
    service: 'sts',
    region: 'us-east-1',
    credentials: keys.root,
    sha256: Sha256Node,
  });
  const signed = await signer.presign({
    method: 'GET',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: '/',
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    headers: { host },
  });
  const response = await fetch(`${endpoint.url}/?${new URLSearchParams(signed.query as Record<string, string>)}`);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('<GetCallerIdentityResult><UserId>111122223333</UserId>');
});

const awsCli = await promisify(execFile)('aws', ['--version']).then(
  () => true,
  () => false,
);

describe.skipIf(!awsCli)('the AWS CLI', () => {
  async function aws(...parameters: string[]) {
    const child = execFile('aws', [...parameters, '--endpoint-url', endpoint.url, '--output', 'json'], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        AWS_ACCESS_KEY_ID: keys.root.accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_CONFIG_FILE: devNull,
        AWS_SHARED_CREDENTIALS_FILE: devNull,
        AWS_MAX_ATTEMPTS: '1',
      },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (text) => {
      stdout += text;
    });
    child.stderr?.on('data', (text) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    return { code, stderr, output: stdout === '' ? undefined : JSON.parse(stdout) };
  }

  it('speaks both protocols', async () => {
    const created = await aws('iam', 'create-user', '--user-name', 'jane', '--tags', 'Key=a,Value=b');
    expect(created).toMatchObject({
      code: 0,
      output: { User: { UserName: 'jane', Tags: [{ Key: 'a', Value: 'b' }] } },
    });
    const repository = await aws('codecommit', 'create-repository', '--repository-name', 'demo', '--tags', 'a=b');
    expect(repository).toMatchObject({ code: 0, output: { repositoryMetadata: { repositoryName: 'demo' } } });
    expect(endpoint.seen.inputs.at(-1)).toEqual({ repositoryName: 'demo', tags: { a: 'b' } });
    expect(await aws('sts', 'get-caller-identity')).toMatchObject({ code: 0, output: { Account: '111122223333' } });
    expect(await aws('iam', 'delete-user', '--user-name', 'jane')).toMatchObject({ code: 0 });
    const tagged = await aws('codecommit', 'tag-resource', '--resource-arn', 'arn', '--tags', 'a=b');
    expect(tagged).toMatchObject({ code: 0 });
  });

  it('prints the errors of both', async () => {
    const exists = await aws('iam', 'create-user', '--user-name', 'exists');
    expect(exists.stderr).toContain(
      'An error occurred (EntityAlreadyExists) when calling the CreateUser operation: exists <&> already',
    );
    const unknown = await aws('codecommit', 'get-repository', '--repository-name', 'x');
    expect(unknown.stderr).toContain('(UnknownOperationException) when calling the GetRepository operation');
  });
});

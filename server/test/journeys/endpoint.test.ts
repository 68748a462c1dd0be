import { Sha256Node } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsAccess, type AwsCli, awsCli } from '../harness/aws-cli.ts';
import { awsExecutables, requireClient } from '../harness/clients.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';

// What the AWS endpoint of a real server refuses, by the code that AWS uses for each, and its presigned requests.

const aws = await requireClient('aws');
const executables = await awsExecutables();

let server: CodekeepServer;
beforeAll(async () => {
  server = await startCodekeep();
});
afterAll(() => server.dispose());

describe.skipIf(!aws.available).each(executables)('$version', (executable) => {
  let cli: AwsCli;
  beforeAll(async () => {
    cli = await awsCli(executable, { endpoint: server.url, ...server.account });
  });
  afterAll(() => cli.dispose());

  const listRepositories = ['codecommit', 'list-repositories'];
  const listUsers = ['iam', 'list-users'];
  const listKeys = ['kms', 'list-keys'];
  const whoAmI = ['sts', 'get-caller-identity'];
  const wrongKey = { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' };
  const wrongSecret = { secretAccessKey: 'wrong-secret-access-key-wrong-secret-key' };
  // No session is ever issued to this key, so no token of it can be valid.
  const wrongToken = { sessionToken: 'FwoGZXIvYXdzEXAMPLE' };

  it.each<[string, string[], Partial<AwsAccess>, string]>([
    ['an unknown key', listRepositories, wrongKey, 'UnrecognizedClientException'],
    ['an unknown key', listKeys, wrongKey, 'UnrecognizedClientException'],
    ['an unknown key', listUsers, wrongKey, 'InvalidClientTokenId'],
    ['an unknown key', whoAmI, wrongKey, 'InvalidClientTokenId'],
    ['a wrong secret', listRepositories, wrongSecret, 'InvalidSignatureException'],
    ['a wrong secret', listKeys, wrongSecret, 'InvalidSignatureException'],
    ['a wrong secret', listUsers, wrongSecret, 'SignatureDoesNotMatch'],
    ['a wrong secret', whoAmI, wrongSecret, 'SignatureDoesNotMatch'],
    ['a wrong session token', listRepositories, wrongToken, 'UnrecognizedClientException'],
    ['a wrong session token', listUsers, wrongToken, 'InvalidClientTokenId'],
    ['no signature', [...listRepositories, '--no-sign-request'], {}, 'MissingAuthenticationTokenException'],
    ['no signature', [...listUsers, '--no-sign-request'], {}, 'MissingAuthenticationToken'],
    ['an operation that is not there', ['kms', 'describe-custom-key-stores'], {}, 'UnknownOperationException'],
    ['an operation that is not there', ['iam', 'list-server-certificates'], {}, 'InvalidAction'],
    ['what is not there', ['iam', 'get-user', '--user-name', 'nobody'], {}, 'NoSuchEntity'],
    [
      'what is not there',
      ['codecommit', 'get-repository', '--repository-name', 'nothing'],
      {},
      'RepositoryDoesNotExistException',
    ],
    ['what is not there', ['kms', 'describe-key', '--key-id', 'alias/nothing'], {}, 'NotFoundException'],
    [
      'a bad value',
      ['codecommit', 'create-repository', '--repository-name', 'a b'],
      {},
      'InvalidRepositoryNameException',
    ],
    ['a bad value', ['iam', 'create-user', '--user-name', 'a b'], {}, 'ValidationError'],
  ])('is told of %s: %j', async (_problem, args, access, code) => {
    await expect(cli.run(args, access)).rejects.toMatchObject({ code });
  });

  it('is answered when all is right', async () => {
    expect(await cli.run(whoAmI)).toMatchObject({ Account: server.account.accountId });
    expect(await cli.run(listRepositories)).toEqual({ repositories: [] });
  });
});
if (!aws.available) it.skip(`the AWS CLI is told why: ${aws.skipReason}`, () => {});

interface Refusal {
  readonly problem: string;
  readonly body: string;
  readonly signing?: Signing;
  readonly operation?: string;
  readonly code: string;
  readonly status: number;
}

interface Signing {
  readonly service?: string;
  readonly secretAccessKey?: string;
  readonly accessKeyId?: string;
  readonly minutesAgo?: number;
  /** Sent in the place of the body that was signed. */
  readonly alteredBody?: string;
}

/** AWS's limit of a request, in bytes. */
const MOST_BYTES = 12 * 1024 * 1024;

describe('awsJson1.1', () => {
  const refusals: readonly Refusal[] = [
    { problem: 'unknown operation', operation: 'Nonsense', body: '{}', code: 'UnknownOperationException', status: 400 },
    { problem: 'malformed JSON', body: '{"nextToken"', code: 'SerializationException', status: 400 },
    { problem: 'a value of the wrong type', body: '{"sortBy":1}', code: 'SerializationException', status: 400 },
    {
      problem: 'an expired signature',
      body: '{}',
      signing: { minutesAgo: 16 },
      code: 'InvalidSignatureException',
      status: 400,
    },
    {
      problem: 'a signature of the future',
      body: '{}',
      signing: { minutesAgo: -16 },
      code: 'InvalidSignatureException',
      status: 400,
    },
    {
      problem: 'the scope of another service',
      body: '{}',
      signing: { service: 'iam' },
      code: 'InvalidSignatureException',
      status: 400,
    },
    {
      problem: 'an altered body',
      body: '{}',
      signing: { alteredBody: '{ }' },
      code: 'InvalidSignatureException',
      status: 400,
    },
    {
      problem: 'an unknown key',
      body: '{}',
      signing: { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' },
      code: 'UnrecognizedClientException',
      status: 400,
    },
    {
      problem: 'one byte more than 12 MB',
      body: '{}'.padEnd(MOST_BYTES + 1),
      code: 'RequestEntityTooLargeException',
      status: 413,
    },
  ];

  it.each(refusals)('refuses $problem with $code', async ({ body, signing, operation, code, status }) => {
    const response = await listRepositories(body, signing, operation);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ __type: code, message: expect.stringMatching(/\S/) });
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('refuses what is not signed', async () => {
    const headers = { 'content-type': JSON_TYPE, 'x-amz-target': 'CodeCommit_20150413.ListRepositories' };
    const response = await fetch(server.url, { method: 'POST', headers, body: '{}' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });

  it('takes 12 MB', async () => {
    expect((await listRepositories('{}'.padEnd(MOST_BYTES))).status).toBe(200);
  });

  const listRepositories = (body: string, signing: Signing = {}, operation = 'ListRepositories') =>
    post(body, { service: 'codecommit', ...signing }, JSON_TYPE, {
      'x-amz-target': `CodeCommit_20150413.${operation}`,
    });
});

describe('awsQuery', () => {
  const action = 'Action=GetCallerIdentity&Version=2011-06-15';
  const refusals: readonly Refusal[] = [
    {
      problem: 'an unknown action',
      body: 'Action=Nonsense&Version=2011-06-15',
      code: 'InvalidAction',
      status: 400,
    },
    {
      problem: 'an action of another service',
      body: 'Action=ListUsers&Version=2011-06-15',
      code: 'InvalidAction',
      status: 400,
    },
    {
      problem: 'an expired signature',
      body: action,
      signing: { minutesAgo: 16 },
      code: 'SignatureDoesNotMatch',
      status: 403,
    },
    {
      problem: 'the scope of another service',
      body: action,
      signing: { service: 'iam' },
      code: 'SignatureDoesNotMatch',
      status: 403,
    },
    {
      problem: 'a wrong secret',
      body: action,
      signing: { secretAccessKey: 'wrong' },
      code: 'SignatureDoesNotMatch',
      status: 403,
    },
    {
      problem: 'an unknown key',
      body: action,
      signing: { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' },
      code: 'InvalidClientTokenId',
      status: 403,
    },
    {
      problem: 'one byte more than 12 MB',
      body: `${action}&x=`.padEnd(MOST_BYTES + 1, 'x'),
      code: 'RequestEntityTooLarge',
      status: 413,
    },
  ];

  it.each(refusals)('refuses $problem with $code', async ({ body, signing, code, status }) => {
    const response = await callSts(body, signing);
    expect(await errorCode(response)).toBe(code);
    expect(response.status).toBe(status);
  });

  it('refuses what is not signed', async () => {
    const response = await fetch(server.url, { method: 'POST', headers: { 'content-type': FORM_TYPE }, body: action });
    expect(await errorCode(response)).toBe('MissingAuthenticationToken');
    expect(response.status).toBe(403);
  });

  it('takes a signature of 14 minutes ago', async () => {
    expect((await callSts(action, { minutesAgo: 14 })).status).toBe(200);
  });

  const callSts = (body: string, signing: Signing = {}) => post(body, { service: 'sts', ...signing }, FORM_TYPE);
});

describe('a presigned GET of sts get-caller-identity', () => {
  it('tells who signed it', async () => {
    const response = await fetch(await presigned());
    expect(response.status).toBe(200);
    expect(await response.text()).toContain(`<Arn>arn:aws:iam::${server.account.accountId}:root</Arn>`);
  });

  it('is refused after it has expired', async () => {
    const response = await fetch(await presigned({ minutesAgo: 2 }));
    expect(await errorCode(response)).toBe('RequestExpired');
    expect(response.status).toBe(400);
  });

  it('is refused when a part of it was altered', async () => {
    const url = (await presigned()).replace('X-Amz-Expires=60', 'X-Amz-Expires=600');
    const response = await fetch(url);
    expect(await errorCode(response)).toBe('SignatureDoesNotMatch');
    expect(response.status).toBe(403);
  });

  it('leaves no signature in the log', async () => {
    const url = new URL(await presigned());
    await fetch(url);
    expect(server.log()).toContain('"method":"GET"');
    expect(server.log()).not.toContain(url.searchParams.get('X-Amz-Signature') ?? 'no signature');
  });
});

describe('the log', () => {
  it.each(['/', '/v1/repos/any/info/refs?service=git-upload-pack'])('tells the ID of a request to %s', async (path) => {
    const method = path === '/' ? 'POST' : 'GET';
    const answer = await fetch(`${server.url}${path}`, { method });
    const requestId = answer.headers.get('x-amzn-requestid') ?? 'no ID';
    await expect.poll(() => server.log()).toContain(`"requestId":"${requestId}"`);
  });
});

const JSON_TYPE = 'application/x-amz-json-1.1';
const FORM_TYPE = 'application/x-www-form-urlencoded';

async function errorCode(response: Response): Promise<string | undefined> {
  return /<Error>.*<Code>(.*?)<\/Code>/s.exec(await response.text())?.[1];
}

async function post(
  body: string,
  signing: Signing,
  contentType: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { host, hostname, port } = new URL(server.url);
  const signed = await signer(signing).sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: '/',
      query: {},
      headers: { host, 'content-type': contentType, ...headers },
      body,
    },
    { signingDate: signingDate(signing) },
  );
  const { host: _host, ...sent } = signed.headers;
  return fetch(server.url, { method: 'POST', headers: sent, body: signing.alteredBody ?? body });
}

async function presigned(signing: Signing = {}): Promise<string> {
  const { host, hostname, port } = new URL(server.url);
  const { query } = await signer({ service: 'sts', ...signing }).presign(
    {
      method: 'GET',
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host },
    },
    { expiresIn: 60, signingDate: signingDate(signing) },
  );
  return `${server.url}/?${new URLSearchParams(query as Record<string, string>)}`;
}

function signer({ service = 'sts', accessKeyId, secretAccessKey }: Signing): SignatureV4 {
  const { account } = server;
  return new SignatureV4({
    service,
    region: account.region,
    credentials: {
      accessKeyId: accessKeyId ?? account.accessKeyId,
      secretAccessKey: secretAccessKey ?? account.secretAccessKey,
    },
    sha256: Sha256Node,
  });
}

function signingDate({ minutesAgo = 0 }: Signing): Date {
  return new Date(Date.now() - minutesAgo * 60_000);
}

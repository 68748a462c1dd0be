import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGitUser, createKeyUser, createRepository } from '../harness/account-setup.ts';
import type { AwsAccess } from '../harness/aws-cli.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { type GitClient, type GitCredential, gitClient } from '../harness/git-client.ts';
import { signedRequest } from '../harness/signed-requests.ts';

// A path that a proxy, the router and the check of a signature could read differently is refused before anything else,
// whichever door it is meant for.

let server: CodekeepServer;
let user: GitCredential;
let access: AwsAccess;
let git: GitClient;

beforeAll(async () => {
  server = await startCodekeep();
  user = await createGitUser(server, 'ana');
  access = await createKeyUser(server, 'kim', [{ Effect: 'Allow', Action: '*', Resource: '*' }]);
  git = await gitClient([user]);
  for (const name of ['alpha', 'beta']) await createRepository(server, name);
}, 60_000);
afterAll(async () => {
  await git?.dispose();
  await server?.dispose();
});

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Sends the target as it is: every client of HTTP would mend it first. */
async function ask(method: string, target: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const { host, hostname, port } = new URL(server.url);
  const lines = Object.entries({ Host: host, Connection: 'close', 'Content-Length': '0', ...headers });
  const socket = connect(Number(port), hostname);
  socket.write(`${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return { status: Number(text.slice(9, 12)), body: text.slice(text.indexOf('\r\n\r\n') + 4) };
}

async function askHttp2(method: string, targets: readonly string[], authorization: string): Promise<number[]> {
  const session = connectHttp2(server.secureUrl, { ca: await readFile(server.certificateAuthority) });
  const statuses: number[] = [];
  for (const target of targets) {
    const stream = session.request({ ':method': method, ':path': target, authorization });
    const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
    stream.resume();
    await once(stream, 'end');
    statuses.push(Number(head[':status']));
  }
  await new Promise<void>((resolve) => session.close(resolve));
  return statuses;
}

function basic(): string {
  return `Basic ${Buffer.from(`${user.userName}:${user.password}`).toString('base64')}`;
}

/** All of them have led from one repository to another somewhere. */
const DETOURS = [
  'alpha/%2e%2e/beta',
  'alpha/%2E%2E/beta',
  'alpha/.%2e/beta',
  'alpha/%2e./beta',
  'alpha/../beta',
  'alpha/..%2fbeta',
  'alpha%2f..%2fbeta',
  'alpha\\..\\beta',
  'alpha/%5c../beta',
  'alpha/..;/beta',
  'alpha/./../beta',
  '%61lpha',
  'alpha/',
  '/alpha',
  'alpha%00',
];
const PATHS = [
  '/info/refs?service=git-upload-pack',
  '/git-receive-pack',
  '/info/lfs/objects/batch',
  '/info/lfs/locks',
] as const;

describe('an ambiguous path', () => {
  it('is refused for Git and LFS, with credentials as without', async () => {
    for (const detour of DETOURS) {
      for (const path of PATHS) {
        const method = path.includes('?') || path.endsWith('locks') ? 'GET' : 'POST';
        for (const headers of [undefined, { Authorization: basic() }]) {
          const target = `/v1/repos/${detour}${path}`;
          const { status, body } = await ask(method, target, headers);
          expect({ target, status, body }).toEqual({ target, status: 400, body: expect.stringMatching(/^The path /) });
        }
      }
    }
  });

  it('is refused over HTTP/2', async () => {
    const targets = DETOURS.map((detour) => `/v1/repos/${detour}/info/refs?service=git-upload-pack`);
    expect(await askHttp2('GET', targets, basic())).toEqual(targets.map(() => 400));
    expect(await askHttp2('GET', ['/v1/repos/alpha/info/refs?service=git-upload-pack'], basic())).toEqual([200]);
  });

  it.each([
    ['%2e%2e', 'alpha/%2e%2e/beta'],
    ['an escaped slash', 'alpha%2f..%2fbeta'],
    ['an escaped letter', '%61lpha'],
  ])('is refused to git itself, which shows why: %s', async (_, path) => {
    const { exitCode, stderr } = await git.run(['ls-remote', `${server.url}/v1/repos/${path}`]);
    expect(exitCode).toBe(128);
    expect(stderr).toMatch(/remote: The path may hold .*\n.*(returned error: 400|unable to access)/);
  });

  it('is refused by the AWS endpoint and the console, though the signature would hold', async () => {
    const { headers, body } = await signedRequest(access, 'ListRepositories', {});
    const sent = { ...headers, 'Content-Length': String(body.length) };
    for (const target of ['//', '/./', '/../', '/%2e', '/a/%2e%2e/', '/console/api/..', '/console/%61pi/', '/%2f']) {
      expect((await ask('POST', target, sent)).status, target).toBe(400);
    }
    for (const target of ['/console/%73ign-in', '/console//sign-in', '/console/x/../sign-in', '/%63onsole/sign-in']) {
      expect((await ask('POST', target)).status, target).toBe(400);
    }
    for (const target of [
      '/console/../v1/repos/alpha/info/refs',
      '/console/%2e%2e/',
      '/console/assets/%2e%2e/index.html',
    ]) {
      expect((await ask('GET', target)).status, target).toBe(400);
    }
    expect((await ask('GET', 'http://localhost/console/')).status).toBe(400);
  });
});

describe('a plain path', () => {
  it('leads to every door', async () => {
    const { headers, body } = await signedRequest(access, 'ListRepositories', {});
    const answer = await fetch(server.url, { method: 'POST', headers, body });
    expect([answer.status, await answer.json()]).toMatchObject([200, { repositories: [{}, {}] }]);
    expect((await git.run(['ls-remote', `${server.url}/v1/repos/alpha.git/`])).exitCode).toBe(0);
    expect(await ask('GET', '/a-service/that-is/not-here:1')).toMatchObject({ status: 404 });
  });

  it('within the console may hold escapes, which the page alone reads', async () => {
    const page = await ask('GET', '/console/');
    for (const path of ['a%20b/%25/%5c%2Fc.txt', 'caf%C3%A9', 'latin%E9', 'nul%00', 'a.../...b']) {
      const target = `/console/codecommit/repositories/alpha/browse/refs/heads/main/--/${path}?tab=1`;
      expect(await ask('GET', target), target).toEqual(page);
    }
  });
});

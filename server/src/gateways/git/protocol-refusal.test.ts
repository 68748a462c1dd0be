import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditRecorder } from '../../../test/harness/audit-recorder.ts';
import {
  allow,
  type CodecommitFixture,
  codecommitFixture,
  REGION,
  userWith,
} from '../../../test/harness/codecommit-services.ts';
import { sqliteEngine } from '../../../test/harness/databases.ts';
import { type GitClient, gitClient } from '../../../test/harness/git-client.ts';
import { TooManyAttemptsError } from '../../access/authentication/sign-in-guard.ts';
import type { Principal } from '../../access/principal.ts';
import { RequestThrottle } from '../../access/request-throttle.ts';
import { AuditUnavailableError } from '../../observability/audit/audit-trail.ts';
import { FLUSH, packet } from '../../repositories/pkt-line.ts';
import { RepositoriesBusyError } from '../../repositories/repository-errors.ts';
import { StorageFailure } from '../../storage/storage-failure.ts';
import { ForwardedAddressError, originReader } from '../../trusted-proxies.ts';
import { throughDoors } from '../door.ts';
import { gitGateway } from './git-gateway.ts';

// Whatever refuses a POST, git tells its user why. git shows the body of no answer to a POST but one within the protocol.

const USER_NAME = 'ana-at-111122223333';
const PASSWORD = 'password';
const PUSH = ['codecommit:GitPull', 'codecommit:GitPush'];
const A = 'a'.repeat(40);

let codecommit: CodecommitFixture;
let server: Server;
let url: string;
let git: GitClient;
let work: string;
const logged: unknown[] = [];
/** What has come between the discovery and the POST of a command. */
let before: () => Promise<unknown> | unknown;
let principal: Principal;
/** Counts the requests of a command. */
let throttle: Pick<RequestThrottle, 'admit' | 'admitStranger'>;

beforeAll(async () => {
  codecommit = await codecommitFixture(sqliteEngine);
  const recorder = auditRecorder();
  const gateway = gitGateway({
    audit: recorder.audit,
    gitSessions: recorder.gitSessions,
    failedSignIns: recorder.failedSignIns,
    region: REGION,
    throttle: {
      admit: (who) => throttle.admit(who),
      admitStranger: (address) => throttle.admitStranger(address),
    } as RequestThrottle,
    connectionSignIns: { signIn: (_, authenticate) => authenticate() },
    authenticate: async ({ path }) => {
      if (path.endsWith('-pack')) await before();
      return { principal, region: REGION };
    },
    codecommit: codecommit.services,
    repositories: codecommit.services.repositories,
    openLfsToken: async () => undefined,
    originOf: originReader([]),
    logger: {
      error: (details: unknown) => void logged.push(details),
      warn: (details: unknown) => void logged.push(details),
    },
  });
  server = createServer(throughDoors([gateway], (_request, response) => response.writeHead(404).end()));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  git = await gitClient([{ url, userName: USER_NAME, password: PASSWORD }]);
  await codecommit.run('CreateRepository', { repositoryName: 'demo' });
  work = join(git.home, 'work');
  await mkdir(work);
  principal = userWith(allow(PUSH));
  throttle = new RequestThrottle('off');
  before = () => {};
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['commit', '-q', '--allow-empty', '-m', 'one'],
    ['push', '-q', `${url}/v1/repos/demo`, 'main'],
  ]) {
    await git.output(args, { cwd: work });
  }
});
afterAll(async () => {
  server.close();
  await git.dispose();
  await codecommit.dispose();
});
beforeEach(async () => {
  before = () => {};
  throttle = new RequestThrottle('off');
  principal = userWith(allow(PUSH));
  logged.length = 0;
});

function fail(error: Error): void {
  before = () => Promise.reject(error);
}

interface Refused {
  readonly what: string;
  readonly arrange: (repositoryName: string) => void;
  readonly text: RegExp;
  readonly undo?: () => unknown;
  /** The operator is told too. */
  readonly isOurs?: true;
}

const keys = () => codecommit.services.database.updateTable('kms_keys').where('region', '=', REGION);

/**
 * Every refusal that a real client can meet at the POST stage, what makes it, and what git is to print; beside those of what
 * a request itself holds: fetch.test.ts (too long, depths that git refuses), push.test.ts (too many updates and options,
 * SHA-256, references, objects) and protocol.test.ts (capabilities).
 */
const REFUSALS: readonly Refused[] = [
  {
    what: 'throttling',
    arrange: () => {
      // Room for the discovery alone, and time stands still.
      throttle = new RequestThrottle(0.1, () => 0);
    },
    text: /Rate exceeded/,
  },
  {
    what: 'guessing limits',
    arrange: () => fail(new TooManyAttemptsError(10)),
    text: /Too many failed sign-ins: try again in 10 seconds/,
  },
  {
    what: 'a permission taken away',
    arrange: () => {
      before = () => {
        principal = userWith(allow('codecommit:ListBranches'));
      };
    },
    text: /is not authorized to perform: codecommit:Git(Pull|Push)/,
  },
  {
    what: 'a repository deleted',
    arrange: (repositoryName) => {
      before = () => codecommit.run('DeleteRepository', { repositoryName });
    },
    text: /does not exist/,
  },
  {
    what: 'a key disabled',
    arrange: () => {
      before = () => keys().set({ state: 'Disabled' }).execute();
    },
    text: /EncryptionKeyDisabledException/,
    undo: () => keys().set({ state: 'Enabled' }).execute(),
  },
  {
    what: 'too much work that waits',
    arrange: () => fail(new RepositoriesBusyError('too many requests wait')),
    text: /too many requests wait/,
    isOurs: true,
  },
  {
    what: 'an audit trail without room',
    arrange: () => fail(new AuditUnavailableError()),
    text: /The audit trail cannot be written/,
    isOurs: true,
  },
  {
    what: 'a full disk',
    arrange: () => fail(new StorageFailure('full', new Error('secret'))),
    text: /The server's disk is full; its operator has to make room/,
    isOurs: true,
  },
  {
    what: 'a database that is away',
    arrange: () => fail(new StorageFailure('unavailable', new Error('secret'))),
    text: /The database cannot be reached now; try again in a moment/,
    isOurs: true,
  },
  {
    what: 'a proxy that is configured wrongly',
    arrange: () => fail(new ForwardedAddressError()),
    text: /X-Forwarded-For holds something else than IP addresses/,
  },
  {
    what: 'a fault of ours',
    arrange: () => fail(new Error('secret')),
    text: /Internal error; the request id is [0-9a-f-]{36}/,
    isOurs: true,
  },
];

describe.each(REFUSALS)('$what', ({ what, arrange, text, undo, isOurs = false }) => {
  it.each([0, 1, 2])('is told to a fetch of protocol version %i', async (version) => {
    const name = `fetch-${version}-${what.replaceAll(' ', '-')}`;
    await repository(name);
    arrange(name);
    try {
      const target = join(git.home, name);
      const { exitCode, stderr } = await git.run([
        ...['-c', `protocol.version=${version}`, 'clone', '-q', `${url}/v1/repos/${name}`, target],
      ]);
      expect(exitCode).toBe(128);
      expect(stderr).toMatch(/^fatal: remote error: /m);
      expect(stderr).toMatch(text);
      expect(stderr).not.toMatch(/HTTP|RPC failed|secret/);
      expect(logged.length > 0).toBe(isOurs);
    } finally {
      await undo?.();
    }
  });

  it.each([
    ['a small push', ['-c', 'http.postBuffer=1048576']],
    ['a push that is sent in pieces', ['-c', 'http.postBuffer=1024']],
  ])('is told to %s', async (_, options) => {
    const name = `push-${options[1]?.length}-${what.replaceAll(' ', '-')}`;
    await repository(name);
    await writeFile(join(work, 'random.txt'), `${name}\n${Math.random()}`.repeat(200));
    await git.output(['add', '.'], { cwd: work });
    await git.output(['commit', '-q', '-m', name], { cwd: work });
    arrange(name);
    try {
      const push = [...options, 'push', `${url}/v1/repos/${name}`, 'HEAD:refs/heads/other'];
      const { exitCode, stderr } = await git.run(push, { cwd: work });
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^error: remote unpack failed: /m);
      expect(stderr).toMatch(/! \[remote rejected\] HEAD -> other \(/);
      expect(stderr).toMatch(text);
      expect(stderr).not.toMatch(/HTTP|RPC failed|secret/);
      expect(logged.length > 0).toBe(isOurs);
    } finally {
      await undo?.();
    }
  });
});

describe('a push that cannot be told by a report', () => {
  it.each([
    [
      'report-status side-band-64k',
      /^[0-9a-f]{4}\x01[0-9a-f]{4}unpack Rate exceeded\n[0-9a-f]{4}ng refs\/heads\/x Rate exceeded\n00000000$/,
    ],
    ['report-status', /^[0-9a-f]{4}unpack Rate exceeded\n[0-9a-f]{4}ng refs\/heads\/x Rate exceeded\n0000$/],
    ['side-band-64k', /^[0-9a-f]{4}\x03Rate exceeded\n0000$/],
    ['ofs-delta', /^[0-9a-f]{4}ERR Rate exceeded$/],
  ])('is told as its capabilities have it: %s', async (capabilities, answer) => {
    throttle = new RequestThrottle(0.05, () => 0);
    const response = await post('git-receive-pack', [
      packet(`${'0'.repeat(40)} ${A} refs/heads/x\0 ${capabilities}`),
      FLUSH,
      Buffer.from('PACK'),
    ]);
    expect([response.status, response.headers.get('retry-after')]).toEqual([200, expect.stringMatching(/^\d+$/)]);
    expect(await response.text()).toMatch(answer);
  });

  it('lets the empty request pass that clients try their credentials with', async () => {
    throttle = new RequestThrottle(0.05, () => 0);
    const response = await post('git-receive-pack', [FLUSH]);
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('keeps the status where no git asks, and where credentials are asked for', async () => {
    throttle = new RequestThrottle(0.05, () => 0);
    expect((await post('git-receive-pack', [Buffer.from('0008oops')])).status).toBe(429);
    expect((await post('git-receive-pack', [FLUSH], { 'content-type': 'text/plain' })).status).toBe(429);
    expect((await post('git-receive-pack', [Buffer.alloc(2 * 1024 * 1024, packet('shallow x'))])).status).toBe(429);
    throttle = new RequestThrottle('off');
    expect((await post('git-receive-pack', [FLUSH], { authorization: '' })).status).toBe(401);
  });
});

async function repository(name: string): Promise<void> {
  await codecommit.run('CreateRepository', { repositoryName: name });
  await git.output(['push', '-q', `${url}/v1/repos/${name}`, 'main'], { cwd: work });
}

function post(service: string, parts: readonly Buffer[], headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/v1/repos/demo/${service}`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${USER_NAME}:${PASSWORD}`).toString('base64')}`,
      'content-type': `application/x-${service}-request`,
      ...headers,
    },
    body: new Uint8Array(Buffer.concat(parts)),
  });
}

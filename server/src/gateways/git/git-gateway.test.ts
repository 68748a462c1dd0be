import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditRecorder } from '../../../test/harness/audit-recorder.ts';
import {
  ACCOUNT,
  allow,
  type CodecommitFixture,
  codecommitFixture,
  deny,
  REGION,
  userWith,
} from '../../../test/harness/codecommit-services.ts';
import { sqliteEngine } from '../../../test/harness/databases.ts';
import { type GitClient, gitClient } from '../../../test/harness/git-client.ts';
import type { Principal } from '../../access/principal.ts';
import { rootPrincipal } from '../../access/principals.ts';
import { RequestThrottle } from '../../access/request-throttle.ts';
import { originReader } from '../../trusted-proxies.ts';
import { throughDoors } from '../door.ts';
import { gitGateway } from './git-gateway.ts';

const USER_NAME = 'ana+1-at-111122223333';
const PASSWORD = 'pass/word+with:colon=';
const PUSH = ['codecommit:GitPull', 'codecommit:GitPush'];

const recorder = auditRecorder();
let codecommit: CodecommitFixture;
let server: Server;
const failures: unknown[] = [];
let url: string;
let git: GitClient;
/** Who the credentials belong to; nobody when they are revoked. */
let principal: Principal | undefined;

beforeAll(async () => {
  codecommit = await codecommitFixture(sqliteEngine);
  const gateway = gitGateway({
    audit: recorder.audit,
    gitSessions: recorder.gitSessions,
    failedSignIns: recorder.failedSignIns,
    region: REGION,
    throttle: new RequestThrottle('off'),
    connectionSignIns: { signIn: (_, authenticate) => authenticate() },
    authenticate: async ({ userName, password, region = REGION }) =>
      userName === USER_NAME && password === PASSWORD ? principal && { principal, region } : undefined,
    codecommit: codecommit.services,
    repositories: codecommit.services.repositories,
    openLfsToken: async () => undefined,
    originOf: originReader([]),
    logger: { error: (details: unknown) => failures.push(details), warn: () => {} },
  });
  server = createServer(throughDoors([gateway], (_request, response) => response.writeHead(404).end()));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  git = await gitClient([{ url, userName: USER_NAME, password: PASSWORD }]);
  await codecommit.run('CreateRepository', { repositoryName: 'team.project' });
  await codecommit.run('CreateRepository', { repositoryName: 'elsewhere' }, { region: 'eu-central-1' });
});
afterAll(async () => {
  server.close();
  await git.dispose();
  await codecommit.dispose();
});
afterEach(() => {
  expect(failures.splice(0)).toEqual([]);
});
beforeEach(() => {
  principal = userWith(allow(PUSH));
});

const authorization = `Basic ${Buffer.from(`${USER_NAME}:${PASSWORD}`).toString('base64')}`;

async function discover(path: string, headers: Record<string, string> = { authorization }) {
  const response = await fetch(`${url}/v1/repos/${path}`, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function clientOf(folder: string): Promise<(...args: string[]) => ReturnType<GitClient['run']>> {
  const cwd = join(git.home, folder);
  await mkdir(cwd);
  const run = (...args: string[]) => git.run(args, { cwd });
  await run('init', '-q');
  await run('remote', 'add', 'origin', `${url}/v1/repos/team.project`);
  await writeFile(join(cwd, 'a.txt'), folder);
  await run('add', '-A');
  await run('commit', '-q', '-m', folder);
  return run;
}

describe('credentials', () => {
  it('are asked for, and wrong ones are refused with the same challenge', async () => {
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    for (const headers of [
      {},
      { authorization: 'Bearer x' },
      { authorization: 'Basic ???' },
      { authorization: basic('no colon') },
      { authorization: basic(`${USER_NAME}:wrong`) },
      { authorization: basic(`stranger:${PASSWORD}`) },
    ]) {
      for (const repository of ['team.project', 'unknown']) {
        const answer = await discover(
          `${repository}/info/refs?service=git-upload-pack`,
          headers as Record<string, string>,
        );
        expect(answer.status).toBe(401);
        expect(answer.headers.get('www-authenticate')).toBe('Basic realm="Codekeep"');
        expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
      }
    }
  });

  it('stop working at once when they are revoked', async () => {
    expect((await discover('team.project/info/refs?service=git-upload-pack')).status).toBe(200);
    principal = undefined;
    expect((await discover('team.project/info/refs?service=git-upload-pack')).status).toBe(401);
    const refused = await git.run(['ls-remote', `${url}/v1/repos/team.project`]);
    expect(refused.stderr).toContain('Authentication failed');
    // git has thrown the refused credential away.
    await git.dispose();
    git = await gitClient([{ url, userName: USER_NAME, password: PASSWORD }]);
  });
});

describe('addresses', () => {
  it.each(['team.project', 'team.project.git', 'team.project/', 'team.project.git/'])('clone from %s', async (name) => {
    expect((await git.run(['ls-remote', `${url}/v1/repos/${name}`])).exitCode).toBe(0);
  });

  it.each([
    ['team.project/info/refs', 403, 'smart HTTP only'],
    ['team.project/HEAD', 403, 'smart HTTP only'],
    ['team.project/objects/info/packs', 403, 'smart HTTP only'],
    ['team.project/info/refs?service=git-archive', 404, 'nothing here'],
    ['team.project/git-upload-pack', 404, 'nothing here'],
    ['team.project/info/lfs/objects/batch', 404, 'nothing here'],
    ['team.project', 404, 'nothing here'],
    ['unknown/info/refs?service=git-upload-pack', 404, 'unknown'],
    // The second question of git 1.7.9 and older, whose answer is the one that its user is told.
    ['unknown/info/refs', 404, 'unknown'],
    ['unknown/HEAD', 404, 'unknown'],
    [`${'x'.repeat(300)}/info/refs?service=git-upload-pack`, 404, ''],
  ])('%s: %i', async (path, status, text) => {
    const answer = await discover(path);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
  });

  it('take the Region from the host, else the default', async () => {
    const path = 'elsewhere/info/refs?service=git-upload-pack';
    expect((await discover(path)).status).toBe(404);
    const status = (host: string) =>
      git.run(['-c', `http.extraHeader=Host: ${host}`, 'ls-remote', `${url}/v1/repos/elsewhere`]);
    expect((await status('git-codecommit.eu-central-1.example.com:8080')).exitCode).toBe(0);
    expect((await status('git-codecommit.us-east-1.amazonaws.com')).stderr).toContain('not found');
  });
});

describe('permissions', () => {
  it('decide who pulls and who pushes, with the reason in git’s output', async () => {
    const run = await clientOf('reader');
    principal = userWith(allow('codecommit:GitPull'));
    expect((await run('ls-remote', 'origin')).exitCode).toBe(0);
    const refused = await run('push', 'origin', 'main');
    expect(refused.exitCode).toBe(128);
    expect(refused.stderr).toContain(
      `remote: User: arn:aws:iam::${ACCOUNT}:user/ana is not authorized to perform: codecommit:GitPush on resource: ` +
        `arn:aws:codecommit:${REGION}:${ACCOUNT}:team.project because no identity-based policy allows`,
    );
    principal = userWith(allow('codecommit:ListBranches'));
    for (const name of ['team.project', 'unknown']) {
      const answer = await discover(`${name}/info/refs?service=git-upload-pack`);
      expect(answer.status).toBe(403);
      expect(answer.text).toContain('codecommit:GitPull');
    }
  });

  it('are asked again for each reference of a push', async () => {
    principal = userWith(
      allow(PUSH),
      deny('codecommit:GitPush', '*', {
        StringEqualsIfExists: { 'codecommit:References': ['refs/heads/main'] },
        Null: { 'codecommit:References': 'false' },
      }),
    );
    const run = await clientOf('protected');
    const pushed = await run('push', 'origin', 'main', 'main:feature');
    expect(pushed.exitCode).toBe(1);
    expect(pushed.stderr).toMatch(/\[remote rejected\] main -> main \(User: .* with an explicit deny/);
    expect(pushed.stderr).toContain('[new branch]      main -> feature');
    const { references } = await codecommit.services.repositories.references(await repositoryId());
    expect(references.map(({ name }) => name)).toEqual(['refs/heads/feature']);
  });

  it('of an IAM root user know no limit', async () => {
    principal = rootPrincipal(ACCOUNT);
    const run = await clientOf('root');
    expect((await run('push', 'origin', 'main:by-root')).exitCode).toBe(0);
  });

  it('include the use of the key', async () => {
    principal = userWith(allow(PUSH), deny('kms:*'));
    const answer = await discover('team.project/info/refs?service=git-upload-pack');
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('EncryptionKeyAccessDeniedException');
    const keys = codecommit.services.database.updateTable('kms_keys').where('region', '=', REGION);
    await keys.set({ state: 'Disabled' }).execute();
    try {
      principal = rootPrincipal(ACCOUNT);
      const disabled = await git.run(['ls-remote', `${url}/v1/repos/team.project`]);
      expect(disabled.stderr).toContain('remote: EncryptionKeyDisabledException');
    } finally {
      await keys.set({ state: 'Enabled' }).execute();
    }
    expect((await discover('team.project/info/refs?service=git-upload-pack')).status).toBe(200);
  });
});

async function repositoryId(): Promise<string> {
  const { repositoryMetadata } = await codecommit.run('GetRepository', { repositoryName: 'team.project' });
  return repositoryMetadata.repositoryId;
}

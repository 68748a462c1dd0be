import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CodeCommitClient, ListRepositoriesCommand } from '@aws-sdk/client-codecommit';
import { CreateUserCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRootUser, createGitUser, createRepository } from '../../harness/account-setup.ts';
import { type CodekeepServer, startCodekeep } from '../../harness/codekeep-server.ts';
import { databaseEngines } from '../../harness/databases.ts';
import { type GitClient, type GitCredential, gitClient } from '../../harness/git-client.ts';
import { type TcpProxy, tcpProxy } from '../../harness/tcp-proxy.ts';

// PostgreSQL is reached through a proxy that parts it from the server while clients work.

const CUTS = 12;
const [postgresql] = databaseEngines.filter(({ name }) => name === 'postgresql');

describe.skipIf(postgresql?.skipReason)('a PostgreSQL that goes away', () => {
  let opened: Awaited<ReturnType<NonNullable<typeof postgresql>['open']>>;
  let proxy: TcpProxy;
  let server: CodekeepServer;
  let iam: IAMClient;
  let codecommit: CodeCommitClient;
  let credential: GitCredential;
  let git: GitClient;
  let remote: string;
  let cwd: string;
  beforeAll(async () => {
    if (postgresql === undefined) throw new Error('No PostgreSQL');
    opened = await postgresql.open();
    if (!('postgresqlUrl' in opened.location)) throw new Error('No URL');
    const url = new URL(opened.location.postgresqlUrl);
    proxy = await tcpProxy(Number(url.port));
    url.port = String(proxy.port);
    server = await startCodekeep({ databaseUrl: url.href });
    const root = { ...asRootUser(server), maxAttempts: 1 };
    iam = new IAMClient(root);
    codecommit = new CodeCommitClient(root);
    credential = await createGitUser(server, 'ann');
    git = await gitClient([credential]);
    remote = await createRepository(server, 'pushed');
    cwd = join(git.home, 'clone');
    await git.output(['clone', '--quiet', remote, cwd]);
  });
  afterAll(async () => {
    iam?.destroy();
    codecommit?.destroy();
    await git?.dispose();
    await server?.dispose();
    await proxy?.close();
    await opened?.close();
  });

  /** Works until told, and returns what was acknowledged. */
  async function whileWorking(disturb: () => Promise<void>, name: string) {
    let isDone = false;
    const users: string[] = [];
    const branches: string[] = [];
    const create = async () => {
      for (let index = 0; !isDone; index++) {
        const UserName = `${name}-${index}`;
        const created = await iam.send(new CreateUserCommand({ UserName })).catch(() => undefined);
        if (created !== undefined) users.push(UserName);
      }
    };
    const push = async () => {
      for (let index = 0; !isDone; index++) {
        const branch = `${name}-${index}`;
        await git.output(['commit', '--quiet', '--allow-empty', '-m', branch], { cwd });
        const { exitCode } = await git.run(['push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`], { cwd });
        if (exitCode === 0) branches.push(branch);
      }
    };
    const work = Promise.all([create(), push()]);
    await disturb();
    isDone = true;
    await work;
    return { users, branches };
  }

  async function expectKept({ users, branches }: Awaited<ReturnType<typeof whileWorking>>) {
    for (const UserName of users) await iam.send(new GetUserCommand({ UserName }));
    const listed = await git.output(['ls-remote', '--heads', 'origin'], { cwd });
    expect(branches.filter((branch) => !listed.includes(`refs/heads/${branch}\n`) && !listed.endsWith(branch))).toEqual(
      [],
    );
  }

  it('ends neither the server nor what it has acknowledged when connections are reset under load', async () => {
    const { pid } = server;
    const done = await whileWorking(async () => {
      for (let cut = 0; cut < CUTS; cut++) {
        await delay(250);
        proxy.cut();
      }
    }, 'cut');
    expect(server.pid).toBe(pid);
    process.kill(pid, 0);
    expect(done.users.length).toBeGreaterThan(0);
    await expectKept(done);
  });

  it('makes requests wait while it says nothing', async () => {
    const answer = (async () => {
      proxy.stall();
      const created = iam.send(new CreateUserCommand({ UserName: 'stalled' }));
      const isDone = await Promise.race([created.then(() => true), delay(1_000).then(() => false)]);
      expect(isDone).toBe(false);
      proxy.resume();
      return created;
    })();
    expect((await answer).User?.UserName).toBe('stalled');
  });

  it('costs those time who come while it is away for a moment', async () => {
    await proxy.close();
    const created = iam.send(new CreateUserCommand({ UserName: 'patient' }));
    await delay(1_500);
    await proxy.open();
    expect((await created).User?.UserName).toBe('patient');
  });

  it('is told by 503 and by Git when it stays away, and all is well when it is back', async () => {
    await proxy.close();
    try {
      await expect(iam.send(new CreateUserCommand({ UserName: 'never' }))).rejects.toMatchObject({
        name: 'ServiceUnavailable',
        message: 'The database cannot be reached now; try again in a moment',
        $response: { statusCode: 503, headers: { 'retry-after': '5' } },
      });
      await expect(codecommit.send(new ListRepositoriesCommand({}))).rejects.toMatchObject({
        name: 'ServiceUnavailableException',
        $response: { statusCode: 503, headers: { 'retry-after': '5' } },
      });
      const authorization = `Basic ${Buffer.from(`${credential.userName}:${credential.password}`).toString('base64')}`;
      const locks = await fetch(`${remote}/info/lfs/locks`, { headers: { authorization } });
      expect(locks.status).toBe(503);
      expect(locks.headers.get('retry-after')).toBe('10');
      expect(await locks.json()).toMatchObject({
        message: 'The database cannot be reached now; try again in a moment',
      });
      const refused = await git.run(['push', 'origin', 'HEAD:refs/heads/away'], { cwd });
      expect(refused.exitCode).not.toBe(0);
      expect(refused.stderr).toContain('503');
      expect(refused.stderr).toContain('The database cannot be reached now');
    } finally {
      await proxy.open();
    }
    await git.output(['push', '--quiet', 'origin', 'HEAD:refs/heads/back'], { cwd });
    expect(server.log()).toContain('"level":40');
  });
});

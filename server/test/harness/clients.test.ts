import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGitUser, createRepository } from './account-setup.ts';
import { awsCli } from './aws-cli.ts';
import { runBoto3 } from './boto3.ts';
import { awsExecutables, requireClient } from './clients.ts';
import { type CodekeepServer, startCodekeep } from './codekeep-server.ts';
import { gitClient } from './git-client.ts';

const aws = await requireClient('aws');
const boto3 = await requireClient('boto3');
const executables = await awsExecutables();

describe('real clients against a real server', () => {
  let server: CodekeepServer;
  const access = () => ({ endpoint: server.url, ...server.account });

  beforeAll(async () => {
    server = await startCodekeep();
  });

  afterAll(() => server.dispose());

  it.skipIf(aws.skipReason !== undefined).each(executables)('$version speaks to it', async (executable) => {
    const cli = await awsCli(executable, access());
    const { accountId } = server.account;
    expect(await cli.run(['sts', 'get-caller-identity'])).toMatchObject({ Account: accountId });
    await expect(cli.run(['iam', 'get-user', '--user-name', 'nobody'])).rejects.toMatchObject({
      code: 'NoSuchEntity',
      message: expect.stringContaining('nobody'),
    });
    await expect(cli.run(['sts', 'get-caller-identity'], { secretAccessKey: 'wrong' })).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    });
    await cli.dispose();
  });

  it.skipIf(boto3.skipReason !== undefined)('boto3 speaks to it', async () => {
    const script = 'answer(client("sts").get_caller_identity()["Account"])';
    expect(await runBoto3(boto3.path ?? '', script, access())).toBe(server.account.accountId);
  });

  it('git authenticates from its credential store, also after a restart', async () => {
    const git = await gitClient([await createGitUser(server, 'ana')]);
    const stranger = await gitClient();
    const url = await createRepository(server, 'kept');
    const clone = join(git.home, 'clone');
    await git.output(['clone', '--quiet', url, clone]);
    await git.output(['commit', '--quiet', '--allow-empty', '--message', 'First'], { cwd: clone });
    await git.output(['push', '--quiet', 'origin', 'HEAD:main'], { cwd: clone });
    const pid = server.pid;
    await server.restart();
    expect(server.pid).not.toBe(pid);
    expect(await git.output(['ls-remote', url, 'main'])).toContain(
      await git.output(['rev-parse', 'HEAD'], { cwd: clone }),
    );
    const refused = await stranger.run(['ls-remote', url]);
    expect(refused.exitCode).toBe(128);
    expect(refused.stderr).toContain('terminal prompts disabled');
    await git.dispose();
    await stranger.dispose();
  });
});

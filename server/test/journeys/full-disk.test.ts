import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { CodeCommitClient, GetBranchCommand, PutFileCommand } from '@aws-sdk/client-codecommit';
import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRootUser, createGitUser, createRepository, uploadSshKey } from '../harness/account-setup.ts';
import { runCodekeep } from '../harness/codekeep-command.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { type GitClient, type GitCredential, gitClient } from '../harness/git-client.ts';
import { smallFileSystem, smallFileSystemSkipReason } from '../harness/small-file-systems.ts';
import { type SshClient, sshClient } from '../harness/ssh-client.ts';
import type { TemporaryFolder } from '../harness/temporary-folders.ts';

const skipReason = await smallFileSystemSkipReason();
const FULL = "The server's disk is full; its operator has to make room";
const NO_AUDIT = 'The audit trail cannot be written, so nothing can be changed now: try again later';

describe.skipIf(skipReason)(`a disk that is full ${skipReason ?? ''}`, () => {
  let disk: TemporaryFolder;
  let server: CodekeepServer;
  let iam: IAMClient;
  let codecommit: CodeCommitClient;
  let credential: GitCredential;
  let git: GitClient;
  let ssh: SshClient;
  let url: string;
  let cwd: string;
  const filler = () => join(disk.path, 'filler');

  beforeAll(async () => {
    disk = await smallFileSystem(24);
    server = await startCodekeep({ dataParent: disk.path });
    const root = { ...asRootUser(server), maxAttempts: 1 };
    iam = new IAMClient(root);
    codecommit = new CodeCommitClient(root);
    credential = await createGitUser(server, 'ann');
    git = await gitClient([credential]);
    ssh = await sshClient();
    const keyId = await uploadSshKey(server, 'ann', await ssh.makeKey('ed25519'));
    url = await createRepository(server, 'filled');
    cwd = join(git.home, 'clone');
    await git.output(['clone', '--quiet', url, cwd]);
    await git.output(['commit', '--quiet', '--allow-empty', '-m', 'first'], { cwd });
    await git.output(['push', '--quiet', 'origin', 'HEAD:main'], { cwd });
    const { host } = new URL(server.sshUrl);
    await ssh.trust((await runCodekeep(['ssh-fingerprints', '--data', server.dataDir, '--ssh', host])).stdout);
    await git.output(['remote', 'add', 'ssh', `ssh://${keyId}@${host}/v1/repos/filled`], { cwd });
  });
  afterAll(async () => {
    iam?.destroy();
    codecommit?.destroy();
    await git?.dispose();
    await ssh?.dispose();
    await server?.dispose();
    await disk?.remove();
  });

  function fill(): void {
    for (const size of [65_536, 4_096, 1]) {
      try {
        for (;;) appendFileSync(filler(), Buffer.alloc(size));
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
      }
    }
  }

  async function commitId(): Promise<string | undefined> {
    const branch = { repositoryName: 'filled', branchName: 'main' };
    return (await codecommit.send(new GetBranchCommand(branch))).branch?.commitId;
  }

  const attempts = {
    'a change of a user': async (name: string) =>
      iam.send(new CreateUserCommand({ UserName: name, Tags: [{ Key: 'a', Value: 'b'.repeat(250) }] })),
    'a commit by the API': async (name: string) =>
      codecommit.send(
        new PutFileCommand({
          repositoryName: 'filled',
          branchName: 'main',
          filePath: name,
          fileContent: randomBytes(30_000),
          parentCommitId: await commitId(),
        }),
      ),
    'a push by HTTPS': async (name: string) => pushed('origin', name),
    'a push by SSH': async (name: string) => pushed('ssh', name),
    'an upload of Git LFS': async () => {
      const content = randomBytes(50_000);
      const oid = createHash('sha256').update(content).digest('hex');
      const authorization = `Basic ${Buffer.from(`${credential.userName}:${credential.password}`).toString('base64')}`;
      const answer = await fetch(`${url}/info/lfs/objects/${oid}`, {
        method: 'PUT',
        headers: { authorization },
        body: content,
      });
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    },
  };

  async function pushed(remote: string, name: string): Promise<void> {
    const blob = await git.output(['hash-object', '-w', '--stdin'], { cwd, input: randomBytes(30_000) });
    const tree = await git.output(['mktree'], { cwd, input: `100644 blob ${blob}\tfile\n` });
    const commit = await git.output(['commit-tree', '-m', name, tree], { cwd });
    const env = ssh.environment('ed25519');
    await git.output(['push', remote, `${commit}:refs/heads/${name}`], { cwd, env });
  }

  it.each(Object.entries(attempts))(
    'refuses %s for what it is, and takes it once there is room',
    async (kind, attempt) => {
      const name = kind.replaceAll(/\W/g, '-');
      fill();
      try {
        const refusal = (await attempt(name).then(
          () => new Error('It was taken'),
          (error: unknown) => error,
        )) as Error & { $response?: { statusCode: number } };
        expect(
          [FULL, NO_AUDIT].some((text) => refusal.message.includes(text)),
          refusal.message,
        ).toBe(true);
        if (refusal.$response !== undefined) expect(refusal.$response.statusCode).toBe(503);
      } finally {
        truncateSync(filler());
        rmSync(filler());
      }
      await expect
        .poll(() =>
          attempt(`${name}-again`).then(
            () => 'done',
            (error: Error) => error.message,
          ),
        )
        .toBe('done');
    },
  );

  it('is named in the log', () => {
    expect(server.log()).toContain(FULL);
    expect(server.log()).not.toContain('A request failed');
    expect(server.log()).not.toContain('A Git request failed');
  });
});

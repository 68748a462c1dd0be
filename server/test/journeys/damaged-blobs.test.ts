import { createHash, randomBytes } from 'node:crypto';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodeCommitClient, GetFileCommand } from '@aws-sdk/client-codecommit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRootUser, createGitUser, createRepository, uploadSshKey } from '../harness/account-setup.ts';
import { runCodekeep } from '../harness/codekeep-command.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { type GitClient, type GitCredential, gitClient } from '../harness/git-client.ts';
import { type SshClient, sshClient } from '../harness/ssh-client.ts';

const TOLD = 'An encryption integrity check failed';

describe('a byte that flips in the blob store', () => {
  let server: CodekeepServer;
  let codecommit: CodeCommitClient;
  let git: GitClient;
  let ssh: SshClient;
  let credential: GitCredential;
  let url: string;
  let sshUrl: string;
  let damaged: readonly string[];
  const large = randomBytes(100_000);
  const oid = createHash('sha256').update(large).digest('hex');
  const lfs = () => ({
    address: `${url}/info/lfs/objects/${oid}`,
    headers: {
      authorization: `Basic ${Buffer.from(`${credential.userName}:${credential.password}`).toString('base64')}`,
    },
  });

  beforeAll(async () => {
    server = await startCodekeep();
    codecommit = new CodeCommitClient({ ...asRootUser(server), maxAttempts: 1 });
    credential = await createGitUser(server, 'ann');
    git = await gitClient([credential]);
    ssh = await sshClient();
    const keyId = await uploadSshKey(server, 'ann', await ssh.makeKey('ed25519'));
    const { host } = new URL(server.sshUrl);
    await ssh.trust((await runCodekeep(['ssh-fingerprints', '--data', server.dataDir, '--ssh', host])).stdout);
    url = await createRepository(server, 'damaged');
    sshUrl = `ssh://${keyId}@${host}/v1/repos/damaged`;
    const cwd = join(git.home, 'work');
    await git.output(['init', '--quiet', cwd]);
    await writeFile(join(cwd, 'file'), randomBytes(50_000));
    await git.output(['add', 'file'], { cwd });
    await git.output(['commit', '--quiet', '-m', 'first'], { cwd });
    await git.output(['push', '--quiet', url, 'HEAD:main'], { cwd });
    const { address, headers } = lfs();
    expect((await fetch(address, { method: 'PUT', headers, body: large })).status).toBe(200);
    await server.stop();
    damaged = await flipBytes(join(server.dataDir, 'blobs'));
    await server.restart();
  });
  afterAll(async () => {
    codecommit?.destroy();
    await git?.dispose();
    await ssh?.dispose();
    await server?.dispose();
  });

  it('is told to clients of the API, of Git and of Git LFS for what it is', async () => {
    const file = { repositoryName: 'damaged', filePath: 'file', commitSpecifier: 'main' };
    await expect(codecommit.send(new GetFileCommand(file))).rejects.toMatchObject({
      name: 'EncryptionIntegrityChecksFailedException',
    });
    for (const from of [url, sshUrl]) {
      const clone = await git.run(['clone', '--quiet', from, 'clone'], { env: ssh.environment('ed25519') });
      expect(clone.exitCode).not.toBe(0);
      expect(clone.stderr).toContain(TOLD);
    }
    const { address, headers } = lfs();
    // The head of an answer has left when the last frame turns out to be damaged.
    const download = fetch(address, { headers }).then(async (answer) => `${answer.status} ${await answer.text()}`);
    await expect(download.catch((error: Error) => `cut: ${error.message}`)).resolves.toMatch(
      /^(500 .*integrity|cut: )/,
    );
  });

  it('is told to the operator with the name of each blob', async () => {
    // A client may see its answer cut before the log arrives here.
    for (const blob of damaged) await expect.poll(() => server.log()).toContain(`"blob":"${blob}"`);
    expect(server.log()).toContain('"damaged_blobs_total":');
    expect(server.log()).not.toContain('A Git request failed');
  });
});

/** Of each pack and each LFS object. @returns the names of the blobs */
async function flipBytes(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true });
  const names = entries.filter((name) => /^(repositories\/.*\.pack|lfs\/[^/]+\/[^/]+)$/.test(name));
  for (const name of names) {
    const path = join(root, name);
    const content = await readFile(path);
    const middle = Math.floor(content.length / 2);
    content.writeUInt8(content.readUInt8(middle) ^ 1, middle);
    await chmod(path, 0o600);
    await writeFile(path, content);
  }
  return names;
}

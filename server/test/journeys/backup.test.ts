import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateUserCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRootUser, createGitUser, createRepository } from '../harness/account-setup.ts';
import { runCodekeep } from '../harness/codekeep-command.ts';
import { type CodekeepServer, serveDataFolder, startCodekeep } from '../harness/codekeep-server.ts';
import { type GitClient, type GitCredential, gitClient } from '../harness/git-client.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/temporary-folders.ts';

describe('codekeep backup and restore', () => {
  let server: CodekeepServer;
  let iam: IAMClient;
  let git: GitClient;
  let credential: GitCredential;
  let scratch: TemporaryFolder;
  let url: string;
  let cwd: string;
  let rootKey: string;
  const users: string[] = [];
  const commits: string[] = [];
  const at = (name: string) => join(scratch.path, name);
  const restored = (from: string, data: string, environment: NodeJS.ProcessEnv = { CODEKEEP_ROOT_KEY: rootKey }) =>
    runCodekeep(['restore', '--from', from, '--data', data], environment);

  beforeAll(async () => {
    scratch = await temporaryFolder('backup');
    server = await startCodekeep();
    iam = new IAMClient(asRootUser(server));
    credential = await createGitUser(server, 'ann');
    git = await gitClient([credential]);
    url = await createRepository(server, 'kept');
    cwd = join(git.home, 'work');
    await git.output(['init', '--quiet', cwd]);
    rootKey = (await readFile(join(server.dataDir, 'root.key'), 'utf8')).trim();
  });
  afterAll(async () => {
    iam?.destroy();
    await git?.dispose();
    await server?.dispose();
    await scratch?.remove();
  });

  async function change(index: number): Promise<void> {
    const UserName = `user-${index}`;
    await iam.send(new CreateUserCommand({ UserName }));
    users.push(UserName);
    await writeFile(join(cwd, `file${index}`), `${index}\n`.repeat(200));
    await git.output(['add', '.'], { cwd });
    await git.output(['commit', '--quiet', '-m', `commit ${index}`], { cwd });
    await git.output(['push', '--quiet', url, 'HEAD:main'], { cwd });
    commits.push(await git.output(['rev-parse', 'HEAD'], { cwd }));
  }

  it('has everything that was acknowledged before it began, while clients go on', async () => {
    for (let index = 0; index < 5; index++) await change(index);
    const [before, usersBefore] = [commits.length, users.length];
    let isDone = false;
    const work = (async () => {
      for (let index = 100; !isDone; index++) await change(index);
    })();
    const backup = await runCodekeep(['backup', '--data', server.dataDir, '--to', at('backup')]);
    isDone = true;
    await work;
    expect(backup).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await readdir(at('backup'))).not.toContain('root.key');
    expect((await restored(at('backup'), at('data'))).stderr).toBe('');
    const environment = { CODEKEEP_ROOT_KEY: rootKey };
    const verified = await runCodekeep(['verify', '--data', at('data')], environment);
    expect(verified).toMatchObject({ exitCode: 0 });
    expect(await runCodekeep(['verify-audit', '--data', at('data')], environment)).toMatchObject({ exitCode: 0 });
    const copy = await serveDataFolder(server.account, async (folder) => {
      await cp(at('data'), folder, { recursive: true });
      await writeFile(join(folder, 'root.key'), rootKey, { mode: 0o600 });
    });
    const other = new IAMClient(asRootUser(copy));
    const reader = await gitClient([{ ...credential, url: copy.url }]);
    try {
      for (const UserName of users.slice(0, usersBefore)) await other.send(new GetUserCommand({ UserName }));
      await reader.output(['clone', '--quiet', `${copy.url}/v1/repos/kept`, 'kept']);
      const clone = join(reader.home, 'kept');
      await reader.output(['fsck', '--full'], { cwd: clone });
      const history = await reader.output(['rev-list', 'HEAD'], { cwd: clone });
      for (const commit of commits.slice(0, before)) expect(history).toContain(commit);
      await reader.output(['commit', '--quiet', '--allow-empty', '-m', 'goes on'], { cwd: clone });
      await reader.output(['push', '--quiet', 'origin', 'HEAD:main'], { cwd: clone });
    } finally {
      other.destroy();
      await reader.dispose();
      await copy.dispose();
    }
  });

  it('is made again into the same folder, and stays whole', async () => {
    await change(1_000);
    expect(await runCodekeep(['backup', '--data', server.dataDir, '--to', at('backup')])).toMatchObject({
      exitCode: 0,
    });
    expect(await restored(at('backup'), at('second'))).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('is not restored over anything, without the key, or when it is not what was backed up', async () => {
    const refused = async (what: Promise<{ exitCode: number; stderr: string }>, reason: string) => {
      const { exitCode, stderr } = await what;
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^codekeep: [^\n]*\n$/);
      expect(stderr).toContain(reason);
    };
    await refused(restored(at('backup'), at('data')), 'is not empty');
    await refused(restored(at('backup'), at('new'), {}), 'a backup has no root key');
    const mistyped = { CODEKEEP_ROOT_KEY_FILE: at('mistyped') };
    await refused(restored(at('backup'), at('new'), mistyped), 'there is no root key file');
    const otherKey = { CODEKEEP_ROOT_KEY: Buffer.alloc(32, 1).toString('base64') };
    await refused(restored(at('backup'), at('new'), otherKey), 'made under another root key');
    await mkdir(at('empty'));
    await refused(restored(at('empty'), at('new')), 'there is no whole backup');
    const packs = (await readdir(at('backup'), { recursive: true })).filter((name) => name.endsWith('.pack'));
    await cp(at('backup'), at('altered'), { recursive: true });
    const pack = join(at('altered'), packs[0] ?? '');
    const content = await readFile(pack);
    content.writeUInt8(content.readUInt8(100) ^ 1, 100);
    await writeFile(pack, content);
    await refused(restored(at('altered'), at('new')), 'is not what was backed up');
    await rm(pack);
    await refused(restored(at('altered'), at('new')), 'the backup lacks');
    const manifest = join(at('altered'), 'manifest.json');
    await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('codekeep.sqlite', '../../evil'));
    await refused(restored(at('altered'), at('new')), 'the manifest was altered');
    expect((await readdir(scratch.path)).sort()).toEqual(['altered', 'backup', 'data', 'empty', 'second']);
    const postgresql = ['--database', 'postgres://codekeep@127.0.0.1:1/codekeep'];
    await refused(
      runCodekeep(['backup', '--data', server.dataDir, '--to', at('new'), ...postgresql]),
      'backup is for SQLite',
    );
  });
});

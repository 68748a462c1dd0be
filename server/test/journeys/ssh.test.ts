import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeSshKey, createRepository, createUser, uploadSshKey } from '../harness/account-setup.ts';
import { requireClient } from '../harness/clients.ts';
import { runCodekeep } from '../harness/codekeep-command.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { type SshClient, sshClient } from '../harness/ssh-client.ts';

// The CodeCommit guide "Setup for SSH connections", with the real ssh and git, then each refusal.

const NO_SHELL =
  'You have successfully authenticated over SSH. You can use Git to interact with AWS CodeCommit. ' +
  'Interactive shells are not supported.';
const EVERYTHING = { Effect: 'Allow', Action: 'codecommit:*', Resource: '*' };
const PULL = { Effect: 'Allow', Action: 'codecommit:GitPull', Resource: '*' };
const PROTECT_MAIN = {
  Effect: 'Deny',
  Action: 'codecommit:GitPush',
  Resource: '*',
  Condition: {
    StringEqualsIfExists: { 'codecommit:References': ['refs/heads/main'] },
    Null: { 'codecommit:References': 'false' },
  },
};
const KEY_TYPES = ['ed25519', 'ecdsa-256', 'ecdsa-521', 'rsa-2048'] as const;

const gitLfs = await requireClient('git-lfs');
const skipReason = (await requireClient('ssh')).skipReason ?? (await requireClient('git')).skipReason;

describe.skipIf(skipReason)('Git over SSH', () => {
  let codekeep: CodekeepServer;
  let client: SshClient;
  let address: URL;
  /** Key IDs of the user ana, by type. */
  const keyIds = new Map<string, string>();
  let work: string;
  /** Of those who are not ana. */
  let publicKey: string;
  let protectedKey: string;
  let readOnlyKey: string;

  const url = (keyId: string | undefined, name = 'project') => `ssh://${keyId}@${address.host}/v1/repos/${name}`;
  const ana = () => url(keyIds.get('ed25519'));
  const env = (...more: string[]) => client.environment('ed25519', more);
  const git = (args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) =>
    client.git.run(args, { ...options, env: { ...env(), ...options.env } });
  const ok = (args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) =>
    client.git.output(args, { ...options, env: { ...env(), ...options.env } });
  const ssh = (keyId: string | undefined, command: readonly string[], input?: string, more: readonly string[] = []) =>
    client.ssh(
      [
        ...client.options('ed25519', ['-T', '-p', address.port, '-l', keyId ?? '', ...more]),
        address.hostname,
        ...command,
      ],
      input,
    );

  async function commit(folder: string, name: string, content: string | Buffer): Promise<void> {
    await writeFile(join(folder, name), content);
    await ok(['add', name], { cwd: folder });
    await ok(['commit', '-q', '-m', `Add ${name}`], { cwd: folder });
  }

  beforeAll(async () => {
    codekeep = await startCodekeep();
    client = await sshClient();
    address = new URL(codekeep.sshUrl);
    await createUser(codekeep, 'ana', [EVERYTHING]);
    for (const type of KEY_TYPES) keyIds.set(type, await uploadSshKey(codekeep, 'ana', await client.makeKey(type)));
    publicKey = await client.makeKey('ecdsa-384');
    await createUser(codekeep, 'developer', [EVERYTHING, PROTECT_MAIN]);
    protectedKey = await uploadSshKey(codekeep, 'developer', publicKey);
    await createUser(codekeep, 'reader', [PULL]);
    readOnlyKey = await uploadSshKey(codekeep, 'reader', publicKey);
    await createRepository(codekeep, 'project');
    work = join(client.git.home, 'work');
  });
  afterAll(async () => {
    expect(codekeep.log()).not.toContain('"level":50');
    await client.dispose();
    await codekeep.dispose();
  });

  it('tells the fingerprints of its host keys, and the lines that ssh trusts', async () => {
    const { stdout, exitCode } = await runCodekeep([
      ...['ssh-fingerprints', '--data', codekeep.dataDir, '--ssh', address.host],
    ]);
    expect(exitCode).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    await client.trust(lines.slice(3).join('\n'));
    for (const [index, algorithm] of ['ecdsa-sha2-nistp256', 'ssh-ed25519', 'rsa-sha2-512'].entries()) {
      const seen = await ssh(keyIds.get('ed25519'), [], '', ['-v', '-o', `HostKeyAlgorithms=${algorithm}`]);
      const fingerprint = lines[index]?.split(' ')[1];
      expect(fingerprint).toMatch(/^SHA256:/);
      expect(seen.stderr).toContain(`Server host key: ${lines[index]}`);
      expect(seen.stderr).toContain(NO_SHELL);
    }
  });

  it('greets ssh without a command as CodeCommit does, and has no other service', async () => {
    const greeted = await ssh(keyIds.get('ed25519'), []);
    expect(greeted.stderr.replaceAll('\r', '')).toBe(
      `${NO_SHELL}\nConnection to ${address.hostname} closed by remote host.\n`,
    );
    expect(greeted.exitCode).toBe(255);
    const command = await ssh(keyIds.get('ed25519'), ['id']);
    expect(command).toMatchObject({ exitCode: 1, stdout: '', stderr: `${NO_SHELL}\n` });
    const terminal = await ssh(keyIds.get('ed25519'), [], '', ['-tt']);
    expect(terminal.stderr).toContain('PTY allocation request failed');
    expect((await ssh(keyIds.get('ed25519'), ['-s', 'sftp'])).stderr).toContain('subsystem request failed');
    const forward = await ssh(keyIds.get('ed25519'), [], '', ['-W', address.host]);
    expect(forward.stderr).toContain('open failed');
    const remote = await ssh(keyIds.get('ed25519'), ['-N'], '', [
      '-R',
      '0:127.0.0.1:1',
      '-o',
      'ExitOnForwardFailure=yes',
    ]);
    expect(remote.stderr).toContain('forwarding failed');
  });

  it('takes a first push, and clones with every kind of key', async () => {
    await ok(['clone', '-q', ana(), 'work']);
    await commit(work, 'readme.txt', 'Hello\n');
    await commit(work, 'random.bin', randomBytes(3_000_000));
    await ok(['push', '-q', 'origin', 'main', 'main:dev'], { cwd: work });
    const head = await ok(['rev-parse', 'HEAD'], { cwd: work });
    for (const type of KEY_TYPES) {
      const cloneEnv = client.environment(type);
      await ok(['clone', '-q', url(keyIds.get(type)), `clone-${type}`], { env: cloneEnv });
      expect(await ok(['rev-parse', 'HEAD'], { cwd: join(client.git.home, `clone-${type}`) })).toBe(head);
    }
    await ok(['fsck', '--full'], { cwd: join(client.git.home, 'clone-ed25519') });
  });

  it.each(['0', '1', '2'])('fetches and pushes with protocol version %s', async (version) => {
    const folder = join(client.git.home, `version-${version}`);
    const protocol = ['-c', `protocol.version=${version}`];
    await ok([...protocol, 'clone', '-q', ana(), folder]);
    await commit(work, `news-${version}.txt`, version);
    await ok([...protocol, 'push', '-q', 'origin', 'main'], { cwd: work });
    await commit(folder, `mine-${version}.txt`, version);
    const trace = await git([...protocol, 'fetch'], { cwd: folder, env: { GIT_TRACE_PACKET: '1' } });
    expect(trace.exitCode).toBe(0);
    if (version === '0') expect(trace.stderr).not.toContain('< version');
    else expect(trace.stderr).toContain(`< version ${version}`);
    const tip = await ok(['rev-parse', 'HEAD'], { cwd: work });
    expect(await ok(['rev-parse', 'origin/main'], { cwd: folder })).toBe(tip);
    await ok([...protocol, 'clone', '-q', '--depth', '1', ana(), `${folder}-shallow`]);
    await ok([...protocol, 'fetch', '-q', '--unshallow'], { cwd: `${folder}-shallow` });
    expect(await ok(['rev-parse', 'HEAD'], { cwd: `${folder}-shallow` })).toBe(tip);
    const listed = await ok([...protocol, 'ls-remote', ana(), 'refs/heads/main']);
    expect(listed).toBe(`${tip}\trefs/heads/main`);
  });

  it('deletes, forces, tags and pushes nothing at all', async () => {
    await ok(['tag', '-a', '-m', 'one', 'v1'], { cwd: work });
    await ok(['push', '-q', 'origin', 'v1', 'main:gone', 'main:moved'], { cwd: work });
    await ok(['push', '-q', '--force', 'origin', 'main~1:moved', ':gone'], { cwd: work });
    await ok(['push', '-q', 'origin', '--delete', 'moved'], { cwd: work });
    expect((await git(['push', 'origin', 'main'], { cwd: work })).stderr).toContain('Everything up-to-date');
    expect(await ok(['ls-remote', ana()])).toMatch(/refs\/tags\/v1\^\{\}$/);
    expect(await ok(['ls-remote', ana()])).not.toMatch(/gone|moved/);
  });

  it.each(['/v1/repos/project', 'v1/repos/project', '/v1/repos/project.git', '/v1/repos/project/'])(
    'serves %s',
    async (path) => {
      const quoted = await ssh(keyIds.get('ed25519'), [`git-upload-pack '${path}'`], '0000');
      expect(quoted).toMatchObject({ exitCode: 0, stderr: '' });
      expect(quoted.stdout).toContain('refs/heads/main');
      expect((await ssh(keyIds.get('ed25519'), [`git upload-pack ${path}`], '0000')).stdout).toBe(quoted.stdout);
    },
  );

  it('lets nobody push to a branch that a policy protects, and takes the others', async () => {
    const remote = url(protectedKey);
    const developer = client.environment('ecdsa-384');
    const folder = join(client.git.home, 'protected');
    await ok(['clone', '-q', remote, folder], { env: developer });
    await commit(folder, 'large.bin', randomBytes(3_000_000));
    const push = await git(['push', 'origin', 'main', 'main:feature'], { cwd: folder, env: developer });
    expect(push.exitCode).toBe(1);
    expect(push.stderr).toMatch(/\[remote rejected\] +main -> main \(.*explicit deny/);
    expect(push.stderr).toMatch(/main -> feature\n/);
    const only = await git(['push', 'origin', 'main'], { cwd: folder, env: developer });
    expect(only.stderr).toMatch(/\[remote rejected\] +main -> main \(.*explicit deny/);
    expect((await git(['push', 'origin', ':main'], { cwd: folder, env: developer })).stderr).toContain('explicit deny');
    const atomic = await git(['push', '--atomic', 'origin', 'main', 'main:other'], { cwd: folder, env: developer });
    expect(atomic.exitCode).toBe(1);
    expect(await ok(['ls-remote', ana(), 'refs/heads/other'])).toBe('');
  });

  it('lets a user who may only pull clone, and tells why a push is refused', async () => {
    const reader = client.environment('ecdsa-384');
    const folder = join(client.git.home, 'reader');
    await ok(['clone', '-q', url(readOnlyKey), folder], { env: reader });
    await commit(folder, 'mine.txt', 'mine\n');
    const push = await git(['push'], { cwd: folder, env: reader });
    expect(push.exitCode).toBe(128);
    expect(push.stderr).toContain('fatal: remote error: User: arn:aws:iam::');
    expect(push.stderr).toContain('is not authorized to perform: codecommit:GitPush');
  });

  it('tells what is not there only to those who may ask', async () => {
    const missing = await git(['ls-remote', url(keyIds.get('ed25519'), 'missing')]);
    expect(missing.stderr).toContain('remote error: missing does not exist');
    const denied = await git(['ls-remote', url(protectedKey.replace(/.$/, '!'), 'missing')]);
    expect(denied.stderr).toContain('Permission denied (publickey)');
  });

  it.skipIf(gitLfs.skipReason)(`serves Git LFS to who has come over SSH ${gitLfs.skipReason ?? ''}`, async () => {
    const large = randomBytes(2_000_000);
    await ok(['lfs', 'install', '--skip-repo']);
    await ok(['lfs', 'track', '*.large'], { cwd: work });
    await ok(['add', '.gitattributes'], { cwd: work });
    await commit(work, 'film.large', large);
    await ok(['push', '-q', 'origin', 'main'], { cwd: work });
    expect(await ok(['cat-file', 'blob', 'HEAD:film.large'], { cwd: work })).toContain('oid sha256:');
    await ok(['clone', '-q', url(readOnlyKey), 'with-lfs'], { env: client.environment('ecdsa-384') });
    expect((await readFile(join(client.git.home, 'with-lfs', 'film.large'))).equals(large)).toBe(true);
  });

  it('hands out LFS tokens for one direction, to whom the policies allow it', async () => {
    const authenticate = (operation: 'download' | 'upload') =>
      client.ssh([
        ...client.options('ecdsa-384', ['-T', '-p', address.port, '-l', readOnlyKey]),
        ...[address.hostname, 'git-lfs-authenticate', '/v1/repos/project', operation],
      ]);
    const denied = await authenticate('upload');
    expect(denied).toMatchObject({ exitCode: 1, stdout: '' });
    expect(denied.stderr).toContain('is not authorized to perform: codecommit:GitPush');
    const { href, header, expires_in } = JSON.parse((await authenticate('download')).stdout) as {
      href: string;
      header: { Authorization: string };
      expires_in: number;
    };
    expect([href, expires_in]).toEqual([`${codekeep.url}/v1/repos/project/info/lfs`, 900]);
    const batch = async (operation: string, headers = header, to = href) => {
      const body = JSON.stringify({ operation, objects: [{ oid: 'a'.repeat(64), size: 1 }] });
      return (await fetch(`${to}/objects/batch`, { method: 'POST', headers, body })).status;
    };
    expect(await batch('download')).toBe(200);
    expect(await batch('upload')).toBe(403);
    expect(await batch('download', { Authorization: `${header.Authorization}x` })).toBe(401);
    await createRepository(codekeep, 'another');
    expect(await batch('download', header, href.replace('project', 'another'))).toBe(401);
    expect(codekeep.log()).not.toContain(header.Authorization);
  });

  it.each([0, 1, 2])('tells why git refuses a fetch, in protocol version %i', async (version) => {
    const empty = join(client.git.home, `refused-${version}`);
    await ok(['init', '-q', empty]);
    const command = ['-c', `protocol.version=${version}`, 'fetch', '--shallow-exclude=nowhere', ana(), 'main'];
    const { exitCode, stderr } = await git(command, { cwd: empty });
    expect([exitCode, stderr]).toEqual([128, expect.stringMatching(/deepen-not.* nowhere/)]);
  });

  it('refuses git archive and paths of nowhere with a reason', async () => {
    const archive = await git(['archive', '--remote', ana(), 'main']);
    expect(archive.stderr).toContain('git archive over SSH is not supported');
    const nowhere = await git(['ls-remote', `ssh://${keyIds.get('ed25519')}@${address.host}/project`]);
    expect(nowhere.stderr).toContain('remote error: There is nothing here: the path of a repository is /v1/repos/NAME');
  });

  it('refuses unknown key IDs, keys of others and passwords alike', async () => {
    const unknown = await ssh('APKAAAAAAAAAAAAAAAAA', []);
    const others = await ssh(protectedKey, []);
    const nobody = await ssh('git', []);
    for (const { exitCode, stderr } of [unknown, others, nobody]) {
      expect(exitCode).toBe(255);
      expect(stderr).toMatch(/^\S+: Permission denied \(publickey\)\.\r?\n$/);
    }
  });

  it('refuses signatures with SHA-1', async () => {
    const options = client.options('rsa-2048', ['-p', address.port, '-l', keyIds.get('rsa-2048') ?? '']);
    const old = await client.ssh([...options, '-o', 'PubkeyAcceptedAlgorithms=ssh-rsa', address.hostname]);
    expect(old.exitCode).toBe(255);
    expect(old.stderr).not.toContain(NO_SHELL);
  });

  it('refuses an inactive and a deleted key at the next connection, and within an open one', async () => {
    await createUser(codekeep, 'leaver', [PULL]);
    const keyId = await uploadSshKey(codekeep, 'leaver', publicKey);
    const control = join(client.git.home, 'leaver');
    const more = ['-o', 'ControlMaster=auto', '-o', `ControlPath=${control}`, '-o', 'ControlPersist=60'];
    const fresh = client.environment('ecdsa-384');
    const shared = client.environment('ecdsa-384', more);
    const reach = async (environment: NodeJS.ProcessEnv) => git(['ls-remote', url(keyId)], { env: environment });
    expect((await reach(shared)).exitCode).toBe(0);
    await changeSshKey(codekeep, 'leaver', keyId, 'Inactive');
    expect((await reach(fresh)).stderr).toContain('Permission denied (publickey)');
    expect((await reach(shared)).stderr).toContain('The SSH key is not active any more');
    await changeSshKey(codekeep, 'leaver', keyId, 'Active');
    expect((await reach(shared)).exitCode).toBe(0);
    await changeSshKey(codekeep, 'leaver', keyId, 'deleted');
    expect((await reach(fresh)).stderr).toContain('Permission denied (publickey)');
    expect((await reach(shared)).stderr).toContain('The SSH key is not active any more');
    await client.ssh([
      ...client.options('ecdsa-384', more),
      '-O',
      'exit',
      '-p',
      address.port,
      '-l',
      keyId,
      address.hostname,
    ]);
  });

  it('serves several commands at once over one connection', async () => {
    const control = join(client.git.home, 'control');
    const more = ['-o', 'ControlMaster=auto', '-o', `ControlPath=${control}`, '-o', 'ControlPersist=60'];
    const multiplexed = { env: client.environment('ed25519', more) };
    await ok(['ls-remote', ana()], multiplexed);
    const head = await ok(['rev-parse', 'main'], { cwd: work });
    await Promise.all(
      [1, 2, 3, 4].map(async (number) => {
        await ok(['clone', '-q', ana(), `multiplexed-${number}`], multiplexed);
        expect(await ok(['rev-parse', 'main'], { cwd: join(client.git.home, `multiplexed-${number}`) })).toBe(head);
      }),
    );
    const greeted = await ssh(keyIds.get('ed25519'), [], '', more);
    expect(greeted.stderr).toContain(NO_SHELL);
    await client.ssh([
      ...client.options('ed25519', more),
      ...['-O', 'exit', '-p', address.port, '-l', keyIds.get('ed25519') ?? '', address.hostname],
    ]);
  });

  it('exchanges keys anew in the middle of a push and a clone', async () => {
    await commit(work, 'rekeyed.bin', randomBytes(5_000_000));
    const rekeyed = env('-v', '-o', 'RekeyLimit=1M');
    const push = await git(['push', 'origin', 'main'], { cwd: work, env: rekeyed });
    expect(push.exitCode).toBe(0);
    expect(push.stderr.match(/SSH2_MSG_NEWKEYS received/g)?.length).toBeGreaterThan(2);
    for (const version of ['0', '2']) {
      const clone = await git(['-c', `protocol.version=${version}`, 'clone', ana(), `rekeyed-${version}`], {
        env: rekeyed,
      });
      expect(clone.exitCode).toBe(0);
      expect(clone.stderr.match(/SSH2_MSG_NEWKEYS received/g)?.length).toBeGreaterThan(2);
    }
  });

  it('keeps its host keys, and serves the same keys after a restart', async () => {
    const keyId = keyIds.get('ed25519');
    await codekeep.restart();
    expect((await ssh(keyId, [])).stderr).toContain(NO_SHELL);
    await expect.poll(() => codekeep.startedProcesses()).toEqual([]);
  });
});

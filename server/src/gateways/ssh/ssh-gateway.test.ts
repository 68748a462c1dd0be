import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gitClient } from '../../../test/harness/git-client.ts';
import { packet } from '../../repositories/pkt-line.ts';
import { exec, resultOf, type SshFixture, signIn, sshFixture } from './ssh-gateway.fixture.ts';
import type { SshGateway } from './ssh-gateway.ts';

const FLUSH = Buffer.from('0000');
const UPLOAD = "git-upload-pack '/v1/repos/demo'";
const RECEIVE = "git-receive-pack '/v1/repos/demo'";

let fixture: SshFixture;
beforeAll(async () => {
  fixture = await sshFixture();
  await fixture.codecommit.run('CreateRepository', { repositoryName: 'demo' });
});
afterAll(() => fixture.dispose());

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Everything until the server closes. */
async function readToEnd(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  if (!socket.closed) await once(socket, 'close');
  return text;
}

/** The name lists of the server's first packet: RFC 4253 section 7.1. */
async function offeredAlgorithms(port: number): Promise<string[]> {
  const socket = await connected(port);
  socket.write('SSH-2.0-test\r\n');
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, chunk]);
    const start = bytes.indexOf('\r\n') + 2;
    if (start > 1 && bytes.length >= start + 4 && bytes.length >= start + 4 + bytes.readUInt32BE(start)) {
      const lists: string[] = [];
      let position = start + 4 + 1 + 1 + 16;
      for (let list = 0; list < 8; list++) {
        const length = bytes.readUInt32BE(position);
        lists.push(bytes.toString('latin1', position + 4, position + 4 + length));
        position += 4 + length;
      }
      return lists;
    }
  }
  throw new Error('The server closed before its first packet');
}

describe('the handshake', () => {
  it('offers neither SHA-1 nor CBC nor compression, and tells no version', async () => {
    const { port } = await fixture.open({});
    const lists = await offeredAlgorithms(port);
    expect(lists[0]).toContain('curve25519-sha256');
    expect(lists[1]?.split(',')).toEqual(['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256']);
    expect(lists.join()).not.toMatch(/sha1|cbc|md5|arcfour|group1-|zlib|dss/);
    const socket = await connected(port);
    const [banner] = await once(socket, 'data');
    expect(String(banner)).toBe('SSH-2.0-Codekeep\r\n');
    socket.destroy();
  });

  it.each([
    ['another protocol', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an endless line', 'x'.repeat(100_000)],
    ['an old version', 'SSH-1.5-old\r\n'],
    ['bytes of no packet', `SSH-2.0-bad\r\n${'\xff'.repeat(5_000)}`],
  ])('ends for %s', async (_what, bytes) => {
    const { port } = await fixture.open({});
    const socket = await connected(port);
    const end = readToEnd(socket);
    socket.write(Buffer.from(bytes, 'latin1'));
    expect(await end).not.toContain('Error');
    await (await signIn(fixture, { port, close: async () => {} })).end();
  });

  it.each(['', 'SSH-2.0-half\r\n'])('ends after the time for signing in when it stops after "%s"', async (text) => {
    const { port } = await fixture.open({ loginGraceMs: 200 });
    const socket = await connected(port);
    socket.write(text);
    await readToEnd(socket);
    expect(fixture.log()).toContain('did not sign in within 200 ms');
  });
});

describe('connections that have not signed in', () => {
  it.each([
    [
      { unauthenticatedPerAddress: 3 },
      'Too many connections (3) from your address are signing in; try again later\r\n',
    ],
    [{ unauthenticated: 3 }, 'Too many connections (3) are signing in; try again later\r\n'],
  ])('are bounded by %j', async (limits, message) => {
    const gateway = await fixture.open(limits);
    const signedIn = await Promise.all([1, 2, 3].map(() => signIn(fixture, gateway)));
    const waiting = await Promise.all([1, 2, 3].map(() => connected(gateway.port)));
    // The server has counted a connection when it has greeted it.
    await Promise.all(waiting.map((socket) => once(socket, 'data')));
    expect(await readToEnd(await connected(gateway.port))).toBe(message);
    for (const socket of waiting) socket.destroy();
    await expect
      .poll(() =>
        signIn(fixture, gateway).then(
          (client) => client.end() && true,
          () => false,
        ),
      )
      .toBe(true);
    for (const client of signedIn) client.end();
  });
});

describe('signing in', () => {
  it('ends after six failures', async () => {
    const gateway = await fixture.open({});
    const stranger = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private;
    let tries = 0;
    const authHandler = (_left: unknown, _partial: unknown, next: (method: unknown) => void) => {
      tries++;
      next({ type: 'publickey', username: fixture.keyId, key: stranger });
    };
    await expect(signIn(fixture, gateway, { authHandler: authHandler as never })).rejects.toThrow();
    // The client prepares one more before it learns that the connection is over.
    expect(tries).toBeLessThanOrEqual(7);
    expect(fixture.log()).toContain('failed to sign in 6 times');
  });

  it.each(['password', 'keyboard-interactive', 'none'])('takes no %s', async (type) => {
    const gateway = await fixture.open({ tries: 2 });
    const authHandler = (_left: unknown, _partial: unknown, next: (method: unknown) => void) =>
      next({ type, username: fixture.keyId, password: 'secret', prompt: () => {} });
    await expect(signIn(fixture, gateway, { authHandler: authHandler as never })).rejects.toThrow();
  });
});

describe('limits of a connection', () => {
  it('close it when nothing happens', async () => {
    const gateway = await fixture.open({ idleMs: 1_500 });
    const idle = await signIn(fixture, gateway);
    await once(idle, 'close');
    const waiting = await signIn(fixture, gateway);
    const channel = await exec(waiting, RECEIVE);
    expect((await resultOf(channel)).status).toBeUndefined();
  });

  it('refuse more channels than there may be, until one is closed', async () => {
    const gateway = await fixture.open({ channels: 2 });
    const client = await signIn(fixture, gateway);
    const first = await exec(client, RECEIVE);
    const second = await exec(client, RECEIVE);
    await expect(exec(client, RECEIVE)).rejects.toThrow('Channel open failure');
    const end = resultOf(first);
    first.end(FLUSH);
    expect((await end).status).toBe(0);
    await expect
      .poll(() =>
        exec(client, RECEIVE).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    second.end();
    client.end();
  });

  it('refuse a long command and a large environment, and tell why', async () => {
    const gateway = await fixture.open({ commandLength: 100, environmentBytes: 200 });
    const client = await signIn(fixture, gateway);
    const long = await resultOf(await exec(client, `git-upload-pack '/v1/repos/${'x'.repeat(100)}'`));
    expect(long).toMatchObject({ status: 1, stderr: 'The command is longer than 100 characters\n' });
    const large = await resultOf(await exec(client, UPLOAD, { GIT_PROTOCOL: 'x'.repeat(300) }));
    expect(large).toMatchObject({ status: 1, stderr: 'The environment is larger than 200 bytes\n' });
    client.end();
  });

  it('cut a client that sends beyond its window', async () => {
    const never = new Promise<object>(() => {});
    const gateway = await fixture.open({ waitingBytes: 10_000 }, () => never);
    const client = await signIn(fixture, gateway);
    const channel = await exec(client, 'git-lfs-authenticate /v1/repos/demo upload');
    const end = resultOf(channel);
    channel.write(Buffer.alloc(100_000));
    expect((await end).status).toBeUndefined();
    expect(fixture.log()).toContain('broke the rules of the flow of data');
  });
});

describe('git-lfs-authenticate', () => {
  it('answers what the service gives as JSON', async () => {
    const answer = { href: 'https://example.com/', expires_in: 900 };
    const asked: unknown[] = [];
    const gateway = await fixture.open({}, async ({ principal, environment }, { sshPublicKeyId, ...wanted }) => {
      asked.push(principal.arn, environment.secureTransport, wanted, sshPublicKeyId);
      return answer;
    });
    const client = await signIn(fixture, gateway);
    const result = await resultOf(await exec(client, "git-lfs-authenticate 'v1/repos/demo.git' upload"));
    expect(JSON.parse(result.stdout.toString())).toEqual(answer);
    const wanted = { repositoryName: 'demo', operation: 'upload' };
    expect(asked).toMatchObject(['arn:aws:iam::111122223333:root', true, wanted, fixture.keyId]);
    client.end();
  });

  it('is recorded, let in or not, without what it answers', async () => {
    const before = fixture.audited().length;
    const lfs = async (gateway: SshGateway, ...commands: string[]) => {
      const client = await signIn(fixture, gateway);
      for (const command of commands) await resultOf(await exec(client, `git-lfs-authenticate ${command}`));
      client.end();
    };
    const answer = { header: { Authorization: 'Bearer secret-token' } };
    const some = ['/v1/repos/demo download', '/v1/repos/demo upload', '/v1/repos/unknown upload'];
    await lfs(await fixture.open({}, async () => answer), ...some);
    const events = fixture.audited().slice(before);
    const ofLfs = events.filter(({ additionalEventData }) => (additionalEventData as { gitLfs?: true }).gitLfs);
    const outcomes = ofLfs.map(({ eventName, error }) => `${eventName} ${error?.code ?? 'done'}`);
    expect(outcomes.sort()).toEqual(['GitPull done', 'GitPush RepositoryDoesNotExistException', 'GitPush done']);
    expect(ofLfs[0]).toMatchObject({ additionalEventData: { protocol: 'SSH', dataTransferred: false } });
    expect(JSON.stringify(events)).not.toContain('secret-token');
  });
});

describe('bytes that are no Git', () => {
  it.each([
    [RECEIVE, 'zzzz', 'ERR|bad packet length'],
    [RECEIVE, '0008oops', 'expected old and new object id'],
    [UPLOAD, 'zzzz', 'bad packet length'],
  ])('get an answer and an end: %s %s', async (command, bytes, message) => {
    const gateway = await fixture.open({});
    const client = await signIn(fixture, gateway);
    const channel = await exec(client, command, { GIT_PROTOCOL: 'version=2' });
    const result = resultOf(channel);
    channel.end(bytes);
    const { stdout, stderr } = await result;
    expect(`${stdout.toString()}${stderr}`).toMatch(new RegExp(message));
    client.end();
  });
});

describe('a large repository', () => {
  let tip: string;
  beforeAll(async () => {
    tip = await pushRandomFiles(24);
  });

  const fetchRequest = () =>
    Buffer.concat([packet('command=fetch'), Buffer.from('0001'), packet(`want ${tip}\n`), packet('done\n'), FLUSH]);

  it('waits for a client that does not read, and arrives whole when it does', async () => {
    const gateway = await fixture.open({});
    const sock = await connected(gateway.port);
    const client = await signIn(fixture, gateway, { sock });
    const channel = await exec(client, UPLOAD, { GIT_PROTOCOL: 'version=2' });
    channel.pause();
    const before = fixture.taken();
    channel.write(fetchRequest());
    let waiting = -1;
    await expect
      .poll(
        () => {
          const taken = fixture.taken() - before;
          const settled = taken > 1_000_000 && taken === waiting;
          waiting = taken;
          return settled;
        },
        { interval: 300 },
      )
      .toBe(true);
    // The client's window is 2 MiB; the whole is 24 MB.
    expect(waiting).toBeLessThan(4_000_000);
    const result = resultOf(channel);
    channel.end(FLUSH);
    expect((await result).stdout.length).toBeGreaterThan(24_000_000);
    client.end();
  });

  it.each(['0', '2'])('leaves no process and no file when the client leaves (version %s)', async (version) => {
    const gateway = await fixture.open({});
    const sock = await connected(gateway.port);
    const client = await signIn(fixture, gateway, { sock });
    const channel = await exec(client, UPLOAD, { GIT_PROTOCOL: `version=${version}` });
    channel.pause();
    channel.write(
      version === '2'
        ? fetchRequest()
        : Buffer.concat([packet(`want ${tip} side-band-64k ofs-delta\n`), FLUSH, packet('done\n')]),
    );
    const before = fixture.taken();
    await expect.poll(() => fixture.taken() - before).toBeGreaterThan(1_000_000);
    client.on('error', () => {});
    sock.destroy();
    await expect.poll(gitProcesses).toEqual([]);
  });

  it('leaves nothing of a push whose client leaves', async () => {
    const gateway = await fixture.open({});
    const sock = await connected(gateway.port);
    const client = await signIn(fixture, gateway, { sock });
    const channel = await exec(client, RECEIVE);
    channel.resume();
    channel.write(packet(`${'0'.repeat(40)} ${tip} refs/heads/never\0report-status side-band-64k`));
    channel.write(Buffer.concat([FLUSH, Buffer.from('PACK\0\0\0\u0002\0\0\0\u0009')]));
    await expect.poll(gitProcesses).not.toEqual([]);
    client.on('error', () => {});
    sock.destroy();
    await expect.poll(gitProcesses).toEqual([]);
    await expect.poll(incoming).toEqual([]);
    const { branches } = await fixture.codecommit.run('ListBranches', { repositoryName: 'demo' });
    expect(branches).toEqual(['main']);
  });
});

/** Pushes one commit with so many megabytes that nothing compresses; returns its ID. */
async function pushRandomFiles(megabytes: number): Promise<string> {
  const git = await gitClient();
  try {
    const cwd = git.home;
    await git.output(['init', '-q', 'random']);
    await writeFile(join(cwd, 'random', 'file'), randomBytes(megabytes * 1_000_000));
    await git.output(['add', 'file'], { cwd: join(cwd, 'random') });
    await git.output(['commit', '-q', '-m', 'random'], { cwd: join(cwd, 'random') });
    const tip = await git.output(['rev-parse', 'HEAD'], { cwd: join(cwd, 'random') });
    const name = await git.output(['pack-objects', '-q', '--all', '../pack'], { cwd: join(cwd, 'random'), input: '' });
    const client = await signIn(fixture, await fixture.open({}));
    const channel = await exec(client, RECEIVE);
    const result = resultOf(channel);
    channel.write(packet(`${'0'.repeat(40)} ${tip} refs/heads/main\0report-status`));
    channel.write(FLUSH);
    // The channel stays open, as JGit and libgit2 leave it: the pack tells its own end.
    channel.write(await readFile(join(cwd, `pack-${name}.pack`)));
    const { stdout, status } = await result;
    expect(stdout.toString()).toContain('unpack ok');
    expect(status).toBe(0);
    client.end();
    return tip;
  } finally {
    await git.dispose();
  }
}

/** Processes that send or receive packs for the fixture. */
async function gitProcesses(): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (!folder.startsWith(fixture.codecommit.workingCopies)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (/index-pack|upload-pack|pack-objects/.test(command)) found.push(command.replaceAll('\0', ' '));
  }
  return found;
}

async function incoming(): Promise<string[]> {
  const [node = ''] = await readdir(fixture.codecommit.workingCopies);
  return readdir(join(fixture.codecommit.workingCopies, node, 'incoming'));
}

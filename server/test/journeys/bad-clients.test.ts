import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLUSH, packet } from '../../src/repositories/pkt-line.ts';
import { createGitUser, createRepository } from '../harness/account-setup.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { type GitClient, type GitCredential, gitClient } from '../harness/git-client.ts';
import { outputOf } from '../harness/processes.ts';
import { Random } from '../harness/random.ts';

/** Bytes of memory that the server process may have taken at any moment of this suite: docs/getting-started.md tells it. */
const MEMORY_BOUND = 512 * 1024 * 1024;
const CONNECTIONS = 500;
const SETTLED = { interval: 100 };
const NO_OBJECT = '0'.repeat(40);

let server: CodekeepServer;
let user: GitCredential;
let git: GitClient;
let work: string;
let repository: string;
let tip: string;
let memoryAtRest: number;

beforeAll(async () => {
  server = await startCodekeep();
  user = await createGitUser(server, 'ana');
  git = await gitClient([user]);
  repository = await createRepository(server, 'target');
  work = join(git.home, 'work');
  await git.output(['init', '-q', work]);
  await writeFile(join(work, 'random.bin'), randomBytes(3_000_000));
  await git.output(['add', '.'], { cwd: work });
  await git.output(['commit', '-q', '-m', 'first'], { cwd: work });
  await git.output(['push', '-q', repository, 'main'], { cwd: work });
  tip = await git.output(['rev-parse', 'HEAD'], { cwd: work });
  memoryAtRest = await memory('VmRSS');
}, 120_000);
afterAll(async () => {
  await git?.dispose();
  await server?.dispose();
});

/** @returns bytes: VmRSS as it is now, VmHWM at its highest */
async function memory(field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
}

/** What the server has open: sockets of clients that have gone are among it until it has noticed. */
async function openFiles(): Promise<number> {
  return (await readdir(`/proc/${server.pid}/fd`)).length;
}

async function quarantines(): Promise<string[]> {
  const [node = ''] = await readdir(server.workingCopies);
  return readdir(join(server.workingCopies, node, 'incoming'));
}

/** Programs of the server that send or receive a pack; those that wait for reads of objects may stay. */
async function packPrograms(): Promise<string[]> {
  const commands = await Promise.all(
    (await server.startedProcesses()).map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return commands.filter((command) => /index-pack|upload-pack|pack-objects/.test(command));
}

/** Nothing of what bad clients did may stay, and who behaves is served. */
async function expectNothingLeft(): Promise<void> {
  await expect.poll(packPrograms, SETTLED).toEqual([]);
  await expect.poll(quarantines, SETTLED).toEqual([]);
  expect(await git.output(['ls-remote', repository, 'refs/heads/main'])).toBe(`${tip}\trefs/heads/main`);
  expect(await memory('VmHWM')).toBeLessThan(MEMORY_BOUND);
}

function address(url: string): { host: string; port: number } {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port) };
}

async function connected(url: string): Promise<Socket> {
  const socket = connect(address(url));
  // The server may end the connection at any moment.
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

function head(method: string, path: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = { Host: new URL(server.url).host, Authorization: basic(user), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `${method} /v1/repos/${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

function basic({ userName, password }: GitCredential): string {
  return `Basic ${Buffer.from(`${userName}:${password}`).toString('base64')}`;
}

function post(service: string, body: Uint8Array<ArrayBuffer>, version = 2): Promise<Response> {
  return fetch(`${repository}/${service}`, {
    method: 'POST',
    headers: {
      Authorization: basic(user),
      'Content-Type': `application/x-${service}-request`,
      'Git-Protocol': `version=${version}`,
    },
    body,
  });
}

function fetchCommand(lines: readonly string[]): Buffer<ArrayBuffer> {
  return Buffer.concat([packet('command=fetch'), Buffer.from('0001'), ...lines.map((line) => packet(line)), FLUSH]);
}

/** A whole request that pushes a new commit to a branch of its own. */
async function pushRequest(branch: string): Promise<Buffer> {
  const commit = await git.output(['commit-tree', '-m', branch, '-p', 'HEAD', 'HEAD^{tree}'], { cwd: work });
  await git.output(['update-ref', `refs/heads/${branch}`, commit], { cwd: work });
  // With the whole history, so that there is a pack to be cut in.
  const name = await git.output(['pack-objects', '-q', '--revs', 'pack'], { cwd: work, input: `${commit}\n` });
  const pack = await readFile(join(work, `pack-${name}.pack`));
  const update = packet(`${NO_OBJECT} ${commit} refs/heads/${branch}\0report-status`);
  const body = Buffer.concat([update, FLUSH, pack]);
  const headers = {
    'Content-Type': 'application/x-git-receive-pack-request',
    'Content-Length': String(body.length),
  };
  return Buffer.concat([Buffer.from(head('POST', 'target/git-receive-pack', headers)), body]);
}

describe(`${CONNECTIONS} connections at once`, () => {
  const request = () => head('GET', 'target/info/refs?service=git-upload-pack');
  const beginningOfPush = () =>
    `${head('POST', 'target/git-receive-pack', {
      'Content-Type': 'application/x-git-receive-pack-request',
      'Content-Length': '1000000',
    })}00`;
  const kinds: readonly (readonly [string, () => string])[] = [
    ['say nothing', () => ''],
    ['stop in the middle of the headers', () => request().slice(0, 40)],
    ['ask and do not read', request],
    ['send the beginning of a push', beginningOfPush],
    ['have a wrong password', () => request().replace(/Basic \S+/, 'Basic YW5hOndyb25n')],
  ];

  it(`that ${kinds.map(([kind]) => kind).join(', ')}: others are served meanwhile`, async () => {
    const before = await openFiles();
    const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => connected(server.url)));
    try {
      for (const [index, socket] of sockets.entries()) socket.write(kinds[index % kinds.length]?.[1]() ?? '');
      const clone = join(git.home, 'meanwhile');
      await git.output(['clone', '-q', repository, clone]);
      expect(await git.output(['rev-parse', 'HEAD'], { cwd: clone })).toBe(tip);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    await expect.poll(openFiles, SETTLED).toBeLessThan(before + 20);
    await expectNothingLeft();
  });

  it('at the SSH door are bounded, and it opens again when they leave', async () => {
    const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => connected(server.sshUrl)));
    const greetings = await Promise.all(
      sockets.map(async (socket) => {
        const [bytes] = (await once(socket, 'data')) as [Buffer];
        return bytes.toString('latin1').startsWith('SSH-2.0-Codekeep') ? 'greeted' : bytes.toString('latin1');
      }),
    );
    expect(greetings.filter((greeting) => greeting === 'greeted')).toHaveLength(50);
    expect(new Set(greetings)).toEqual(
      new Set(['greeted', 'Too many connections (50) from your address are signing in; try again later\r\n']),
    );
    for (const socket of sockets) socket.destroy();
    await expect
      .poll(async () => {
        const socket = await connected(server.sshUrl);
        const [greeting] = (await once(socket, 'data')) as [Buffer];
        socket.destroy();
        return greeting.toString('latin1');
      }, SETTLED)
      .toBe('SSH-2.0-Codekeep\r\n');
  });
});

describe('a connection that ends', () => {
  it('anywhere in a push leaves nothing, and a push that arrived whole is there whole', async () => {
    const random = new Random(11);
    for (let round = 0; round < 24; round++) {
      const branch = `cut-${round}`;
      const bytes = await pushRequest(branch);
      const isWhole = round === 0;
      const end = isWhole ? bytes.length : random.below(bytes.length);
      const socket = await connected(server.url);
      // Half of them wait until the server has the bytes; the others leave with bytes on the way.
      socket.write(bytes.subarray(0, end));
      if (isWhole) await once(socket, 'data');
      if (round % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      socket.destroy();
      await expect.poll(quarantines, SETTLED).toEqual([]);
      const listed = await git.output(['ls-remote', repository, `refs/heads/${branch}`]);
      expect(listed === '', `cut at ${end} of ${bytes.length}`).toBe(!isWhole);
    }
    const clone = join(git.home, 'after-cuts');
    await git.output(['clone', '-q', '--mirror', repository, clone]);
    await git.output(['fsck', '--full', '--strict'], { cwd: clone });
    await expectNothingLeft();
  });

  it('anywhere in a clone ends the work for it', async () => {
    const body = fetchCommand([`want ${tip}\n`, 'done\n']);
    const headers = {
      'Content-Type': 'application/x-git-upload-pack-request',
      'Git-Protocol': 'version=2',
      'Content-Length': String(body.length),
    };
    for (const bytesRead of [0, 1, 10_000, 1_000_000, 2_900_000]) {
      const socket = await connected(server.url);
      socket.write(Buffer.concat([Buffer.from(head('POST', 'target/git-upload-pack', headers)), body]));
      for (let read = 0; read < bytesRead; ) {
        const [chunk] = (await once(socket, 'data')) as [Buffer];
        read += chunk.length;
      }
      socket.destroy();
    }
    await expectNothingLeft();
  });
});

describe('requests without measure', () => {
  const strangers = (count: number) => Array.from({ length: count }, () => randomBytes(20).toString('hex'));

  it.each([0, 2])('50,000 commits that a client claims to have are taken (version %i)', async (version) => {
    const haves = strangers(50_000).map((id) => `have ${id}\n`);
    const body =
      version === 2
        ? fetchCommand([`want ${tip}\n`, ...haves, 'done\n'])
        : Buffer.concat([
            packet(`want ${tip} side-band-64k ofs-delta\n`),
            FLUSH,
            ...haves.map((line) => packet(line)),
            packet('done\n'),
          ]);
    const answer = await post('git-upload-pack', body, version);
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer()).includes('PACK')).toBe(true);
    await expectNothingLeft();
  });

  it('50,000 unknown objects that a client wants are refused by name', async () => {
    const answer = await post(
      'git-upload-pack',
      fetchCommand([...strangers(50_000).map((id) => `want ${id}\n`), 'done\n']),
    );
    expect(await answer.text()).toMatch(/ERR upload-pack: not our ref [0-9a-f]{40}/);
    await expectNothingLeft();
  });

  it('a negotiation beyond 32 MiB is refused, and the connection takes the next request', async () => {
    const haves = strangers(1_000)
      .map((id) => packet(`have ${id}\n`).toString('latin1'))
      .join('');
    const body = Buffer.from(`${packet('command=fetch').toString('latin1')}0001${haves.repeat(700)}0000`, 'latin1');
    expect(body.length).toBeGreaterThan(32 * 1024 * 1024);
    const headers = {
      'Content-Type': 'application/x-git-upload-pack-request',
      'Git-Protocol': 'version=2',
      'Content-Length': String(body.length),
    };
    const socket = await connected(server.url);
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    socket.write(Buffer.concat([Buffer.from(head('POST', 'target/git-upload-pack', headers)), body]));
    await expect.poll(() => received, SETTLED).toContain('200 OK');
    await expect.poll(() => received, SETTLED).toContain('ERR the request is longer than 33554432 bytes');
    socket.write(head('GET', 'target/info/refs?service=git-upload-pack'));
    await expect.poll(() => received, SETTLED).toContain('# service=git-upload-pack');
    socket.destroy();
    await expectNothingLeft();
  });

  it('bytes without sense are refused, whatever they are', async () => {
    const random = new Random(12);
    for (let round = 0; round < 60; round++) {
      const body = Buffer.from(random.bytes(random.below(3_000)));
      // Every third one begins as a request does.
      const sent = round % 3 === 0 ? Buffer.concat([packet('command=fetch'), body]) : body;
      const service = round % 2 === 0 ? 'git-upload-pack' : 'git-receive-pack';
      const answer = await post(service, sent);
      const text = await answer.text();
      expect(answer.status === 400 || text === '' || text.includes('ERR '), `${answer.status} ${text}`).toBe(true);
    }
    await expectNothingLeft();
  });
});

/** What Git on some file system would take for `.git`, or for a way out of the working tree. */
it.each([
  ['40000', '.git'],
  ['100644', '.git'],
  ['120000', '.git'],
  ['40000', '.GIT'],
  ['40000', 'git~1'],
  ['100644', 'GIT~1'],
  ['40000', '.git. .'],
  ['40000', '.git::$INDEX_ALLOCATION'],
  ['40000', '.g\u200cit'],
  ['120000', '.gi\ufefft'],
  ['40000', '.'],
  ['40000', '..'],
  ['100644', 'folder/../../escape'],
])('a tree with an entry of mode %s named %j is refused', async (mode, name) => {
  const refusal = await pushTree([[mode, name]]);
  expect(refusal).toMatch(/hasDotgit|hasDot|hasDotdot|fullPathname/);
  expect(refusal).toContain('unpacker error');
  await expectNothingLeft();
});

describe('a tree', () => {
  it.each([
    [
      'of one name twice',
      [
        ['100644', 'same'],
        ['100644', 'same'],
      ],
      'duplicateEntries',
    ],
    [
      'in a wrong order',
      [
        ['100644', 'b'],
        ['100644', 'a'],
      ],
      'treeNotSorted',
    ],
    ['with an empty name', [['100644', '']], 'emptyName|empty filename|corrupt|not parse'],
    ['with .gitmodules that is a link', [['120000', '.gitmodules']], 'gitmodulesSymlink'],
  ] as const)('%s is refused', async (_what, entries, message) => {
    expect(await pushTree(entries)).toMatch(new RegExp(message));
    await expectNothingLeft();
  });
});

/** Pushes a commit of a tree with these entries; returns what git prints of the refusal. */
async function pushTree(entries: readonly (readonly [mode: string, name: string])[]): Promise<string> {
  const run = (args: string[], input: string | Uint8Array) =>
    outputOf('git', args, { cwd: work, input, env: { PATH: process.env.PATH, HOME: git.home } });
  const blob = (await run(['hash-object', '-w', '--stdin'], 'x')).trim();
  const emptyTree = (await run(['hash-object', '-w', '-t', 'tree', '--stdin'], '')).trim();
  const tree = Buffer.concat(
    entries.flatMap(([mode, name]) => [
      Buffer.from(`${mode} ${name}\0`),
      Buffer.from(mode === '40000' ? emptyTree : blob, 'hex'),
    ]),
  );
  const treeId = (await run(['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], tree)).trim();
  const who = 'A <a@example.com> 1 +0000';
  const commit = `tree ${treeId}\nauthor ${who}\ncommitter ${who}\n\nx\n`;
  const commitId = (await run(['hash-object', '-w', '-t', 'commit', '--literally', '--stdin'], commit)).trim();
  const pushed = await git.run(['push', repository, `${commitId}:refs/heads/hostile-tree`], { cwd: work });
  expect(pushed.exitCode, pushed.stderr).toBe(1);
  return pushed.stderr;
}

it('has given its memory back in the end', async () => {
  expect(await memory('VmRSS')).toBeLessThan(Math.max(MEMORY_BOUND / 2, memoryAtRest * 3));
  const faults = server
    .log()
    .split('\n')
    .filter((line) => /"level":[56]0|unhandled/i.test(line));
  expect(faults).toEqual([]);
});

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLUSH, packet } from '../../repositories/pkt-line.ts';
import { openSmartHttp, type SmartHttpFixture } from './smart-http.fixture.ts';

let fixture: SmartHttpFixture;
let directory: string;
beforeAll(async () => {
  fixture = await openSmartHttp();
  await fixture.makeRepository('equal');
  directory = await fixture.makeClient('equal');
  await makeHistory(fixture, directory);
  await fixture.git(directory, ['push', '-q', 'origin', '--all']);
  await fixture.git(directory, ['push', '-q', 'origin', '--tags']);
  await fixture.git(directory, ['push', '-q', 'origin', 'HEAD:refs/notes/review']);
});
afterAll(() => fixture.close());

describe('discovery', () => {
  it.each(['git-upload-pack', 'git-receive-pack'])('of %s is git http-backend’s, byte for byte', async (service) => {
    for (const version of service === 'git-upload-pack' ? [0, 1, 2] : [0, 1]) {
      const ours = await discover(`${fixture.url}equal`, service, version);
      expect(ours.toString('latin1'), `version ${version}`).toBe(
        (await httpBackend(await twin(), 'GET', `info/refs?service=${service}`, version)).toString('latin1'),
      );
    }
  });

  it.each([
    ['peel', 'symrefs', 'unborn'],
    ['peel', 'symrefs', 'ref-prefix refs/heads/', 'ref-prefix refs/tags/', 'ref-prefix HEAD'],
    ['ref-prefix refs/tags/v'],
    ['ref-prefix refs/heads/main', 'ref-prefix refs/heads/m', 'ref-prefix refs/no'],
    ['symrefs', 'ref-prefix H'],
    [],
  ])('of version 2 lists what git lists: %s %s %s', async (...lines) => {
    const body = lsRefs(lines);
    const ours = await exchange(`${fixture.url}equal/git-upload-pack`, body);
    expect(ours.toString()).toBe((await httpBackend(await twin(), 'POST', 'git-upload-pack', 2, body)).toString());
  });

  it('of an empty repository tells the capabilities, as the protocol has it', async () => {
    await fixture.makeRepository('void');
    const capabilitiesOf = (text: string) => /\0(.*)\n/.exec(text)?.[1]?.replace(/ symref=\S+/, '');
    for (const service of ['git-upload-pack', 'git-receive-pack']) {
      for (const version of [0, 1]) {
        const ours = await discover(`${fixture.url}void`, service, version);
        // git itself says nothing before version 2.41.
        const full = await discover(`${fixture.url}equal`, service, version);
        const line = `${'0'.repeat(40)} capabilities^{}\0${capabilitiesOf(full.toString())}\n`;
        const first = version === 1 ? '000eversion 1\n' : '';
        const head = Buffer.concat([packet(`# service=${service}\n`), FLUSH]).toString();
        expect(ours.toString()).toBe(`${head}${first}${packet(line)}0000`);
      }
    }
    for (const version of [0, 1, 2]) {
      const listed = ['-c', `protocol.version=${version}`, 'ls-remote', `${fixture.url}void`];
      expect(await fixture.git(fixture.folder, listed)).toMatchObject({ stdout: '', stderr: '' });
      const target = join(fixture.folder, `void-${version}`);
      const cloned = ['-c', `protocol.version=${version}`, 'clone', `${fixture.url}void`, target];
      expect((await fixture.git(fixture.folder, cloned)).stderr).toContain('cloned an empty repository');
    }
  });

  it.each([
    ['version=1:version=2', 2],
    ['version=2:version=1', 2],
    ['version=0:version=1', 1],
    ['agent=x:version=2:version=9', 2],
    ['version=3', 0],
    ['xversion=2', 0],
    ['version=22', 0],
    ['', 0],
  ])('takes the highest version that %j names: %i', async (header, version) => {
    const url = `${fixture.url}equal/info/refs?service=git-upload-pack`;
    const answer = await (await fetch(url, { headers: { 'Git-Protocol': header } })).text();
    const shown = answer.startsWith('000eversion 2') ? 2 : answer.includes('000eversion 1') ? 1 : 0;
    expect(shown).toBe(version);
  });

  it.each([
    ['ls-refs', ['command=ls-refs', 'frobnicate'], [], "unknown capability 'frobnicate'"],
    ['ls-refs', ['command=ls-refs', 'session-id=1'], [], "unknown capability 'session-id=1'"],
    [
      'ls-refs',
      ['object-format=sha256', 'command=ls-refs'],
      [],
      'mismatched object format: server sha1; client sha256',
    ],
    ['ls-refs', ['command=ls-refs', 'command=fetch'], [], "command 'fetch' requested after already requesting"],
    ['fetch', ['command=fetch', 'frobnicate=1'], ['done'], "unknown capability 'frobnicate=1'"],
    ['fetch', ['command=fetch', 'object-format=sha256'], ['done'], 'mismatched object format'],
    ['fetch', ['command=fetch'], ['want-ref refs/heads/main', 'done'], "unexpected line: 'want-ref refs/heads/main'"],
    ['fetch', ['command=fetch'], ['sideband-all', 'done'], "unexpected line: 'sideband-all'"],
    ['fetch', ['command=fetch'], ['packfile-uris https', 'done'], "unexpected line: 'packfile-uris https'"],
    ['fetch', ['command=fetch'], ['frobnicate', 'done'], "unexpected line: 'frobnicate'"],
    ['nothing', ['agent=x'], [], 'no command requested'],
    ['an unknown command', ['command=gc'], [], "invalid command 'gc'"],
  ])('of version 2 refuses what was not offered to %s: %j %j', async (_, head, lines, reason) => {
    const answer = await exchange(`${fixture.url}equal/git-upload-pack`, commandOf(head, lines));
    expect(answer.toString()).toMatch(/^[0-9a-f]{4}ERR /);
    expect(answer.toString()).toContain(reason);
  });

  it('of version 2 takes every capability that was offered', async () => {
    const head = ['agent=git/2', 'object-format=sha1', 'server-option=a', 'server-option=b', 'command=ls-refs'];
    const answer = await exchange(
      `${fixture.url}equal/git-upload-pack`,
      commandOf(head, ['ref-prefix refs/heads/main']),
    );
    expect(answer.toString()).toMatch(/^[0-9a-f]{44} refs\/heads\/main\n0000$/);
  });

  it('refuses what ls-refs does not know, in a way that git shows', async () => {
    const answer = await exchange(`${fixture.url}equal/git-upload-pack`, lsRefs(['frobnicate']));
    expect(answer.toString()).toContain("ERR unexpected line: 'frobnicate'");
  });

  it('shows no HEAD of an empty repository, and takes the flush that clients try credentials with', async () => {
    await fixture.makeRepository('empty');
    const answer = await exchange(`${fixture.url}empty/git-upload-pack`, lsRefs(['peel', 'symrefs', 'unborn']));
    expect(answer.toString()).toBe('0000');
    const probe = await fetch(`${fixture.url}empty/git-receive-pack`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-git-receive-pack-request' },
      body: '0000',
    });
    expect([probe.status, await probe.text()]).toEqual([200, '']);
  });
});

describe.each([0, 1, 2])('protocol version %i', (version) => {
  const option = ['-c', `protocol.version=${version}`];

  it('clones what was pushed, object by object', async () => {
    const target = join(fixture.folder, `clone-${version}`);
    await fixture.git(fixture.folder, [...option, 'clone', '-q', '--mirror', `${fixture.url}equal`, target]);
    await fixture.git(target, ['fsck', '--full', '--strict']);
    const list = ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads', 'refs/tags'];
    expect((await fixture.git(target, list)).stdout).toBe((await fixture.git(directory, list)).stdout);
    const objects = ['rev-list', '--objects', '--all'];
    const sorted = async (folder: string) => (await fixture.git(folder, objects)).stdout.split('\n').sort();
    expect(await sorted(target)).toEqual(await sorted(directory));
  });

  it('pushes and fetches', async () => {
    const name = `pushed-${version}`;
    await fixture.git(directory, ['branch', '-f', name, 'main~1']);
    await fixture.git(directory, [...option, 'push', '-q', 'origin', name]);
    const client = await fixture.makeClient('equal');
    await fixture.git(client, [...option, 'fetch', '-q', 'origin', name]);
    expect((await fixture.git(client, ['rev-parse', 'FETCH_HEAD'])).stdout).toBe(
      (await fixture.git(directory, ['rev-parse', name])).stdout,
    );
  });

  it('follows tags of tags without a second negotiation', async () => {
    const client = await fixture.makeClient('equal');
    await fixture.git(client, [...option, 'fetch', '-q', 'origin']);
    expect((await fixture.git(client, ['tag'])).stdout).toContain('signed-off\n');
    const again = await fixture.git(client, [...option, 'fetch', 'origin'], { env: { GIT_TRACE_PACKET: '1' } });
    expect(again.stderr).not.toContain('> want ');
  });
});

async function makeHistory({ git, commit }: SmartHttpFixture, folder: string): Promise<void> {
  for (let index = 0; index < 5; index++) await commit(folder, { [`file-${index}`]: `${index}\n`.repeat(50) });
  await git(folder, ['branch', 'feature/one', 'main~2']);
  await git(folder, ['branch', 'umlaut-ä', 'main~1']);
  await git(folder, ['tag', 'light', 'main~3']);
  await git(folder, ['tag', '-a', 'v1', '-m', 'one', 'main~1']);
  await git(folder, ['tag', '-a', 'signed-off', '-m', 'tag of a tag', 'v1']);
  await git(folder, ['tag', '-a', 'tree-tag', '-m', 'of a tree', 'main^{tree}']);
}

/** What git is told to serve as we do. */
const SERVED = [
  ...['uploadpack.allowFilter', 'uploadpack.allowAnySHA1InWant', 'receive.advertisePushOptions', 'http.receivepack'],
];

let made: Promise<string> | undefined;
/** A bare repository with the same references, served by git itself. */
function twin(): Promise<string> {
  made ??= (async () => {
    const bare = join(fixture.folder, 'twin.git');
    await fixture.git(fixture.folder, ['init', '-q', '--bare', '-b', 'main', bare]);
    for (const key of SERVED) await fixture.git(bare, ['config', key, 'true']);
    await fixture.git(bare, ['fetch', '-q', `${fixture.url}equal`, '+refs/*:refs/*']);
    return bare;
  })();
  return made;
}

/** The body of git http-backend's answer. */
async function httpBackend(
  bare: string,
  method: string,
  path: string,
  version: number,
  body?: Buffer,
): Promise<Buffer> {
  const [pathInfo = '', query = ''] = path.split('?');
  const output = await new Promise<Buffer>((resolve, reject) => {
    const child = execFile(
      'git',
      ['http-backend'],
      {
        encoding: 'buffer',
        env: {
          PATH: process.env.PATH,
          HOME: fixture.folder,
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_PROJECT_ROOT: bare,
          GIT_HTTP_EXPORT_ALL: '1',
          GIT_PROTOCOL: `version=${version}`,
          REQUEST_METHOD: method,
          PATH_INFO: `/${pathInfo}`,
          QUERY_STRING: query,
          CONTENT_TYPE: method === 'POST' ? `application/x-${pathInfo}-request` : '',
          CONTENT_LENGTH: String(body?.length ?? 0),
        },
      },
      (error, stdout) => (error === null ? resolve(stdout) : reject(error)),
    );
    // Nothing is written where there is no body: git may have ended by then, as it reads none.
    child.stdin?.end(body);
  });
  return output.subarray(output.indexOf('\r\n\r\n') + 4);
}

async function discover(repository: string, service: string, version: number): Promise<Buffer> {
  const response = await fetch(`${repository}/info/refs?service=${service}`, {
    headers: { 'Git-Protocol': `version=${version}` },
  });
  expect(response.headers.get('content-type')).toBe(`application/x-${service}-advertisement`);
  expect(response.headers.get('cache-control')).toBe('no-cache, max-age=0, must-revalidate');
  return Buffer.from(await response.arrayBuffer());
}

async function exchange(url: string, body: Buffer<ArrayBuffer>): Promise<Buffer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Git-Protocol': 'version=2', 'Content-Type': 'application/x-git-upload-pack-request' },
    body,
  });
  return Buffer.from(await response.arrayBuffer());
}

function lsRefs(lines: readonly string[]): Buffer<ArrayBuffer> {
  return commandOf(['command=ls-refs', 'object-format=sha1'], lines);
}

function commandOf(head: readonly string[], lines: readonly string[]): Buffer<ArrayBuffer> {
  const text = (line: string) => `${(line.length + 5).toString(16).padStart(4, '0')}${line}\n`;
  return Buffer.from(`${head.map(text).join('')}0001${lines.map(text).join('')}0000`);
}

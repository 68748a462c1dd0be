import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

let made: Promise<string> | undefined;
/** A bare repository with the same references, served by git itself. */
function twin(): Promise<string> {
  made ??= (async () => {
    const bare = join(fixture.folder, 'twin.git');
    await fixture.git(fixture.folder, ['init', '-q', '--bare', '-b', 'main', bare]);
    for (const [key, value] of [
      ['uploadpack.allowFilter', 'true'],
      ['uploadpack.allowAnySHA1InWant', 'true'],
      ['receive.advertisePushOptions', 'true'],
      ['http.receivepack', 'true'],
    ] as const) {
      await fixture.git(bare, ['config', key, value]);
    }
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
  const text = (line: string) => `${(line.length + 5).toString(16).padStart(4, '0')}${line}\n`;
  return Buffer.from(`${text('command=ls-refs')}${text('object-format=sha1')}0001${lines.map(text).join('')}0000`);
}

import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLUSH, packet } from '../../repositories/pkt-line.ts';
import { NULL_OBJECT_ID } from '../../repositories/reference-names.ts';
import type { RepositoryHandle } from '../../repositories/repositories.ts';
import { openSmartHttp, type SmartHttpFixture } from './smart-http.fixture.ts';

const BLOB_LIMIT = 4 * 1024 * 1024;

let fixture: SmartHttpFixture;
beforeAll(async () => {
  fixture = await openSmartHttp({ limits: { blobBytes: BLOB_LIMIT, allocationBytes: 64 * 1024 * 1024 } });
});
afterAll(() => fixture.close());

/** Nothing of a refused push may be left anywhere. */
async function expectNothingStored(handle: RepositoryHandle): Promise<void> {
  expect((await fixture.repositories.references(handle.repositoryId)).references).toEqual([]);
  const packs = fixture.database.selectFrom('packs').selectAll().where('repository_id', '=', handle.repositoryId);
  expect(await packs.execute()).toEqual([]);
  expect(await fixture.leftovers('incoming')).toEqual([]);
  const blobs = await readdir(join(fixture.folder, 'blobs', 'repositories', handle.repositoryId)).catch(() => []);
  expect(blobs).toEqual([]);
}

function push(name: string, tip: string, pack: Uint8Array, headers: Record<string, string> = {}): Promise<string> {
  return post(
    name,
    Buffer.concat([packet(`${NULL_OBJECT_ID} ${tip} refs/heads/main\0report-status`), FLUSH, pack]),
    headers,
  );
}

async function post(name: string, body: Buffer, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${fixture.url}${name}/git-receive-pack`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-git-receive-pack-request', ...headers },
    body,
  });
  return `${response.status} ${await response.text()}`;
}

/** A pack of exactly these objects, made by git. */
function packOf(directory: string, objectIds: readonly string[], args: readonly string[] = []): Buffer {
  return execFileSync('git', ['pack-objects', '--stdout', '-q', ...args], {
    cwd: directory,
    input: `${objectIds.join('\n')}\n`,
    maxBuffer: 64 * 1024 * 1024,
  });
}

describe('incomplete packs', () => {
  it.each(['blob', 'tree', 'parent'])('without a %s are refused whole', async (missing) => {
    const handle = await fixture.makeRepository(`missing-${missing}`);
    const directory = await fixture.makeClient(`missing-${missing}`);
    await fixture.commit(directory, { 'folder/a.txt': 'a' });
    const tip = await fixture.commit(directory, { 'folder/b.txt': 'b' });
    const revision = { blob: 'HEAD:folder/b.txt', tree: 'HEAD:folder', parent: 'HEAD~1' }[missing] ?? '';
    const absent = (await fixture.git(directory, ['rev-parse', revision])).stdout.trim();
    const all = (await fixture.git(directory, ['rev-list', '--objects', '--no-object-names', 'HEAD'])).stdout.trim();
    const present = all.split('\n').filter((id) => id !== absent);
    const answer = await push(`missing-${missing}`, tip, packOf(directory, present));
    expect(answer).toContain('unpack index-pack abnormal exit\n');
    expect(answer).toContain('ng refs/heads/main unpacker error\n');
    await expectNothingStored(handle);
    expect(await push(`missing-${missing}`, tip, packOf(directory, all.split('\n')))).toContain('unpack ok\n');
  });

  it('whose deltas have no base here are refused', async () => {
    const handle = await fixture.makeRepository('thin');
    const directory = await fixture.makeClient('thin');
    const text = randomBytes(4_000).toString('hex');
    await fixture.commit(directory, { 'a.txt': text });
    const tip = await fixture.commit(directory, { 'a.txt': `${text}\nmore` });
    const thin = execFileSync('git', ['pack-objects', '--stdout', '-q', '--thin', '--revs'], {
      cwd: directory,
      input: 'HEAD\n^HEAD~1\n',
    });
    expect(await push('thin', tip, thin)).toContain('unpack index-pack abnormal exit\n');
    await expectNothingStored(handle);
  });

  it('that do not hold the tip are refused', async () => {
    const handle = await fixture.makeRepository('no-tip');
    const directory = await fixture.makeClient('no-tip');
    await fixture.commit(directory, { a: 'a' });
    const blob = (await fixture.git(directory, ['rev-parse', 'HEAD:a'])).stdout.trim();
    expect(await push('no-tip', 'c'.repeat(40), packOf(directory, [blob]))).toContain(
      'ng refs/heads/main missing necessary objects\n',
    );
    await expectNothingStored(handle);
    expect(await push('no-tip', blob, packOf(directory, [blob]))).toContain(
      'ng refs/heads/main a branch must point to a commit\n',
    );
    await expectNothingStored(handle);
  });

  it.each([
    ['cut short', (pack: Buffer) => pack.subarray(0, -30)],
    [
      'altered',
      (pack: Buffer) => Buffer.concat([pack.subarray(0, 20), Buffer.from([pack.readUInt8(20) ^ 1]), pack.subarray(21)]),
    ],
    ['no pack', () => Buffer.from('this is no pack at all')],
    ['of a version to come', (pack: Buffer) => Buffer.concat([Buffer.from('PACK\0\0\0\u0009'), pack.subarray(8)])],
    ['empty but for a wrong checksum', () => Buffer.from(`5041434b0000000200000000${'00'.repeat(20)}`, 'hex')],
  ])('%s are refused', async (name, change) => {
    const repository = `corrupt-${name.replaceAll(' ', '-')}`;
    const handle = await fixture.makeRepository(repository);
    const directory = await fixture.makeClient(repository);
    const tip = await fixture.commit(directory, { a: 'a' });
    const ids = (await fixture.git(directory, ['rev-list', '--objects', '--no-object-names', 'HEAD'])).stdout.trim();
    expect(await push(repository, tip, change(packOf(directory, ids.split('\n'))))).toMatch(/unpack (?!ok)/);
    await expectNothingStored(handle);
  });
});

describe('defects', () => {
  const commitWith = (directory: string, text: (tree: string) => string) => {
    const tree = execFileSync('git', ['rev-parse', 'HEAD^{tree}'], { cwd: directory, encoding: 'utf8' }).trim();
    const id = execFileSync('git', ['hash-object', '-w', '-t', 'commit', '--stdin', '--literally'], {
      cwd: directory,
      input: text(tree),
      encoding: 'utf8',
    });
    return id.trim();
  };

  it.each([
    ['a time zone', 'A <a@b> 1234567890 +051800'],
    ['no space before the date', 'A <a@b>1234567890 +0000'],
    ['no e-mail', 'A 1234567890 +0000'],
    ['no name', '<a@b> 1234567890 +0000'],
  ])('of old histories are tolerated: %s', async (name, who) => {
    const repository = `old-${name.replaceAll(' ', '-')}`;
    await fixture.makeRepository(repository);
    const directory = await fixture.makeClient(repository);
    await fixture.commit(directory, { a: 'a' });
    const tip = commitWith(directory, (tree) => `tree ${tree}\nauthor ${who}\ncommitter ${who}\n\nold\n`);
    const pushed = await fixture.git(directory, ['push', 'origin', `${tip}:refs/heads/main`], { mayFail: true });
    expect(pushed.stderr).toContain('[new branch]');
  });

  it('that could deceive a checkout are refused', async () => {
    const handle = await fixture.makeRepository('dot-git');
    const directory = await fixture.makeClient('dot-git');
    await fixture.commit(directory, { a: 'a' });
    const blob = (await fixture.git(directory, ['rev-parse', 'HEAD:a'])).stdout.trim();
    const tree = execFileSync('git', ['hash-object', '-w', '-t', 'tree', '--stdin', '--literally'], {
      cwd: directory,
      input: Buffer.concat([Buffer.from('100644 .git\0'), Buffer.from(blob, 'hex')]),
      encoding: 'utf8',
    }).trim();
    const tip = commitWith(directory, () => `tree ${tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n`);
    const pushed = await fixture.git(directory, ['push', 'origin', `${tip}:refs/heads/main`], { mayFail: true });
    expect(pushed.stderr).toContain('hasDotgit');
    expect(pushed.stderr).toContain('unpacker error');
    expect(pushed.stderr).not.toContain(fixture.folder);
    await expectNothingStored(handle);
  });
});

describe('limits', () => {
  it('refuse a file above the limit and take one at the limit', async () => {
    const handle = await fixture.makeRepository('large');
    const directory = await fixture.makeClient('large');
    // Compresses to almost nothing: its size in the pack tells little.
    await fixture.commit(directory, { 'large.bin': Buffer.alloc(BLOB_LIMIT + 1) });
    const refused = await fixture.git(directory, ['push', 'origin', 'main'], { mayFail: true });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(`a file is larger than the limit of ${BLOB_LIMIT} bytes`);
    await expectNothingStored(handle);
    await fixture.git(directory, ['reset', '-q', '--soft', 'HEAD'], {});
    const fits = await fixture.makeClient('large');
    await fixture.commit(fits, { 'fits.bin': Buffer.alloc(BLOB_LIMIT), 'random.bin': randomBytes(BLOB_LIMIT) });
    await fixture.git(fits, ['push', '-q', 'origin', 'main']);
  });

  it('refuse a delta that claims to unpack to gigabytes', async () => {
    const handle = await fixture.makeRepository('delta-bomb');
    const base = Buffer.alloc(60_000);
    const answer = await push('delta-bomb', 'd'.repeat(40), deltaBomb(base, 3 * 1024 ** 3));
    expect(answer).toContain('unpack index-pack abnormal exit\n');
    await expectNothingStored(handle);
  });

  it('refuse a packed request that unpacks to too much', async () => {
    const handle = await fixture.makeRepository('gzip-bomb');
    const bomb = gzipSync(
      Buffer.concat([
        packet(`${NULL_OBJECT_ID} ${'e'.repeat(40)} refs/heads/main\0report-status`),
        FLUSH,
        Buffer.from('PACK\0\0\0\u0002\0\0\0\u0001'),
        Buffer.alloc(200_000_000),
      ]),
    );
    expect(bomb.length).toBeLessThan(400_000);
    const answer = await post('gzip-bomb', bomb, { 'Content-Encoding': 'gzip' });
    expect(answer).toMatch(/^413 .*unpacks to too much/);
    const fetching = await fetch(`${fixture.url}gzip-bomb/git-upload-pack`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-git-upload-pack-request', 'Content-Encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(200_000_000)),
    });
    expect(fetching.status).toBeGreaterThanOrEqual(400);
    await expectNothingStored(handle);
  });

  it('refuse encodings and types that Git does not send', async () => {
    await fixture.makeRepository('types');
    expect(await post('types', FLUSH, { 'Content-Encoding': 'br' })).toMatch(/^415 /);
    expect(await post('types', FLUSH, { 'Content-Type': 'text/plain' })).toMatch(/^415 /);
    expect(await post('types', Buffer.from('zzzz'))).toMatch(/^400 bad packet length/);
    expect(await post('types', gzipSync(FLUSH).subarray(0, 12), { 'Content-Encoding': 'gzip' })).toMatch(
      /^400 .*corrupt/,
    );
  });
});

describe('a store that fails', () => {
  it('fails the push with a report, and the next one succeeds', async () => {
    const handle = await fixture.makeRepository('full');
    const directory = await fixture.makeClient('full');
    await fixture.commit(directory, { a: 'a' });
    const place = join(fixture.folder, 'blobs', 'repositories', handle.repositoryId);
    await mkdir(dirname(place), { recursive: true });
    // A file where the folder should be: no blob of this repository can be written.
    await writeFile(place, '');
    const refused = await fixture.git(directory, ['push', 'origin', 'main'], { mayFail: true });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('remote unpack failed: internal error');
    expect(fixture.warnings.join()).toContain('A push failed');
    await rm(place);
    await expectNothingStored(handle);
    await fixture.git(directory, ['push', '-q', 'origin', 'main']);
  });
});

describe('a client that leaves', () => {
  it('in the middle of a push leaves nothing', async () => {
    const handle = await fixture.makeRepository('killed');
    const directory = await fixture.makeClient('killed');
    const tip = await fixture.commit(directory, { 'random.bin': randomBytes(2_000_000) });
    const ids = (await fixture.git(directory, ['rev-list', '--objects', '--no-object-names', 'HEAD'])).stdout.trim();
    const pack = packOf(directory, ids.split('\n'));
    const outgoing = request(`${fixture.url}killed/git-receive-pack`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-git-receive-pack-request' },
    });
    outgoing.on('error', () => {});
    outgoing.write(packet(`${NULL_OBJECT_ID} ${tip} refs/heads/main\0report-status`));
    outgoing.write(FLUSH);
    outgoing.write(pack.subarray(0, 1_000_000));
    await expect.poll(() => fixture.leftovers('incoming')).toHaveLength(1);
    await expect.poll(() => gitProcesses(fixture.folder)).not.toEqual([]);
    outgoing.destroy();
    await expect.poll(() => fixture.leftovers('incoming')).toEqual([]);
    await expect.poll(() => gitProcesses(fixture.folder)).toEqual([]);
    await expectNothingStored(handle);
    await fixture.git(directory, ['push', '-q', 'origin', 'main']);
  });

  it('in the middle of a clone ends its process', async () => {
    // Without room for responses the producer waits for its readers.
    const narrow = await openSmartHttp({ limits: { responseCacheBytes: 1 } });
    try {
      await narrow.makeRepository('hung-up');
      const directory = await narrow.makeClient('hung-up');
      const files = Array.from({ length: 8 }, (_, index) => [`${index}`, randomBytes(4_000_000)]);
      const tip = await narrow.commit(directory, Object.fromEntries(files));
      await narrow.git(directory, ['push', '-q', 'origin', 'main']);
      const outgoing = request(`${narrow.url}hung-up/git-upload-pack`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-git-upload-pack-request', 'Git-Protocol': 'version=2' },
      });
      outgoing.on('error', () => {});
      outgoing.end(
        Buffer.concat([packet('command=fetch'), Buffer.from('0001'), packet(`want ${tip}\n`), packet('done\n'), FLUSH]),
      );
      const [response] = await once(outgoing, 'response');
      await once(response, 'readable');
      expect(await gitProcesses(narrow.folder)).not.toEqual([]);
      outgoing.destroy();
      await expect.poll(() => gitProcesses(narrow.folder)).toEqual([]);
    } finally {
      await narrow.close();
    }
  });
});

/** Ids of the git processes, other than waiting readers, that work below a folder. */
async function gitProcesses(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      if (!(await readlink(`/proc/${pid}/cwd`)).startsWith(folder)) continue;
      const command = execFileSync('cat', [`/proc/${pid}/cmdline`], { encoding: 'utf8' });
      if (command.includes('index-pack') || command.includes('upload-pack') || command.includes('pack-objects')) {
        found.push(`${pid} ${command.replaceAll('\0', ' ')}`);
      }
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

/** A pack of a blob and a delta on it that claims a result of `size` bytes. */
function deltaBomb(base: Buffer, size: number): Buffer {
  const name = createHash('sha1').update(`blob ${base.length}\0`).update(base).digest();
  const copyAll = Buffer.from([0x80 | 0x10 | 0x20, base.length & 255, base.length >> 8]);
  const delta = Buffer.concat([lengthOf(base.length), lengthOf(size), ...Array(1_000).fill(copyAll)]);
  const content = Buffer.concat([
    Buffer.from('PACK\0\0\0\u0002\0\0\0\u0002'),
    entryHeader(3, base.length),
    deflateSync(base),
    entryHeader(7, delta.length),
    name,
    deflateSync(delta),
  ]);
  return Buffer.concat([content, createHash('sha1').update(content).digest()]);
}

function lengthOf(length: number): Buffer {
  const bytes: number[] = [];
  for (let rest = length; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest >= 128 ? (rest % 128) | 128 : rest);
    if (rest < 128) return Buffer.from(bytes);
  }
}

function entryHeader(type: number, size: number): Buffer {
  const rest = size >> 4;
  const first = (type << 4) | (size & 15);
  return rest === 0 ? Buffer.from([first]) : Buffer.concat([Buffer.from([first | 128]), lengthOf(rest)]);
}

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CloudTrailRecord } from '../../src/observability/audit/cloudtrail-record.ts';
import { createGitUser, createRepository, deleteRepository, putUserPolicy } from '../harness/account-setup.ts';
import { requireClient } from '../harness/clients.ts';
import { runCodekeep } from '../harness/codekeep-command.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { type GitClient, type GitCredential, gitClient } from '../harness/git-client.ts';

// Large files with Debian's git-lfs, then what its API must refuse.

const gitLfs = await requireClient('git-lfs');
const MARK = 'a plaintext that must rest nowhere on disk';

describe.skipIf(gitLfs.skipReason)(`Git LFS ${gitLfs.skipReason ?? ''}`, () => {
  let server: CodekeepServer;
  let ana: GitCredential;
  let reader: GitCredential;
  let git: GitClient;
  let url: string;
  let work: string;
  const large = Buffer.concat([Buffer.from(MARK), randomBytes(20_000_000)]);
  const idOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
  const api = (path: string, init: RequestInit & { as?: GitCredential } = {}) => {
    const { userName, password } = init.as ?? ana;
    const authorization = `Basic ${Buffer.from(`${userName}:${password}`).toString('base64')}`;
    return fetch(`${url}/info/lfs${path}`, { ...init, headers: { authorization, ...init.headers } });
  };
  const post = (path: string, body: unknown, as?: GitCredential) =>
    api(path, { method: 'POST', body: JSON.stringify(body), ...(as !== undefined && { as }) });
  const batch = async (operation: string, objects: object[], as?: GitCredential) =>
    (await post('/objects/batch', { operation, objects }, as)).json() as Promise<{ objects: LfsAnswer[] }>;
  const put = (content: Uint8Array, id = idOf(content)) =>
    api(`/objects/${id}`, { method: 'PUT', body: new Uint8Array(content) });

  beforeAll(async () => {
    server = await startCodekeep();
    ana = await createGitUser(server, 'ana');
    reader = await createGitUser(server, 'reader');
    await putUserPolicy(server, 'reader', { Effect: 'Deny', Action: 'codecommit:GitPush', Resource: '*' });
    git = await gitClient([ana]);
    await git.output(['lfs', 'install', '--skip-repo']);
    url = await createRepository(server, 'assets');
    work = join(git.home, 'assets');
    await git.output(['clone', '-q', url, work]);
  });
  afterAll(async () => {
    await git?.dispose();
    await server?.dispose();
  });

  it('pushes large files, and gives them to a second clone', async () => {
    await git.output(['lfs', 'track', '*.bin'], { cwd: work });
    await writeFile(join(work, 'large.bin'), large);
    await writeFile(join(work, 'small.bin'), 'small');
    await writeFile(join(work, 'größe und leer.bin'), 'name');
    await git.output(['add', '.'], { cwd: work });
    await git.output(['commit', '-q', '-m', 'Assets'], { cwd: work });
    await git.output(['push', '-q', 'origin', 'main'], { cwd: work });
    const second = join(git.home, 'second');
    await git.output(['clone', '-q', url, second]);
    expect((await readFile(join(second, 'large.bin'))).equals(large)).toBe(true);
    expect(await readFile(join(second, 'größe und leer.bin'), 'utf8')).toBe('name');
    // In Git there are pointers only.
    expect(await git.output(['cat-file', 'blob', 'HEAD:large.bin'], { cwd: work })).toContain(
      `oid sha256:${idOf(large)}`,
    );
  });

  it('gives them after a restart', async () => {
    await server.restart();
    const third = join(git.home, 'third');
    await git.output(['clone', '-q', url, third]);
    expect((await readFile(join(third, 'large.bin'))).equals(large)).toBe(true);
  });

  it('keeps them encrypted', async () => {
    const files = await readdir(server.dataDir, { recursive: true, withFileTypes: true });
    const stored = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    expect(stored.some((path) => path.includes('/lfs/'))).toBe(true);
    for (const path of stored) expect((await readFile(path)).includes(MARK), path).toBe(false);
  });

  it('locks, tells others, and unlocks', async () => {
    const lfs = (...args: string[]) => git.run(['lfs', ...args], { cwd: work });
    expect((await lfs('lock', 'large.bin')).stdout).toContain('Locked large.bin');
    expect((await lfs('locks')).stdout).toMatch(/^large\.bin\s+ana\s+ID:/);
    expect((await lfs('lock', 'large.bin')).stderr).toContain('already locked by ana');
    const other = await createGitUser(server, 'other');
    const theirs = await post('/locks/verify', {}, other);
    expect(await theirs.json()).toMatchObject({ ours: [], theirs: [{ path: 'large.bin', owner: { name: 'ana' } }] });
    const [{ id }] = ((await (await api('/locks')).json()) as { locks: [{ id: string }] }).locks;
    const taken = await post(`/locks/${id}/unlock`, {}, other);
    expect([taken.status, await taken.json()]).toMatchObject([
      403,
      { message: expect.stringContaining('locked by ana') },
    ]);
    expect((await lfs('unlock', 'large.bin')).stdout).toContain('Unlocked large.bin');
    expect((await post(`/locks/${id}/unlock`, {})).status).toBe(404);
    await lfs('lock', 'small.bin');
    const forced = ((await (await api('/locks')).json()) as { locks: [{ id: string }] }).locks[0].id;
    expect((await post(`/locks/${forced}/unlock`, { force: true }, other)).status).toBe(200);
    expect(await (await api('/locks')).json()).toEqual({ locks: [] });
  });

  it('pages through locks, and lets only one of many have a path', async () => {
    const attempts = await Promise.all(Array.from({ length: 10 }, () => post('/locks', { path: 'contended' })));
    expect(attempts.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(attempts.filter(({ status }) => status === 409)).toHaveLength(9);
    for (const path of ['a', 'b', 'c']) expect((await post('/locks', { path })).status).toBe(201);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api(`/locks?limit=1${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      const { locks, next_cursor } = (await page.json()) as { locks: { path: string }[]; next_cursor?: string };
      expect(locks).toHaveLength(1);
      seen.push(...locks.map(({ path }) => path));
      cursor = next_cursor;
    } while (cursor !== undefined);
    expect(seen.sort()).toEqual(['a', 'b', 'c', 'contended']);
    expect(await (await api('/locks?path=b')).json()).toMatchObject({ locks: [{ path: 'b' }] });
  });

  it('resumes a download', async () => {
    const from = 3_000_001;
    const rest = await api(`/objects/${idOf(large)}`, { headers: { range: `bytes=${from}-` } });
    expect(rest.status).toBe(206);
    expect(rest.headers.get('content-range')).toBe(`bytes ${from}-${large.length - 1}/${large.length}`);
    expect(Buffer.from(await rest.arrayBuffer()).equals(large.subarray(from))).toBe(true);
    const middle = await api(`/objects/${idOf(large)}`, { headers: { range: 'bytes=2-1048580' } });
    expect(Buffer.from(await middle.arrayBuffer()).equals(large.subarray(2, 1_048_581))).toBe(true);
    const beyond = await api(`/objects/${idOf(large)}`, { headers: { range: `bytes=${large.length}-` } });
    expect(beyond.status).toBe(416);
  });

  it('takes an object once, also when it comes twice at the same time, and none that is empty wrongly', async () => {
    const content = randomBytes(300_000);
    const answers = await Promise.all([put(content), put(content), put(content)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await batch('upload', [{ oid: idOf(content), size: content.length }])).objects[0]?.actions).toBeUndefined();
    expect((await put(Buffer.alloc(0))).status).toBe(200);
    expect((await (await api(`/objects/${idOf(Buffer.alloc(0))}`)).arrayBuffer()).byteLength).toBe(0);
  });

  it('refuses what is not the object, and keeps nothing of it', async () => {
    const wrong = await put(randomBytes(100), 'ab'.repeat(32));
    expect([wrong.status, await wrong.json()]).toMatchObject([422, { message: expect.stringContaining('SHA-256 is') }]);
    const { objects } = await batch('download', [{ oid: 'ab'.repeat(32), size: 100 }]);
    expect(objects[0]?.error).toEqual({ code: 404, message: 'The object does not exist' });
  });

  it('keeps nothing of an upload that breaks off', async () => {
    const content = randomBytes(3_000_000);
    const { userName, password } = ana;
    const upload = httpRequest(`${url}/info/lfs/objects/${idOf(content)}`, {
      method: 'PUT',
      auth: `${userName}:${password}`,
      headers: { 'Content-Length': content.length },
    });
    upload.on('error', () => {});
    upload.write(content.subarray(0, 2_000_000));
    await expect.poll(() => unfinished(server)).not.toEqual([]);
    upload.destroy();
    await expect.poll(() => unfinished(server)).toEqual([]);
    expect((await post('/objects/verify', { oid: idOf(content), size: content.length })).status).toBe(404);
    expect((await put(content)).status).toBe(200);
    expect((await post('/objects/verify', { oid: idOf(content), size: content.length })).status).toBe(200);
    expect((await post('/objects/verify', { oid: idOf(content), size: 1 })).status).toBe(422);
  });

  it('lets a reader download and not upload, lock or look as if', async () => {
    const object = { oid: idOf(large), size: large.length };
    expect((await batch('download', [object], reader)).objects[0]?.actions?.download?.href).toBe(
      `${url}/info/lfs/objects/${object.oid}`,
    );
    const denied = 'is not authorized to perform: codecommit:GitPush';
    for (const refused of [
      await post('/objects/batch', { operation: 'upload', objects: [object] }, reader),
      await api(`/objects/${object.oid}`, { method: 'PUT', body: 'x', as: reader }),
      await post('/objects/verify', object, reader),
      await post('/locks', { path: 'x' }, reader),
      await post('/locks/verify', {}, reader),
    ]) {
      expect([refused.status, await refused.json()]).toMatchObject([403, { message: expect.stringContaining(denied) }]);
    }
    const client = await gitClient([reader]);
    const clone = join(client.home, 'assets');
    await client.output(['lfs', 'install', '--skip-repo']);
    await client.output(['clone', '-q', url, clone]);
    await writeFile(join(clone, 'new.bin'), 'new');
    await client.output(['add', '.'], { cwd: clone });
    await client.output(['commit', '-q', '-m', 'New'], { cwd: clone });
    const pushed = await client.run(['push', 'origin', 'main'], { cwd: clone });
    expect(pushed.exitCode).not.toBe(0);
    expect(pushed.stderr).toContain(denied);
    await client.dispose();
  });

  it('asks for credentials, and refuses wrong ones', async () => {
    const nobody = await fetch(`${url}/info/lfs/locks`);
    expect(nobody.status).toBe(401);
    expect(nobody.headers.get('lfs-authenticate')).toBe('Basic realm="Codekeep"');
    expect((await api('/locks', { as: { ...ana, password: 'wrong' } })).status).toBe(401);
    expect((await fetch(`${url}/info/lfs/locks`, { headers: { authorization: 'Bearer AAAA' } })).status).toBe(401);
  });

  it.each([
    ['no JSON', '{', 422, 'no JSON'],
    ['an unknown operation', { operation: 'delete', objects: [] }, 422, 'operation'],
    ['another hash', { operation: 'download', objects: [], hash_algo: 'sha512' }, 422, 'only sha256'],
    [
      'more than 1,000 objects',
      { operation: 'download', objects: Array.from({ length: 1_001 }, () => ({ oid: '0'.repeat(64), size: 1 })) },
      422,
      'more than 1000 objects',
    ],
    [
      'too much',
      { operation: 'download', objects: [], padding: 'x'.repeat(1_100_000) },
      413,
      'longer than 1048576 bytes',
    ],
  ])('refuses a batch of %s', async (_, body, status, message) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const refused = await api('/objects/batch', { method: 'POST', body: text });
    expect([refused.status, await refused.json()]).toMatchObject([
      status,
      { message: expect.stringContaining(message) },
    ]);
    expect(refused.headers.get('content-type')).toBe('application/vnd.git-lfs+json');
  });

  it('tells for each object of a batch what is wrong with it', async () => {
    const { objects } = await batch('upload', [
      { oid: 'nothing', size: 1 },
      { oid: 'ab'.repeat(32), size: 6 * 1024 ** 3 },
    ]);
    expect(objects.map(({ error }) => error?.code)).toEqual([422, 422]);
  });

  it('wants the length of an upload', async () => {
    const upload = httpRequest(`${url}/info/lfs/objects/${'ab'.repeat(32)}`, {
      method: 'PUT',
      auth: `${ana.userName}:${ana.password}`,
      headers: { 'Transfer-Encoding': 'chunked' },
    });
    upload.end('x');
    const [response] = await once(upload, 'response');
    expect(response.statusCode).toBe(411);
    response.resume();
  });

  it('has left all of it in the audit trail, and no secret', async () => {
    await server.restart();
    const folder = join(server.dataDir, 'audit');
    const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
    const records: CloudTrailRecord[] = files
      .flatMap((text) => text.split('\n').filter((line) => line !== ''))
      .map((line) => JSON.parse(line).record)
      .filter(({ additionalEventData }) => additionalEventData?.gitLfs);
    const changes = records.filter(({ readOnly }) => !readOnly);
    const changed = (parameters: object) => changes.filter((record) => matches(record.requestParameters, parameters));
    expect(changed({ lfsObject: { oid: idOf(large), size: large.length } })).toMatchObject([
      {
        eventName: 'GitPush',
        userIdentity: { userName: 'ana' },
        userAgent: expect.stringMatching(/^git-lfs\//),
        additionalEventData: { protocol: 'HTTP', dataTransferred: true, repositoryName: 'assets' },
        resources: [{ type: 'AWS::CodeCommit::Repository', ARN: expect.stringMatching(/:assets$/) }],
      },
    ]);
    expect(changed({ lfsLock: { path: 'large.bin' } })).toHaveLength(1);
    expect(changed({ lfsUnlock: { path: 'large.bin', force: false } })).toHaveLength(1);
    expect(changed({ lfsUnlock: { path: 'small.bin', force: true } })).toMatchObject([
      { userIdentity: { userName: 'other' } },
    ]);
    const outcomes = new Set(
      records.map(({ eventName, userIdentity, errorCode = 'done', additionalEventData }) => {
        const { dataTransferred } = additionalEventData as { dataTransferred: boolean };
        return `${userIdentity.userName} ${eventName} ${errorCode}${dataTransferred ? ', objects' : ''}`;
      }),
    );
    expect([...outcomes].sort()).toEqual([
      'ana GitPull done',
      'ana GitPull done, objects',
      'ana GitPush LockRefused',
      'ana GitPush done',
      'ana GitPush done, objects',
      'other GitPush LockRefused',
      'other GitPush done',
      'reader GitPull done',
      'reader GitPull done, objects',
      'reader GitPush AccessDenied',
    ]);
    for (const secret of [ana.password, reader.password, 'Bearer ', 'Basic ', MARK]) {
      for (const text of files) expect(text.includes(secret)).toBe(false);
    }
  });

  it('are checked by codekeep verify', async () => {
    const verify = () => runCodekeep(['verify', '--data', server.dataDir, '--working-copies', server.workingCopies]);
    await server.stop();
    expect(await verify()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('whole') });
    const blobs = await Promise.all(
      (await lfsBlobs(server)).map(async (name) => {
        const path = join(server.dataDir, 'blobs', name);
        return { path, size: (await stat(path)).size };
      }),
    );
    const [largest, second] = blobs.sort((a, b) => b.size - a.size);
    const damaged = await readFile(largest?.path ?? '');
    damaged[9_000_000] = (damaged[9_000_000] ?? 0) ^ 1;
    await writeFile(largest?.path ?? '', damaged);
    await rm(second?.path ?? '');
    const { exitCode, stdout } = await verify();
    expect(exitCode).toBe(2);
    expect(stdout).toContain(`the LFS object ${idOf(large)} does not decrypt: it was altered or cut`);
    expect(stdout).toMatch(/the LFS object [0-9a-f]{64} is missing/);
    await server.restart();
  });

  it('forgets the objects of a deleted repository', async () => {
    await deleteRepository(server, 'assets');
    expect((await api('/locks')).status).toBe(404);
    await server.restart();
    await expect.poll(async () => (await lfsBlobs(server)).length).toBe(0);
  });
});

interface LfsAnswer {
  readonly actions?: { readonly download?: { readonly href: string } };
  readonly error?: { readonly code: number; readonly message: string };
}

function matches(actual: unknown, expected: object): boolean {
  return Object.entries(expected).every(([name, value]) => {
    const found = (actual as Record<string, unknown> | null)?.[name];
    return typeof value === 'object' ? found !== undefined && matches(found, value) : found === value;
  });
}

/** What is being stored right now. */
async function unfinished(server: CodekeepServer): Promise<string[]> {
  const [node = ''] = await readdir(join(server.dataDir, 'blobs', '.unfinished'));
  return readdir(join(server.dataDir, 'blobs', '.unfinished', node));
}

async function lfsBlobs(server: CodekeepServer): Promise<string[]> {
  const files = await readdir(join(server.dataDir, 'blobs'), { recursive: true });
  return files.filter((name) => /^lfs\/.+\/.+/.test(name));
}

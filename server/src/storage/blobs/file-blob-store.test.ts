import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlobNotFoundError } from './blob-store.ts';
import { FileBlobStore } from './file-blob-store.ts';

const REPOSITORY = 'repositories/5b7c0f0e-6f5c-4dd1-8a86-2f0c7c4c9d11';
const NAME = `${REPOSITORY}/9f0c2b1e-8a4e-4c8b-9a51-3a3f6f0f8d10.pack`;
const MODULE = new URL('./file-blob-store.ts', import.meta.url).href;

let root: string;
let store: FileBlobStore;

beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'codekeep-blobs-')), 'blobs');
  store = await FileBlobStore.open(root);
});

afterEach(() => rm(join(root, '..'), { recursive: true }));

async function* chunksOf(...chunks: Uint8Array[]) {
  yield* chunks;
}

async function listed(prefix = ''): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list(prefix)) names.push(name);
  return names.sort();
}

async function everyFile(): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function expectNothingLeft(): Promise<void> {
  expect(await listed()).toEqual([]);
  await expect(store.get(NAME)).rejects.toThrow(BlobNotFoundError);
  expect(await everyFile()).toEqual([]);
}

/** Runs `script` with the store's module in a process of its own; `limits` are options of prlimit. */
function storeProcess(script: string, limits?: string) {
  const node = [process.execPath, '--input-type=module', '--eval', script];
  const [command = '', ...parameters] = limits === undefined ? node : ['prlimit', limits, ...node];
  return spawn(command, parameters, {
    env: { PATH: process.env.PATH, STORE_MODULE: MODULE, STORE_ROOT: root, BLOB_NAME: NAME },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe('a blob', () => {
  it('comes back whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 })), async (chunks) => {
        const name = `${REPOSITORY}/${randomUUID()}.idx`;
        await store.put(name, chunksOf(...chunks));
        expect(await buffer(await store.get(name))).toEqual(Buffer.concat(chunks));
      }),
      { numRuns: 30 },
    );
  });

  it('comes back whole when it is large', async () => {
    const chunk = randomBytes(1 << 20);
    await store.put(NAME, chunksOf(...Array.from({ length: 20 }, () => chunk)));
    const content = await buffer(await store.get(NAME));
    expect(content.length).toBe(20 << 20);
    expect(content.subarray(19 << 20).equals(chunk)).toBe(true);
  });

  it('is for the owner of the process alone', async () => {
    await store.put(NAME, chunksOf(Buffer.from('x')));
    expect((await stat(root)).mode & 0o777).toBe(0o700);
    expect((await stat(join(root, REPOSITORY))).mode & 0o777).toBe(0o700);
    expect((await stat(join(root, NAME))).mode & 0o777).toBe(0o600);
  });

  it('is invisible until all of it is there', async () => {
    const source = new PassThrough();
    const put = store.put(NAME, source);
    const taken = once(source, 'data');
    source.write('first');
    await taken;
    await expect(store.get(NAME)).rejects.toThrow(BlobNotFoundError);
    expect(await listed()).toEqual([]);
    source.end('second');
    await put;
    expect(await listed()).toEqual([NAME]);
  });

  it('is still there for a store opened later', async () => {
    await store.put(NAME, chunksOf(Buffer.from('x')));
    const later = await FileBlobStore.open(root);
    expect((await buffer(await later.get(NAME))).toString()).toBe('x');
  });

  it('that another owner is writing is left alone by one that starts', async () => {
    await FileBlobStore.open(root, 'other');
    await writeFile(join(root, '.unfinished', 'other', 'half'), 'half');
    await FileBlobStore.open(root);
    expect(await readdir(join(root, '.unfinished', 'other'))).toEqual(['half']);
    await FileBlobStore.open(root, 'other');
    expect(await readdir(join(root, '.unfinished', 'other'))).toEqual([]);
  });

  it('can be deleted, also twice', async () => {
    await store.put(NAME, chunksOf(Buffer.from('x')));
    await store.delete(NAME);
    await store.delete(NAME);
    await expectNothingLeft();
    expect(await readdir(root)).toEqual(['.unfinished']);
  });

  it('that is being read is read to its end after it was deleted', async () => {
    const content = randomBytes(5 << 20);
    await store.put(NAME, chunksOf(content));
    const reading = await store.get(NAME);
    await store.delete(NAME);
    expect((await buffer(reading)).equals(content)).toBe(true);
  });

  it('may be put while the last other one of its folder is deleted', async () => {
    for (let round = 0; round < 50; round += 1) {
      const other = `${REPOSITORY}/${randomUUID()}.pack`;
      await store.put(other, chunksOf(Buffer.from('x')));
      await Promise.all([store.delete(other), store.put(NAME, chunksOf(Buffer.from('y')))]);
      expect(await listed()).toEqual([NAME]);
      await store.delete(NAME);
    }
  });
});

describe('a put that fails', () => {
  it('because its source fails leaves nothing', async () => {
    async function* failing() {
      yield randomBytes(100_000);
      throw new Error('the source failed');
    }
    await expect(store.put(NAME, failing())).rejects.toThrow('the source failed');
    await expectNothingLeft();
  });

  it('because its source is a stream that breaks off leaves nothing', async () => {
    const source = new PassThrough();
    const put = store.put(NAME, source);
    const taken = once(source, 'data');
    source.write('first');
    await taken;
    source.destroy();
    await expect(put).rejects.toThrow(/premature/i);
    await expectNothingLeft();
  });

  it('because it is aborted leaves nothing', async () => {
    const abortion = new AbortController();
    async function* endless() {
      for (let count = 0; ; count += 1) {
        if (count === 10) abortion.abort();
        yield randomBytes(10_000);
      }
    }
    const run = pipeline(Readable.from(endless()), (content: AsyncIterable<Uint8Array>) => store.put(NAME, content), {
      signal: abortion.signal,
    });
    await expect(run).rejects.toThrow(/abort/);
    await expectNothingLeft();
  });

  it('because there is no room ends its source and leaves nothing', async () => {
    const child = storeProcess(
      `import { randomBytes } from 'node:crypto';
       process.on('SIGXFSZ', () => {});
       const { FileBlobStore } = await import(process.env.STORE_MODULE);
       const store = new FileBlobStore(process.env.STORE_ROOT);
       let ended = false;
       async function* endless() {
         try { for (;;) yield randomBytes(65536); } finally { ended = true; }
       }
       const outcome = await store.put(process.env.BLOB_NAME, endless()).then(() => 'stored', (error) => error.code);
       console.log(outcome, ended);`,
      '--fsize=1000000',
    );
    expect((await buffer(child.stdout)).toString()).toBe('EFBIG true\n');
    await expectNothingLeft();
  });

  it('because its place cannot be had leaves nothing', async () => {
    await writeFile(join(root, 'repositories'), 'a file where a folder should be');
    await expect(store.put(NAME, chunksOf(Buffer.from('x')))).rejects.toThrow();
    expect(await readdir(join(root, '.unfinished', 'store'))).toEqual([]);
  });

  it('does not harm the next one of the same name', async () => {
    async function* failing() {
      yield randomBytes(10);
      throw new Error('the source failed');
    }
    await expect(store.put(NAME, failing())).rejects.toThrow();
    await store.put(NAME, chunksOf(Buffer.from('x')));
    expect(await listed()).toEqual([NAME]);
  });

  it('because the process was killed leaves nothing once the store is opened again', async () => {
    await store.put(`${REPOSITORY}/kept.pack`, chunksOf(Buffer.from('kept')));
    const child = storeProcess(
      `const { FileBlobStore } = await import(process.env.STORE_MODULE);
       const store = new FileBlobStore(process.env.STORE_ROOT);
       async function* stuck() {
         yield Buffer.alloc(100000, 'x');
         yield Buffer.alloc(100000, 'y');
         console.log('written');
         setInterval(() => {}, 1000);
         await new Promise(() => {});
       }
       await store.put(process.env.BLOB_NAME, stuck());`,
    );
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await everyFile()).toHaveLength(2);
    store = await FileBlobStore.open(root);
    expect(await everyFile()).toEqual([join(root, REPOSITORY, 'kept.pack')]);
    expect(await listed()).toEqual([`${REPOSITORY}/kept.pack`]);
  });
});

describe('listing', () => {
  const names = ['repositories/a/1.pack', 'repositories/a/1.idx', 'repositories/b/2.pack', 'lfs/a/3'].sort();

  beforeEach(async () => {
    for (const name of names) await store.put(name, chunksOf(Buffer.from(name)));
  });

  it('gives every blob under a prefix, with size and time', async () => {
    expect(await listed()).toEqual(names);
    expect(await listed('repositories/')).toEqual(names.filter((name) => name.startsWith('repositories/')));
    expect(await listed('repositories/b/')).toEqual(['repositories/b/2.pack']);
    expect(await listed('nothing/')).toEqual([]);
    for await (const { name, size, modifiedAt } of store.list('')) {
      expect(size).toBe(name.length);
      expect(modifiedAt).toEqual((await stat(join(root, name))).mtime);
    }
  });

  it('goes on when blobs are deleted under way', async () => {
    const seen: string[] = [];
    for await (const { name } of store.list('')) {
      seen.push(name);
      for (const other of names) await store.delete(other);
    }
    expect(names).toEqual(expect.arrayContaining(seen));
    expect(seen.length).toBeLessThan(names.length);
  });
});

it.each(['../outside', 'repositories/../../outside', '/etc/passwd', '.unfinished/x', ''])(
  'no method takes the name %j',
  async (name) => {
    await expect(store.put(name, chunksOf(Buffer.from('x')))).rejects.toThrow(TypeError);
    await expect(store.get(name)).rejects.toThrow(TypeError);
    await expect(store.delete(name)).rejects.toThrow(TypeError);
    if (name !== '') await expect(store.list(`${name}/`)[Symbol.asyncIterator]().next()).rejects.toThrow(TypeError);
    expect(await everyFile()).toEqual([]);
  },
);

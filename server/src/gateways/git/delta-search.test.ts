import { chmod, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { temporaryFolder } from '../../../test/harness/temporary-folders.ts';
import type { RepositoryHandle } from '../../repositories/repositories.ts';
import { openSmartHttp, type SmartHttpFixture } from './smart-http.fixture.ts';

const VERSIONS = 20;
const FILES = 60;

/** Of every pack that the repository has had, as long as none was collected. */
async function packSizes(fixture: SmartHttpFixture, handle: RepositoryHandle): Promise<number[]> {
  const rows = await fixture.database
    .selectFrom('packs')
    .select('size')
    .where('repository_id', '=', handle.repositoryId)
    .orderBy('created_at')
    .execute();
  return rows.map(({ size }) => size);
}

async function packBytes(clone: string): Promise<number> {
  const folder = join(clone, 'objects', 'pack');
  const packs = (await readdir(folder)).filter((name) => name.endsWith('.pack'));
  return (await Promise.all(packs.map((name) => stat(join(folder, name))))).reduce((sum, { size }) => sum + size, 0);
}

/** Pushes more than a thousand objects that are alike, with deltas or without. */
async function pushHistory(fixture: SmartHttpFixture, name: string, window: 0 | 10): Promise<string> {
  const directory = await fixture.makeClient(name);
  const lines = Array.from({ length: 200 }, (_, line) => `${(line * 2_654_435_761) % 4_294_967_296}\n`);
  for (let version = 0; version < VERSIONS; version++) {
    lines[version] = `changed in ${version}\n`;
    const files = Array.from({ length: FILES }, (_, file) => [`${file}.txt`, `${file}\n${lines.join('')}`] as const);
    await fixture.commit(directory, Object.fromEntries(files));
  }
  await fixture.git(directory, ['-c', `pack.window=${window}`, 'push', '-q', 'origin', 'main']);
  return directory;
}

async function expectWholeClone(fixture: SmartHttpFixture, name: string, directory: string): Promise<void> {
  const client = await fixture.makeClient(name);
  await fixture.git(client, ['fetch', '-q', 'origin', 'main:refs/heads/fetched']);
  await fixture.git(client, ['fsck', '--full']);
  expect(await fixture.objectsOf(client)).toEqual(await fixture.objectsOf(directory));
}

describe.each(databaseEngines)('the search for deltas, on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let fixture: SmartHttpFixture;
    beforeEach(async () => {
      fixture = await openSmartHttp({ engine });
    });
    afterEach(() => fixture.close());

    it('makes a history small that was pushed without deltas, once', async () => {
      const handle = await fixture.makeRepository('poor');
      const directory = await pushHistory(fixture, 'poor', 0);
      await fixture.repositories.settled();
      const [pack, ...others] = await fixture.listedPacks(handle);
      expect(others).toEqual([]);
      expect(pack?.files.split(',').sort()).toEqual(['bitmap', 'graph', 'idx', 'rev']);
      expect(pack?.searched_objects).toBe(pack?.object_count);
      const [received = 0, whole = 0, searched = 0, ...more] = await packSizes(fixture, handle);
      expect(more).toEqual([]);
      expect(whole).toBeGreaterThan(received * 0.9);
      expect(searched).toBeLessThan(received / 4);
      // The answer to a clone was made ready before the search, too.
      const clone = join(fixture.folder, `clone-${engine.name}`);
      await fixture.git(fixture.folder, ['clone', '-q', '--bare', `${fixture.url}poor`, clone]);
      expect(await packBytes(clone)).toBeLessThan(received / 4);
      for (const restart of [false, true]) {
        if (restart) await fixture.restart();
        await expectWholeClone(fixture, 'poor', directory);
        expect(await fixture.repositories.needsCompaction(handle.repositoryId)).toBe(false);
        expect(await fixture.repositories.compact(handle, 'by hand')).toBe(false);
      }
      // A compaction of what comes next knows what has been searched.
      await fixture.commit(directory, { next: 'next' });
      await fixture.git(directory, ['push', '-q', 'origin', 'main']);
      expect(await fixture.repositories.compact(handle, 'by hand')).toBe(true);
      expect(await fixture.listedPacks(handle)).toMatchObject([
        { searched_objects: pack?.searched_objects, object_count: (pack?.object_count ?? 0) + 3 },
      ]);
      expect(await fixture.repositories.verify(handle)).toEqual([]);
      expect(fixture.warnings).toEqual([]);
    });

    it('leaves packs that are as small already', async () => {
      const handle = await fixture.makeRepository('good');
      const directory = await pushHistory(fixture, 'good', 10);
      await fixture.repositories.settled();
      const [pack, ...others] = await fixture.listedPacks(handle);
      expect(others).toEqual([]);
      expect(pack?.searched_objects).toBe(pack?.object_count);
      expect(await packSizes(fixture, handle)).toHaveLength(2);
      expect(await fixture.repositories.needsCompaction(handle.repositoryId)).toBe(false);
      await expectWholeClone(fixture, 'good', directory);
      expect(fixture.warnings).toEqual([]);
    });
  });
});

describe('a search for deltas', () => {
  const path = process.env.PATH;
  let programs: Awaited<ReturnType<typeof temporaryFolder>>;
  let fixture: SmartHttpFixture;
  /** The installed git, but for what a search does first. */
  const slowGit = async (atSearch: string) => {
    await writeFile(
      join(programs.path, 'git'),
      `#!/bin/sh\nhere=\${0%/*}\ncase " $* " in *" repack "*" -f "*) ${atSearch} ;; esac\nPATH='${path}' exec git "$@"\n`,
    );
    await chmod(join(programs.path, 'git'), 0o755);
    process.env.PATH = `${programs.path}:${path}`;
    fixture = await openSmartHttp({ limits: { packsBeforeCompaction: 6 } });
    process.env.PATH = path;
  };
  /** A repository whose history has been compacted, and whose deltas are not searched before `letGo`. */
  const heldSearch = async (name: string) => {
    const hold = join(programs.path, 'hold');
    await writeFile(hold, '');
    await slowGit('while [ -e "$here/hold" ]; do sleep 0.05; done');
    const handle = await fixture.makeRepository(name);
    const directory = await pushHistory(fixture, name, 0);
    await expect.poll(() => packSizes(fixture, handle)).toHaveLength(2);
    return { handle, directory, letGo: () => rm(hold) };
  };
  beforeEach(async () => {
    programs = await temporaryFolder('slow-git');
  });
  afterEach(async () => {
    process.env.PATH = path;
    await fixture.close();
    await programs.remove();
  });

  it('gives way to pushes that call for a compaction, and is made up for later', async () => {
    const { handle, directory, letGo } = await heldSearch('busy');
    for (let index = 0; index < 5; index++) {
      await fixture.commit(directory, { [`pushed-${index}`]: `${index}` });
      await fixture.git(directory, ['push', '-q', 'origin', 'main']);
    }
    await fixture.repositories.settled();
    expect(await fixture.leftovers('maintenance')).toEqual([]);
    expect((await fixture.listedPacks(handle)).map((pack) => pack.searched_objects)).toEqual([0, 0]);
    expect(await fixture.repositories.needsCompaction(handle.repositoryId)).toBe(false);
    await expectWholeClone(fixture, 'busy', directory);

    await letGo();
    await fixture.restart();
    expect(await fixture.repositories.compact(handle, 'round')).toBe(true);
    const [pack, ...others] = await fixture.listedPacks(handle);
    expect(others).toEqual([]);
    expect(pack?.searched_objects).toBe(pack?.object_count);
    await expectWholeClone(fixture, 'busy', directory);
    expect(fixture.warnings).toEqual([]);
  });

  it('that fails leaves the packs as they are, with a warning, and is not repeated', async () => {
    await slowGit('echo fatal: too large >&2; exit 128');
    const handle = await fixture.makeRepository('failing');
    const directory = await pushHistory(fixture, 'failing', 0);
    await fixture.repositories.settled();
    expect(fixture.warnings).toEqual([
      expect.stringMatching(
        new RegExp(`^The packs of repository ${handle.repositoryId} could not be made smaller: .*fatal: too large$`),
      ),
    ]);
    const [pack, ...others] = await fixture.listedPacks(handle);
    expect(others).toEqual([]);
    expect(pack?.searched_objects).toBe(pack?.object_count);
    expect(await fixture.repositories.needsCompaction(handle.repositoryId)).toBe(false);
    expect(await fixture.leftovers('maintenance')).toEqual([]);
    await expectWholeClone(fixture, 'failing', directory);
  });

  it('that is cut off by the end of the server is begun again at the next start', async () => {
    const { handle, directory, letGo } = await heldSearch('stopped');
    await fixture.restart();
    await letGo();
    await expectWholeClone(fixture, 'stopped', directory);
    expect(await fixture.repositories.needsCompaction(handle.repositoryId)).toBe(true);
    expect(await fixture.repositories.compact(handle, 'round')).toBe(true);
    expect(fixture.warnings).toEqual([]);
  });
});

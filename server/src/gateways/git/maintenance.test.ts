import { randomBytes } from 'node:crypto';
import { appendFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openIntent } from '../../repositories/blob-intents.ts';
import type { RepositoryHandle } from '../../repositories/repositories.ts';
import { openSmartHttp, type SmartHttpFixture } from './smart-http.fixture.ts';

function blobsOf(fixture: SmartHttpFixture, handle: RepositoryHandle): Promise<string[]> {
  return readdir(join(fixture.folder, 'blobs', 'repositories', handle.repositoryId));
}

describe.each(databaseEngines)('maintenance on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let fixture: SmartHttpFixture;
    beforeAll(async () => {
      fixture = await openSmartHttp({ engine, limits: { packsBeforeCompaction: 6, gracePeriodMs: 0 } });
    });
    afterAll(() => fixture.close());

    it('keeps packs few while pushes and clones go on, and loses nothing', async () => {
      const handle = await fixture.makeRepository('compacted');
      const directory = await fixture.makeClient('compacted');
      const lost = await fixture.commit(directory, { 'lost.txt': 'not reachable soon' });
      await fixture.git(directory, ['push', '-q', 'origin', 'main:side', 'main']);
      await fixture.git(directory, ['commit', '-q', '--amend', '-m', 'replaced']);
      await fixture.git(directory, ['push', '-q', '--force', 'origin', 'main']);
      await fixture.git(directory, ['push', '-q', 'origin', ':side']);
      for (let index = 0; index < 30; index++) {
        await fixture.commit(directory, { [`${index}.txt`]: `${index}\n`.repeat(100), 'shared.txt': `${index}` });
        const clone = join(fixture.folder, `clone-${engine.name}-${index}`);
        await Promise.all([
          fixture.git(directory, ['push', '-q', 'origin', 'main']),
          fixture.git(fixture.folder, ['clone', '-q', '--bare', `${fixture.url}compacted`, clone]),
        ]);
      }
      await fixture.repositories.settled();
      const packs = await fixture.listedPacks(handle);
      expect(packs.length).toBeLessThan(12);
      expect(packs.some(({ source }) => source === 'compacted')).toBe(true);
      expect(packs.some(({ files }) => files.split(',').includes('bitmap') && files.includes('graph'))).toBe(true);
      for (const restart of [false, true]) {
        if (restart) await fixture.restart();
        const client = await fixture.makeClient('compacted');
        await fixture.git(client, ['fetch', '-q', 'origin', '+refs/heads/*:refs/heads/fetched/*']);
        await fixture.git(client, ['fsck', '--full']);
        expect(await fixture.objectsOf(client)).toEqual(await fixture.objectsOf(directory));
        await fixture.git(client, ['fetch', '-q', 'origin', lost]);
      }
      expect(fixture.warnings).toEqual([]);
      await fixture.repositories.collectGarbage();
      const expected = packs.flatMap(({ pack_id, files }) =>
        ['pack', ...files.split(',')].map((kind) => `${pack_id}.${kind}`),
      );
      expect((await blobsOf(fixture, handle)).sort()).toEqual(expected.sort());
      await fixture.restart();
      await fixture.git(await fixture.makeClient('compacted'), ['fetch', '-q', 'origin', lost]);
    });

    it('gives a first push that is large a bitmap and a commit-graph, and has the first clone ready', async () => {
      const handle = await fixture.makeRepository('large');
      const directory = await fixture.makeClient('large');
      const files = Array.from({ length: 1_100 }, (_, index) => [`folder/${index}.txt`, `content ${index}\n`]);
      await fixture.commit(directory, Object.fromEntries(files));
      await fixture.git(directory, ['tag', '-a', '-m', 'first', 'v1']);
      await fixture.git(directory, ['push', '-q', 'origin', 'main', 'v1']);
      await fixture.repositories.settled();
      const [pack, ...others] = await fixture.listedPacks(handle);
      expect(others).toEqual([]);
      expect(pack?.files.split(',').sort()).toEqual(['bitmap', 'graph', 'idx', 'rev']);

      // Whatever would run git on the working copy fails now.
      const [node = ''] = await readdir(join(fixture.folder, 'working'));
      await rm(join(fixture.folder, 'working', node, 'repositories'), { recursive: true });
      const clone = join(fixture.folder, `warm-${engine.name}`);
      await fixture.git(fixture.folder, ['clone', '-q', '--bare', `${fixture.url}large`, clone]);
      await fixture.git(clone, ['fsck', '--full']);
      expect(await fixture.objectsOf(clone)).toEqual(await fixture.objectsOf(directory));

      await fixture.restart();
      const cold = join(fixture.folder, `cold-${engine.name}`);
      await fixture.git(fixture.folder, ['clone', '-q', '--bare', `${fixture.url}large`, cold]);
      const [copy = ''] = await fixture.leftovers('repositories');
      const [newNode = ''] = await readdir(join(fixture.folder, 'working'));
      const objects = join(fixture.folder, 'working', newNode, 'repositories', copy, 'objects');
      const hydrated = (await readdir(join(objects, 'pack'))).map((name) => name.split('.').at(-1));
      expect(hydrated.sort()).toEqual(['bitmap', 'idx', 'pack', 'rev']);
      expect(await readdir(join(objects, 'info'))).toContain('commit-graph');
      expect(await fixture.repositories.verify(handle)).toEqual([]);
      expect(await fixture.repositories.compact(handle, 'by hand')).toBe(false);
      await fixture.database
        .insertInto('maintenance_leases')
        .values({ repository_id: handle.repositoryId, node: 'another', expires_at: Date.now() + 1e9 })
        .execute();
      expect(await fixture.repositories.compact(handle, 'by hand')).toBeUndefined();
      expect(fixture.warnings).toEqual([]);
    });

    it('collects what crashed pushes and deleted repositories left, and nothing else', async () => {
      const handle = await fixture.makeRepository('orphans');
      const directory = await fixture.makeClient('orphans');
      await fixture.commit(directory, { a: 'a' });
      await fixture.git(directory, ['push', '-q', 'origin', 'main']);
      const kept = await blobsOf(fixture, handle);
      const folder = join(fixture.folder, 'blobs', 'repositories', handle.repositoryId);
      const cutOff = { blobId: '00000000-0000-4000-8000-000000000000', repositoryId: handle.repositoryId };
      await openIntent(fixture.database, { ...cutOff, kind: 'pack' });
      await fixture.database.updateTable('blob_intents').set({ opened_at: 0 }).execute();
      for (const kind of ['pack', 'idx']) await appendFile(join(folder, `${cutOff.blobId}.${kind}`), 'left behind');
      await fixture.repositories.collectGarbage();
      expect((await blobsOf(fixture, handle)).sort()).toEqual(kept.sort());
      expect(await fixture.database.selectFrom('blob_intents').selectAll().execute()).toEqual([]);
      await fixture.database
        .updateTable('packs')
        .set({ dropped_at: Date.now() - 1 })
        .where('repository_id', '=', handle.repositoryId)
        .execute();
      await fixture.repositories.forget(handle.repositoryId);
      await fixture.repositories.collectGarbage();
      expect(await blobsOf(fixture, handle).catch(() => [])).toEqual([]);
    });
  });
});

describe.each(databaseEngines)('a push between the blob store and the database on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    const HOURS = 3_600_000;
    let fixture: SmartHttpFixture;
    let meanwhile: () => Promise<void> = async () => {};
    beforeAll(async () => {
      const limits = { gracePeriodMs: 6 * HOURS };
      fixture = await openSmartHttp({ engine, limits, afterBlob: () => meanwhile() });
    });
    afterAll(() => fixture.close());

    const pushed = async (name: string) => {
      await fixture.makeRepository(name);
      const directory = await fixture.makeClient(name);
      await fixture.commit(directory, { a: name });
      return directory;
    };

    it('is safe from the garbage round of a node whose clock is seven hours ahead', async () => {
      const directory = await pushed('skewed');
      meanwhile = async () => {
        const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 7 * HOURS);
        await fixture.repositories.collectGarbage();
        clock.mockRestore();
      };
      await fixture.git(directory, ['push', '-q', 'origin', 'main']);
      meanwhile = async () => {};
      await fixture.restart();
      await fixture.git(fixture.folder, ['clone', '-q', `${fixture.url}skewed`, `skewed-${engine.name}`]);
    });

    it('is refused, and lists nothing, when a round has taken its blobs; then it can be done again', async () => {
      const directory = await pushed('late');
      meanwhile = async () => {
        await fixture.database
          .updateTable('blob_intents')
          .set((expression) => ({ opened_at: expression('opened_at', '-', 7 * HOURS) }))
          .execute();
        await fixture.repositories.collectGarbage();
      };
      const refused = await fixture.git(directory, ['push', 'origin', 'main'], { mayFail: true });
      meanwhile = async () => {};
      expect(refused.stderr).toContain('The upload took too long; try again');
      expect((await fixture.git(directory, ['ls-remote', 'origin'])).stdout).toBe('');
      await fixture.git(directory, ['push', '-q', 'origin', 'main']);
      await fixture.restart();
      await fixture.git(fixture.folder, ['clone', '-q', `${fixture.url}late`, `late-${engine.name}`]);
    });
  });
});

describe('working copies', () => {
  it('leave when room is short, and come back from the store', async () => {
    const fixture = await openSmartHttp({ limits: { workingCopyBytes: 5_000_000, responseCacheBytes: 0 } });
    try {
      const names = ['one', 'two', 'three'];
      const handles = new Map<string, RepositoryHandle>();
      for (const name of names) {
        handles.set(name, await fixture.makeRepository(name));
        const directory = await fixture.makeClient(name);
        await fixture.commit(directory, { 'random.bin': randomBytes(2_000_000) });
        await fixture.git(directory, ['push', '-q', 'origin', 'main']);
      }
      await fixture.restart();
      for (const name of [...names, ...names]) {
        const client = await fixture.makeClient(name);
        await fixture.git(client, ['fetch', '-q', 'origin', 'main']);
        await fixture.git(client, ['fsck', '--full']);
        const { stdout: tip } = await fixture.git(client, ['rev-parse', 'FETCH_HEAD']);
        // Starts a reader, which holds the working copy as long as it waits for questions.
        const handle = handles.get(name);
        expect(handle && (await fixture.repositories.objectType(handle, tip.trim()))).toBe('commit');
        await expect.poll(() => fixture.leftovers('repositories')).toSatisfy((left: string[]) => left.length <= 2);
      }
      await fixture.makeRepository('huge');
      const directory = await fixture.makeClient('huge');
      await fixture.commit(directory, { 'random.bin': randomBytes(6_000_000) });
      await fixture.git(directory, ['push', '-q', 'origin', 'main']);
      await fixture.restart();
      const client = await fixture.makeClient('huge');
      const refused = await fixture.git(client, ['fetch', 'origin', 'main'], { mayFail: true });
      expect(refused.status).not.toBe(0);
      expect(refused.stderr).toMatch(/503|no room/);
    } finally {
      await fixture.close();
    }
  });

  it('are not made of blobs that were altered, cut or lost', async () => {
    const fixture = await openSmartHttp();
    try {
      for (const damage of ['altered', 'lost']) {
        const handle = await fixture.makeRepository(damage);
        const directory = await fixture.makeClient(damage);
        await fixture.commit(directory, { 'random.bin': randomBytes(100_000) });
        await fixture.git(directory, ['push', '-q', 'origin', 'main']);
        await fixture.restart();
        const name = (await blobsOf(fixture, handle)).find((each) => each.endsWith('.pack')) ?? '';
        const file = join(fixture.folder, 'blobs', 'repositories', handle.repositoryId, name);
        if (damage === 'lost') await rm(file);
        else await appendFile(file, 'x');
        const client = await fixture.makeClient(damage);
        expect((await fixture.git(client, ['fetch', 'origin', 'main'], { mayFail: true })).status).not.toBe(0);
        const next = await fixture.commit(directory, { b: 'b' });
        expect((await fixture.git(directory, ['push', 'origin', 'main'], { mayFail: true })).status).not.toBe(0);
        expect((await fixture.repositories.references(handle.repositoryId)).get('refs/heads/main')?.objectId).not.toBe(
          next,
        );
      }
      expect(await fixture.leftovers('incoming')).toEqual([]);
    } finally {
      await fixture.close();
    }
  });
});

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../test/harness/databases.ts';
import type { Database } from '../storage/database/database.ts';
import { openIntent } from './blob-intents.ts';
import { compareReferenceNames } from './reference-names.ts';
import { type PeeledUpdate, ReferenceStore } from './reference-store.ts';
import { RepositoryNotFoundError } from './repository-errors.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

let database: Database;

async function makeRepository(): Promise<string> {
  const repositoryId = randomUUID();
  await database
    .insertInto('repositories')
    .values({
      repository_id: repositoryId,
      account_id: '111122223333',
      region: 'us-east-1',
      repository_name: repositoryId,
      description: null,
      default_branch: null,
      kms_key_arn: '',
      data_key: Buffer.alloc(0),
      generation: 0,
      tags: '{}',
      created_at: 0,
      updated_at: 0,
    })
    .execute();
  return repositoryId;
}

function update(name: string, oldObjectId: string | null, newObjectId: string | null): PeeledUpdate {
  return { name, oldObjectId, newObjectId, peeledId: null };
}

function reasons(results: readonly { readonly ok: boolean; readonly reason?: string }[]) {
  return results.map((result) => (result.ok ? 'ok' : result.reason));
}

describe.each(databaseEngines)('ReferenceStore on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ database, close } = await engine.open());
      await database
        .insertInto('accounts')
        .values({ account_id: '111122223333', root_email: 'r@example.com', root_password_hash: '', created_at: 0 })
        .execute();
    });
    afterAll(() => close());

    it('creates, moves and deletes by compare-and-swap', async () => {
      const id = await makeRepository();
      const store = new ReferenceStore(database);
      expect(await store.snapshot(id)).toMatchObject({ generation: 0, defaultBranch: null, references: [] });
      await store.commit(id, [update('refs/heads/x', null, A)], { atomic: false });
      const wrong = await store.commit(
        id,
        [
          update('refs/heads/x', null, B),
          update('refs/heads/y', A, B),
          update('refs/heads/x', B, A),
          update('refs/tags/none', A, null),
        ],
        { atomic: false },
      );
      expect(reasons(wrong.results)).toEqual([
        'reference already exists',
        'reference does not exist',
        `reference is at ${A} but expected ${B}`,
        'reference does not exist',
      ]);
      expect(wrong.snapshot).toBeUndefined();
      expect((await store.snapshot(id)).generation).toBe(1);
      await store.commit(id, [update('refs/heads/x', A, B), update('refs/tags/t', null, A)], { atomic: true });
      await store.commit(id, [update('refs/tags/t', A, null)], { atomic: false });
      expect(await new ReferenceStore(database).snapshot(id)).toMatchObject({
        generation: 3,
        defaultBranch: 'x',
        references: [{ name: 'refs/heads/x', objectId: B }],
      });
    });

    it('sees what another node has done, and a default branch that was changed without a push', async () => {
      const id = await makeRepository();
      const [one, two] = [new ReferenceStore(database), new ReferenceStore(database)];
      await one.commit(id, [update('refs/heads/a', null, A), update('refs/heads/b', null, A)], { atomic: false });
      expect((await two.snapshot(id)).references).toHaveLength(2);
      await two.commit(id, [update('refs/heads/b', A, B)], { atomic: false });
      expect((await one.snapshot(id)).get('refs/heads/b')?.objectId).toBe(B);
      await one.commit(id, [update('refs/heads/c', null, A)], { atomic: false });
      await database.updateTable('repositories').set({ default_branch: 'b' }).where('repository_id', '=', id).execute();
      expect(await one.snapshot(id)).toMatchObject({ generation: 3, defaultBranch: 'b' });
      expect((await one.snapshot(id)).references).toHaveLength(3);
      // What a caller has read before is not older than what is known.
      expect(await one.snapshot(id, { generation: 1, default_branch: 'a' })).toMatchObject({ generation: 3 });
    });

    it('keeps a and a/b apart, also within one push, and lets one make room for the other', async () => {
      const id = await makeRepository();
      const store = new ReferenceStore(database);
      const first = await store.commit(
        id,
        [update('refs/heads/main', null, A), update('refs/heads/a', null, A), update('refs/heads/a/b', null, A)],
        { atomic: false },
      );
      expect(reasons(first.results)).toEqual(['ok', 'ok', "'refs/heads/a' exists; cannot create 'refs/heads/a/b'"]);
      const second = await store.commit(
        id,
        [update('refs/heads/x/y', null, A), update('refs/heads/x', null, A), update('refs/heads/main/z', null, A)],
        { atomic: false },
      );
      expect(reasons(second.results)).toEqual([
        'ok',
        "'refs/heads/x/y' exists; cannot create 'refs/heads/x'",
        "'refs/heads/main' exists; cannot create 'refs/heads/main/z'",
      ]);
      const room = await store.commit(id, [update('refs/heads/a/b', null, B), update('refs/heads/a', A, null)], {
        atomic: true,
      });
      expect(reasons(room.results)).toEqual(['ok', 'ok']);
      const fallen = await store.commit(
        id,
        [update('refs/heads/new', null, A), update('refs/heads/a/b/c', null, A), update('refs/heads/gone', B, A)],
        { atomic: true },
      );
      expect(reasons(fallen.results)).toEqual([
        'atomic transaction failed',
        "'refs/heads/a/b' exists; cannot create 'refs/heads/a/b/c'",
        'reference does not exist',
      ]);
      const prohibited = await store.commit(
        id,
        [update('refs/heads/main', A, null), update('refs/heads/new', null, A)],
        { atomic: true },
      );
      expect(reasons(prohibited.results)).toEqual(['deletion of the default branch prohibited', 'atomic push failure']);
      // A deletion that is refused makes no room.
      const refused = await store.commit(
        id,
        [update('refs/heads/main', A, null), update('refs/heads/main/sub', null, A)],
        { atomic: false },
      );
      expect(reasons(refused.results)).toEqual([
        'deletion of the default branch prohibited',
        "'refs/heads/main' exists; cannot create 'refs/heads/main/sub'",
      ]);
    });

    it('makes a pack visible with its references, or not at all', async () => {
      const id = await makeRepository();
      const store = new ReferenceStore(database);
      const pack = { packId: randomUUID(), checksum: A, files: ['idx'], objectCount: 1, searchedObjects: 0, size: 10 };
      await openIntent(database, { blobId: pack.packId, repositoryId: id, kind: 'pack' });
      await store.commit(id, [update('refs/heads/x', B, A)], { atomic: false, pack });
      const packs = () => database.selectFrom('packs').select('pack_id').where('repository_id', '=', id).execute();
      expect(await packs()).toEqual([]);
      await store.commit(id, [update('refs/heads/x', null, A)], { atomic: false, pack });
      expect(await packs()).toEqual([{ pack_id: pack.packId }]);
      expect(await database.selectFrom('blob_intents').selectAll().execute()).toEqual([]);
    });

    it('lets exactly one of many move a reference', async () => {
      const id = await makeRepository();
      const stores = [new ReferenceStore(database), new ReferenceStore(database)];
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          stores[index % 2]?.commit(id, [update('refs/heads/x', null, A)], { atomic: false }),
        ),
      );
      expect(outcomes.filter((outcome) => outcome?.snapshot !== undefined)).toHaveLength(1);
    });

    it('says when the repository is no more', async () => {
      const store = new ReferenceStore(database);
      await expect(store.snapshot(randomUUID())).rejects.toThrow(RepositoryNotFoundError);
      await expect(store.commit(randomUUID(), [update('refs/heads/x', null, A)], { atomic: false })).rejects.toThrow(
        RepositoryNotFoundError,
      );
    });

    it('ends up with the same references in memory and in the database, whatever is done', async () => {
      const name = fc
        .constantFrom('a', 'b', 'a/b', 'a/b/c', 'ä', '\u{1F680}', '\uffee')
        .map((text) => `refs/heads/${text}`);
      const objectId = fc.constantFrom(A, B, null);
      const push = fc.record({
        atomic: fc.boolean(),
        updates: fc.uniqueArray(fc.record({ name, newObjectId: objectId, stale: fc.boolean() }), {
          selector: (each) => each.name,
          minLength: 1,
        }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(push, { maxLength: 8 }), async (pushes) => {
          const id = await makeRepository();
          const store = new ReferenceStore(database);
          for (const { atomic, updates } of pushes) {
            const before = await store.snapshot(id);
            const { results, snapshot } = await store.commit(
              id,
              updates.map((each) =>
                update(each.name, each.stale ? A : (before.get(each.name)?.objectId ?? null), each.newObjectId),
              ),
              { atomic },
            );
            if (atomic) expect(new Set(results.map(({ ok }) => ok)).size).toBe(1);
            expect(snapshot === undefined).toBe(results.every(({ ok }) => !ok));
            const cached = await store.snapshot(id);
            const fresh = await new ReferenceStore(database).snapshot(id);
            expect(cached.references).toEqual(fresh.references);
            expect([cached.generation, cached.defaultBranch]).toEqual([fresh.generation, fresh.defaultBranch]);
            const names = fresh.references.map((each) => each.name);
            expect(names).toEqual([...names].sort(compareReferenceNames));
            for (const each of names) expect(names.some((other) => other.startsWith(`${each}/`))).toBe(false);
          }
        }),
        { numRuns: 60 },
      );
    });
  });
});

import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../test/harness/databases.ts';
import { insertAccount, insertRepository } from '../../test/harness/repository-rows.ts';
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/temporary-folders.ts';
import { FileBlobStore } from '../storage/blobs/file-blob-store.ts';
import type { Database } from '../storage/database/database.ts';
import { LfsContentError, LfsObjects } from './lfs-objects.ts';
import type { RepositoryHandle } from './repository.ts';

const HOURS = 3_600_000;
const content = Buffer.from('large content');
const object = { objectId: createHash('sha256').update(content).digest('hex'), size: content.length };
const whole = { start: 0, end: content.length };

describe.each(databaseEngines)('the objects of Git LFS on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let folder: TemporaryFolder;
    let opened: Awaited<ReturnType<typeof engine.open>>;
    let blobs: FileBlobStore;
    let handle: RepositoryHandle;
    beforeEach(async () => {
      folder = await temporaryFolder('lfs', { inMemory: true });
      opened = await engine.open();
      blobs = await FileBlobStore.open(join(folder.path, 'blobs'));
      await insertAccount(opened.database);
      handle = await insertRepository(opened.database, 'media');
    });
    afterEach(async () => {
      await opened.close();
      await folder.remove();
    });

    const storedBlobs = async () =>
      (await readdir(join(folder.path, 'blobs', 'lfs', handle.repositoryId)).catch(() => [])).length;
    const intents = () => opened.database.selectFrom('blob_intents').selectAll().execute();
    const store = (objects: LfsObjects, chunks: AsyncIterable<Uint8Array>) =>
      objects.store(handle, object, chunks, new AbortController().signal);
    async function* once(chunk: Uint8Array) {
      yield chunk;
    }

    it('stay when their commit went unheard', async () => {
      const objects = new LfsObjects(losingAnswers(opened.database), blobs);
      await expect(store(objects, once(content))).rejects.toThrow('the connection was lost');
      expect([...(await objects.find(handle.repositoryId, [object.objectId])).values()]).toEqual([object]);
      await objects.collectGarbage(0);
      expect(await buffer(objects.read(handle, object.objectId, whole))).toEqual(content);
    });

    it('are kept once when they come twice, and leave nothing when they are not what they should be', async () => {
      const objects = new LfsObjects(opened.database, blobs);
      await store(objects, once(content));
      await store(objects, once(content));
      await expect(store(objects, once(Buffer.from('another thing')))).rejects.toThrow(LfsContentError);
      expect(await storedBlobs()).toBe(1);
      expect(await intents()).toEqual([]);
    });

    it('are refused when a round has taken their blob, and can be sent again', async () => {
      const objects = new LfsObjects(opened.database, blobs);
      const late = async function* () {
        yield content;
        await opened.database
          .updateTable('blob_intents')
          .set((expression) => ({ opened_at: expression('opened_at', '-', 7 * HOURS) }))
          .execute();
        await objects.collectGarbage(6 * HOURS);
      };
      await expect(store(objects, late())).rejects.toThrow('The upload took too long; try again');
      expect(await objects.find(handle.repositoryId, [object.objectId])).toEqual(new Map());
      await store(objects, once(content));
      expect(await buffer(objects.read(handle, object.objectId, whole))).toEqual(content);
    });
  });
});

/** A database whose transactions are committed, and whose client never hears of it. */
function losingAnswers(database: Database): Database {
  return new Proxy(database, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (name !== 'transaction') return typeof member === 'function' ? member.bind(target) : member;
      return () => ({
        execute: async (work: Parameters<ReturnType<Database['transaction']>['execute']>[0]) => {
          await target.transaction().execute(work);
          throw new Error('the connection was lost');
        },
      });
    },
  });
}

import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../test/harness/databases.ts';
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/temporary-folders.ts';
import { bindBlobStore } from './blob-store-marker.ts';
import { FileBlobStore } from './blobs/file-blob-store.ts';
import { RootKey } from './encryption/root-key.ts';

const newKey = () => RootKey.fromBase64(randomBytes(32).toString('base64'));
const ANOTHER = 'it is not the one that the database lists';

describe.each(databaseEngines)('the marker of the blob store on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let folder: TemporaryFolder;
    let opened: Awaited<ReturnType<typeof engine.open>>;
    let key: RootKey;
    beforeEach(async () => {
      folder = await temporaryFolder('marker', { inMemory: true });
      opened = await engine.open();
      key = newKey();
      await opened.database
        .insertInto('installation')
        .values({ installation_id: 1, root_key_check: Buffer.alloc(32), blob_store_id: null })
        .execute();
    });
    afterEach(async () => {
      await opened.close();
      await folder.remove();
    });

    const store = (name: string) => FileBlobStore.open(join(folder.path, name));
    const bind = async (name: string, rootKey = key) => bindBlobStore(opened.database, await store(name), rootKey);
    const listPack = () =>
      opened.database
        .insertInto('packs')
        .values({
          ...{ pack_id: 'p', repository_id: 'r', checksum: 'a'.repeat(40), source: 'received', files: 'idx' },
          ...{ object_count: 1, size: 1, created_at: 1, dropped_at: null },
        })
        .execute();

    it('is made once, and lets the same store in again and no other', async () => {
      await bind('one');
      await bind('one');
      await expect(bind('two')).rejects.toThrow(ANOTHER);
      expect(await readdir(join(folder.path, 'two'))).toEqual(['.unfinished']);
    });

    it('lets one of two stores in that come at once', async () => {
      const results = await Promise.allSettled([bind('one'), bind('two')]);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('is given to the store of an earlier version that has what is listed, and to no empty one', async () => {
      await listPack();
      await expect(bind('empty')).rejects.toThrow(ANOTHER);
      const full = await store('full');
      await full.put('repositories/r/p.pack', (async function* () {})());
      await bind('full');
      await bind('full');
    });

    it('is given to no store that lacks a listed object of Git LFS', async () => {
      const object = { repository_id: 'r', object_id: 'a'.repeat(64), blob_id: 'b', size: 1, created_at: 1 };
      await opened.database.insertInto('lfs_objects').values(object).execute();
      await expect(bind('empty')).rejects.toThrow(ANOTHER);
      const full = await store('full');
      await full.put('lfs/r/b', (async function* () {})());
      await bind('full');
    });

    it('goes on after a kill between the marker and the row', async () => {
      await bind('one');
      await opened.database.updateTable('installation').set({ blob_store_id: null }).execute();
      await bind('one');
      await expect(bind('two')).rejects.toThrow(ANOTHER);
    });

    it('is refused when it was made with another key, or cannot be read', async () => {
      await bind('one');
      await expect(bind('one', newKey())).rejects.toThrow('its marker was not made with this root key');
      await writeFile(join(folder.path, 'one', 'installation.json'), '{');
      await expect(bind('one')).rejects.toThrow('its marker installation.json cannot be read');
    });
  });
});

import type { Database } from '../storage/database/database.ts';
import { databaseTime } from '../storage/database/database-time.ts';
import { collectAbandoned } from './blob-intents.ts';
import { PACK_FILES, type PackFile, type PackStorage } from './pack-storage.ts';

const ROWS_AT_ONCE = 500;

interface GarbageOptions {
  readonly database: Database;
  readonly storage: PackStorage;
  readonly gracePeriodMs: number;
}

/**
 * Removes blobs that nothing lists any more: of packs that compaction or the deletion of a repository dropped, and of
 * pushes that were cut off between the blob store and the database. Each only after the grace period by the database's
 * time, because a request anywhere may still read the one and be about to announce the other.
 */
export async function collectGarbage(options: GarbageOptions): Promise<void> {
  const { database, storage, gracePeriodMs } = options;
  await collectDropped(options);
  await collectAbandoned(database, 'pack', gracePeriodMs, ({ repositoryId, blobId }) =>
    storage.remove(repositoryId, blobId, PACK_FILES),
  );
}

async function collectDropped({ database, storage, gracePeriodMs }: GarbageOptions): Promise<void> {
  const now = databaseTime(database);
  for (;;) {
    const rows = await database
      .selectFrom('packs')
      .select(['pack_id', 'repository_id', 'files'])
      .where('dropped_at', '<', (expression) => expression(now, '-', gracePeriodMs))
      .limit(ROWS_AT_ONCE)
      .execute();
    for (const row of rows) {
      await storage.remove(row.repository_id, row.pack_id, ['pack', ...(row.files.split(',') as PackFile[])]);
      // After the blobs: as long as the row is there, a cut-off removal is taken up again.
      await database.deleteFrom('packs').where('pack_id', '=', row.pack_id).execute();
    }
    if (rows.length < ROWS_AT_ONCE) return;
  }
}

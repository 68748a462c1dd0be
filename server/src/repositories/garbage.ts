import type { Database } from '../storage/database/database.ts';
import type { PackFile, PackStorage } from './pack-storage.ts';

const ROWS_AT_ONCE = 500;

interface GarbageOptions {
  readonly database: Database;
  readonly storage: PackStorage;
  readonly gracePeriodMs: number;
}

/**
 * Removes blobs that nothing lists any more: of packs that compaction or the deletion of a repository dropped, and of
 * pushes that were cut off between the blob store and the database. Each only after the grace period, because a request
 * anywhere may still read the one and be about to announce the other.
 */
export async function collectGarbage(options: GarbageOptions): Promise<void> {
  const before = Date.now() - options.gracePeriodMs;
  await collectDropped(options, before);
  await collectOrphans(options, before);
}

async function collectDropped({ database, storage }: GarbageOptions, before: number): Promise<void> {
  for (;;) {
    const rows = await database
      .selectFrom('packs')
      .select(['pack_id', 'repository_id', 'files'])
      .where('dropped_at', '<', before)
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

async function collectOrphans({ database, storage }: GarbageOptions, before: number): Promise<void> {
  let old: { readonly packId: string; readonly name: string }[] = [];
  const removeUnlisted = async () => {
    const candidates = old;
    old = [];
    if (candidates.length === 0) return;
    const rows = await database
      .selectFrom('packs')
      .select('pack_id')
      .where(
        'pack_id',
        'in',
        candidates.map(({ packId }) => packId),
      )
      .execute();
    const listed = new Set(rows.map((row) => row.pack_id));
    for (const { packId, name } of candidates) if (!listed.has(packId)) await storage.removeBlob(name);
  };
  for await (const { packId, name, modifiedAt } of storage.list()) {
    if (modifiedAt.getTime() >= before) continue;
    old.push({ packId, name });
    if (old.length === ROWS_AT_ONCE) await removeUnlisted();
  }
  await removeUnlisted();
}

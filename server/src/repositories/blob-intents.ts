import type { Database } from '../storage/database/database.ts';
import { databaseTime } from '../storage/database/database-time.ts';
import { RepositoriesBusyError } from './repository-errors.ts';

const ROWS_AT_ONCE = 500;

/** What is about to be stored. */
export interface BlobIntent {
  /** UUID: names the blobs. */
  readonly blobId: string;
  readonly repositoryId: string;
  readonly kind: 'pack' | 'lfs';
}

/**
 * Says what will be stored, before its first byte is. The transaction that lists the blobs consumes the intent; what was
 * never listed is found by it. So no blob is ever taken for garbage by its date or by the clock of a node.
 */
export async function openIntent(database: Database, { blobId, repositoryId, kind }: BlobIntent): Promise<void> {
  await database
    .insertInto('blob_intents')
    .values({
      blob_id: blobId,
      repository_id: repositoryId,
      kind,
      opened_at: databaseTime(database),
      abandoned_at: null,
    })
    .execute();
}

/**
 * Ends an intent in the transaction that lists its blobs.
 *
 * @throws RepositoriesBusyError when the collector has taken it: the blobs go, so nothing may list them
 */
export async function consumeIntent(transaction: Database, blobId: string): Promise<void> {
  const { numDeletedRows } = await transaction
    .deleteFrom('blob_intents')
    .where('blob_id', '=', blobId)
    .where('abandoned_at', 'is', null)
    .executeTakeFirstOrThrow();
  if (Number(numDeletedRows) === 0) throw new RepositoriesBusyError('The upload took too long; try again');
}

/** Ends the intent of blobs that are not listed and have been removed. */
export async function dropIntent(database: Database, blobId: string): Promise<void> {
  await database.deleteFrom('blob_intents').where('blob_id', '=', blobId).execute();
}

/**
 * Takes the intents that are older than the grace period, and removes their blobs. An upload that is still going on
 * fails at its end; nothing that was acknowledged is touched.
 *
 * @param remove must be fine with blobs that are absent: a removal that was cut off is taken up again
 */
export async function collectAbandoned(
  database: Database,
  kind: BlobIntent['kind'],
  gracePeriodMs: number,
  remove: (intent: BlobIntent) => Promise<void>,
): Promise<void> {
  const now = databaseTime(database);
  await database
    .updateTable('blob_intents')
    .set({ abandoned_at: now })
    .where('kind', '=', kind)
    .where('abandoned_at', 'is', null)
    .where('opened_at', '<', (expression) => expression(now, '-', gracePeriodMs))
    .execute();
  for (;;) {
    const rows = await database
      .selectFrom('blob_intents')
      .select(['blob_id', 'repository_id'])
      .where('kind', '=', kind)
      .where('abandoned_at', 'is not', null)
      .limit(ROWS_AT_ONCE)
      .execute();
    for (const { blob_id: blobId, repository_id: repositoryId } of rows) {
      await remove({ blobId, repositoryId, kind });
      await dropIntent(database, blobId);
    }
    if (rows.length < ROWS_AT_ONCE) return;
  }
}

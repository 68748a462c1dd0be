import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';
import { databaseTime } from './database-time.ts';

/** So long a backup may take; a hold of one that was killed ends by itself. */
const HOLD_MS = 12 * 60 * 60 * 1_000;

/** Keeps every blob where it is until the hold is dropped, for 12 hours at most. @returns the hold's ID */
export async function takeHold(database: Database): Promise<string> {
  const holdId = randomUUID();
  await database
    .insertInto('backup_holds')
    .values((expression) => ({
      hold_id: holdId,
      expires_at: expression(databaseTime(database), '+', HOLD_MS),
    }))
    .execute();
  return holdId;
}

/** @returns false when the hold had run out, so that blobs may have gone */
export async function dropHold(database: Database, holdId: string): Promise<boolean> {
  const now = databaseTime(database);
  const held = await database
    .selectFrom('backup_holds')
    .select('hold_id')
    .where('hold_id', '=', holdId)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  await database.deleteFrom('backup_holds').where('hold_id', '=', holdId).execute();
  return held !== undefined;
}

/** Whether a backup is being made, by the database's time. */
export async function isHeld(database: Database): Promise<boolean> {
  const held = await database
    .selectFrom('backup_holds')
    .select('hold_id')
    .where('expires_at', '>', databaseTime(database))
    .executeTakeFirst();
  return held !== undefined;
}

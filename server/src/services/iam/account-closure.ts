import type { Principal } from '../../access/principal.ts';
import type { Database } from '../../storage/database/database.ts';
import { accessDenied } from './errors.ts';
import type { IamServices } from './service.ts';

/** How long the data of a closed account stay, and the operator can reopen it: AWS's post-closure period, 90 days. */
export const GRACE_PERIOD_MS = 90 * 24 * 60 * 60 * 1000;

/**
 * Closes an account: from the next request on it lets nobody in, on any door. Its data stay for the grace period, in which
 * the operator can reopen it.
 *
 * @returns false when there is no such account, or it is closed already
 */
export async function closeAccount(database: Database, accountId: string, time: Date): Promise<boolean> {
  const { numUpdatedRows } = await database
    .updateTable('accounts')
    .set({ closed_at: time.getTime() })
    .where('account_id', '=', accountId)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** @returns false when there is no such account, it is open, or its data may be going already */
export async function reopenAccount(database: Database, accountId: string, time: Date): Promise<boolean> {
  const { numUpdatedRows } = await database
    .updateTable('accounts')
    .set({ closed_at: null })
    .where('account_id', '=', accountId)
    .where('closed_at', '>', time.getTime() - GRACE_PERIOD_MS)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/**
 * Closes the caller's account, which no operation of IAM does.
 *
 * @throws ServiceError AccessDenied for anybody but the root user
 */
export async function closeOwnAccount(
  { database }: Pick<IamServices, 'database'>,
  { kind, arn, accountId }: Principal,
  time: Date,
): Promise<void> {
  if (kind !== 'root') {
    throw accessDenied(`User: ${arn} is not authorized to close the account. Only the root user can.`);
  }
  await closeAccount(database, accountId, time);
}

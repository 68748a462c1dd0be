import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import { quotaExceeded } from './errors.ts';

type TableOfAccounts = 'groups' | 'oidc_providers';

/**
 * Refuses what makes more rows than an account may have. The account's row must be locked, and the new row inserted, so
 * that a name that exists already is told before a full account.
 *
 * @param quota its name as AWS lists it: GroupsPerAccount
 * @throws LimitExceeded
 */
export async function refuseAboveAccountQuota(
  transaction: DatabaseTransaction,
  table: TableOfAccounts,
  accountId: string,
  quota: string,
  limit: number,
): Promise<void> {
  const { count } = await transaction
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  if (count > limit) throw quotaExceeded(quota, limit);
}

import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import { quotaExceeded } from './errors.ts';

/** How many of each an account may have. AWS's defaults: IAM User Guide, "IAM and AWS STS quotas". */
export const ACCOUNT_QUOTAS = {
  users: 5000,
  groups: 300,
  roles: 1000,
  policies: 1500,
  instanceProfiles: 1000,
  oidcProviders: 100,
  samlProviders: 100,
} as const;

/** Managed policies that one user, group or role may have. */
export const MAX_ATTACHED_POLICIES = 10;
export const MAX_GROUPS_OF_USER = 10;
export const MAX_ACCESS_KEYS_OF_USER = 2;
export const MAX_POLICY_VERSIONS = 5;
/** Characters of a managed policy without white space. */
export const MAX_MANAGED_POLICY_SIZE = 6144;
/** Characters of a trust policy without white space. */
export const MAX_TRUST_POLICY_SIZE = 2048;

type TableOfAccounts =
  | 'users'
  | 'groups'
  | 'roles'
  | 'policies'
  | 'instance_profiles'
  | 'oidc_providers'
  | 'saml_providers';

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

import type { Transaction } from 'kysely';
import type { DatabaseSchema, GroupRow, OidcProviderRow, RoleRow, UserRow } from './schema.ts';

export type DatabaseTransaction = Transaction<DatabaseSchema>;

/**
 * Locks a user's row until the transaction ends, so that what counts the user's things and adds one cannot run twice at
 * once. An update that changes nothing locks on both engines; SQLite has no SELECT … FOR UPDATE.
 *
 * @returns the row as it is now; undefined when the user is no more
 */
export function lockUser(transaction: DatabaseTransaction, userId: string): Promise<UserRow | undefined> {
  return transaction
    .updateTable('users')
    .set((eb) => ({ path: eb.ref('path') }))
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirst();
}

/** Locks a role's row until the transaction ends; undefined when the role is no more. */
export function lockRole(transaction: DatabaseTransaction, roleId: string): Promise<RoleRow | undefined> {
  return transaction
    .updateTable('roles')
    .set((eb) => ({ path: eb.ref('path') }))
    .where('role_id', '=', roleId)
    .returningAll()
    .executeTakeFirst();
}

/** Locks a group's row until the transaction ends; undefined when the group is no more. */
export function lockGroup(transaction: DatabaseTransaction, groupId: string): Promise<GroupRow | undefined> {
  return transaction
    .updateTable('groups')
    .set((eb) => ({ path: eb.ref('path') }))
    .where('group_id', '=', groupId)
    .returningAll()
    .executeTakeFirst();
}

/** Locks an OpenID Connect provider's row until the transaction ends; undefined when the provider is no more. */
export function lockOidcProvider(transaction: DatabaseTransaction, arn: string): Promise<OidcProviderRow | undefined> {
  return transaction
    .updateTable('oidc_providers')
    .set((eb) => ({ created_at: eb.ref('created_at') }))
    .where('provider_arn', '=', arn)
    .returningAll()
    .executeTakeFirst();
}

/** Locks an account's row until the transaction ends, for quotas of the account. */
export async function lockAccount(transaction: DatabaseTransaction, accountId: string): Promise<void> {
  await transaction
    .updateTable('accounts')
    .set((eb) => ({ created_at: eb.ref('created_at') }))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
}

/** Locks a customer managed policy until the transaction ends; false when it is no more. */
export async function lockPolicy(transaction: DatabaseTransaction, policyId: string): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('policies')
    .set((eb) => ({ updated_at: eb.ref('updated_at') }))
    .where('policy_id', '=', policyId)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

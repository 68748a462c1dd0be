import type { Transaction } from 'kysely';
import type {
  DatabaseSchema,
  GroupRow,
  InstanceProfileRow,
  KmsKeyRow,
  OidcProviderRow,
  PolicyRow,
  RoleRow,
  SamlProviderRow,
  UserRow,
  VirtualMfaDeviceRow,
} from './schema.ts';

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

/** Locks an instance profile's row until the transaction ends; undefined when the profile is no more. */
export function lockInstanceProfile(
  transaction: DatabaseTransaction,
  profileId: string,
): Promise<InstanceProfileRow | undefined> {
  return transaction
    .updateTable('instance_profiles')
    .set((eb) => ({ path: eb.ref('path') }))
    .where('profile_id', '=', profileId)
    .returningAll()
    .executeTakeFirst();
}

/** Locks a SAML provider's row until the transaction ends; undefined when the provider is no more. */
export function lockSamlProvider(transaction: DatabaseTransaction, arn: string): Promise<SamlProviderRow | undefined> {
  return transaction
    .updateTable('saml_providers')
    .set((eb) => ({ created_at: eb.ref('created_at') }))
    .where('provider_arn', '=', arn)
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

/** Locks a customer managed policy's row until the transaction ends; undefined when the policy is no more. */
export function lockPolicy(transaction: DatabaseTransaction, policyId: string): Promise<PolicyRow | undefined> {
  return transaction
    .updateTable('policies')
    .set((eb) => ({ updated_at: eb.ref('updated_at') }))
    .where('policy_id', '=', policyId)
    .returningAll()
    .executeTakeFirst();
}

/** Locks a KMS key's row until the transaction ends; undefined when the key is no more. */
export function lockKey(transaction: DatabaseTransaction, keyId: string): Promise<KmsKeyRow | undefined> {
  return transaction
    .updateTable('kms_keys')
    .set((eb) => ({ created_at: eb.ref('created_at') }))
    .where('key_id', '=', keyId)
    .returningAll()
    .executeTakeFirst();
}

/** Locks a virtual MFA device of an account until the transaction ends; undefined when there is none. */
export function lockVirtualMfaDevice(
  transaction: DatabaseTransaction,
  accountId: string,
  serialNumber: string,
): Promise<VirtualMfaDeviceRow | undefined> {
  return transaction
    .updateTable('virtual_mfa_devices')
    .set((eb) => ({ created_at: eb.ref('created_at') }))
    .where('serial_number', '=', serialNumber)
    .where('account_id', '=', accountId)
    .returningAll()
    .executeTakeFirst();
}

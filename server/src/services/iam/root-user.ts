import { hashPassword, verifyPassword } from '../../access/authentication/passwords.ts';
import type { Principal } from '../../access/principal.ts';
import { accessDenied } from './errors.ts';
import { refuseWeakPassword } from './password-policy.ts';
import type { IamServices } from './service.ts';

interface PasswordChange {
  readonly oldPassword: string;
  readonly newPassword: string;
}

/**
 * Changes the root user's password, which no operation of IAM does. Sessions that a password opened should end with it.
 * Callers slow down guessing of the old one (`access/authentication/sign-in-guard.ts`).
 *
 * @returns undefined for a wrong old password
 * @throws ServiceError AccessDenied for anybody but the root user, PasswordPolicyViolation
 */
export async function changeRootPassword(
  { database }: Pick<IamServices, 'database'>,
  principal: Principal,
  { oldPassword, newPassword }: PasswordChange,
): Promise<'changed' | undefined> {
  const { accountId } = principal;
  if (principal.kind !== 'root') {
    throw accessDenied(`User: ${principal.arn} is not authorized to change the password of the root user.`);
  }
  const account = await database
    .selectFrom('accounts')
    .select(['root_email', 'root_password_hash'])
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  if (!(await verifyPassword(oldPassword, account.root_password_hash))) return undefined;
  // The default policy: that of the account is for its users.
  refuseWeakPassword(newPassword, { accountId, rootEmail: account.root_email }, undefined);
  const { numUpdatedRows } = await database
    .updateTable('accounts')
    .set({ root_password_hash: await hashPassword(newPassword), root_password_changed_at: Date.now() })
    .where('account_id', '=', accountId)
    // The old password that was verified must be the one that is replaced.
    .where('root_password_hash', '=', account.root_password_hash)
    .executeTakeFirst();
  return numUpdatedRows === 0n ? undefined : 'changed';
}

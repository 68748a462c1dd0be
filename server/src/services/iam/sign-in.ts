import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { hashPassword, verifyPassword } from '../../access/authentication/passwords.ts';
import {
  enabledDevices,
  type SecondFactor,
  type SecondFactorOutcome,
  verifySecondFactor,
} from '../../access/authentication/second-factor.ts';
import type { UserRow } from '../../storage/database/schema.ts';
import { acceptedPasswordHash, replacePassword } from './login-profiles.ts';
import {
  PASSWORD_LENGTH,
  type PasswordRules,
  passwordExpiry,
  passwordPolicyOf,
  passwordRules,
  passwordViolation,
} from './password-policy.ts';
import type { IamServices } from './service.ts';
import { nameKey } from './user-targets.ts';

/** As the root user by the account's e-mail address, or as an IAM user by the account's ID or alias. */
type SignInName = { readonly email: string } | { readonly account: string; readonly userName: string };

export interface SignInRequest {
  readonly name: SignInName;
  readonly password: string;
  /** Asked for by the outcome `second-factor-required`. */
  readonly secondFactor?: SecondFactor | undefined;
  /** Asked for by the outcome `new-password-required`; looked at in no other case. */
  readonly newPassword?: string | undefined;
  /** Of the request. */
  readonly time: Date;
}

/** Who has signed in, and what a session of theirs is to be bound to. */
interface SignedInIdentity {
  readonly accountId: string;
  /** AIDA…; null: the account's root user. */
  readonly userId: string | null;
  /** As it is stored: a session should end when it changes. */
  readonly passwordHash: string;
  /** For aws:MultiFactorAuthPresent and aws:MultiFactorAuthAge; absent without a second factor. */
  readonly mfaAuthenticatedAt?: Date;
}

export type SignInOutcome =
  | { readonly kind: 'signed-in'; readonly identity: SignedInIdentity }
  /** The password is right, and the same request must come again with a new one beside it. */
  | { readonly kind: 'new-password-required'; readonly rules: PasswordRules }
  /** The password is right, and the same request must come again with the code of one of these devices. */
  | { readonly kind: 'second-factor-required'; readonly devices: readonly string[] }
  /** The password is right and the code is not. */
  | { readonly kind: 'second-factor-refused'; readonly reason: Exclude<SecondFactorOutcome, 'verified'> };

interface Candidate {
  readonly accountId: string;
  readonly passwordHash: string;
  /** Null: the root user. */
  readonly user: UserRow | null;
  readonly resetRequired: boolean;
  /** The password has expired, and by the account's policy none but an administrator may change it. */
  readonly isLocked: boolean;
}

/** Compared with where there is nobody of that name, so that this costs the same. */
const nobodysHash = hashPassword(randomUUID());

/**
 * The whole check of a sign-in with a password, for every door that has one; keeps no session. Step by step: right password
 * (else undefined), new password where one is due, second factor where a device is enabled. Only the request that brings
 * everything changes the password and uses up the code. An administrator who asks for a new password has allowed it: the
 * user needs no iam:ChangePassword for that.
 *
 * Callers slow down guessing of the password (`access/authentication/sign-in-guard.ts`); that of the code is slowed down here.
 *
 * @returns undefined for an unknown account, user or e-mail address, a user without a password, a closed account, a password
 *   that only an administrator may change by now, and a wrong password alike, at the same cost
 * @throws ServiceError PasswordPolicyViolation for the new password
 */
export async function signIn(services: IamServices, request: SignInRequest): Promise<SignInOutcome | undefined> {
  const { name, password, newPassword, secondFactor, time } = request;
  const candidate = 'email' in name ? await rootUser(services, name.email) : await iamUser(services, name, time);
  const hash = candidate?.passwordHash ?? (await nobodysHash);
  const isRight = password.length <= PASSWORD_LENGTH.maximum && (await verifyPassword(password, hash));
  if (!isRight || candidate === undefined || candidate.isLocked) return undefined;
  if (candidate.resetRequired && newPassword === undefined) {
    const policy = await passwordPolicyOf(services.database, candidate.accountId);
    return { kind: 'new-password-required', rules: passwordRules(policy) };
  }
  const replacement = await replacementHash(services, candidate, password, newPassword);

  const owner = { accountId: candidate.accountId, userId: candidate.user?.user_id ?? null };
  const devices = await enabledDevices(services.database, owner);
  if (devices.length > 0) {
    if (secondFactor === undefined) return { kind: 'second-factor-required', devices };
    const outcome = await verifySecondFactor(services, owner, secondFactor, time);
    if (outcome !== 'verified') return { kind: 'second-factor-refused', reason: outcome };
  }
  if (replacement !== undefined && candidate.user !== null) {
    const { user, passwordHash } = candidate;
    if (!(await replacePassword(services, user, passwordHash, replacement))) return undefined;
  }
  await noteUse(services, candidate, time);
  return {
    kind: 'signed-in',
    identity: {
      ...owner,
      passwordHash: replacement ?? candidate.passwordHash,
      ...(devices.length > 0 && { mfaAuthenticatedAt: time }),
    },
  };
}

async function rootUser({ database }: IamServices, email: string): Promise<Candidate | undefined> {
  const account = await database
    .selectFrom('accounts')
    .select(['account_id', 'root_password_hash'])
    .where(sql`lower(root_email)`, '=', email.toLowerCase())
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  return (
    account && {
      accountId: account.account_id,
      passwordHash: account.root_password_hash,
      user: null,
      resetRequired: false,
      isLocked: false,
    }
  );
}

async function iamUser(
  { database }: IamServices,
  { account, userName }: { readonly account: string; readonly userName: string },
  time: Date,
): Promise<Candidate | undefined> {
  const found = await database
    .selectFrom('login_profiles as profile')
    .innerJoin('users as user', 'user.user_id', 'profile.user_id')
    .innerJoin('accounts as account', 'account.account_id', 'user.account_id')
    .leftJoin('account_aliases as alias', 'alias.account_id', 'account.account_id')
    .select(['profile.password_hash', 'profile.password_reset_required', 'profile.password_changed_at'])
    .selectAll('user')
    .where((eb) => eb.or([eb('account.account_id', '=', account), eb('alias.alias', '=', account)]))
    .where('account.closed_at', 'is', null)
    .where('user.user_name_key', '=', nameKey(userName))
    .executeTakeFirst();
  if (found === undefined) return undefined;
  const { password_hash, password_reset_required, password_changed_at, ...user } = found;
  const expiry = passwordExpiry(
    { password_changed_at },
    await passwordPolicyOf(database, user.account_id),
    time.getTime(),
  );
  return {
    accountId: user.account_id,
    passwordHash: password_hash,
    user,
    resetRequired: password_reset_required === 1 || expiry === 'expired',
    isLocked: expiry === 'hard',
  };
}

/** Of the new password, where one is due. @throws PasswordPolicyViolation */
async function replacementHash(
  services: IamServices,
  { user, resetRequired }: Candidate,
  password: string,
  newPassword: string | undefined,
): Promise<string | undefined> {
  if (!resetRequired || user === null || newPassword === undefined) return undefined;
  if (newPassword === password) throw passwordViolation('The new password must differ from the old one');
  return acceptedPasswordHash(services, user, newPassword);
}

/** For PasswordLastUsed and the credential report. */
async function noteUse({ database }: IamServices, { accountId, user }: Candidate, time: Date): Promise<void> {
  const usedAt = time.getTime();
  if (user === null) {
    await database
      .updateTable('accounts')
      .set({ root_password_last_used: usedAt })
      .where('account_id', '=', accountId)
      .execute();
  } else {
    await database
      .updateTable('users')
      .set({ password_last_used: usedAt })
      .where('user_id', '=', user.user_id)
      .execute();
  }
}

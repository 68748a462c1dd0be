import { randomUUID } from 'node:crypto';
import type { CheckedIdentity } from '../../access/authentication/console-sessions.ts';
import { hashPassword, verifyPassword } from '../../access/authentication/passwords.ts';
import type { UserRow } from '../../storage/database/schema.ts';
import { replacePassword } from './login-profiles.ts';
import { PASSWORD_LENGTH, passwordExpiry, passwordPolicyOf } from './password-policy.ts';
import type { IamServices } from './service.ts';
import { findUser } from './user-targets.ts';

/** As the root user by the account's e-mail address, or as an IAM user by the account's ID. */
type SignInName = { readonly email: string } | { readonly account: string; readonly userName: string };

export interface SignInInput {
  readonly name: SignInName;
  readonly password: string;
  /** Takes the password's place where whoever made it asked for that at the next sign-in. */
  readonly newPassword?: string | undefined;
}

type SignInOutcome =
  | { readonly kind: 'signed-in'; readonly identity: CheckedIdentity }
  /** The password is right, and a new one must come with it. */
  | { readonly kind: 'new-password-required' };

interface StoredPassword {
  readonly passwordHash: string;
  readonly accountId: string;
  /** Undefined: the root user. */
  readonly user: UserRow | undefined;
  readonly resetRequired: boolean;
  /** It has expired, and by the account's policy none but an administrator may change it. */
  readonly locked: boolean;
}

/** Compared with where there is no such user, so that this costs the same. */
const unknownHash = hashPassword(randomUUID());

/**
 * @returns undefined for whatever was wrong, so that nobody learns which accounts and users there are
 * @throws PasswordPolicyViolation when the new password is too weak
 */
export async function signInWithPassword(
  services: IamServices,
  input: SignInInput,
): Promise<SignInOutcome | undefined> {
  const { name, password, newPassword } = input;
  const stored = 'email' in name ? await rootPassword(services, name.email) : await userPassword(services, name);
  const hash = stored?.passwordHash ?? (await unknownHash);
  const isRight = password.length <= PASSWORD_LENGTH.maximum && (await verifyPassword(password, hash));
  if (!isRight || stored === undefined || stored.locked) return undefined;
  const { accountId, user, passwordHash, resetRequired } = stored;
  const identity = { accountId, userId: user?.user_id ?? null, passwordHash };
  if (user === undefined || !resetRequired) return { kind: 'signed-in', identity };
  if (newPassword === undefined) return { kind: 'new-password-required' };
  const replaced = await replacePassword(services, user, passwordHash, newPassword);
  if (replaced === undefined) return undefined;
  return { kind: 'signed-in', identity: { ...identity, passwordHash: replaced } };
}

async function rootPassword({ database }: IamServices, email: string): Promise<StoredPassword | undefined> {
  const account = await database.selectFrom('accounts').selectAll().where('root_email', '=', email).executeTakeFirst();
  return (
    account && {
      passwordHash: account.root_password_hash,
      accountId: account.account_id,
      user: undefined,
      resetRequired: false,
      locked: false,
    }
  );
}

async function userPassword(
  { database }: IamServices,
  { account, userName }: { readonly account: string; readonly userName: string },
): Promise<StoredPassword | undefined> {
  const user = await findUser(database, account, userName);
  const profile =
    user &&
    (await database.selectFrom('login_profiles').selectAll().where('user_id', '=', user.user_id).executeTakeFirst());
  if (user === undefined || profile === undefined) return undefined;
  const expiry = passwordExpiry(profile, await passwordPolicyOf(database, user.account_id), Date.now());
  return {
    passwordHash: profile.password_hash,
    accountId: user.account_id,
    user,
    resetRequired: profile.password_reset_required === 1 || expiry === 'expired',
    locked: expiry === 'hard',
  };
}

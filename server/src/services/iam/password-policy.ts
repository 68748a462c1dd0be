import { PasswordPolicyViolationException$ } from '@aws-sdk/client-iam';
import { verifyPassword } from '../../access/authentication/passwords.ts';
import type { Database } from '../../storage/database/database.ts';
import type { DatabaseTransaction } from '../../storage/database/row-locks.ts';
import type { LoginProfileRow, PasswordPolicyRow } from '../../storage/database/schema.ts';
import { ServiceError } from '../service-error.ts';

export const PASSWORD_LENGTH = { minimum: 8, maximum: 128 };
const MIN_CHARACTER_TYPES = 3;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Each with AWS's words for its absence. */
const CHARACTER_TYPES = {
  uppercase: { form: /[A-Z]/, missing: 'Password should have at least one uppercase letter' },
  lowercase: { form: /[a-z]/, missing: 'Password should have at least one lowercase letter' },
  numbers: { form: /[0-9]/, missing: 'Password should have at least one number' },
  symbols: { form: /[!@#$%^&*()_+\-=[\]{}|']/, missing: 'Password should have at least one symbol' },
};

type CharacterType = keyof typeof CHARACTER_TYPES;

/** What a new password has to be like, for who is to choose one. */
export interface PasswordRules {
  readonly minimumLength: number;
  /** It must have one of each. */
  readonly required: readonly CharacterType[];
  /** Of how many types its characters must be, whichever they are. */
  readonly leastTypes: number;
  /** It may be none of so many passwords before it. */
  readonly reusePrevention: number;
}

/** Whose password it is. */
interface PasswordOwner {
  readonly accountId: string;
  readonly rootEmail: string;
}

/** The policy that the account has set; undefined where the default applies. */
export function passwordPolicyOf(database: Database, accountId: string): Promise<PasswordPolicyRow | undefined> {
  return database.selectFrom('password_policies').selectAll().where('account_id', '=', accountId).executeTakeFirst();
}

/** @param policy of the account; undefined for the default one */
export function passwordRules(policy: PasswordPolicyRow | undefined): PasswordRules {
  const required = policy === undefined ? [] : requiredTypes(policy);
  return {
    minimumLength: policy?.minimum_length ?? PASSWORD_LENGTH.minimum,
    required,
    leastTypes: policy === undefined ? MIN_CHARACTER_TYPES : required.length,
    reusePrevention: policy?.reuse_prevention ?? 0,
  };
}

/**
 * @param policy of the account; undefined for the default one
 * @throws PasswordPolicyViolation
 */
export function refuseWeakPassword(
  password: string,
  owner: PasswordOwner,
  policy: PasswordPolicyRow | undefined,
): void {
  const problem =
    lengthProblem(password, passwordRules(policy).minimumLength) ??
    (policy === undefined ? defaultPolicyProblem(password, owner) : requirementProblem(password, policy));
  if (problem !== undefined) throw passwordViolation(problem);
}

/**
 * Refuses the password that the user has, and those before it, as many as the policy names. Where it names some, they
 * count in whoever's request: AWS's reference makes no difference.
 *
 * @throws PasswordPolicyViolation
 */
export async function refuseReusedPassword(
  database: Database,
  profile: LoginProfileRow,
  password: string,
  policy: PasswordPolicyRow | undefined,
): Promise<void> {
  const count = policy?.reuse_prevention ?? null;
  if (count === null) return;
  const former = await database
    .selectFrom('former_passwords')
    .select('password_hash')
    .where('user_id', '=', profile.user_id)
    .orderBy('replaced_at', 'desc')
    .limit(count - 1)
    .execute();
  for (const { password_hash } of [profile, ...former]) {
    if (await verifyPassword(password, password_hash)) {
      throw passwordViolation(`Password should not be the same as any of the last ${count} passwords`);
    }
  }
}

/** Keeps the hash of a password that is being replaced as long as the policy may ask for it, and no other. */
export async function rememberPassword(
  transaction: DatabaseTransaction,
  profile: LoginProfileRow,
  policy: PasswordPolicyRow | undefined,
): Promise<void> {
  const { user_id, password_hash } = profile;
  const kept = Math.max((policy?.reuse_prevention ?? 0) - 1, 0);
  if (kept > 0) {
    await transaction
      .insertInto('former_passwords')
      .values({ user_id, password_hash, replaced_at: Date.now() })
      .execute();
  }
  const newest = transaction
    .selectFrom('former_passwords')
    .select('password_hash')
    .where('user_id', '=', user_id)
    .orderBy('replaced_at', 'desc')
    .limit(kept);
  await transaction
    .deleteFrom('former_passwords')
    .where('user_id', '=', user_id)
    .where('password_hash', 'not in', newest)
    .execute();
}

/**
 * Whether the password is older than the policy lets it be: `expired` passwords must be changed at sign-in, and those of
 * a hard expiry nobody but an administrator can change.
 */
export function passwordExpiry(
  profile: Pick<LoginProfileRow, 'password_changed_at'>,
  policy: PasswordPolicyRow | undefined,
  now: number,
): 'none' | 'expired' | 'hard' {
  const maxAge = policy?.max_age_days ?? null;
  if (maxAge === null || now - profile.password_changed_at < maxAge * DAY_MS) return 'none';
  return policy?.hard_expiry === 1 ? 'hard' : 'expired';
}

function lengthProblem(password: string, minimum: number): string | undefined {
  const { maximum } = PASSWORD_LENGTH;
  if (password.length < minimum) return `Password should have a minimum length of ${minimum}`;
  return password.length > maximum ? `Password should have a maximum length of ${maximum}` : undefined;
}

/** IAM User Guide, "Setting an account password policy", default password policy. */
function defaultPolicyProblem(password: string, { accountId, rootEmail }: PasswordOwner): string | undefined {
  const missing = Object.values(CHARACTER_TYPES).filter(({ form }) => !form.test(password));
  const tooFew = missing.length - (Object.keys(CHARACTER_TYPES).length - MIN_CHARACTER_TYPES);
  if (tooFew > 0) {
    const requirements = missing.map((type) => type.missing).join(', ');
    return `Password should meet ${tooFew} more of the following requirements: ${requirements}`;
  }
  if ([accountId, rootEmail.toLowerCase()].includes(password.toLowerCase())) {
    return 'Password should not be identical to the account ID or email address';
  }
  return undefined;
}

function requirementProblem(password: string, policy: PasswordPolicyRow): string | undefined {
  const missing = requiredTypes(policy).filter((type) => !CHARACTER_TYPES[type].form.test(password));
  return missing.length === 0 ? undefined : missing.map((type) => CHARACTER_TYPES[type].missing).join(', ');
}

function requiredTypes(policy: PasswordPolicyRow): CharacterType[] {
  const types = [
    ['uppercase', policy.require_uppercase],
    ['lowercase', policy.require_lowercase],
    ['numbers', policy.require_numbers],
    ['symbols', policy.require_symbols],
  ] as const;
  return types.flatMap(([type, isRequired]) => (isRequired === 1 ? [type] : []));
}

export function passwordViolation(problem: string): ServiceError {
  return new ServiceError(PasswordPolicyViolationException$, problem);
}

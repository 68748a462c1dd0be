import { PasswordPolicyViolationException$ } from '@aws-sdk/client-iam';
import { ServiceError } from '../service-error.ts';

export const PASSWORD_LENGTH = { minimum: 8, maximum: 128 };
const MIN_CHARACTER_TYPES = 3;
const CHARACTER_TYPES = [/[A-Z]/, /[a-z]/, /[0-9]/, /[^A-Za-z0-9]/];

/** Whose password it is. */
interface PasswordOwner {
  readonly accountId: string;
  readonly rootEmail: string;
}

/**
 * What the default password policy has against a password, in one sentence; undefined when it conforms.
 * IAM User Guide, "Setting an account password policy", default password policy.
 */
function passwordProblem(password: string, { accountId, rootEmail }: PasswordOwner): string | undefined {
  const { minimum, maximum } = PASSWORD_LENGTH;
  if (password.length < minimum) return `Password should have a minimum length of ${minimum}`;
  if (password.length > maximum) return `Password should have a maximum length of ${maximum}`;
  if (CHARACTER_TYPES.filter((type) => type.test(password)).length < MIN_CHARACTER_TYPES) {
    return (
      `Password should have at least ${MIN_CHARACTER_TYPES} of these: ` +
      'uppercase letters, lowercase letters, numbers, non-alphanumeric characters'
    );
  }
  if ([accountId, rootEmail.toLowerCase()].includes(password.toLowerCase())) {
    return 'Password should not be identical to the account ID or email address';
  }
  return undefined;
}

/** @throws PasswordPolicyViolation */
export function refuseWeakPassword(password: string, owner: PasswordOwner): void {
  const problem = passwordProblem(password, owner);
  if (problem !== undefined) throw passwordViolation(problem);
}

export function passwordViolation(message: string): ServiceError {
  return new ServiceError(PasswordPolicyViolationException$, message);
}

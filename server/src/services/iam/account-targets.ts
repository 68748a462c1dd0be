import { isDeniedExplicitly } from '../../access/authorization.ts';
import type { Database } from '../../storage/database/database.ts';
import type { Call, Target } from '../operation.ts';
import { passwordPolicyOf } from './password-policy.ts';

/** The account as a whole: its settings have no ARN. */
export function accountTarget({ principal: { accountId } }: Call): Target {
  return { resources: [{ arn: '*', accountId }] };
}

/**
 * The target without need of a permission, where the caller is an IAM user whom the account's password policy lets
 * change the password, and no policy denies it outright: IAM User Guide, "Setting an account password policy".
 */
export async function unlessUsersMayChangePasswords<T extends Target>(
  database: Database,
  call: Call,
  action: string,
  target: T,
): Promise<T> {
  const { principal, environment } = call;
  if (principal.kind !== 'user') return target;
  const policy = await passwordPolicyOf(database, principal.accountId);
  if (policy?.users_may_change !== 1) return target;
  const isDenied = target.resources.some((resource) =>
    isDeniedExplicitly(principal, environment, action, resource, target.context),
  );
  return isDenied ? target : { ...target, resources: [] };
}

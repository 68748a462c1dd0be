import {
  DeleteAccountPasswordPolicy$,
  DeleteAccountPasswordPolicyCommand,
  GetAccountPasswordPolicy$,
  GetAccountPasswordPolicyCommand,
  type PasswordPolicy,
  UpdateAccountPasswordPolicy$,
  UpdateAccountPasswordPolicyCommand,
} from '@aws-sdk/client-iam';
import type { PasswordPolicyRow } from '../../storage/database/schema.ts';
import type { Operation } from '../operation.ts';
import { accountTarget, unlessUsersMayChangePasswords } from './account-targets.ts';
import { noSuchEntity } from './errors.ts';
import { passwordPolicyOf } from './password-policy.ts';
import { type IamServices, operation } from './service.ts';

/** Where the request names none: IAM API Reference, UpdateAccountPasswordPolicy. */
const DEFAULT_MINIMUM_LENGTH = 6;

const updateAccountPasswordPolicy = operation(UpdateAccountPasswordPolicy$, UpdateAccountPasswordPolicyCommand, {
  target: (_services, call) => accountTarget(call),
  handle: async ({ database }, call, input) => {
    // What the request leaves out goes back to its default.
    const settings: Omit<PasswordPolicyRow, 'account_id'> = {
      minimum_length: input.MinimumPasswordLength ?? DEFAULT_MINIMUM_LENGTH,
      require_symbols: flag(input.RequireSymbols),
      require_numbers: flag(input.RequireNumbers),
      require_uppercase: flag(input.RequireUppercaseCharacters),
      require_lowercase: flag(input.RequireLowercaseCharacters),
      users_may_change: flag(input.AllowUsersToChangePassword),
      max_age_days: input.MaxPasswordAge ?? null,
      reuse_prevention: input.PasswordReusePrevention ?? null,
      hard_expiry: input.HardExpiry === undefined ? null : flag(input.HardExpiry),
    };
    await database
      .insertInto('password_policies')
      .values({ account_id: call.principal.accountId, ...settings })
      .onConflict((conflict) => conflict.column('account_id').doUpdateSet(settings))
      .execute();
    return {};
  },
});

const getAccountPasswordPolicy = operation(GetAccountPasswordPolicy$, GetAccountPasswordPolicyCommand, {
  target: ({ database }, call) =>
    unlessUsersMayChangePasswords(database, call, 'iam:GetAccountPasswordPolicy', accountTarget(call)),
  handle: async ({ database }, call) => {
    const { accountId } = call.principal;
    const policy = await passwordPolicyOf(database, accountId);
    if (policy === undefined) {
      throw noSuchEntity(`The Password Policy with domain name ${accountId} cannot be found.`);
    }
    return { PasswordPolicy: describe(policy) };
  },
});

const deleteAccountPasswordPolicy = operation(DeleteAccountPasswordPolicy$, DeleteAccountPasswordPolicyCommand, {
  target: (_services, call) => accountTarget(call),
  handle: async ({ database }, call) => {
    const { numDeletedRows } = await database
      .deleteFrom('password_policies')
      .where('account_id', '=', call.principal.accountId)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw noSuchEntity('The account policy with name PasswordPolicy cannot be found.');
    return {};
  },
});

export const passwordPolicyOperations: readonly Operation<IamServices>[] = [
  updateAccountPasswordPolicy,
  getAccountPasswordPolicy,
  deleteAccountPasswordPolicy,
];

function flag(value: boolean | undefined): number {
  return value === true ? 1 : 0;
}

function describe(policy: PasswordPolicyRow): PasswordPolicy {
  return {
    MinimumPasswordLength: policy.minimum_length,
    RequireSymbols: policy.require_symbols === 1,
    RequireNumbers: policy.require_numbers === 1,
    RequireUppercaseCharacters: policy.require_uppercase === 1,
    RequireLowercaseCharacters: policy.require_lowercase === 1,
    AllowUsersToChangePassword: policy.users_may_change === 1,
    ExpirePasswords: policy.max_age_days !== null,
    MaxPasswordAge: policy.max_age_days ?? undefined,
    PasswordReusePrevention: policy.reuse_prevention ?? undefined,
    HardExpiry: policy.hard_expiry === null ? undefined : policy.hard_expiry === 1,
  };
}

import type { PasswordPolicy } from '@aws-sdk/client-iam';

/** Without a policy of the account's own. IAM User Guide, "Default password policy". */
export const DEFAULT_RULES = [
  'At least 8 characters, at most 128',
  'Three of the four kinds: uppercase letters, lowercase letters, numbers, other characters',
  "Neither the account's name nor its email address",
  'Passwords do not expire',
];

/** What a password policy asks for, a sentence each. */
export function passwordRules(policy: PasswordPolicy): string[] {
  const kinds = [
    ...(policy.RequireUppercaseCharacters === true ? ['one uppercase letter'] : []),
    ...(policy.RequireLowercaseCharacters === true ? ['one lowercase letter'] : []),
    ...(policy.RequireNumbers === true ? ['one number'] : []),
    ...(policy.RequireSymbols === true ? ["one of ! @ # $ % ^ & * ( ) _ + - = [ ] { } | '"] : []),
  ];
  const { MaxPasswordAge, PasswordReusePrevention } = policy;
  return [
    `At least ${policy.MinimumPasswordLength ?? 6} characters`,
    ...kinds.map((kind) => `At least ${kind}`),
    MaxPasswordAge === undefined
      ? 'Passwords do not expire'
      : `Passwords expire after ${MaxPasswordAge} days${policy.HardExpiry === true ? '; an administrator must then set another' : ''}`,
    PasswordReusePrevention === undefined
      ? 'Earlier passwords may be used again'
      : `The last ${PasswordReusePrevention} passwords may not be used again`,
    policy.AllowUsersToChangePassword === true
      ? 'Users may change their own password'
      : 'Users may change their own password only where their policies allow it',
  ];
}

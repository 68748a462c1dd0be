import { GetAccountPasswordPolicyCommand, type PasswordPolicy } from '@aws-sdk/client-iam';
import { useIam } from '../../api/iam.ts';
import { useRead } from '../../api/queries.ts';
import { CHARACTER_KINDS, DEFAULT_RULES } from '../../session/password-rules.ts';
import type { PasswordRules } from '../../session/requests.ts';

/** The account's own; null where the default one is in force. */
export function usePasswordPolicy(options?: { readonly enabled: boolean }) {
  const iam = useIam();
  const read = async (): Promise<PasswordPolicy | null> => {
    try {
      return (await iam.send(new GetAccountPasswordPolicyCommand({}))).PasswordPolicy ?? null;
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchEntityException') return null;
      throw error;
    }
  };
  return useRead(['iam', 'GetAccountPasswordPolicy'], read, options);
}

/** What a new password has to be like; undefined where that is not known, or not to be. Root users' need not be asked for. */
export function usePasswordRules({ ofRootUser = false } = {}): PasswordRules | undefined {
  const { data } = usePasswordPolicy({ enabled: !ofRootUser });
  if (ofRootUser) return DEFAULT_RULES;
  return data === undefined ? undefined : passwordRules(data);
}

/** What a new password has to be like. */
export function passwordRules(policy: PasswordPolicy | null): PasswordRules {
  if (policy === null) return DEFAULT_RULES;
  const required = [
    ...(policy.RequireUppercaseCharacters === true ? (['uppercase'] as const) : []),
    ...(policy.RequireLowercaseCharacters === true ? (['lowercase'] as const) : []),
    ...(policy.RequireNumbers === true ? (['numbers'] as const) : []),
    ...(policy.RequireSymbols === true ? (['symbols'] as const) : []),
  ];
  return {
    minimumLength: policy.MinimumPasswordLength ?? 6,
    required,
    leastTypes: required.length,
    reusePrevention: policy.PasswordReusePrevention ?? 0,
  };
}

const ONE_OF: Readonly<Record<PasswordRules['required'][number], string>> = {
  uppercase: 'one uppercase letter',
  lowercase: 'one lowercase letter',
  numbers: 'one number',
  symbols: "one of ! @ # $ % ^ & * ( ) _ + - = [ ] { } | '",
};

/** All that a policy says, a sentence each. */
export function policySentences(policy: PasswordPolicy | null): string[] {
  const { minimumLength, required, leastTypes, reusePrevention } = passwordRules(policy);
  const kinds = Object.values(CHARACTER_KINDS);
  const ofDefault = [
    `${leastTypes} of the ${kinds.length} kinds: ${kinds.join(', ')}`,
    "Neither the account ID nor the root user's email address",
  ];
  const { MaxPasswordAge, HardExpiry, AllowUsersToChangePassword } = policy ?? {};
  const ofCustom = [
    reusePrevention === 0
      ? 'Earlier passwords may be used again'
      : `The last ${reusePrevention} passwords may not be used again`,
    AllowUsersToChangePassword === true
      ? 'Users may change their own password'
      : 'Users may change their own password only where their policies allow it',
  ];
  return [
    `At least ${minimumLength} characters, at most 128`,
    ...(policy === null ? ofDefault : required.map((kind) => `At least ${ONE_OF[kind]}`)),
    MaxPasswordAge === undefined
      ? 'Passwords do not expire'
      : `Passwords expire after ${MaxPasswordAge} days${HardExpiry === true ? '; an administrator must then set another' : ''}`,
    ...(policy === null ? [] : ofCustom),
  ];
}

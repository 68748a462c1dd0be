import { expect, it } from 'vitest';
import { passwordRules, policySentences } from './password-policies.ts';

it('tells of the default policy what the server keeps to', () => {
  expect(passwordRules(null)).toEqual({ minimumLength: 8, required: [], leastTypes: 3, reusePrevention: 0 });
  expect(policySentences(null)).toEqual([
    'At least 8 characters, at most 128',
    '3 of the 4 kinds: uppercase letters, lowercase letters, numbers, symbols',
    "Neither the account ID nor the root user's email address",
    'Passwords do not expire',
  ]);
});

it('tells of a policy that asks for nothing that it does not', () => {
  expect(passwordRules({})).toEqual({ minimumLength: 6, required: [], leastTypes: 0, reusePrevention: 0 });
  expect(policySentences({})).toEqual([
    'At least 6 characters, at most 128',
    'Passwords do not expire',
    'Earlier passwords may be used again',
    'Users may change their own password only where their policies allow it',
  ]);
});

it('tells all that a policy asks for', () => {
  const policy = {
    MinimumPasswordLength: 12,
    RequireUppercaseCharacters: true,
    RequireLowercaseCharacters: false,
    RequireNumbers: true,
    RequireSymbols: true,
    MaxPasswordAge: 90,
    HardExpiry: true,
    PasswordReusePrevention: 5,
    AllowUsersToChangePassword: true,
  };
  expect(passwordRules(policy)).toEqual({
    minimumLength: 12,
    required: ['uppercase', 'numbers', 'symbols'],
    leastTypes: 3,
    reusePrevention: 5,
  });
  expect(policySentences(policy)).toEqual([
    'At least 12 characters, at most 128',
    'At least one uppercase letter',
    'At least one number',
    "At least one of ! @ # $ % ^ & * ( ) _ + - = [ ] { } | '",
    'Passwords expire after 90 days; an administrator must then set another',
    'The last 5 passwords may not be used again',
    'Users may change their own password',
  ]);
});

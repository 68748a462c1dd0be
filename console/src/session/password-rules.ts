import type { PasswordRules } from './requests.ts';

/** Where no account has set any: IAM's default password policy, which root users' passwords follow always. */
export const DEFAULT_RULES: PasswordRules = { minimumLength: 8, required: [], leastTypes: 3, reusePrevention: 0 };

export const CHARACTER_KINDS = {
  uppercase: 'uppercase letters',
  lowercase: 'lowercase letters',
  numbers: 'numbers',
  symbols: 'symbols',
};
const COUNTS = ['', 'one', 'two', 'three', 'four'];

/** What a password has to be like, in words for who is to choose one. */
export function rulesText({ minimumLength, required, leastTypes, reusePrevention }: PasswordRules): string {
  const isChoice = leastTypes > required.length;
  const types = isChoice
    ? `of ${COUNTS[leastTypes]} kinds: ${Object.values(CHARACTER_KINDS).join(', ')}`
    : `with ${namesOf(required)}`;
  return [
    `At least ${minimumLength} characters`,
    ...(leastTypes > 0 ? [types] : []),
    ...(reusePrevention > 1 ? [`none of the last ${reusePrevention} passwords`] : []),
    ...(reusePrevention === 1 ? ['not the last password'] : []),
  ].join(', ');
}

function namesOf(types: PasswordRules['required']): string {
  return new Intl.ListFormat('en').format(types.map((type) => CHARACTER_KINDS[type]));
}

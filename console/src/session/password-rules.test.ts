import { expect, it } from 'vitest';
import { DEFAULT_RULES, rulesText } from './password-rules.ts';

it.each([
  [DEFAULT_RULES, 'At least 8 characters, of three kinds: uppercase letters, lowercase letters, numbers, symbols'],
  [{ minimumLength: 6, required: [], leastTypes: 0, reusePrevention: 0 }, 'At least 6 characters'],
  [
    { minimumLength: 12, required: ['uppercase', 'numbers', 'symbols'], leastTypes: 3, reusePrevention: 24 },
    'At least 12 characters, with uppercase letters, numbers, and symbols, none of the last 24 passwords',
  ],
  [
    { minimumLength: 9, required: ['lowercase'], leastTypes: 1, reusePrevention: 1 },
    'At least 9 characters, with lowercase letters, not the last password',
  ],
] as const)('%#: tells what a password has to be like', (rules, text) => {
  expect(rulesText(rules)).toBe(text);
});

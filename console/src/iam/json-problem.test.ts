import { describe, expect, it } from 'vitest';
import { jsonProblem } from './json-problem.ts';

describe('what is wrong with a text as JSON', () => {
  it.each([
    ['{"a": [1, 2]}', undefined],
    ['{\n  "a": 1,\n}', /^Line 3, column 1: /],
    ['{\n  "a" 1\n}', /^Line 2, column 7: /],
    ['{\n  "a": [1', /^Line 2, column 10: /],
    ['[1,\n "two]', /^Line 2, column \d+: Unterminated string/],
    ['', /^Line 1, column 1: Unexpected end/],
  ])('%j', (text, expected) => {
    if (expected === undefined) expect(jsonProblem(text)).toBeUndefined();
    else expect(jsonProblem(text)).toMatch(expected);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFault } from './json-fault.ts';

describe('where a text stops being JSON', () => {
  it.each([
    ['', 0, 'Expected a value, but the text ends'],
    ['{ "a": x }', 7, 'Expected a value'],
    ['{ "a": 1, }', 10, 'Expected a name in double quotes'],
    ["{ 'a': 1 }", 2, 'Expected a name in double quotes or }'],
    ['{ "a" 1 }', 6, 'Expected : after the name'],
    ['{ "a": 1 "b": 2 }', 9, 'Expected , or }'],
    ['[1 2]', 3, 'Expected , or ]'],
    ['[1}', 2, 'Expected , or ]'],
    ['[1, ]', 4, 'Expected a value'],
    ['[', 1, 'Expected a value or ], but the text ends'],
    ['{} {}', 3, 'Expected nothing more'],
    ['["a\n"]', 1, 'This string is not closed'],
    ['["a', 1, 'This string is not closed'],
    ['["a\t"]', 3, 'A control character in a string'],
    ['["a\\x"]', 3, 'No such escape in a string'],
    ['[01]', 1, 'Expected a value or ]'],
    ['[1, truex]', 4, 'Expected a value'],
    ['['.repeat(100_000), 100_000, 'Expected a value or ], but the text ends'],
  ])('%#: %.20s', (text, at, message) => {
    expect(jsonFault(text)).toEqual({ at, message });
  });

  it('finds a fault exactly where JSON.parse does', () => {
    const json = fc.json({ maxDepth: 4 });
    const cut = fc.tuple(
      json,
      fc.nat(),
      fc.nat({ max: 2 }),
      fc.constantFrom('', '"', ',', '{', ']', '\\', ' ', '1', '\n', 'e'),
    );
    const damaged = cut.map(([text, place, length, inserted]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + inserted + text.slice(at + length);
    });
    fc.assert(
      fc.property(fc.oneof(json, damaged, fc.string({ unit: 'binary' })), (text) => {
        const fault = jsonFault(text);
        expect(fault === undefined).toBe(isJson(text));
        if (fault !== undefined) expect(fault.at).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 1_000 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

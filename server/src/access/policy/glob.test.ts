import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANY_CHARACTER, ANY_RUN, compileGlob, type GlobPart } from './glob.ts';

function globOf(pattern: string): readonly GlobPart[] {
  return Array.from(pattern, (character) =>
    character === '*' ? ANY_RUN : character === '?' ? ANY_CHARACTER : character,
  );
}

/** Straight from the definition, character by character. */
function naiveMatch(pattern: readonly GlobPart[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === ANY_RUN) return naiveMatch(rest, text) || (text.length > 0 && naiveMatch(pattern, text.slice(1)));
  if (text.length === 0) return false;
  return (first === ANY_CHARACTER || first === text[0]) && naiveMatch(rest, text.slice(1));
}

describe('compileGlob', () => {
  it.each([
    ['*', '', true],
    ['*', 'a/b:c', true],
    ['?', '', false],
    ['?', '😀', true],
    ['??', '😀', false],
    ['a*', 'abc', true],
    ['a*', 'ba', false],
    ['*c', 'abc', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['a*b*c', 'a--b--c', true],
    ['a*b*c', 'a--c--b', false],
    ['abc', 'ABC', false],
    ['abc', 'abcd', false],
  ])('%s on %s: %s', (pattern, text, expected) => {
    expect(compileGlob(globOf(pattern))(text)).toBe(expected);
  });

  it('takes stars within a literal part as themselves', () => {
    expect(compileGlob(['a*', ANY_CHARACTER])('a*x')).toBe(true);
    expect(compileGlob(['a*', ANY_CHARACTER])('abx')).toBe(false);
  });

  it('matches what a naive implementation matches', () => {
    const characters = fc.constantFrom('a', 'b', ':', '😀');
    const pattern = fc.array(fc.oneof(characters, fc.constantFrom('*', '?')), { maxLength: 10 });
    fc.assert(
      fc.property(pattern, fc.array(characters, { maxLength: 10 }), (parts, text) => {
        const glob = globOf(parts.join(''));
        expect(compileGlob(glob)(text.join(''))).toBe(naiveMatch(glob, text));
      }),
      { numRuns: 5_000 },
    );
  });

  it('does not blow up on many runs of wildcards', () => {
    // A backtracking matcher would need more steps here than there are atoms.
    expect(compileGlob(globOf(`${'a*'.repeat(200)}b`))('a'.repeat(2_000))).toBe(false);
  });
});

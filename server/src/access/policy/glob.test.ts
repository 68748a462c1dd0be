import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvaluationLimitError, effortOf, UNLIMITED } from './evaluation-effort.ts';
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
    expect(compileGlob(globOf(pattern))(text, UNLIMITED)).toBe(expected);
  });

  it('takes stars within a literal part as themselves', () => {
    expect(compileGlob(['a*', ANY_CHARACTER])('a*x', UNLIMITED)).toBe(true);
    expect(compileGlob(['a*', ANY_CHARACTER])('abx', UNLIMITED)).toBe(false);
  });

  it('matches what a naive implementation matches', () => {
    const characters = fc.constantFrom('a', 'b', ':', '😀');
    const pattern = fc.array(fc.oneof(characters, fc.constantFrom('*', '?')), { maxLength: 10 });
    fc.assert(
      fc.property(pattern, fc.array(characters, { maxLength: 10 }), (parts, text) => {
        const glob = globOf(parts.join(''));
        expect(compileGlob(glob)(text.join(''), UNLIMITED)).toBe(naiveMatch(glob, text));
      }),
      { numRuns: 5_000 },
    );
  });

  /** Texts and patterns that make matchers go back: long runs of one letter that end in another. */
  const adversarial = fc
    .record({
      literals: fc.array(fc.tuple(fc.constantFrom('a', 'ab', 'aab'), fc.nat(300), fc.constantFrom('', 'b', 'c')), {
        minLength: 1,
        maxLength: 30,
      }),
      text: fc.tuple(fc.constantFrom('a', 'ab', 'aab'), fc.nat(3_000), fc.constantFrom('', 'b', 'c')),
      anchored: fc.boolean(),
    })
    .map(({ literals, text: [unit, count, end], anchored }) => ({
      pattern: `${anchored ? '' : '*'}${literals.map(([part, times, last]) => part.repeat(times) + last).join('*')}*`,
      text: unit.repeat(count) + end,
    }));

  it('compares at most twice the text and once the pattern, whatever both are', () => {
    fc.assert(
      fc.property(adversarial, ({ pattern, text }) => {
        let steps = 0;
        compileGlob(globOf(pattern))(text, { spend: (taken) => (steps += taken) });
        expect(steps).toBeLessThanOrEqual(2 * text.length + pattern.length);
      }),
    );
  });

  it('ends within its effort where question marks make it try many places', () => {
    const glob = compileGlob(globOf(`*${'a?'.repeat(3_000)}b*`));
    expect(() => glob('a'.repeat(8_000), effortOf(1_000_000))).toThrow(EvaluationLimitError);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineDifference } from './line-difference.ts';

describe('what changes between two texts', () => {
  it('tells changed lines among those that stay', () => {
    expect(lineDifference('{\n  a\n  b\n}', '{\n  a\n  c\n  d\n}').map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      'same {',
      'same   a',
      'removed   b',
      'added   c',
      'added   d',
      'same }',
    ]);
  });

  it('has all lines of both, and no change between equal texts', () => {
    const text = fc.array(fc.constantFrom('{', '}', 'a', 'b', '')).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = lineDifference(before, after);
        const of = (kind: string) => lines.filter((line) => line.kind === kind || line.kind === 'same');
        expect(
          of('removed')
            .map((line) => line.text)
            .join('\n'),
        ).toBe(before);
        expect(
          of('added')
            .map((line) => line.text)
            .join('\n'),
        ).toBe(after);
        if (before === after) expect(lines.every(({ kind }) => kind === 'same')).toBe(true);
      }),
    );
  });
});

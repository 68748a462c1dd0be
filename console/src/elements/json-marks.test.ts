import { describe, expect, it } from 'vitest';
import { markedLines } from './json-marks.ts';

describe('the lines of a JSON text in pieces', () => {
  it('tells names, strings and other values apart', () => {
    const [line] = markedLines('{"a": ["b\\"c", -1.5e3, true]', []);
    const tokens = line?.filter(({ token }) => token !== undefined).map(({ text, token }) => [text, token]);
    expect(tokens).toEqual([
      ['"a"', 'name'],
      ['"b\\"c"', 'string'],
      ['-1.5e3', 'value'],
      ['true', 'value'],
    ]);
  });

  it.each(['', '{', '"open', '{"a": 1}\n\n  [nul', '\\"""\\', '"a" : "\t\u202e"'])('loses nothing of %j', (text) => {
    const lines = markedLines(text, [{ start: { line: 1, column: 2 }, end: { line: 9, column: 1 }, kind: 'matched' }]);
    expect(lines.map((line) => line.map((segment) => segment.text).join('')).join('\n')).toBe(text);
  });

  it('cuts where a mark begins and ends, over lines and within them', () => {
    const start = { line: 1, column: 3 };
    const over = markedLines('abcd\nefgh\nijkl', [{ start, end: { line: 3, column: 2 }, kind: 'matched' }]);
    expect(over.map((line) => line.filter(({ mark }) => mark !== undefined).map(({ text }) => text))).toEqual([
      ['cd'],
      ['efgh'],
      ['i'],
    ]);
    const within = markedLines('"abcd"', [{ start, end: { line: 1, column: 5 }, kind: 'problem' }]);
    expect(within).toEqual([
      [
        { text: '"a', token: 'string', mark: undefined },
        { text: 'bc', token: 'string', mark: 'problem' },
        { text: 'd"', token: 'string', mark: undefined },
      ],
    ]);
  });

  it('leaves a long text without colours', () => {
    const [line] = markedLines(`"${'a'.repeat(30_000)}"`, []);
    expect(line?.map(({ token }) => token)).toEqual([undefined]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOfText, isTextOfBytes, textOfBytes, withoutByteEscapes } from './byte-names.ts';

const utf8 = (text: string) => Buffer.from(text).toString('latin1');
/** What cuts characters, looks like an escape, or nearly so. */
const piece = fc.constantFrom(
  ...['\\', '\\x', '\\x5C', '\\x5c', '\\xE9', '\\xe9', '\\x41', 'x5C', 'xE9', '5C', 'C', 'a', '/'],
  ...[
    '\xe9',
    '\xc3',
    '\xa9',
    '\xc3\xa9',
    '\xed\xa0\x80',
    '\xf0\x9f',
    '\x9a\x80',
    '\xc0\xaf',
    '\xf4\x90\x80\x80',
    '\xff',
  ],
  ...['é', '🚀', '\ufffd', '\ufeff'].map(utf8),
);
const bytes = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
  fc.uint8Array({ maxLength: 12 }).map((array) => Buffer.from(array).toString('latin1')),
);

describe('the text of a name in bytes', () => {
  it('is of Unicode, and gives the bytes back', () => {
    fc.assert(
      fc.property(bytes, (name) => {
        const text = textOfBytes(name);
        expect(text.isWellFormed()).toBe(true);
        expect(bytesOfText(text)).toBe(name);
        expect(isTextOfBytes(text)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('is the name itself where that is UTF-8 without an escape', () => {
    const name = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed() && !/\\x[5-9A-F]/.test(text));
    fc.assert(
      fc.property(name, (text) => {
        expect(textOfBytes(utf8(text))).toBe(text);
      }),
    );
    expect(textOfBytes(utf8('a\\b\\x5c\\xe9\ufffd'))).toBe('a\\b\\x5c\\xe9\ufffd');
  });

  it('shows which bytes are not UTF-8', () => {
    expect(textOfBytes('caf\xe9.txt')).toBe('caf\\xE9.txt');
    expect(textOfBytes('caf\\xE9.txt')).toBe('caf\\x5CxE9.txt');
    expect(withoutByteEscapes('caf\\xE9\\x5C')).toBe('caf\\x5C');
  });

  it.each(['\\xC3\\xA9', '\\x5C', '\\x5Ca'])('is not %s', (text) => {
    expect(isTextOfBytes(text)).toBe(false);
  });
});

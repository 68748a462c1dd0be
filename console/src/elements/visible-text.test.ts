import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasDirectionMarks, textParts, visibleText } from './visible-text.ts';

describe('text from users', () => {
  it('names what could not be seen', () => {
    expect(visibleText('access\u202e\u2066// admin\u2069')).toBe('access⟨U+202E⟩⟨U+2066⟩// admin⟨U+2069⟩');
    expect(visibleText('\u001b[31mred\u0007\u0000')).toBe('⟨U+001B⟩[31mred⟨U+0007⟩⟨U+0000⟩');
    expect(visibleText('zero\u200bwidth\ufeff\u{e0041}')).toBe('zero⟨U+200B⟩width⟨U+FEFF⟩⟨U+E0041⟩');
    expect(textParts('a\u202eb')).toEqual([
      { text: 'a', isHidden: false },
      { text: 'U+202E', isHidden: true },
      { text: 'b', isHidden: false },
    ]);
  });

  it('leaves alone what people write', () => {
    for (const text of ['tab\tand\r\nlines', 'größe 名前', 'שלום', '👩\u200d💻', 'می\u200cخواهم', '']) {
      expect(visibleText(text)).toBe(text);
      expect(hasDirectionMarks(text)).toBe(false);
    }
    expect(hasDirectionMarks('a\u2066b')).toBe(true);
  });

  it('stays the same text but for names', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parts = textParts(text);
        expect(parts.map((part) => (part.isHidden ? `⟨${part.text}⟩` : part.text)).join('')).toBe(visibleText(text));
        expect(visibleText(visibleText(text))).toBe(visibleText(text));
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedQueryStringError, parseQueryString } from './query-string.ts';

describe('parseQueryString', () => {
  it('decodes names and values in order, + as a space', () => {
    expect(parseQueryString('a=1&b+c=%2B+%C3%A9&a=2=3&&d')).toEqual([
      ['a', '1'],
      ['b c', '+ é'],
      ['a', '2=3'],
      ['d', ''],
    ]);
    expect(parseQueryString('')).toEqual([]);
  });

  it.each(['a=%', 'a=%zz', '%C3=1', 'a=%ED%A0%80', 'a=%C0%80'])('refuses %s', (text) => {
    expect(() => parseQueryString(text)).toThrow(MalformedQueryStringError);
  });

  it('refuses more than 10,000 parameters, and no fewer', () => {
    expect(parseQueryString('a=&'.repeat(10_000))).toHaveLength(10_000);
    expect(() => parseQueryString('a&'.repeat(4_000_000))).toThrow('more than 10000 parameters');
    expect(parseQueryString('&'.repeat(1_000_000))).toEqual([]);
  });

  it('reads what URLSearchParams writes', () => {
    const pairs = fc.array(fc.tuple(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme' })));
    fc.assert(
      fc.property(pairs, (entries) => {
        expect(parseQueryString(new URLSearchParams(entries).toString())).toEqual(entries);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bearerTokenOf, parseBasicCredentials } from './basic-credentials.ts';

const headerOf = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const wellFormed = fc.string({ unit: 'grapheme', maxLength: 60 });

describe('parseBasicCredentials', () => {
  it('gives back what was sent, in UTF-8, up to the first colon and after it', () => {
    fc.assert(
      fc.property(
        wellFormed.filter((name) => !name.includes(':')),
        wellFormed,
        (userName, password) => {
          expect(parseBasicCredentials(headerOf(`${userName}:${password}`))).toEqual({ userName, password });
        },
      ),
    );
  });

  it.each(['basic', 'BASIC', 'Basic  '])('takes the scheme as %j', (scheme) => {
    const [, encoded] = headerOf('ana-at-111122223333:a:b=').split(' ');
    expect(parseBasicCredentials(`${scheme} ${encoded} `)).toEqual({
      userName: 'ana-at-111122223333',
      password: 'a:b=',
    });
  });

  it.each([undefined, '', 'Basic', 'Basic ', 'Basic ?', 'Basic YTpi YTpi', 'Bearer YTpi', headerOf('no colon')])(
    'finds none in %j',
    (header) => {
      expect(parseBasicCredentials(header)).toBeUndefined();
    },
  );
});

describe('bearerTokenOf', () => {
  it.each([
    ['Bearer abc.DEF-1_2~+/==', 'abc.DEF-1_2~+/=='],
    ['bearer abc', 'abc'],
    ['Bearer a b', undefined],
    ['Bearer', undefined],
    ['Basic YTpi', undefined],
    [undefined, undefined],
  ])('of %j is %j', (header, token) => {
    expect(bearerTokenOf(header)).toBe(token);
  });
});

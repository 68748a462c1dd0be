import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkBlobName, checkBlobPrefix } from './blob-store.ts';

const REFUSED = [
  '',
  '/',
  '.',
  '..',
  '/repositories/a.pack',
  'repositories/',
  'repositories//a.pack',
  'repositories/../a.pack',
  'repositories/..',
  '../a.pack',
  'repositories/.hidden',
  '.unfinished/a',
  'repositories\\a.pack',
  'repositories/a b',
  'repositories/a\0.pack',
  'repositories/a\n',
  'repositories/ä.pack',
  `repositories/${'a'.repeat(129)}`,
  `${'a/'.repeat(256)}a`,
];

describe('names of blobs', () => {
  it.each(['a', 'repositories/5b7c0f0e-6f5c-4dd1-8a86-2f0c7c4c9d11/0e5c.pack', 'x/-_/y..z'])('may be %j', (name) => {
    expect(() => checkBlobName(name)).not.toThrow();
    expect(() => checkBlobPrefix(`${name}/`)).not.toThrow();
  });

  it.each(REFUSED)('may not be %j', (name) => {
    expect(() => checkBlobName(name)).toThrow(TypeError);
    expect(() => checkBlobPrefix(`${name}/`)).toThrow(TypeError);
  });

  it('never lead out of their folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', 'a', '\\', '\0', ' ') }), (name) => {
        let accepted = true;
        try {
          checkBlobName(name);
        } catch {
          accepted = false;
        }
        if (accepted) expect(name.split('/').every((segment) => /^[a][a.]*$/.test(segment))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('have prefixes of whole segments, or none', () => {
    expect(() => checkBlobPrefix('')).not.toThrow();
    expect(() => checkBlobPrefix('repositories')).toThrow(TypeError);
  });
});

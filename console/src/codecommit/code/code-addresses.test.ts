import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  branchOf,
  codePath,
  codePlaceOf,
  comparedOf,
  comparePath,
  fileNameOf,
  folderOf,
  shortName,
} from './code-addresses.ts';

/** As a browser has it after going there. */
const pathnameOf = (path: string) => new URL(`/console${path}`, 'http://console').pathname;

describe('addresses of code', () => {
  it('are as the AWS console forms them', () => {
    const place = { specifier: 'refs/heads/feature/x', path: 'src/main.ts' };
    expect(codePath('demo', 'browse', place)).toBe(
      '/codecommit/repositories/demo/browse/refs/heads/feature/x/--/src/main.ts',
    );
    expect(codePath('demo', 'browse', { specifier: '', path: '' })).toBe('/codecommit/repositories/demo/browse');
    expect(comparePath('demo', 'refs/heads/a/b', 'refs/tags/v1')).toBe(
      '/codecommit/repositories/demo/compare/refs/heads/a/b/.../refs/tags/v1',
    );
  });

  it('lead back to what they name, whatever the names hold', () => {
    const part = fc.oneof(
      fc.constantFrom(
        '--',
        'line\nbreak',
        '\r\u2028',
        '...',
        'a b',
        '100%',
        '%2F',
        '?',
        '#',
        'größe',
        '\\',
        '\u202e',
        '<script>',
        ';',
      ),
      fc.string({ minLength: 1 }).filter((text) => !text.includes('/') && !/^(\.|%2e){1,2}$/i.test(text)),
    );
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const specifier = path.map((text) => `refs/heads/${text}`);
    fc.assert(
      fc.property(specifier, fc.oneof(fc.constant(''), path), (name, file) => {
        const place = { specifier: name.toWellFormed(), path: file.toWellFormed() };
        const pathname = pathnameOf(codePath('a.b', 'browse', place));
        expect(codePlaceOf(pathname)).toEqual(place);
        // As the router matches it.
        expect(decodeURIComponent(pathname)).toMatch(/^.*$/);
      }),
    );
    const compared = specifier.filter((name) => !name.includes('..'));
    fc.assert(
      fc.property(compared, compared, (before, after) => {
        const both = { before: before.toWellFormed(), after: after.toWellFormed() };
        expect(comparedOf(pathnameOf(comparePath('demo', before, after)))).toEqual(both);
      }),
    );
  });

  it('tell short names, branches and folders', () => {
    expect(shortName('0123456789abcdef0123456789abcdef01234567')).toBe('01234567');
    expect(shortName('refs/tags/v1/rc')).toBe('v1/rc');
    expect(shortName('HEAD')).toBe('HEAD');
    expect(branchOf('refs/heads/a/b')).toBe('a/b');
    expect(branchOf('refs/tags/a')).toBeUndefined();
    expect([folderOf('a/b/c'), folderOf('c'), fileNameOf('a/b'), fileNameOf('b')]).toEqual(['a/b', '', 'b', 'b']);
  });
});

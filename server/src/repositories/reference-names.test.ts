import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  branchNameProblem,
  compareReferenceNames,
  foldersOf,
  isObjectId,
  referenceNameProblem,
} from './reference-names.ts';

describe('branchNameProblem', () => {
  it.each([
    'main',
    'feature/a',
    'a.b',
    '-dash',
    'umlaut-ä',
    'emoji-🚀',
    'x'.repeat(256),
    '🚀'.repeat(200),
    'a'.repeat(39),
    'a@b',
    '{x}',
  ])('allows %s', (name) => {
    expect(branchNameProblem(name)).toBeUndefined();
    expect(referenceNameProblem(`refs/heads/${name}`)).toBeUndefined();
  });

  it.each([
    '',
    '@',
    'HEAD',
    '/a',
    'a/',
    '.a',
    'a.',
    'a..b',
    'a//b',
    'a@{b',
    'a b',
    'a?b',
    'a^b',
    'a*b',
    'a[b',
    'a\\b',
    'a~b',
    'a:b',
    'a/.b',
    'a.lock',
    'a.lock/b',
    'a\tb',
    'a\u007fb',
    'a\nb',
    'x'.repeat(257),
    'a'.repeat(40),
    'A1'.repeat(20),
    '\ud800',
  ])('refuses %j', (name) => {
    expect(branchNameProblem(name)).toBeTypeOf('string');
    expect(referenceNameProblem(`refs/heads/${name}`)).toBeTypeOf('string');
  });

  it('refuses whatever git check-ref-format refuses', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '/',
      '.',
      '..',
      '.lock',
      '@',
      '{',
      '@{',
      ' ',
      '~',
      '^',
      ':',
      '?',
      '*',
      '[',
      '\\',
      '-',
      'ä',
      '\u0001',
      '\u007f',
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        const name = pieces.join('');
        const { status } = spawnSync('git', ['check-ref-format', `refs/heads/${name}`]);
        if (status !== 0) expect(branchNameProblem(name)).toBeTypeOf('string');
        // Beyond Git's own rules: what CodeCommit refuses, and a branch called like the revision @.
        else if (name !== '@') expect(branchNameProblem(name)).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });
});

describe('referenceNameProblem', () => {
  it.each(['refs/tags/v1', 'refs/notes/commits', 'refs/changes/01/1/1', `refs/tags/${'a'.repeat(40)}`])(
    'allows %s',
    (name) => {
      expect(referenceNameProblem(name)).toBeUndefined();
    },
  );

  it.each([
    'HEAD',
    'main',
    'refs/',
    'refs/x',
    'refs/heads/',
    'refs//x',
    '../refs/heads/x',
    'refs/tags/..',
    `refs/tags/${'ä'.repeat(600)}`,
  ])('refuses %s', (name) => {
    expect(referenceNameProblem(name)).toBeTypeOf('string');
  });
});

describe('order', () => {
  it('is that of the UTF-8 bytes', () => {
    const name = fc.string({ unit: 'binary', maxLength: 8 }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(Math.sign(compareReferenceNames(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('small things', () => {
  it('knows folders and ids', () => {
    expect(foldersOf('refs/heads/a')).toEqual(['refs', 'refs/heads']);
    expect(isObjectId('0123456789abcdef0123456789abcdef01234567')).toBe(true);
    expect(isObjectId('0123456789ABCDEF0123456789abcdef01234567')).toBe(false);
    expect(isObjectId('0123456789abcdef0123456789abcdef01234567\n')).toBe(false);
  });
});

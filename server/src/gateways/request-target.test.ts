import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gitRouteOf } from './git/git-route.ts';
import { lfsAddressOf } from './git/lfs/lfs-route.ts';
import { AmbiguousTargetError, parseRequestTarget, type RequestTarget } from './request-target.ts';

function parsed(method: string, target: string): RequestTarget | 'refused' {
  try {
    return parseRequestTarget(method, target);
  } catch (error) {
    expect(error).toBeInstanceOf(AmbiguousTargetError);
    return 'refused';
  }
}

/** Targets that look like addresses of here, and everything that servers read in several ways. */
const piece = fc.constantFrom(
  ...['/', '//', '\\', '.', '..', '...', '%2e', '%2E', '%2f', '%5c', '%25', '%00', '%', ';', '#', ' ', 'é', '\t'],
  ...[
    'v1',
    'repos',
    'alpha',
    'beta',
    'beta.git',
    '/v1/repos/',
    'info/refs',
    'info/lfs/locks',
    '/console/',
    'api/',
    '?',
  ],
);
const target = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));

describe('the target of a request', () => {
  it.each([
    '/',
    '/v1/repos/team.project/info/refs',
    '/v1/repos/a..b/git-upload-pack',
    '/console/api/',
    '/console/assets/index-Bx_1-.js',
    '/2015-03-31/functions/name:1/invocations',
    '/.well-known/openid-configuration',
  ])('is taken as it is: %s', (path) => {
    expect(parsed('POST', `${path}?a=%2e%2e//`)).toEqual({ path, query: 'a=%2e%2e//', isPage: false });
  });

  it.each([
    '/console/codecommit/repositories/demo/browse/refs/heads/a%2Fb/--/a%20%5C%25%00%ff%2e%2e.txt',
    '/console/iam/policies/arn%3Aaws%3Aiam%3A%3A111122223333%3Apolicy%2Fteam%2Fp',
    '/console/codecommit/repositories/demo/compare/a/.../b',
  ])('may hold escapes within the console, for the page alone: %s', (path) => {
    expect(parsed('GET', path)).toEqual({ path, query: '', isPage: true });
    expect(parsed('HEAD', path)).toEqual({ path, query: '', isPage: true });
    if (path.includes('%')) expect(parsed('POST', path)).toBe('refused');
  });

  it.each([
    ...['', '*', 'v1/repos/alpha', 'http://localhost/v1/repos/alpha', '/a%41', '/a%', '/a\\b', '/a;b', '/a b', '/é'],
    ...['/..', '/../a', '/a/..', '/a/./b', '/.', '//', '/a//b', '/a//', '/a#b', '/a\0', '/..;/a', '/a/%2e%2e/b'],
    ...[
      '/console/..',
      '/console/../v1',
      '/console/%2e%2E/v1',
      '/console/a%2f..%2Fb',
      '/console/a%2f%2e',
      '/console//a',
    ],
    ...['/console/%', '/console/%4', '/console/a\\b', '/console/api/%61', '/console/assets/%61', '/%63onsole/a'],
  ])('is refused: %j', (text) => {
    expect(parsed('GET', text)).toBe('refused');
  });

  it('means the same to whoever decodes or normalises it', () => {
    fc.assert(
      fc.property(target, fc.constantFrom('GET', 'POST'), (text, method) => {
        const read = parsed(method, text);
        if (read === 'refused') return;
        const { pathname } = new URL(text, 'http://localhost');
        if (read.isPage) expect(pathname).toMatch(/^\/console\//);
        if (read.isPage) return;
        for (const path of [pathname, decodeURIComponent(read.path), posix.normalize(read.path)]) {
          expect(path).toBe(read.path);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('names one repository, wherever it leads', () => {
    fc.assert(
      fc.property(target, fc.constantFrom('GET', 'POST'), (rest, method) => {
        const read = parsed(method, `/v1/repos/${rest}`);
        if (read === 'refused') return;
        const route = gitRouteOf(method, read);
        const name = 'repositoryName' in route ? route.repositoryName : lfsAddressOf(method, read)?.repositoryName;
        if (name !== undefined) expect(read.path.split('/')[3]?.replace(/\.git$/, '')).toBe(name);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the service of a discovery', () => {
  it.each([
    ['service=git-upload-pack', 'discovery'],
    ['token=1&service=git-receive-pack', 'discovery'],
    ['', 'dumb'],
    ['service=git-upload-pack&service=git-receive-pack', 'unknown'],
    ['service=git-upload-pack&a=%ff', 'unknown'],
    ['service=git-archive', 'unknown'],
  ])('in %j: %s', (query, kind) => {
    expect(gitRouteOf('GET', parseRequestTarget('GET', `/v1/repos/demo/info/refs?${query}`)).kind).toBe(kind);
  });
});

import { describe, expect, it } from 'vitest';
import { repositoryTarget } from './repository-links.ts';

describe('a link within a repository', () => {
  const path = (link: string, folder = 'docs/guide') => repositoryTarget(link, folder)?.path;

  it('leads from the folder of its file, or from the root', () => {
    expect([path('a.md'), path('./a%20b.md'), path('../x/y.png'), path('/LICENSE'), path('../../../../up')]).toEqual([
      'docs/guide/a.md',
      'docs/guide/a b.md',
      'docs/x/y.png',
      'LICENSE',
      'up',
    ]);
    expect([path('a.md?raw=1#top'), path('a.md', ''), path('100%')]).toEqual([
      'docs/guide/a.md',
      'a.md',
      'docs/guide/100%',
    ]);
    expect(repositoryTarget('#usage', '')).toEqual({ path: '', fragment: 'usage' });
  });

  it('is none to anywhere else', () => {
    const links = [
      'https://example.com',
      '//example.com/x',
      'mailto:a@b.c',
      'javascript:alert(1)',
      'JavaScript:x',
      'data:,x',
    ];
    for (const link of links) expect(repositoryTarget(link, ''), link).toBeUndefined();
  });
});

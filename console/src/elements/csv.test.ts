import { describe, expect, it } from 'vitest';
import { csv } from './csv.ts';

describe('lines of comma-separated values', () => {
  it('are as the AWS console writes credentials', () => {
    expect(csv(['User Name', 'Password'], ['ada-at-111122223333', 'a+b/c='])).toBe(
      'User Name,Password\nada-at-111122223333,a+b/c=\n',
    );
  });

  it('quote what else would be read as something else', () => {
    expect(csv(['a,b', 'say "hi"', 'two\nlines', 'plain'])).toBe('"a,b","say ""hi""","two\nlines",plain\n');
  });
});

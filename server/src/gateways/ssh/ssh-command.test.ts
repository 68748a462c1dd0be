import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSshCommand } from './ssh-command.ts';

const name = fc.stringMatching(/^[\w.-]{1,90}[\w-]$/).filter((text) => !text.endsWith('.git'));
const slash = fc.constantFrom('', '/');
const suffix = fc.constantFrom('', '.git', '/', '.git/');

/** As git's own sq_quote writes a word. */
function quoted(word: string): string {
  return `'${word.replaceAll(/['!]/g, (character) => `'\\${character}'`)}'`;
}

describe('parseSshCommand', () => {
  it('finds the repository however a client writes its path', () => {
    fc.assert(
      fc.property(
        name,
        slash,
        suffix,
        fc.constantFrom('git-upload-pack', 'git-receive-pack'),
        fc.constantFrom(
          quoted,
          (word: string) => word,
          (word: string) => `"${word}"`,
        ),
        (repositoryName, before, after, service, quote) => {
          const path = quote(`${before}v1/repos/${repositoryName}${after}`);
          const expected = { kind: 'git', service, repositoryName };
          expect(parseSshCommand(`${service} ${path}`)).toEqual(expected);
          expect(parseSshCommand(`${service.replace('-', ' ')} ${path}`)).toEqual(expected);
        },
      ),
    );
  });

  it('takes no text for another command or repository', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const command = parseSshCommand(`git-upload-pack ${quoted(`/v1/repos/demo${text}`)}`);
        if (command.kind === 'git') expect(`demo${text}`).toMatch(/^demo[\w.-]*\/?$/);
        else expect(command.kind).toBe('elsewhere');
        expect(['unknown', 'elsewhere']).toContain(parseSshCommand(text).kind);
      }),
    );
  });

  it.each([
    [
      "git-lfs-authenticate '/v1/repos/demo.git' download",
      { kind: 'lfs', repositoryName: 'demo', operation: 'download' },
    ],
    ['git-lfs-authenticate v1/repos/demo upload 1234', { kind: 'lfs', repositoryName: 'demo', operation: 'upload' }],
    ['git-lfs-authenticate v1/repos/demo remove', { kind: 'unknown' }],
    ["git-upload-archive '/v1/repos/demo'", { kind: 'archive' }],
    ["git-upload-pack '/v1/repos/demo", { kind: 'unknown' }],
    ["git-upload-pack '/v1/repos/../demo'", { kind: 'elsewhere' }],
    ["git-upload-pack --strict '/v1/repos/demo'", { kind: 'elsewhere' }],
    ["git-upload-pack '/v1/repos/demo'; id", { kind: 'elsewhere' }],
    ["git-upload-pack '/v1/repos/demo' ; id", { kind: 'elsewhere' }],
    ['git-upload-pack', { kind: 'elsewhere' }],
    ['git', { kind: 'unknown' }],
    ['scp -t /', { kind: 'unknown' }],
    ['', { kind: 'unknown' }],
  ])('reads %j', (text, command) => {
    expect(parseSshCommand(text)).toEqual(command);
  });

  it('is linear in the length of what it reads', () => {
    for (const text of ["'".repeat(4_096), '\\'.repeat(4_095), `"${'\\"'.repeat(2_000)}`, ' '.repeat(4_096)]) {
      expect(parseSshCommand(text).kind).toBe('unknown');
    }
  });
});

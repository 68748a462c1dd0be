import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allow,
  type CodecommitFixture,
  callOf,
  codecommitFixture,
  userWith,
} from '../../../test/harness/codecommit-services.ts';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { type GitClient, gitClient } from '../../../test/harness/git-client.ts';
import { pushEverything } from '../../../test/harness/sample-pushes.ts';
import { openRepository } from './git-access.ts';

const exception = (name: string) => ({ exception: `${name}Exception` });
const repositoryName = 'blobs';
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`);

interface Change {
  readonly type: 'CONTEXT' | 'ADD' | 'DELETE';
  readonly content: string;
  readonly beforeLineNumber?: number;
  readonly afterLineNumber?: number;
}

describe.each(databaseEngines)('GetBlobDifferences on $name', (engine) => {
  let codecommit: CodecommitFixture;
  let git: GitClient;
  let cwd: string;
  const blobs = new Map<string, string>();
  const get = (before: string | undefined, after: string, input: object = {}) =>
    codecommit.run('GetBlobDifferences', {
      repositoryName,
      beforeBlobId: before === undefined ? undefined : blobs.get(before),
      afterBlobId: blobs.get(after),
      ...input,
    });
  const shown = (changes: readonly Change[]) =>
    changes.map(({ type, content }) => `${{ CONTEXT: ' ', ADD: '+', DELETE: '-' }[type]}${content}`);

  const edited = numbered(300);
  edited.splice(249, 2);
  edited.splice(99, 1, 'changed', '@@ -1,2 +3,4 @@ no header', '-- minus', '++ plus', '\\ No newline');
  const contents: Readonly<Record<string, string | Buffer>> = {
    before: `${numbered(300).join('\n')}\n`,
    after: `${edited.join('\n')}\n`,
    spaced: `${numbered(300)
      .map((line) => `  ${line.replace(' ', '\t')} `)
      .join('\n')}\n`,
    unended: numbered(300).join('\n'),
    windows: 'a\r\nb\r\n',
    unix: 'a\nb\n',
    binary: Buffer.from('a\0b'),
    empty: '',
    latin: Buffer.from('caf\xe9\n', 'latin1'),
    long: 'x'.repeat(3_000_000),
    longer: `${'x'.repeat(3_000_000)}y`,
    'many-lines': '\n'.repeat(500_001),
    'one-hunk': 'a\n'.repeat(200_001),
    huge: Buffer.alloc(6_291_457, 'h'),
  };

  describe.skipIf(engine.skipReason)('', () => {
    beforeAll(async () => {
      codecommit = await codecommitFixture(engine);
      git = await gitClient();
      cwd = join(git.home, 'source');
      await git.output(['init', '--quiet', cwd]);
      for (const [name, input] of Object.entries(contents)) {
        const blob = await git.output(['hash-object', '-w', '--stdin'], { cwd, input });
        blobs.set(name, blob);
        await git.output(['update-index', '--add', '--cacheinfo', `100644,${blob},${name}`], { cwd });
      }
      await git.output(['commit', '--quiet', '-m', 'blobs'], { cwd });
      await codecommit.run('CreateRepository', { repositoryName });
      const { handle } = await openRepository(codecommit.services, callOf(), {
        repositoryName,
        action: 'codecommit:GitPush',
      });
      await pushEverything(codecommit.services.repositories, handle, git, cwd);
    });
    afterAll(async () => {
      await codecommit.dispose();
      await git.dispose();
    });

    it.each([0, 1, 3, 20])('shows what git diff shows, with %i lines around', async (contextLines) => {
      const { hunks, ...rest } = await get('before', 'after', { contextLines });
      expect(rest).toEqual({
        isBinary: false,
        beforeBlobSize: String(contents.before).length,
        afterBlobSize: String(contents.after).length,
      });
      const patch = await git.output(
        ['diff', `-U${contextLines}`, blobs.get('before') ?? '', blobs.get('after') ?? ''],
        { cwd },
      );
      const expected = patch.split('\n').slice(4);
      // biome-ignore lint/suspicious/noExplicitAny: as of the fixture's outputs
      const found = hunks.flatMap((hunk: any) => ['@@', ...shown(hunk.changes)]);
      expect(found).toEqual(expected.map((line) => (/^@@ -\d+,?\d* \+\d+,?\d* @@/.test(line) ? '@@' : line)));
    });

    it('numbers lines on the sides where they are', async () => {
      const { hunks } = await get('before', 'after', { contextLines: 1 });
      const [first, second] = hunks;
      expect(first).toMatchObject({ beforeStartLine: 99, beforeLineCount: 3, afterStartLine: 99, afterLineCount: 7 });
      expect(first.changes.slice(0, 3)).toEqual([
        { type: 'CONTEXT', beforeLineNumber: 99, afterLineNumber: 99, content: 'line 99' },
        { type: 'DELETE', beforeLineNumber: 100, content: 'line 100' },
        { type: 'ADD', afterLineNumber: 100, content: 'changed' },
      ]);
      expect(second).toMatchObject({
        beforeStartLine: 249,
        beforeLineCount: 4,
        afterStartLine: 253,
        afterLineCount: 2,
      });
    });

    it('shows a new file as added, and an emptied one as deleted', async () => {
      const { hunks, beforeBlobSize } = await get(undefined, 'windows');
      expect(beforeBlobSize).toBe(0);
      expect(hunks).toEqual([
        {
          beforeStartLine: 0,
          beforeLineCount: 0,
          afterStartLine: 1,
          afterLineCount: 2,
          changes: [
            { type: 'ADD', afterLineNumber: 1, content: 'a\r' },
            { type: 'ADD', afterLineNumber: 2, content: 'b\r' },
          ],
        },
      ]);
      expect((await get(undefined, 'empty')).hunks).toEqual([]);
      const emptied = await get('unix', 'empty');
      expect(emptied.hunks).toMatchObject([{ beforeStartLine: 1, beforeLineCount: 2, afterLineCount: 0 }]);
      expect((await get('empty', 'unix')).hunks).toMatchObject([{ beforeLineCount: 0, afterLineCount: 2 }]);
    });

    it('ignores white space where it is asked to', async () => {
      expect((await get('before', 'spaced', { ignoreWhitespace: true })).hunks).toEqual([]);
      expect((await get('before', 'spaced')).hunks).toHaveLength(1);
      expect((await get('unix', 'windows', { ignoreWhitespace: true })).hunks).toEqual([]);
    });

    it('has no hunks of a file and itself, and tells a line feed that is missing at the end', async () => {
      expect((await get('before', 'before')).hunks).toEqual([]);
      const [hunk] = (await get('before', 'unended', { contextLines: 0 })).hunks;
      expect(shown(hunk.changes)).toEqual(['-line 300', '+line 300']);
    });

    it('compares no binary files, and takes any text for text', async () => {
      const nothing = { hunks: [], isBinary: true };
      expect(await get('before', 'binary')).toMatchObject({ ...nothing, afterBlobSize: 3 });
      expect(await get('binary', 'before')).toMatchObject({ ...nothing, beforeBlobSize: 3 });
      expect(await get(undefined, 'binary')).toMatchObject(nothing);
      expect((await get('unix', 'latin')).hunks[0].changes.at(-1)).toMatchObject({ content: 'caf\ufffd' });
    });

    it('bears lines of megabytes', async () => {
      const [hunk] = (await get('long', 'longer')).hunks;
      expect(hunk.changes.map(({ content }: Change) => content.length)).toEqual([3_000_000, 3_000_001]);
    });

    it('gives pages of hunks', async () => {
      const whole = await get('before', 'after');
      const first = await get('before', 'after', { MaxResults: 1 });
      const second = await get('before', 'after', { MaxResults: 1, NextToken: first.NextToken });
      expect([...first.hunks, ...second.hunks]).toEqual(whole.hunks);
      expect(second.NextToken).toBeUndefined();
      await expect(get('before', 'spaced', { NextToken: first.NextToken })).rejects.toMatchObject(
        exception('InvalidContinuationToken'),
      );
      await expect(get('before', 'after', { MaxResults: 0 })).rejects.toMatchObject(exception('InvalidMaxResults'));
    });

    it('refuses what is too large, and what no limit allows', async () => {
      await expect(get('before', 'huge')).rejects.toMatchObject(exception('FileTooLarge'));
      await expect(get('huge', 'before')).rejects.toMatchObject(exception('FileTooLarge'));
      await expect(get('before', 'many-lines')).rejects.toMatchObject(exception('FileTooLarge'));
      await expect(get(undefined, 'one-hunk')).rejects.toMatchObject(exception('FileTooLarge'));
      for (const contextLines of [-1, 21]) {
        await expect(get('before', 'after', { contextLines })).rejects.toMatchObject(exception('Validation'));
      }
    });

    it('refuses IDs of nothing or of something else, and who may not', async () => {
      const commitId = await git.output(['rev-parse', 'HEAD'], { cwd });
      await expect(get('before', 'after', { afterBlobId: commitId })).rejects.toMatchObject(
        exception('BlobIdDoesNotExist'),
      );
      await expect(get('before', 'after', { beforeBlobId: 'f'.repeat(40) })).rejects.toMatchObject(
        exception('BlobIdDoesNotExist'),
      );
      await expect(get('before', 'after', { beforeBlobId: '--output=/x' })).rejects.toMatchObject(
        exception('InvalidBlobId'),
      );
      await expect(get('before', 'after', { afterBlobId: undefined })).rejects.toMatchObject(
        exception('BlobIdRequired'),
      );
      const input = { repositoryName, afterBlobId: blobs.get('after') };
      const principal = userWith(allow('codecommit:GetBlob'));
      await expect(codecommit.run('GetBlobDifferences', input, { principal })).rejects.toMatchObject({
        name: 'AccessDeniedError',
      });
    });
  });
});

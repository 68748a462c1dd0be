import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { FLUSH, packet } from '../../repositories/pkt-line.ts';
import { openSmartHttp, type SmartHttpFixture } from './smart-http.fixture.ts';

// Names of references that are not UTF-8. Arguments of Node's child processes are, so that names come from files.

const ETE = 'refs/heads/\xe9t\xe9';
const NAMES = [ETE, 'refs/heads/\xe8', 'refs/heads/z\xff/x', 'refs/tags/\xc3\xa9', 'refs/tags/\xc3'];

let fixture: SmartHttpFixture;

/** What git prints, one byte a character. */
async function gitBytes(directory: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', args, { cwd: directory, encoding: 'latin1' });
  return stdout;
}

async function clientOf(name: string, names: readonly string[]) {
  const handle = await fixture.makeRepository(name);
  const directory = await fixture.makeClient(name);
  const commit = await fixture.commit(directory, { 'a.txt': 'a\n' });
  await update(
    directory,
    names.map((each) => `update ${each} ${commit}`),
  );
  const stored = async () => {
    const { references } = await fixture.repositories.references(handle.repositoryId);
    return references.map((reference) => reference.name);
  };
  return { handle, directory, commit, stored, origin: fixture.url + name };
}

async function update(directory: string, lines: readonly string[]): Promise<void> {
  const input = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1');
  await fixture.git(directory, ['update-ref', '--stdin'], { input });
}

describe.each(databaseEngines)('names that are not UTF-8 on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    beforeAll(async () => {
      fixture = await openSmartHttp({ engine });
    });
    afterAll(() => fixture.close());

    it('are taken, given back in every version of the protocol, and deleted', async () => {
      const { directory, commit, stored, origin } = await clientOf('bytes', NAMES);
      await fixture.git(directory, ['push', '-q', '--mirror', origin]);
      expect(await stored()).toEqual([
        'refs/heads/\\xE8',
        'refs/heads/\\xE9t\\xE9',
        'refs/heads/main',
        'refs/heads/z\\xFF/x',
        'refs/tags/\\xC3',
        'refs/tags/é',
      ]);
      await fixture.restart();
      const inOrder = [...NAMES, 'refs/heads/main'].sort().map((name) => `${commit}\t${name}\n`);
      for (const version of [0, 1, 2]) {
        const option = ['-c', `protocol.version=${version}`];
        expect(await gitBytes(directory, [...option, 'ls-remote', origin])).toBe(
          `${commit}\tHEAD\n${inOrder.join('')}`,
        );
        const target = join(fixture.folder, `bytes-${engine.name}-${version}`);
        await fixture.git(fixture.folder, [...option, 'clone', '-q', '--mirror', `${fixture.url}bytes`, target]);
        expect(await gitBytes(target, ['for-each-ref', '--format=%(objectname)%09%(refname)'])).toBe(inOrder.join(''));
      }
      await update(
        directory,
        NAMES.map((name) => `delete ${name}`),
      );
      await fixture.git(directory, ['push', '-q', '--mirror', origin]);
      expect(await stored()).toEqual(['refs/heads/main']);
    });

    it('are found by prefixes of bytes, and can be the default branch', async () => {
      const { handle, directory, commit, origin } = await clientOf('prefix', NAMES);
      await fixture.git(directory, ['push', '-q', '--mirror', origin]);
      await fixture.database
        .updateTable('repositories')
        .set({ default_branch: '\\xE9t\\xE9' })
        .where('repository_id', '=', handle.repositoryId)
        .execute();
      const list = async (...lines: string[]) => {
        const body = Buffer.concat([
          packet('command=ls-refs\n'),
          Buffer.from('0001'),
          ...lines.map((line) => packet(Buffer.from(`${line}\n`, 'latin1'))),
          FLUSH,
        ]);
        const answer = await fetch(`${fixture.url}prefix/git-upload-pack`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/x-git-upload-pack-request', 'Git-Protocol': 'version=2' },
          body: new Uint8Array(body),
        });
        return Buffer.from(await answer.arrayBuffer()).toString('latin1');
      };
      const line = (text: string) => packet(Buffer.from(`${commit} ${text}\n`, 'latin1')).toString('latin1');
      expect(await list('ref-prefix refs/heads/\xe9')).toBe(`${line(ETE)}0000`);
      expect(await list('ref-prefix refs/tags/\xc3')).toBe(
        `${line('refs/tags/\xc3')}${line('refs/tags/\xc3\xa9')}0000`,
      );
      expect(await list('symrefs', 'ref-prefix HEAD')).toBe(`${line(`HEAD symref-target:${ETE}`)}0000`);
      const target = join(fixture.folder, `prefix-${engine.name}`);
      await fixture.git(fixture.folder, ['clone', '-q', `${fixture.url}prefix`, target]);
      expect(await gitBytes(target, ['symbolic-ref', 'HEAD'])).toBe(`${ETE}\n`);
    });

    it('are refused each for itself, told as they came', async () => {
      const { directory, stored, origin } = await clientOf('refused', [ETE, 'refs/heads/\xe8']);
      fixture.denied.set('refs/heads/\\xE8', 'no');
      const mirror = ['push', '--porcelain', '--mirror', origin];
      expect((await fixture.git(directory, [...mirror, '--atomic'], { mayFail: true })).status).toBe(1);
      expect(await stored()).toEqual([]);
      const refused = await gitBytes(directory, mirror).catch((error: { stdout: string }) => error.stdout);
      expect(refused).toContain('!\trefs/heads/\xe8:refs/heads/\xe8\t[remote rejected] (no)\n');
      expect(refused).toContain(`*\t${ETE}:${ETE}\t[new branch]\n`);
      expect(await stored()).toEqual(['refs/heads/\\xE9t\\xE9', 'refs/heads/main']);
      fixture.denied.clear();
    });
  });
});

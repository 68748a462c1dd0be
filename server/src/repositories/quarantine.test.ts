import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CodecommitFixture, callOf, codecommitFixture } from '../../test/harness/codecommit-services.ts';
import { sqliteEngine } from '../../test/harness/databases.ts';
import { type GitClient, gitClient } from '../../test/harness/git-client.ts';
import { runProcess } from '../../test/harness/processes.ts';
import { pushReferences } from '../../test/harness/sample-pushes.ts';
import { openRepository } from '../services/codecommit/git-access.ts';

/** From here a pack has a reverse index. */
const THRESHOLD = 10_000;

describe('a pack around the size from which it has a reverse index', () => {
  let codecommit: CodecommitFixture;
  let git: GitClient;
  let cwd: string;
  beforeAll(async () => {
    codecommit = await codecommitFixture(sqliteEngine);
    git = await gitClient();
    cwd = join(git.home, 'source.git');
    await git.output(['init', '--quiet', '--bare', '--initial-branch=main', cwd]);
  });
  afterAll(async () => {
    await codecommit.dispose();
    await git.dispose();
  });

  const openedFor = async (repositoryName: string) => {
    await codecommit.run('CreateRepository', { repositoryName });
    const call = { repositoryName, action: 'codecommit:GitPush' } as const;
    return (await openRepository(codecommit.services, callOf(), call)).handle;
  };

  /** A commit of so many small files and of long ones that end with a word. */
  async function commit(
    branch: string,
    [smallFiles, longFiles]: [number, number],
    word = '',
    parent?: string,
  ): Promise<string> {
    const files = [
      ...Array.from({ length: smallFiles }, (_, index) => [`small${index}`, `${branch} ${index}`]),
      ...Array.from({ length: longFiles }, (_, index) => [`long${index}`, `${`${index} line\n`.repeat(500)}${word}`]),
    ];
    const stream = files.map(([name, text]) => `M 100644 inline ${name}\ndata ${text?.length}\n${text}\n`).join('');
    const head = `commit refs/heads/${branch}\ncommitter a <a@b> 0 +0000\ndata 0\n${parent === undefined ? '' : `from ${parent}\n`}`;
    await git.output(['fast-import', '--quiet'], { cwd, input: `${head}${stream}` });
    return git.output(['rev-parse', branch], { cwd });
  }

  async function packOf(revisions: readonly string[]): Promise<Buffer> {
    const { exitCode, stdout } = await runProcess(
      'sh',
      ['-c', `printf '%s\\n' "$@" | git pack-objects --revs --thin --stdout --quiet | base64`, 'sh', ...revisions],
      { cwd, env: { PATH: process.env.PATH, HOME: git.home } },
    );
    if (exitCode !== 0) throw new Error('git made no pack');
    return Buffer.from(stdout, 'base64');
  }

  it.each([THRESHOLD - 1, THRESHOLD, THRESHOLD + 1])('is taken with %d objects', async (objects) => {
    const handle = await openedFor(`whole-${objects}`);
    const tip = await commit(`whole${objects}`, [objects - 2, 0]);
    const pack = await packOf([tip]);
    expect(pack.readUInt32BE(8)).toBe(objects);
    await pushReferences(codecommit.services.repositories, handle, { 'refs/heads/main': tip }, pack);
  });

  it.each([THRESHOLD - 1, THRESHOLD, THRESHOLD + 1])(
    'is taken thin with %d objects, bases included',
    async (objects) => {
      const handle = await openedFor(`thin-${objects}`);
      const bases = 20;
      const base = await commit(`base${objects}`, [0, bases], 'old');
      await pushReferences(codecommit.services.repositories, handle, { 'refs/heads/base': base }, await packOf([base]));
      const tip = await commit(`thin${objects}`, [objects - 2 - 2 * bases, bases], 'new', base);
      const pack = await packOf([tip, `^${base}`]);
      expect(pack.readUInt32BE(8)).toBe(objects - bases);
      await pushReferences(codecommit.services.repositories, handle, { 'refs/heads/main': tip }, pack);
    },
  );
});

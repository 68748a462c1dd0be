import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGitUser, createRepository } from '../harness/account-setup.ts';
import { requireClient } from '../harness/clients.ts';
import { startCodekeepOn } from '../harness/codekeep-on-engine.ts';
import { databaseEngines } from '../harness/databases.ts';
import { type GitClient, gitClient } from '../harness/git-client.ts';
import { createHistory } from '../harness/histories.ts';

// Histories of thousands of commits go in and come out identical.

const HISTORIES = [
  { name: 'wide', seed: 11, commits: 2_000, files: 300, binaryBytes: 500_000 },
  { name: 'deep', seed: 12, commits: 2_500, files: 40, binaryBytes: 100_000 },
];
/** More than the packs that start a compaction. */
const SMALL_PUSHES = 25;

const git = await requireClient('git');

for (const engine of databaseEngines) {
  const skipReason = engine.skipReason ?? git.skipReason;
  describe.skipIf(skipReason)(`histories on ${engine.name} ${skipReason ?? ''}`, () => {
    let codekeep: Awaited<ReturnType<typeof startCodekeepOn>>;
    let client: GitClient;
    const urls = new Map<string, string>();
    const at = (name: string) => join(client.home, name);
    const urlOf = (name: string) => urls.get(name) ?? `no repository ${name}`;

    beforeAll(async () => {
      codekeep = await startCodekeepOn(engine);
      client = await gitClient([await createGitUser(codekeep.server, 'historian')]);
      for (const { name, ...shape } of HISTORIES) {
        await createHistory(at(`${name}.git`), shape);
        urls.set(name, await createRepository(codekeep.server, name));
      }
    });
    afterAll(async () => {
      await client?.dispose();
      await codekeep?.dispose();
    });

    /** Clones and compares with what was pushed: references, and every object that they reach. */
    async function expectIdentical(name: string, cloneArguments: readonly string[] = []): Promise<void> {
      const copy = at(`${name}-copy.git`);
      await client.output([...cloneArguments, 'clone', '-q', '--mirror', urlOf(name), copy]);
      expect(await client.output(['fsck', '--full', '--strict', '--no-dangling'], { cwd: copy })).toBe('');
      for (const listing of [['for-each-ref'], ['rev-list', '--objects', '--all']]) {
        const [came, went] = await Promise.all(
          [copy, at(`${name}.git`)].map(async (cwd) => (await client.output(listing, { cwd })).split('\n').sort()),
        );
        expect(came).toEqual(went);
      }
      await rm(copy, { recursive: true });
    }

    it.each(HISTORIES)('takes the $name history of $commits commits and gives it back identical', async ({ name }) => {
      const references = ['refs/heads/*:refs/heads/*', 'refs/tags/*:refs/tags/*'];
      await client.output(['push', '-q', urlOf(name), ...references], { cwd: at(`${name}.git`) });
      await expectIdentical(name);
    });

    it('gives it after a restart, its working copy rebuilt from nothing', async () => {
      await codekeep.server.stop();
      expect(await readdir(codekeep.server.workingCopies)).toEqual([]);
      await codekeep.server.restart();
      for (const { name } of HISTORIES) await expectIdentical(name);
    });

    it('gives it after many small pushes, which are compacted behind the scenes', async () => {
      const work = at('work');
      await client.output(['clone', '-q', '--branch', 'main', at('deep.git'), work]);
      for (let count = 0; count < SMALL_PUSHES; count++) {
        await client.output(['commit', '-q', '--allow-empty', '-m', `Small change ${count}`], { cwd: work });
        await client.output(['push', '-q', urlOf('deep'), 'HEAD:refs/heads/main'], { cwd: work });
      }
      await client.output(['push', '-q', at('deep.git'), 'HEAD:refs/heads/main'], { cwd: work });
      await expectIdentical('deep');
    });

    // What follows does not touch the database in ways of its own.
    if (engine.name !== 'sqlite') return;

    it.each(['0', '1'])('gives it by protocol version %s', async (version) => {
      await expectIdentical('wide', ['-c', `protocol.version=${version}`]);
    });

    it('deepens a shallow clone to the whole', async () => {
      const shallow = at('shallow');
      await client.output(['clone', '-q', '--depth', '5', '--branch', 'main', urlOf('wide'), shallow]);
      const commits = async () => Number(await client.output(['rev-list', '--count', 'HEAD'], { cwd: shallow }));
      const first = await commits();
      expect(first).toBeLessThan(200);
      await client.output(['fetch', '-q', '--deepen', '20'], { cwd: shallow });
      expect(await commits()).toBeGreaterThan(first);
      await client.output(['fetch', '-q', '--unshallow'], { cwd: shallow });
      expect(await commits()).toBe(
        Number(await client.output(['rev-list', '--count', 'main'], { cwd: at('wide.git') })),
      );
    });

    it('fetches the files of a partial clone when they are needed', async () => {
      const partial = at('partial');
      await client.output(['clone', '-q', '--filter=blob:none', '--no-checkout', urlOf('wide'), partial]);
      const missing = await client.output(['rev-list', '--objects', '--missing=print', 'HEAD'], { cwd: partial });
      expect(missing).toMatch(/^\?[0-9a-f]{40}$/m);
      await client.output(['checkout', '-q', 'main'], { cwd: partial });
      expect(await client.output(['status', '--porcelain'], { cwd: partial })).toBe('');
    });
  });
}

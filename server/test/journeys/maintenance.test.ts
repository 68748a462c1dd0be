import { open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/storage/database/database.ts';
import { createGitUser, createRepository } from '../harness/account-setup.ts';
import { runCodekeep } from '../harness/codekeep-command.ts';
import { startCodekeepOn } from '../harness/codekeep-on-engine.ts';
import { databaseEngines } from '../harness/databases.ts';
import { type GitClient, gitClient } from '../harness/git-client.ts';
import { temporaryFolder } from '../harness/temporary-folders.ts';

const TIME_LIMIT_MILLISECONDS = 300_000;
const PUSHES = 6;

describe.each(databaseEngines)('upkeep of a data folder, on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let codekeep: Awaited<ReturnType<typeof startCodekeepOn>>;
    let git: GitClient;
    let url: string;
    let rounds = 0;
    beforeAll(async () => {
      codekeep = await startCodekeepOn(engine);
      git = await gitClient([await createGitUser(codekeep.server, 'ana')]);
      url = await createRepository(codekeep.server, 'grown');
      await createRepository(codekeep.server, 'empty');
    }, TIME_LIMIT_MILLISECONDS);
    afterAll(async () => {
      await git?.dispose();
      await codekeep?.dispose();
    });

    const run = (command: string, ...args: string[]) =>
      runCodekeep(
        [command, '--data', codekeep.server.dataDir, '--working-copies', codekeep.server.workingCopies, ...args],
        codekeep.databaseUrl === undefined ? {} : { CODEKEEP_DATABASE: codekeep.databaseUrl },
      );
    async function pushCommits(): Promise<void> {
      rounds += 1;
      const work = join(git.home, `work-${rounds}`);
      await git.output(['init', '-q', '-b', 'main', work]);
      const branch = `refs/heads/round-${rounds}`;
      for (let count = 0; count < PUSHES; count++) {
        await git.output(['commit', '-q', '--allow-empty', '-m', `${count}`], { cwd: work });
        await git.output(['push', '-q', url, `HEAD:${count === 0 ? 'refs/heads/main' : branch}`, '--force'], {
          cwd: work,
        });
      }
    }
    /** Blobs of the only repository that has any. */
    async function blobs(): Promise<string[]> {
      const root = join(codekeep.server.dataDir, 'blobs', 'repositories');
      const [repository = ''] = await readdir(root);
      return (await readdir(join(root, repository))).map((name) => join(root, repository, name));
    }
    const openCodekeepDatabase = () =>
      openDatabase(
        codekeep.databaseUrl === undefined
          ? { sqliteFile: join(codekeep.server.dataDir, 'codekeep.sqlite') }
          : { postgresqlUrl: codekeep.databaseUrl },
      );

    it(
      'is refused while a server holds it, and otherwise by hand or at the next start',
      async () => {
        await pushCommits();
        const refused = await run('verify');
        expect(refused.stderr).toMatch(/^codekeep: the data folder .* is in use by another Codekeep process\n$/);
        expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
        await codekeep.server.stop();
        expect(await run('maintain', '--repository', 'nowhere')).toMatchObject({
          stderr: 'codekeep: there is no repository nowhere\n',
          exitCode: 1,
        });
        const maintained = await run('maintain', '--repository', 'grown');
        expect(maintained).toMatchObject({
          stdout: 'grown (us-east-1): compacted\n1 maintained, 0 failed\n',
          stderr: '',
          exitCode: 0,
        });
        expect((await blobs()).filter((name) => /\.(bitmap|graph)$/.test(name))).toHaveLength(2);
        expect(await run('verify')).toMatchObject({
          stdout: expect.stringMatching(/^(grown|empty) \(us-east-1\): whole\n.*: whole\n2 checked, 0 damaged\n$/),
          stderr: '',
          exitCode: 0,
        });

        await codekeep.server.restart();
        await pushCommits();
        await codekeep.server.restart();
        await expect
          .poll(async () => (await blobs()).filter((name) => name.endsWith('.bitmap')), { timeout: 200_000 })
          .toHaveLength(2);
        const clone = join(git.home, 'clone.git');
        await git.output(['clone', '-q', '--mirror', url, clone]);
        await git.output(['fsck', '--full', '--strict', '--no-dangling'], { cwd: clone });
      },
      TIME_LIMIT_MILLISECONDS,
    );

    it(
      'finds each damage and names it, and is whole again when the damage is undone',
      async () => {
        await codekeep.server.stop();
        const database = await openCodekeepDatabase();
        try {
          const { pack_id: packId } = await database
            .selectFrom('packs')
            .select('pack_id')
            .where('dropped_at', 'is', null)
            .orderBy('object_count', 'desc')
            .limit(1)
            .executeTakeFirstOrThrow();
          const files = (await blobs()).filter((name) => name.includes(packId));
          const fileOf = (kind: string) => files.find((name) => name.endsWith(`.${kind}`)) ?? '';
          const damaged = async (messages: readonly RegExp[]) => {
            const { stdout, stderr, exitCode } = await run('verify', '--repository', 'grown');
            for (const message of messages) expect(stdout).toMatch(message);
            expect(stdout).toContain('1 checked, 1 damaged');
            expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
          };

          const lost = '1'.repeat(40);
          await flipByte(fileOf('bitmap'));
          await moveReference('refs/heads/main', lost);
          await damaged([
            new RegExp(`^grown \\(us-east-1\\): the blob repositories/.*/${packId}.bitmap does not decrypt`, 'm'),
            new RegExp(`^grown \\(us-east-1\\): refs/heads/main is at ${lost}, which is not stored$`, 'm'),
          ]);
          await flipByte(fileOf('bitmap'));
          await restoreReference();
          await rename(fileOf('pack'), `${fileOf('pack')}.away`);
          await damaged([
            new RegExp(`the blob repositories/.*/${packId}.pack is missing$`, 'm'),
            /which is not stored$/m,
          ]);
          await rename(`${fileOf('pack')}.away`, fileOf('pack'));
          expect((await run('verify')).stdout).toContain('2 checked, 0 damaged');

          async function moveReference(name: string, objectId: string): Promise<void> {
            await database
              .updateTable('repository_references')
              .set({ object_id: objectId })
              .where('reference_name', '=', name)
              .execute();
          }
          async function restoreReference(): Promise<void> {
            const clone = join(git.home, 'clone.git');
            await moveReference('refs/heads/main', await git.output(['rev-parse', 'main'], { cwd: clone }));
          }
        } finally {
          await database.destroy();
        }
      },
      TIME_LIMIT_MILLISECONDS,
    );
  });
});

it('codekeep verify makes no data folder where there is none', async () => {
  const scratch = await temporaryFolder('verify');
  const missing = join(scratch.path, 'missing');
  expect(await runCodekeep(['verify', '--data', missing])).toMatchObject({
    stderr: `codekeep: there is no data folder in ${missing}\n`,
    exitCode: 1,
  });
  expect(await readdir(scratch.path)).toEqual([]);
  await scratch.remove();
});

async function flipByte(path: string): Promise<void> {
  const file = await open(path, 'r+');
  const { size } = await file.stat();
  const position = Math.floor(size / 2);
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, position);
  await file.write(Buffer.from([buffer.readUInt8() ^ 1]), 0, 1, position);
  await file.close();
}

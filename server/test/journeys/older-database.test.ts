import { copyFile, cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/storage/database/database.ts';
import { createGitUser, createRepository } from '../harness/account-setup.ts';
import { runCodekeep } from '../harness/codekeep-command.ts';
import { startCodekeepOn } from '../harness/codekeep-on-engine.ts';
import { databaseEngines } from '../harness/databases.ts';
import { type GitClient, gitClient } from '../harness/git-client.ts';

describe.each(databaseEngines)('codekeep verify, on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let codekeep: Awaited<ReturnType<typeof startCodekeepOn>>;
    let git: GitClient;
    beforeAll(async () => {
      codekeep = await startCodekeepOn(engine);
      git = await gitClient([await createGitUser(codekeep.server, 'ana')]);
    }, 120_000);
    afterAll(async () => {
      await git?.dispose();
      await codekeep?.dispose();
    });

    const verify = () =>
      runCodekeep(
        ['verify', '--data', codekeep.server.dataDir, '--working-copies', codekeep.server.workingCopies],
        codekeep.databaseUrl === undefined ? {} : { CODEKEEP_DATABASE: codekeep.databaseUrl },
      );

    it('tells of a push that the audit files know and the database does not', async () => {
      const { server, databaseUrl } = codekeep;
      const url = await createRepository(server, 'kept');
      await server.stop();
      const older = await olderState();
      await server.restart();
      const work = join(git.home, 'work');
      await git.output(['init', '-q', '-b', 'main', work]);
      await git.output(['commit', '-q', '--allow-empty', '-m', 'one'], { cwd: work });
      await git.output(['push', '-q', url, 'main'], { cwd: work });
      await server.stop();
      expect(await verify()).toMatchObject({ exitCode: 0 });

      await older.restore();
      const told = await verify();
      expect(told.stdout).toMatch(
        /^the audit files have 1 changes that the database was not told of, the last GitPush at 2/m,
      );
      expect(told).toMatchObject({ exitCode: 2 });

      async function olderState() {
        if (databaseUrl === undefined) {
          const file = join(server.dataDir, 'codekeep.sqlite');
          await copyFile(file, `${file}.older`);
          return {
            async restore() {
              for (const rest of ['-wal', '-shm']) await rm(`${file}${rest}`, { force: true });
              await cp(`${file}.older`, file);
            },
          };
        }
        const location = { postgresqlUrl: databaseUrl };
        const database = await openDatabase(location);
        const chains = await database.selectFrom('audit_chains').selectAll().execute();
        await database.destroy();
        return {
          async restore() {
            const later = await openDatabase(location);
            for (const { chain_id, ...values } of chains) {
              await later.updateTable('audit_chains').set(values).where('chain_id', '=', chain_id).execute();
            }
            await later.destroy();
          },
        };
      }
    }, 120_000);
  });
});

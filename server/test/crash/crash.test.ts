import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startCodekeep } from '../harness/codekeep-server.ts';
import { databaseEngines } from '../harness/databases.ts';
import { runCrashes } from './crash-run.ts';

const KILLS = 8;
const TIME_LIMIT_MILLISECONDS = 300_000;

describe.each(databaseEngines)('killed during pushes, on $name', (engine) => {
  it.skipIf(engine.skipReason !== undefined)(
    'keeps every acknowledged push, and no half of another',
    async () => {
      const seed = Number(process.env.CODEKEEP_TEST_CRASH_SEED ?? randomInt(2 ** 31));
      console.info(`CODEKEEP_TEST_CRASH_SEED=${seed}`);
      const { database, location, close } = await engine.open();
      await database.destroy();
      const databaseUrl = 'postgresqlUrl' in location ? location.postgresqlUrl : undefined;
      const server = await startCodekeep(databaseUrl === undefined ? {} : { databaseUrl });
      try {
        const report = await runCrashes({ server, databaseUrl, seed, kills: KILLS });
        expect(report.problems, server.log()).toEqual([]);
        expect(report.kills).toBe(KILLS);
        expect(report.acknowledgedPushes).toBeGreaterThan(0);
        expect(report.compactions).toBeGreaterThan(0);
      } finally {
        await server.dispose();
        await close();
      }
    },
    TIME_LIMIT_MILLISECONDS,
  );
});

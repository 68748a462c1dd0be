import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startCodekeep } from '../harness/codekeep-server.ts';
import { runCrashes } from './crash-run.ts';

const USAGE = `Usage: npm run test:crash -- [options]
  --kills N   SIGKILLs of the server (default: 120)
  --seed N    of an earlier run, to repeat its pushes and moments (default: a random one)
`;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '120' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const [kills, seed] = [Number(values.kills), Number(values.seed)];
if (!Number.isSafeInteger(kills) || !Number.isSafeInteger(seed) || kills < 1) throw new Error(USAGE);
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(exitCode));
}

process.stdout.write(`${kills} kills, --seed ${seed}\n`);
const server = await startCodekeep({ settings: { CODEKEEP_LOG_LEVEL: 'warn' } });
const report = await runCrashes({
  server,
  seed,
  kills,
  onProgress: ({ kills, acknowledgedPushes, unansweredPushes }) => {
    if (kills % 10 === 0) {
      process.stdout.write(`${kills} kills: ${acknowledgedPushes} acknowledged, ${unansweredPushes} cut off\n`);
    }
  },
});
if (report.problems.length === 0) {
  process.stdout.write(
    `passed: ${report.kills} kills, ${report.acknowledgedPushes} pushes acknowledged, ${report.unansweredPushes} cut off, ${report.compactions} whole compactions\n`,
  );
} else {
  process.stdout.write(`${report.problems.join('\n')}\n\nThe server's log:\n${server.log()}\n`);
  process.exitCode = 1;
}
await server.dispose();

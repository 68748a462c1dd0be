import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { minimalEnvironment, requireClient } from '../server/test/harness/clients.ts';
import { gitClient } from '../server/test/harness/git-client.ts';
import { createHistory, type HistoryShape } from '../server/test/harness/histories.ts';
import { outputOf, runProcess } from '../server/test/harness/processes.ts';
import { temporaryFolder } from '../server/test/harness/temporary-folders.ts';
import type { Row } from './measurement.ts';
import { startCodekeepPeer } from './peers/codekeep.ts';
import { startHttpBackend } from './peers/http-backend.ts';
import { openLocalFiles } from './peers/local-files.ts';
import type { Peer } from './peers/peer.ts';
import { machineFacts, summary, table } from './report.ts';
import { clone } from './scenarios/clone.ts';
import { fetchCommits } from './scenarios/fetch-commits.ts';
import { firstPush } from './scenarios/first-push.ts';
import { listReferences } from './scenarios/list-references.ts';
import { manyPushes } from './scenarios/many-pushes.ts';
import { parallelClones } from './scenarios/parallel-clones.ts';
import { pushCommit } from './scenarios/push-commit.ts';
import { rawClone } from './scenarios/raw-clone.ts';
import type { Bench, BenchRepository, RepositoryScenario } from './scenarios/scenario.ts';

const HISTORIES = {
  small: { seed: 1, commits: 1_500, files: 90, binaryBytes: 500_000 },
  large: { seed: 2, commits: 18_000, files: 2_000, binaryBytes: 80_000_000 },
} satisfies Record<string, HistoryShape>;
type Size = keyof typeof HISTORIES;

/** In this order: the ones that change a repository come last. */
const REPOSITORY_SCENARIOS: Readonly<Record<string, RepositoryScenario>> = {
  clone,
  'parallel-clones': parallelClones,
  'raw-clone': rawClone,
  fetch: fetchCommits,
  push: pushCommit,
  'first-push': firstPush,
  'many-pushes': manyPushes,
};
const LIST_REFERENCES = 'ls-remote';

const USAGE = `Usage: npm run bench -- [options]
  --size small,large    histories of about 10 MB and 200 MB (default: both)
  --only NAME,…         of ${[...Object.keys(REPOSITORY_SCENARIOS), LIST_REFERENCES].join(', ')} (default: all)
  --repetitions N       samples a median is taken of (default: 5)
  --pushes N            before a repository counts as grown (default: 1000)
  --quick               the small history, 3 repetitions, 100 pushes
`;

interface Options {
  readonly sizes: readonly Size[];
  readonly scenarios: readonly string[];
  readonly repetitions: number;
  readonly pushes: number;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      size: { type: 'string' },
      only: { type: 'string' },
      repetitions: { type: 'string' },
      pushes: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const repetitions = Number(values.repetitions ?? (values.quick ? 3 : 5));
  if (!Number.isInteger(repetitions) || repetitions < 1) throw new Error('--repetitions takes a whole number from 1');
  const pushes = Number(values.pushes ?? (values.quick ? 100 : 1_000));
  if (!Number.isInteger(pushes) || pushes < 1) throw new Error('--pushes takes a whole number from 1');
  return {
    sizes: choices('--size', values.size ?? (values.quick ? 'small' : undefined), Object.keys(HISTORIES) as Size[]),
    scenarios: choices('--only', values.only, [...Object.keys(REPOSITORY_SCENARIOS), LIST_REFERENCES]),
    repetitions,
    pushes,
  };
}

function choices<Choice extends string>(option: string, given: string | undefined, all: readonly Choice[]): Choice[] {
  if (given === undefined) return [...all];
  return given.split(',').map((name) => {
    const choice = all.find((known) => known === name);
    if (choice === undefined) throw new Error(`${option}: "${name}" is none of ${all.join(', ')}`);
    return choice;
  });
}

async function run({ sizes, scenarios, repetitions, pushes }: Options): Promise<void> {
  const facts = machineFacts(await versions());
  const scratch = await temporaryFolder('bench', { inMemory: true });
  const codekeep = await startCodekeepPeer();
  const others = [await startHttpBackend(), await openLocalFiles()];
  const bench: Bench = { peers: [codekeep, ...others], repetitions, pushes, scratch: scratch.path };
  const rows: Row[] = [];
  const measure = async (title: string, scenario: () => Promise<readonly Row[]>) => {
    progress(title);
    const found = await scenario();
    rows.push(...found);
    for (const row of found) progress(summary(row));
  };
  for (const size of sizes) {
    const chosen = Object.entries(REPOSITORY_SCENARIOS).filter(([name]) => scenarios.includes(name));
    if (chosen.length === 0) continue;
    const repository = await prepareRepository(size, bench.peers);
    for (const [name, scenario] of chosen) await measure(`${name}, ${size}`, () => scenario(bench, repository));
  }
  if (scenarios.includes(LIST_REFERENCES)) await measure(LIST_REFERENCES, () => listReferences(bench));
  for (const peer of bench.peers) await peer.stop();
  await scratch.remove();
  const otherNames = others.map(({ name }) => name);
  process.stdout.write(`${facts}\n\n${table(rows, codekeep.name, otherNames)}\n`);
}

async function prepareRepository(size: Size, peers: readonly Peer[]): Promise<BenchRepository> {
  progress(`making the ${size} history`);
  const folder = await temporaryFolder('history');
  const source = join(folder.path, `${size}.git`);
  await createHistory(source, HISTORIES[size]);
  const git = await gitClient();
  await git.output(['gc', '--quiet', '--prune=now'], { cwd: source });
  const counts = await git.output(['count-objects', '-v'], { cwd: source });
  const references = await git.output(['for-each-ref', '--format=%(refname)'], { cwd: source });
  await git.dispose();
  const urls = new Map<string, string>();
  for (const peer of peers) {
    progress(`${peer.name} imports it`);
    urls.set(peer.name, await peer.importRepository(size, source));
  }
  const megabytes = (Number(/^size-pack: (\d+)$/m.exec(counts)?.[1]) * 1_024) / 1e6;
  const objects = Number(/^in-pack: (\d+)$/m.exec(counts)?.[1]).toLocaleString('en');
  return {
    label: `${size} (${megabytes.toFixed(0)} MB, ${objects} objects, ${references.split('\n').length} references)`,
    name: size,
    source,
    urlOf(peer) {
      const url = urls.get(peer.name);
      if (url === undefined) throw new Error(`${peer.name} has no ${size} repository`);
      return url;
    },
  };
}

async function versions(): Promise<Record<string, string>> {
  const env = minimalEnvironment();
  const nginx = await requireClient('nginx');
  return {
    Git: (await outputOf('git', ['version'], { env })).trim(),
    ...(nginx.available ? { nginx: (await runProcess(nginx.path, ['-v'], { env })).stderr.trim() } : {}),
  };
}

function progress(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(exitCode));
}

await run(readOptions());

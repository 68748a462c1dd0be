import { parseArgs } from 'node:util';
import { minimalEnvironment, requireClient } from '../server/test/harness/clients.ts';
import { gitClient } from '../server/test/harness/git-client.ts';
import { outputOf, runProcess } from '../server/test/harness/processes.ts';
import { temporaryFolder } from '../server/test/harness/temporary-folders.ts';
import { HISTORIES, historyOf, type Size } from './histories.ts';
import type { Row } from './measurement.ts';
import { startCodekeepPeer } from './peers/codekeep.ts';
import { startGitDaemon } from './peers/git-daemon.ts';
import { startHttpBackend } from './peers/http-backend.ts';
import { openLocalFiles } from './peers/local-files.ts';
import { CODEKEEP, type Peer } from './peers/peer.ts';
import { machineFacts, report, summary } from './report.ts';
import { Results } from './results.ts';
import { clone, parallelClones } from './scenarios/clone.ts';
import { fetchCommits } from './scenarios/fetch-commits.ts';
import { firstPush } from './scenarios/first-push.ts';
import { hydration } from './scenarios/hydration.ts';
import { listReferences } from './scenarios/list-references.ts';
import { manyPushes } from './scenarios/many-pushes.ts';
import { overTls } from './scenarios/over-tls.ts';
import { pushCommit } from './scenarios/push-commit.ts';
import { afterCompaction, rawClone } from './scenarios/raw-clone.ts';
import type { Bench, BenchRepository, RepositoryScenario } from './scenarios/scenario.ts';

const ALL_SIZES = Object.keys(HISTORIES) as Size[];

/** With the sizes that each is measured on unless told otherwise; the ones that change a repository come last. */
const REPOSITORY_SCENARIOS: Readonly<Record<string, readonly [RepositoryScenario, readonly Size[]]>> = {
  hydration: [hydration, ['large']],
  'raw-clone': [rawClone, ALL_SIZES],
  'after-compaction': [afterCompaction, ['small']],
  clone: [clone, ALL_SIZES],
  'parallel-clones': [parallelClones, ['small']],
  fetch: [fetchCommits, ALL_SIZES],
  push: [pushCommit, ALL_SIZES],
  tls: [overTls, ['small', 'medium']],
  'first-push': [firstPush, ['medium']],
  'many-pushes': [manyPushes, ['small']],
};
/** Those that the servers' own copies of the history are not needed for. */
const WITHOUT_IMPORT = ['hydration', 'first-push', 'many-pushes', 'after-compaction'];
const DISCOVERY = 'discovery';

const USAGE = `Usage: npm run bench -- [options]
  --only NAME,…         of ${[...Object.keys(REPOSITORY_SCENARIOS), DISCOVERY].join(', ')} (default: all)
  --size NAME,…         of ${ALL_SIZES.join(', ')}: histories of about 10, 80 and 300 MB (default: what each scenario names)
  --repetitions N       samples a median is taken of (default: 5)
  --pushes N            before a repository counts as grown (default: 1000)
  --quick               the small history, 3 repetitions, 100 pushes
  --results FILE        gathers the rows of several runs: JSON, made when absent
  --report FILE         prints what such a file holds, and measures nothing
`;

interface Options {
  readonly sizes: readonly Size[] | undefined;
  readonly scenarios: readonly string[];
  readonly repetitions: number;
  readonly pushes: number;
  readonly results: string | undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      size: { type: 'string' },
      only: { type: 'string' },
      repetitions: { type: 'string' },
      pushes: { type: 'string' },
      quick: { type: 'boolean', default: false },
      results: { type: 'string' },
      report: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  if (values.report !== undefined) {
    process.stdout.write(`${report((await Results.open(values.report)).all, CODEKEEP)}\n`);
    return;
  }
  const size = values.size ?? (values.quick ? 'small' : undefined);
  await run({
    sizes: size === undefined ? undefined : choices('--size', size, ALL_SIZES),
    scenarios: choices('--only', values.only, [...Object.keys(REPOSITORY_SCENARIOS), DISCOVERY]),
    repetitions: wholeNumber('--repetitions', values.repetitions ?? (values.quick ? '3' : '5')),
    pushes: wholeNumber('--pushes', values.pushes ?? (values.quick ? '100' : '1000')),
    results: values.results,
  });
}

function wholeNumber(option: string, given: string): number {
  const number = Number(given);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${option} takes a whole number from 1`);
  return number;
}

function choices<Choice extends string>(option: string, given: string | undefined, all: readonly Choice[]): Choice[] {
  if (given === undefined) return [...all];
  return given.split(',').map((name) => {
    const choice = all.find((known) => known === name);
    if (choice === undefined) throw new Error(`${option}: "${name}" is none of ${all.join(', ')}`);
    return choice;
  });
}

async function run({ sizes, scenarios, repetitions, pushes, results: file }: Options): Promise<void> {
  const chosen = (size: Size) =>
    Object.entries(REPOSITORY_SCENARIOS).filter(
      ([name, [, own]]) => scenarios.includes(name) && (sizes ?? own).includes(size),
    );
  const histories = new Map<Size, string>();
  for (const size of ALL_SIZES.filter((each) => chosen(each).length > 0)) {
    progress(`the ${size} history`);
    histories.set(size, await historyOf(size));
  }
  const results = await Results.open(file);
  const runFacts = { date: new Date().toISOString(), facts: machineFacts(await versions()) };
  const scratch = await temporaryFolder('bench', { inMemory: true });
  const [codekeep, httpBackend] = [await startCodekeepPeer(), await startHttpBackend()];
  const servers = [codekeep, httpBackend, await startGitDaemon()];
  const peers = [...servers, await openLocalFiles()];
  const bench: Bench = { codekeep, httpBackend, servers, peers, repetitions, pushes, scratch: scratch.path };
  const measure = async (title: string, scenario: () => Promise<readonly Row[]>) => {
    progress(title);
    for (const row of await scenario()) {
      await results.add(runFacts, row);
      progress(summary(row, CODEKEEP));
    }
  };
  for (const [size, source] of histories) {
    const importing = chosen(size).some(([name]) => !WITHOUT_IMPORT.includes(name)) ? peers : [];
    const repository = await prepareRepository(size, source, importing);
    for (const [name, [scenario]] of chosen(size)) await measure(`${name}, ${size}`, () => scenario(bench, repository));
    for (const peer of importing) await peer.deleteRepository(size);
  }
  if (scenarios.includes(DISCOVERY)) await measure(DISCOVERY, () => listReferences(bench));
  for (const peer of peers) await peer.stop();
  await scratch.remove();
  process.stdout.write(`${report(results.all, CODEKEEP)}\n`);
}

async function prepareRepository(size: Size, source: string, peers: readonly Peer[]): Promise<BenchRepository> {
  const git = await gitClient();
  const counts = await git.output(['count-objects', '-v'], { cwd: source });
  const references = await git.output(['for-each-ref', '--format=%(refname)'], { cwd: source });
  const commits = await git.output(['rev-list', '--count', '--all'], { cwd: source });
  await git.dispose();
  const urls = new Map<string, string>();
  for (const peer of peers) {
    progress(`${peer.name} imports it`);
    urls.set(peer.name, await peer.importRepository(size, source));
  }
  const megabytes = ((Number(/^size-pack: (\d+)$/m.exec(counts)?.[1]) * 1_024) / 1e6).toFixed(0);
  const count = references.split('\n').length;
  return {
    label: `${megabytes} MB, ${Number(commits).toLocaleString('en')} commits, ${count} references`,
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

await main();

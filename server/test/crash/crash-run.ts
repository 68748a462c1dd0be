import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createGitUser, createRepository } from '../harness/account-setup.ts';
import { runCodekeep } from '../harness/codekeep-command.ts';
import type { CodekeepServer } from '../harness/codekeep-server.ts';
import { type GitClient, gitClient } from '../harness/git-client.ts';
import { Random } from '../harness/random.ts';
import { temporaryFolder } from '../harness/temporary-folders.ts';
import { CrashedRepository } from './crashed-repository.ts';
import { PushingClient } from './pushing-client.ts';

interface CrashOptions {
  readonly server: CodekeepServer;
  /** Where it keeps its metadata, when that is not the data folder. */
  readonly databaseUrl?: string | undefined;
  readonly seed: number;
  readonly kills: number;
  readonly onProgress?: (report: CrashReport) => void;
}

/** The run passed when there are no problems. */
interface CrashReport {
  kills: number;
  acknowledgedPushes: number;
  /** Pushes that a kill cut off. */
  unansweredPushes: number;
  /** Compactions that were finished; more were cut off. */
  compactions: number;
  readonly problems: string[];
}

const REPOSITORIES = ['first', 'second'];
const CLIENTS = 4;
/** A round has some pushes behind it at most, and none at least, when the server is killed. */
const LONGEST_ROUND_MILLISECONDS = 2_000;
const KILLS_PER_FRESH_CLONE = 20;
const ORPHANS_END_MILLISECONDS = 10_000;

/**
 * Kills the server again and again while clients push, and after each restart compares what it has with what it
 * acknowledged. The moments are random but for the seed; the machine's pace decides what they hit.
 */
export async function runCrashes({ server, databaseUrl, seed, kills, onProgress }: CrashOptions): Promise<CrashReport> {
  const folder = await temporaryFolder('crash', { inMemory: true });
  const random = new Random(seed);
  const credential = await createGitUser(server, 'crash-tester');
  const git = await gitClient([credential]);
  const repositories = await createRepositories(server, git, folder.path);
  const clients: PushingClient[] = [];
  for (let number = 1; number <= CLIENTS; number += 1) {
    const clientRandom = new Random(seed * 1_000 + number);
    const options = { credential, repositories, folder: folder.path };
    clients.push(await PushingClient.open({ ...options, name: `client-${number}`, random: clientRandom }));
  }

  const report: CrashReport = { kills: 0, acknowledgedPushes: 0, unansweredPushes: 0, compactions: 0, problems: [] };
  try {
    while (report.kills < kills && report.problems.length === 0) {
      await killDuringPushes(server, clients, repositories, random.below(LONGEST_ROUND_MILLISECONDS), report);
      const unfinished = new Set(await unfinishedBlobs(server));
      await server.restart();
      report.problems.push(...(await leftovers(server, unfinished)));
      for (const repository of repositories) report.problems.push(...(await repository.problems(git)));
      if (report.kills % KILLS_PER_FRESH_CLONE === 0 || report.kills === kills) {
        const clones = await temporaryFolder('crash-clones', { inMemory: true });
        for (const repository of repositories) await repository.checkFreshClone(git, clones.path);
        await clones.remove();
      }
      onProgress?.(report);
    }
    report.problems.push(...(await orphans(server)));
    report.compactions = await bitmaps(server);
    report.problems.push(...(await damages(server, databaseUrl)));
    return report;
  } finally {
    for (const client of clients) await client.dispose();
    await git.dispose();
    await folder.remove();
  }
}

async function createRepositories(
  server: CodekeepServer,
  git: GitClient,
  folder: string,
): Promise<CrashedRepository[]> {
  const mirrors = join(folder, 'mirrors');
  await mkdir(mirrors);
  const repositories: CrashedRepository[] = [];
  for (const name of REPOSITORIES) {
    const repository = new CrashedRepository(name, await createRepository(server, name), mirrors);
    await repository.open(git);
    repositories.push(repository);
  }
  return repositories;
}

/** Resolves when every client has seen its last push end. */
async function killDuringPushes(
  server: CodekeepServer,
  clients: readonly PushingClient[],
  repositories: readonly CrashedRepository[],
  milliseconds: number,
  report: CrashReport,
): Promise<void> {
  let killed = false;
  const pushing = clients.map(async (client) => {
    while (!killed) {
      const complaint = await client.push(repositories);
      if (complaint === undefined) report.acknowledgedPushes += 1;
      else if (killed) report.unansweredPushes += 1;
      else {
        report.problems.push(`a push failed while the server ran: ${complaint}`);
        return;
      }
    }
  });
  await delay(milliseconds);
  killed = true;
  await server.kill();
  report.kills += 1;
  await Promise.all(pushing);
}

/** What killed processes left and a started server has to have swept: unfinished blobs, and all that is decrypted. */
async function leftovers(server: CodekeepServer, cutOff: ReadonlySet<string>): Promise<string[]> {
  // A compaction that the start has begun may be writing others.
  const unfinished = (await unfinishedBlobs(server)).filter((path) => cutOff.has(path));
  const nodes = await entries(server.workingCopies);
  const incoming = await Promise.all(nodes.map((node) => entries(join(node, 'incoming'))));
  const left = [...unfinished, ...(nodes.length === 1 ? [] : nodes), ...incoming.flat()];
  return left.map((path) => `left after a restart: ${path}`);
}

async function unfinishedBlobs({ dataDir }: CodekeepServer): Promise<string[]> {
  const nodes = await entries(join(dataDir, 'blobs', '.unfinished'));
  return (await Promise.all(nodes.map(entries))).flat();
}

/** Blobs of whole compactions, those that have left the list included. */
async function bitmaps(server: CodekeepServer): Promise<number> {
  const names = await readdir(join(server.dataDir, 'blobs'), { recursive: true });
  return names.filter((name) => name.endsWith('.bitmap')).length;
}

/** Has `codekeep verify` check all that is stored; the server must be stopped. */
async function damages({ dataDir }: CodekeepServer, databaseUrl: string | undefined): Promise<string[]> {
  const environment = databaseUrl === undefined ? {} : { CODEKEEP_DATABASE: databaseUrl };
  const { exitCode, stdout, stderr } = await runCodekeep(['verify', '--data', dataDir], environment);
  return exitCode === 0 ? [] : [`codekeep verify exits with ${exitCode}: ${stdout}${stderr}`];
}

async function entries(folder: string): Promise<string[]> {
  return (await readdir(folder)).map((name) => join(folder, name));
}

/** A killed server's git processes end by themselves, because their pipes are closed. */
async function orphans(server: CodekeepServer): Promise<string[]> {
  await server.stop();
  const limit = Date.now() + ORPHANS_END_MILLISECONDS;
  let left = await server.startedProcesses();
  while (left.length > 0 && Date.now() < limit) {
    await delay(100);
    left = await server.startedProcesses();
  }
  return left.map((pid) => `process ${pid} of a killed server still runs`);
}

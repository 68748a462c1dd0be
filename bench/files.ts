import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { createGitUser, createKeyUser, createRepository } from '../server/test/harness/account-setup.ts';
import { minimalEnvironment } from '../server/test/harness/clients.ts';
import { startCodekeep } from '../server/test/harness/codekeep-server.ts';
import { gitClient } from '../server/test/harness/git-client.ts';
import { createHistory } from '../server/test/harness/histories.ts';
import { signedRequest } from '../server/test/harness/signed-requests.ts';
import { temporaryFolder } from '../server/test/harness/temporary-folders.ts';
import type { GitRequest } from './git-requests.ts';
import { requestsPerSecond } from './load.ts';
import { median, timed } from './measurement.ts';
import { openProcessorAccount } from './processor-time.ts';
import { machineFacts } from './report.ts';

// GetFile and GetFolder a second, beside git processes that are started for each file; CreateCommit beside git push.
// Run by: node bench/files.ts

const REPETITIONS = 7;
const SPAWN_SECONDS = 3;
const SPAWNED_AT_ONCE = 8;
const REPOSITORY = 'bench';

const scratch = await temporaryFolder('bench-files', { inMemory: true });
const server = await startCodekeep({
  settings: { CODEKEEP_LOG_LEVEL: 'warn', CODEKEEP_REQUEST_RATE: 'off' },
});
const processorAccount = openProcessorAccount('codekeep', [server.pid]);
const access = await createKeyUser(server, 'reader', [{ Effect: 'Allow', Action: 'codecommit:*', Resource: '*' }]);
const git = await gitClient([await createGitUser(server, 'pusher')]);
const source = join(scratch.path, 'source.git');
await createHistory(source, { seed: 1, commits: 1_500, files: 90, binaryBytes: 500_000 });
await git.output(['gc', '--quiet', '--prune=now'], { cwd: source });
const url = await createRepository(server, REPOSITORY);
await git.output(['push', '--quiet', '--mirror', url], { cwd: source });
const files = await paths('-r');
const folders = ['', ...(await paths('-r', '-d'))];

process.stdout.write(`${machineFacts({ Git: await git.output(['version']) })}\n\n`);
process.stdout.write(`${files.length} files, ${folders.length} folders, medians of ${REPETITIONS}\n`);
await compareReads(
  'GetFile',
  await signedRequests(
    'GetFile',
    files.map((filePath) => ({ filePath })),
  ),
  (path) => ['cat-file', 'blob', `main:${path}`],
  files,
);
await compareReads(
  'GetFolder',
  await signedRequests(
    'GetFolder',
    folders.map((folderPath) => ({ folderPath })),
  ),
  (path) => ['cat-file', '-p', `main:${path}`],
  folders,
);
await compareCommits();

await git.dispose();
await server.dispose();
processorAccount.close();
await scratch.remove();

async function paths(...args: readonly string[]): Promise<readonly string[]> {
  const listed = await git.output(['ls-tree', '-z', '--name-only', ...args, 'main'], { cwd: source });
  return listed.split('\0').slice(0, -1);
}

async function compareReads(
  operation: string,
  requests: readonly GitRequest[],
  argumentsFor: (path: string) => readonly string[],
  asked: readonly string[],
): Promise<void> {
  const answered: number[] = [];
  const perProcessorSecond: number[] = [];
  const spawned: number[] = [];
  await requestsPerSecond(requests, scratch.path);
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const measures = [
      async () => {
        const before = processorAccount.seconds();
        const rate = await requestsPerSecond(requests, scratch.path);
        const after = processorAccount.seconds();
        answered.push(rate);
        if (before !== undefined && after !== undefined)
          perProcessorSecond.push((rate * SPAWN_SECONDS) / (after - before));
      },
      async () => void spawned.push(await spawnsPerSecond(argumentsFor, asked)),
    ];
    for (const measure of repetition % 2 === 0 ? measures : measures.reverse()) await measure();
  }
  const [own, other] = [median(answered), median(spawned)];
  const processor =
    perProcessorSecond.length === 0 ? '' : `, ${median(perProcessorSecond).toFixed(0)} a processor second`;
  process.stdout.write(
    `${operation}: ${own.toFixed(0)} a second${processor}; git cat-file started each time: ${other.toFixed(0)} a second; ratio ${(own / other).toFixed(1)}\n`,
  );
}

async function spawnsPerSecond(argumentsFor: (path: string) => readonly string[], asked: readonly string[]) {
  const end = performance.now() + SPAWN_SECONDS * 1_000;
  let count = 0;
  const repeat = async () => {
    while (performance.now() < end) {
      const child = spawn('git', argumentsFor(asked[count++ % asked.length] ?? ''), {
        cwd: source,
        env: minimalEnvironment(),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child.stdout.resume();
      const [status] = await once(child, 'close');
      if (status !== 0) throw new Error(`git ended with ${status}`);
    }
  };
  await Promise.all(Array.from({ length: SPAWNED_AT_ONCE }, repeat));
  return count / SPAWN_SECONDS;
}

async function compareCommits(): Promise<void> {
  const cwd = join(scratch.path, 'pushing.git');
  await cp(source, cwd, { recursive: true });
  const [created, pushed]: [number[], number[]] = [[], []];
  let tip = await git.output(['rev-parse', 'main'], { cwd });
  const create = async (index: number) => {
    const fileContent = Buffer.from(`created ${index}\n`).toString('base64');
    const { url: endpoint, ...request } = await signedRequest(access, 'CreateCommit', {
      repositoryName: REPOSITORY,
      branchName: 'main',
      parentCommitId: tip,
      putFiles: [{ filePath: 'src/created.txt', fileContent }],
    });
    created.push(
      await timed(async () => {
        const answer = await fetch(endpoint, { ...request, body: new Uint8Array(request.body) });
        if (answer.status !== 200) throw new Error(await answer.text());
        tip = ((await answer.json()) as { commitId: string }).commitId;
      }),
    );
  };
  const push = async (index: number) => {
    const commit = await commitOnMain(cwd, `pushed ${index}\n`);
    const target = `${commit}:refs/heads/pushed-${index}`;
    pushed.push(await timed(() => git.output(['push', '--quiet', url, target], { cwd })));
  };
  await create(-1);
  created.pop();
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    for (const measure of repetition % 2 === 0 ? [create, push] : [push, create]) await measure(repetition);
  }
  const [own, other] = [median(created), median(pushed)];
  process.stdout.write(
    `CreateCommit of one file: ${own.toFixed(3)} s; git push of one commit: ${other.toFixed(3)} s; ratio ${(own / other).toFixed(2)}\n`,
  );
}

async function commitOnMain(cwd: string, content: string): Promise<string> {
  const env = { GIT_INDEX_FILE: join(cwd, 'pushing.index') };
  const blob = await git.output(['hash-object', '-w', '--stdin'], { cwd, input: content });
  await git.output(['read-tree', 'main'], { cwd, env });
  await git.output(['update-index', '--add', '--cacheinfo', `100644,${blob},src/pushed.txt`], { cwd, env });
  const tree = await git.output(['write-tree'], { cwd, env });
  return git.output(['commit-tree', tree, '-p', 'main', '-m', content], { cwd });
}

function signedRequests(operation: string, inputs: readonly object[]): Promise<readonly GitRequest[]> {
  return Promise.all(
    inputs.map((input) =>
      signedRequest(access, operation, { repositoryName: REPOSITORY, commitSpecifier: 'main', ...input }),
    ),
  );
}

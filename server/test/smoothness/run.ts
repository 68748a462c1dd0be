import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openDatabase } from '../../src/storage/database/database.ts';
import { createGitUser, createRepository } from '../harness/account-setup.ts';
import { openBrowser } from '../harness/browser.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { signInAsRoot } from '../harness/console-pages.ts';
import { gitClient } from '../harness/git-client.ts';
import { sourceLines, writeFiles } from '../harness/sample-code.ts';

// How long the console keeps a person waiting: the longest task of the browser's main thread after a page has loaded. A
// file of 10,000 lines and a list of 1,000 repositories have a budget; exits with 1 when one is over it. 10,000
// repositories, and the list of a key which encrypts them all, are told without one. Measures, so nothing else should run beside
// it: no part of `npm test`, which asserts no time, but the last step of the checks before a change is taken.

const BUDGET_MS = 200;
/** What else the machine does only adds: the best of so many tries is within the budget, or the page is too slow. */
const TRIES = 3;
const LINES = 10_000;
const REPOSITORIES = 1_000;
const MANY_REPOSITORIES = 10_000;
/** Rows of a page of the list. */
const PAGE_SIZE = 25;
/** SQLite takes 32,766 values in a statement. */
const ROWS_OF_A_STATEMENT = 2_000;
const QUIET_MS = 1_000;

interface LongTask {
  readonly startTime: number;
  readonly duration: number;
}

interface View {
  readonly what: string;
  readonly path: string;
  /** What a person does there. */
  readonly use: (page: Page) => Promise<void>;
}

const server = await startCodekeep();
try {
  await createBigFile(server);
  await createRepositories(server, 1, REPOSITORIES);
  const browser = await openBrowser();
  try {
    const { page } = browser;
    await page.addInitScript(`
      globalThis.longTasks = [];
      new PerformanceObserver((list) => {
        for (const { startTime, duration } of list.getEntries()) globalThis.longTasks.push({ startTime, duration });
      }).observe({ type: 'longtask', buffered: true });
    `);
    await signInAsRoot(page, server, '/home');
    const isSmooth = [
      await keepsBudget(page, {
        what: `a file of ${LINES} lines`,
        path: '/codecommit/repositories/big/browse/refs/heads/main/--/big.ts',
        use: readFile,
      }),
      await keepsBudget(page, listOf(REPOSITORIES)),
    ];
    const keyId = await createRepositories(server, REPOSITORIES, MANY_REPOSITORIES);
    for (const view of [listOf(MANY_REPOSITORIES), keyOf(keyId, MANY_REPOSITORIES)]) await longestTask(page, view);
    process.exitCode = isSmooth.includes(false) ? 1 : 0;
  } finally {
    await browser.close();
  }
} finally {
  await server.dispose();
}

async function keepsBudget(page: Page, view: View): Promise<boolean> {
  for (let left = TRIES; left > 0; left--) {
    if ((await longestTask(page, view)) <= BUDGET_MS) return true;
  }
  process.stdout.write(`${view.what}: over the budget of ${BUDGET_MS} ms\n`);
  return false;
}

/** In milliseconds. */
async function longestTask(page: Page, { what, path, use }: View): Promise<number> {
  await page.goto(`${server.url}/console${path}`);
  await page.waitForLoadState('networkidle');
  await quiet(page);
  const loaded = (await page.evaluate('performance.now()')) as number;
  await use(page);
  await quiet(page);
  const tasks = ((await page.evaluate('globalThis.longTasks')) as LongTask[]).filter(
    (task) => task.startTime >= loaded,
  );
  const longest = Math.round(Math.max(0, ...tasks.map(({ duration }) => duration)));
  process.stdout.write(
    `${what}: loaded after ${Math.round(loaded)} ms; longest task after that ${longest} ms (tasks over 50 ms: ${tasks.length})\n`,
  );
  return longest;
}

/** Until the main thread has had no long task for a while. */
async function quiet(page: Page): Promise<void> {
  // Evaluated by the debugger, time after time: the pages' policy lets no text run as script in them.
  const sinceLast =
    'performance.now() - Math.max(0, ...globalThis.longTasks.map((task) => task.startTime + task.duration))';
  while (((await page.evaluate(sinceLast)) as number) < QUIET_MS) await page.waitForTimeout(QUIET_MS / 10);
}

async function readFile(page: Page): Promise<void> {
  await page.locator('.hljs-keyword').first().waitFor();
  await page.mouse.move(640, 500);
  for (let turn = 0; turn < 100; turn++) await page.mouse.wheel(0, 600);
  await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
  await page.getByText(`value${LINES} =`).waitFor();
  await page.evaluate('scrollTo(0, document.documentElement.scrollHeight / 2)');
  await page.getByRole('link', { name: String(LINES / 2), exact: true }).click();
  await page.locator('.marked-line').waitFor();
}

function listOf(repositories: number): View {
  const use = (page: Page) => searchList(page, repositories);
  return { what: `a list of ${repositories} repositories`, path: '/codecommit/repositories', use };
}

function keyOf(keyId: string, repositories: number): View {
  const use = (page: Page) => findLast(page, repositories);
  return { what: `a key of ${repositories} repositories`, path: `/kms/keys/${keyId}?tab=repositories`, use };
}

async function searchList(page: Page, repositories: number): Promise<void> {
  await findLast(page, repositories);
  await page.getByPlaceholder('Find repositories').fill('');
  await page.getByRole('button', { name: /next page/i }).click();
  await page.getByRole('button', { name: /Last modified/ }).click();
  await quiet(page);
  await page.getByRole('button', { name: new RegExp(`^Page ${repositories / PAGE_SIZE}\\b`) }).click();
  await page.getByText('Of the team, number').first().waitFor();
  await page.mouse.move(640, 500);
  for (let turn = 0; turn < 20; turn++) await page.mouse.wheel(0, 400);
}

async function findLast(page: Page, repositories: number): Promise<void> {
  const name = nameOf(repositories - 1);
  await page.getByText(`(${repositories})`).waitFor();
  await page.getByPlaceholder('Find repositories').pressSequentially(name.slice(0, -1));
  await page.getByText('10 matches').first().waitFor();
  await page.getByRole('link', { name }).waitFor();
}

function nameOf(number: number): string {
  return `repository-${String(number).padStart(5, '0')}`;
}

async function createBigFile(server: CodekeepServer): Promise<void> {
  const git = await gitClient([await createGitUser(server, 'ana')]);
  try {
    const url = await createRepository(server, 'big');
    const cwd = join(git.home, 'big');
    await git.output(['init', '--quiet', cwd]);
    await writeFiles(cwd, { 'big.ts': `${sourceLines(LINES).join('\n')}\n` });
    await git.output(['add', '--all'], { cwd });
    await git.output(['commit', '--quiet', '--message', 'Begin'], { cwd });
    await git.output(['push', '--quiet', url, 'main'], { cwd });
  } finally {
    await git.dispose();
  }
}

/**
 * An account may make 1,000 by the API: these are rows like that of a repository that was made so, as many as are missing.
 *
 * @returns the ID of the key that encrypts them
 */
async function createRepositories(server: CodekeepServer, present: number, wanted: number): Promise<string> {
  const database = await openDatabase({ sqliteFile: join(server.dataDir, 'codekeep.sqlite') });
  try {
    const made = await database.selectFrom('repositories').selectAll().executeTakeFirstOrThrow();
    const numbers = Array.from({ length: wanted - present }, (_, index) => present + index);
    const rows = numbers.map((number) => ({
      ...made,
      repository_id: randomUUID(),
      repository_name: nameOf(number),
      description: `Of the team, number ${number}`,
      // In another order by date than by name.
      updated_at: made.updated_at + ((number * 7_919) % MANY_REPOSITORIES),
    }));
    for (let start = 0; start < rows.length; start += ROWS_OF_A_STATEMENT) {
      await database
        .insertInto('repositories')
        .values(rows.slice(start, start + ROWS_OF_A_STATEMENT))
        .execute();
    }
    return made.kms_key_arn.split('/').at(-1) ?? '';
  } finally {
    await database.destroy();
  }
}

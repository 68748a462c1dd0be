import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGitUser, createRepository } from '../../harness/account-setup.ts';
import {
  accessibilityFaults,
  chromiumClient,
  openBrowser,
  screenshot,
  type TestBrowser,
} from '../../harness/browser.ts';
import { type CodekeepServer, startCodekeep } from '../../harness/codekeep-server.ts';
import { signInAsRoot, signInAsUser } from '../../harness/console-pages.ts';
import { type GitClient, gitClient } from '../../harness/git-client.ts';
import { createSampleCode, EMPTY_COMMITS } from '../../harness/sample-code.ts';

// Reading and changing a repository's code in a real browser, beside what plain git says of it.

const REPOSITORY = '/codecommit/repositories/demo';

describe.skipIf(chromiumClient.skipReason)('the code pages of the console', () => {
  let server: CodekeepServer;
  let browser: TestBrowser;
  let git: GitClient;
  let cwd: string;
  let page: Page;
  const go = (path: string) => page.goto(`${server.url}/console${path}`);
  const heading = (name: string | RegExp) => page.getByRole('heading', { name, exact: true });
  const link = (name: string) => page.getByRole('link', { name, exact: true });
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const choose = async (label: string, name: string) => {
    await page.getByRole('button', { name: new RegExp(`^${label}`) }).click();
    await page.getByRole('option', { name }).click();
  };
  const checked = async (name: string) => {
    await screenshot(page, name);
    expect(await accessibilityFaults(page), name).toEqual([]);
  };
  const lastPart = () => decodeURIComponent(new URL(page.url()).pathname.split(`${REPOSITORY}/`)[1] ?? '');

  beforeAll(async () => {
    server = await startCodekeep();
    git = await gitClient([await createGitUser(server, 'ana')]);
    const url = await createRepository(server, 'demo');
    cwd = await createSampleCode(git, 'demo');
    await git.output(['remote', 'add', 'origin', url], { cwd });
    await git.output(['push', '--quiet', '--all'], { cwd });
    await git.output(['push', '--quiet', '--tags'], { cwd });
    browser = await openBrowser();
    page = browser.page;
    await signInAsRoot(page, server, '/codecommit/repositories');
  });
  afterAll(async () => {
    await browser.close();
    await git.dispose();
    await server.dispose();
  });

  it('weighs little', async () => {
    // In bytes as they were sent, of scripts and styles alone.
    const weight = async (fresh: Page) => {
      await fresh.waitForLoadState('networkidle');
      return fresh.evaluate(
        `performance.getEntriesByType('resource').filter(({ name }) => /\\.(js|css)$/.test(name))
          .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
      );
    };
    const other = await openBrowser();
    try {
      await other.page.goto(`${server.url}/console/sign-in`);
      await other.page.getByRole('heading', { name: 'Sign in' }).waitFor();
      const signIn = await weight(other.page);
      await signInAsRoot(other.page, server, '/home');
      await other.page.reload();
      await other.page.getByRole('heading', { name: /^Console Home/ }).waitFor();
      const home = await weight(other.page);
      await other.page.goto(`${server.url}/console${REPOSITORY}/browse/refs/heads/main/--/src/main.ts`);
      await other.page.locator('.hljs-keyword').first().waitFor();
      const code = await weight(other.page);
      process.stdout.write(`Compressed bytes: sign-in ${signIn}, home ${home}, a file ${code}\n`);
      expect(signIn).toBeGreaterThan(50_000);
      expect(signIn).toBeLessThanOrEqual(300_000);
      expect(home).toBeLessThanOrEqual(500_000);
      expect(code).toBeLessThanOrEqual(500_000);
    } finally {
      await other.close();
    }
  });

  it('keeps the side menu open after the home page, which has none', async () => {
    await go('/home');
    await heading('Console Home').waitFor();
    await page.getByRole('link', { name: 'CodeCommit', exact: true }).click();
    await link('demo').waitFor();
    const menu = page.getByRole('navigation', { name: 'Pages of the service' });
    await menu.getByRole('link', { name: 'Repositories' }).click();
    await menu.getByRole('button', { name: 'Close navigation' }).click();
    await page.getByRole('button', { name: 'Open navigation' }).click();
    await menu.getByRole('link', { name: 'Repositories' }).waitFor();
  });

  it('lists a folder with the last commit of each entry, and shows its read me', async () => {
    await link('demo').click();
    await page.getByRole('row', { name: /docs.*Begin/ }).waitFor();
    await heading('Demo').waitFor();
    await page.getByRole('img', { name: 'Logo' }).waitFor();
    // Nothing is loaded from elsewhere.
    expect(await page.getByRole('img', { name: 'Elsewhere' }).count()).toBe(0);
    await page.locator('.hljs-keyword').first().waitFor();
    await checked('code-browse');
    await link('guide').click();
    await link('read me').click();
    await heading('Demo').waitFor();
    expect(lastPart()).toBe('browse/refs/heads/main/--/README.md');
    await page.getByText('Markdown Source', { exact: true }).click();
    await page.getByText('# Demo', { exact: true }).waitFor();
    await page.goBack();
    await page.goBack();
    await page.getByRole('row', { name: /docs.*Begin/ }).waitFor();
  });

  it('keeps branch, path and lines in the address', async () => {
    // By the keyboard alone.
    await page.getByRole('button', { name: /^Branch or tag/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'main' }).waitFor();
    await page.keyboard.type('deep');
    await page.getByRole('option', { name: 'main' }).waitFor({ state: 'detached' });
    await page.getByRole('option', { name: 'feature/deep/name' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/feature\/deep\/name/);
    await link('src').click();
    await link('main.ts').click();
    await heading('main.ts').waitFor();
    expect(lastPart()).toBe('browse/refs/heads/feature/deep/name/--/src/main.ts');
    await page.getByText('120 lines, ').waitFor();
    await link('10').click();
    await link('12').click({ modifiers: ['Shift'] });
    expect(new URL(page.url()).searchParams.get('lines')).toBe('10-12');
    await page.reload();
    await page.locator('.marked-line').nth(2).waitFor();
    expect(await page.locator('.marked-line').count()).toBe(3);
    await checked('code-file');
    // Also without the mouse.
    await page.getByLabel('Line number').fill('121');
    await page.keyboard.press('Enter');
    await page.getByText('A number from 1 to 120').waitFor();
    await page.getByLabel('Line number').fill('119');
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).searchParams.get('lines')).toBe('119-119');
    const marked = page.locator('.marked-line').getByText('value119');
    await marked.waitFor();
    // Also where the line is marked already.
    await page.evaluate('scrollTo(0, 0)');
    await page.getByLabel('Line number').press('Enter');
    const { height } = page.viewportSize() ?? { height: 0 };
    await expect.poll(async () => (await marked.boundingBox())?.y).toBeLessThan(height);
    const download = page.waitForEvent('download');
    await link('Download').click();
    const file = await (await download).path();
    expect(await readFile(file, 'utf8')).toBe(
      await git.output(['show', 'feature/deep/name:src/main.ts'], { cwd }).then((text) => `${text}\n`),
    );
    const raw = page.waitForEvent('popup');
    await link('Raw').click();
    const opened = await raw;
    await opened.getByText('export const changed = true;').waitFor();
    expect(await opened.evaluate('document.contentType')).toBe('text/plain');
    await opened.close();
  });

  it('shows what is no text', async () => {
    await go(`${REPOSITORY}/browse/refs/tags/v1.0/--/img/logo.png`);
    await page.getByRole('img', { name: 'img/logo.png' }).waitFor();
    expect(await page.getByRole('link', { name: 'Raw' }).count()).toBe(0);
    // A tag stands still: nothing can be committed to it.
    await expect.poll(() => link('Delete').getAttribute('aria-disabled')).toBe('true');
    await go(`${REPOSITORY}/browse/refs/heads/main/--/data.bin`);
    await page.getByText('This file is binary').waitFor();
    await go(`${REPOSITORY}/browse/refs/heads/main/--/empty.txt`);
    await page.getByText('The file is empty.').waitFor();
    await go(`${REPOSITORY}/browse/refs/heads/main/--/run.sh`);
    await page.getByText('executable').waitFor();
    await go(`${REPOSITORY}/browse/refs/heads/nowhere`);
    await page.getByText('Commit refs/heads/nowhere does not exist').waitFor();
    await checked('code-refused');
  });

  it('lists commits in pages, as git log does', async () => {
    await go(`${REPOSITORY}/commits`);
    const log = (await git.output(['log', '--format=%H', 'main'], { cwd })).split('\n');
    const shown = (id: string | undefined) => link(id?.slice(0, 8) ?? '').waitFor();
    await shown(log[0]);
    await shown(log[49]);
    expect(await page.getByRole('heading', { name: 'Commits' }).count()).toBe(1);
    await checked('code-commits');
    const refuse = (route: Route) =>
      route.request().postData()?.includes('nextToken') === true
        ? route.fulfill({ status: 400, json: { __type: 'AccessDeniedException', message: 'Not now.' } })
        : route.continue();
    await page.route(/\/console\/api/, refuse);
    await page.getByRole('button', { name: /next page/i }).click();
    await page.getByText('Not now.').waitFor();
    await page.unroute(/\/console\/api/, refuse);
    await button('Page 1 of all pages').click();
    await shown(log[0]);
    await page.getByRole('button', { name: /next page/i }).click();
    await shown(log[EMPTY_COMMITS]);
    // Where somebody comes back to, and where a link leads to, be there as many pages or not.
    await expect.poll(() => new URL(page.url()).searchParams.get('page')).toBe('2');
    await link(log[EMPTY_COMMITS]?.slice(0, 8) ?? '').click();
    await expect.poll(lastPart).toBe(`commit/${log[EMPTY_COMMITS]}`);
    await page.goBack();
    await shown(log[EMPTY_COMMITS]);
    for (const address of ['commits?page=2', 'commits?page=999999']) {
      await go(`${REPOSITORY}/${address}`);
      await shown(log[EMPTY_COMMITS]);
    }
    expect(await button('Page 2 of all pages').getAttribute('aria-current')).toBe('true');
    await button('Page 1 of all pages').click();
    await shown(log[0]);
    await page.getByRole('button', { name: /next page/i }).click();
    await shown(log[EMPTY_COMMITS]);
    await button(`Copy ID of ${log[EMPTY_COMMITS]?.slice(0, 8)}`).click();
    await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(log[EMPTY_COMMITS]);
    await link(`Browse the repository at ${log[EMPTY_COMMITS]?.slice(0, 8)}`).click();
    await page.getByRole('row', { name: /docs.*Begin/ }).waitFor();
    expect(lastPart()).toBe(`browse/${log[EMPTY_COMMITS]}`);
  });

  it('shows what a commit changed', async () => {
    const id = await git.output(['rev-parse', 'feature/deep/name'], { cwd });
    await go(`${REPOSITORY}/commit/${id}`);
    await heading('6 changed files').waitFor();
    const file = (name: string) => page.getByRole('region', { name, exact: true });
    await file('docs/manual.md').getByText('renamed').waitFor();
    await file('docs/old.txt').getByText('deleted').waitFor();
    await file('data.bin').getByText('A binary file: 5 bytes → 3 bytes').waitFor();
    await file('src/main.ts').getByText("export const value10 = 'text 10'; // line").waitFor();
    await file('src/main.ts').getByText('export const changed = true;').waitFor();
    await file('src/main.ts').locator('.diff-code-insert .hljs-keyword').first().waitFor();
    await page.getByRole('button', { name: 'Split' }).click();
    await checked('code-commit-split');
    await page.getByRole('button', { name: 'Unified' }).click();
    await file('big.txt').getByRole('button', { name: 'Large change of 1,500 lines: show it' }).click();
    await file('big.txt').getByText("export const value1000 = 'text 1000'; // line").waitFor();
    await file('big.txt').getByRole('button', { name: 'Show more: 500 lines are left' }).click();
    await file('big.txt').getByText("export const value1500 = 'text 1500'; // line").waitFor();
    await page.getByRole('checkbox', { name: 'Hide whitespace changes' }).check();
    await file('src/app.py').getByText('Only white space differs.').waitFor();
    await page.getByRole('button', { name: 'Split' }).click();
    await file('src/app.py').getByText('Only white space differs.').waitFor();
    await file('src/main.ts').getByText('export const changed = true;').waitFor();
    await go(`${REPOSITORY}/commit/${'0'.repeat(40)}`);
    await page.getByText(`Commit ${'0'.repeat(40)} does not exist`).waitFor();
  });

  it('compares any two of branches, tags and commits', async () => {
    await go(`${REPOSITORY}/commits`);
    await link('Compare commits').click();
    const tagged = await git.output(['rev-parse', 'v1.0^{commit}'], { cwd });
    await page.getByRole('button', { name: /^Destination/ }).click();
    await page.getByRole('combobox', { name: 'Find a branch or tag' }).fill(tagged);
    await page.getByRole('option', { name: tagged }).click();
    await choose('Source', 'feature/deep/name');
    await button('Compare').click();
    await heading('6 changed files').waitFor();
    expect(lastPart()).toBe(`compare/${tagged}/.../refs/heads/feature/deep/name`);
    await checked('code-compare');
    await go(`${REPOSITORY}/compare/refs/tags/v1.0/.../refs/heads/main`);
    await page.getByText('There are no differences.').waitFor();
  });

  it('commits a file that is made, changed and deleted, but nothing that others have overtaken', async () => {
    await go(`${REPOSITORY}/browse/refs/heads/main/--/src`);
    await button('Add file').click();
    await page.getByRole('menuitem', { name: 'Create file' }).click();
    await page.getByLabel('File name').fill('src/main.ts');
    await page.getByLabel('File content').fill('print("new")\n');
    await button('Commit changes').click();
    await page.getByText('A file named src/main.ts is there already.').waitFor();
    await page.getByLabel('File name').fill('src/new.py');
    await page.getByLabel('Author name').fill('Ana');
    await page.getByLabel('Email address').fill('ana@example.com');
    await page.getByLabel('Commit message').fill('Add new.py');
    await checked('code-create');
    await button('Commit changes').click();
    await page.getByText('Committed to main.').waitFor();
    await heading('new.py').waitFor();

    await link('Edit').click();
    await page.getByLabel('File content').fill('print("changed")\n');
    await pushFromElsewhere('docs/other.txt');
    await button('Commit changes').click();
    await page.getByText('Parent commit ID outdated').waitFor();
    expect(await page.getByLabel('File content').inputValue()).toBe('print("changed")\n');
    await checked('code-overtaken');
    await button('Commit on top of the newest commit').click();
    await heading('new.py').waitFor();
    await page.getByText('print("changed")').waitFor();

    await go(`${REPOSITORY}/edit/refs/heads/main/--/src/new.py`);
    await page.getByLabel('File content').fill('print("mine")\n');
    await pushFromElsewhere('src/new.py');
    await button('Commit changes').click();
    await button('Commit on top of the newest commit').click();
    await page.getByText('src/new.py itself has been changed by others').waitFor();
    expect(await page.getByLabel('File content').inputValue()).toBe('print("mine")\n');

    await link('Cancel').click();
    await page.getByRole('dialog').getByText('What you have typed is lost').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    expect(await page.getByLabel('File content').inputValue()).toBe('print("mine")\n');
    // Leaves what was typed, which the browser asks about.
    page.once('dialog', (dialog) => void dialog.accept());
    await go(`${REPOSITORY}/edit/refs/heads/main/--/src/windows.txt`);
    await page.getByLabel('File content').fill('first\nthird\n');
    await button('Commit changes').click();
    await heading('windows.txt').waitFor();
    await link('Delete').click();
    await checked('code-delete');
    await go(`${REPOSITORY}/delete/refs/heads/main/--/src/new.py`);
    await button('Commit changes').click();
    await page.getByText('Committed to main.').first().waitFor();
    await page.getByRole('row', { name: /docs/ }).waitFor();

    await git.output(['pull', '--quiet', 'origin', 'main'], { cwd });
    const log = await git.output(['log', '-6', '--format=%an <%ae> %s', 'main'], { cwd });
    expect(
      log
        .split('\n')
        .filter((line) => !line.startsWith('Ana Muñoz'))
        .at(-1),
    ).toBe('Ana <ana@example.com> Add new.py');
    expect(await git.output(['ls-tree', '--name-only', 'main:src'], { cwd })).not.toContain('new.py');
    expect(await git.output(['cat-file', 'blob', 'main:src/windows.txt'], { cwd })).toBe('first\r\nthird\r');
  });

  it('uploads a file, also over one that is there', async () => {
    await go(`${REPOSITORY}/upload/refs/heads/main/--/img`);
    const upload = (content: string) =>
      page.locator('input[type=file]').setInputFiles({
        name: 'note.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from(content),
      });
    await upload('one\n');
    expect(await page.getByLabel('File name').inputValue()).toBe('img/note.txt');
    await checked('code-upload');
    await button('Commit changes').click();
    await heading('note.txt').waitFor();
    await go(`${REPOSITORY}/upload/refs/heads/main/--/img`);
    await upload('one\n');
    await page.getByRole('checkbox', { name: 'Replace the file of this name that is there' }).check();
    await button('Commit changes').click();
    await page.getByText('its content is exactly the same').waitFor();
    await upload('two\n');
    await page.getByRole('checkbox', { name: 'Replace the file of this name that is there' }).check();
    await button('Commit changes').click();
    await heading('note.txt').waitFor();
    await page.getByText('two', { exact: true }).waitFor();
  });

  it('creates and deletes branches, but not the default one, and lists tags', async () => {
    await go(`${REPOSITORY}/branches`);
    await page.getByText('Default branch').waitFor();
    await button('Create branch').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Branch name').fill('not..a name');
    await dialog.getByRole('button', { name: 'Create branch' }).click();
    await dialog.getByText('Invalid branch name').waitFor();
    await dialog.getByLabel('Branch name').fill('topic/one');
    await checked('code-create-branch');
    await dialog.getByRole('button', { name: 'Create branch' }).click();
    await page.getByText('Branch topic/one created.').waitFor();
    await page.getByRole('radio', { name: 'refs/heads/main' }).check();
    await expect.poll(() => button('Delete branch').getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('radio', { name: 'refs/heads/topic/one' }).check();
    await checked('code-branches');
    await button('Delete branch').click();
    await dialog.getByLabel('To confirm, type delete').fill('delete');
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('Branch topic/one deleted.').waitFor();
    expect(await git.output(['ls-remote', '--heads', 'origin', 'topic/*'], { cwd })).toBe('');
    await link('Git tags').click();
    await link('release/2').waitFor();
    await page.getByRole('row', { name: /v1\.0.*Begin/ }).waitFor();
    await checked('code-tags');
  });

  it('begins an empty repository', async () => {
    await createRepository(server, 'empty');
    await go('/codecommit/repositories/empty/browse');
    await heading('The repository is empty').waitFor();
    await checked('code-empty');
    await link('Create file').click();
    await page.getByLabel('File name').fill('README.md');
    await page.getByLabel('File content').fill('# Hello\n');
    await button('Commit changes').click();
    await heading('Hello').waitFor();
    expect(new URL(page.url()).pathname).toContain('/empty/browse/refs/heads/main/--/README.md');
    expect(browser.complaints).toEqual([]);
  });

  it('shows what is refused in its place, and the rest', async () => {
    await signInAsUser(page, server, 'guest', [
      {
        Effect: 'Allow',
        Action: ['codecommit:GetRepository', 'codecommit:GetFolder', 'codecommit:GetFile', 'codecommit:GetBranch'],
        Resource: '*',
      },
    ]);
    const refusal = (action: string) => page.getByText(`is not authorized to perform: codecommit:${action}`).first();
    await go(`${REPOSITORY}/browse`);
    await refusal('GetTree').waitFor();
    await heading('Demo').waitFor();
    await page.getByRole('button', { name: /^Branch or tag/ }).click();
    await refusal('GetReferences').waitFor();
    await page.keyboard.press('Escape');
    await checked('code-denied');
    await go(`${REPOSITORY}/edit/refs/heads/main/--/src/app.py`);
    expect(await page.getByLabel('Author name').inputValue()).toBe('guest');
    await page.getByLabel('File content').fill('typed for long\n');
    await button('Commit changes').click();
    await refusal('PutFile').waitFor();
    expect(await page.getByLabel('File content').inputValue()).toBe('typed for long\n');
    page.once('dialog', (dialog) => void dialog.accept());
    await go(`${REPOSITORY}/commits`);
    await refusal('GetCommitHistory').waitFor();
    for (const path of ['branches', 'tags']) {
      await go(`${REPOSITORY}/${path}`);
      await refusal('GetReferences').waitFor();
    }
    await go(`${REPOSITORY}/commit/${await git.output(['rev-parse', 'feature/deep/name'], { cwd })}`);
    await refusal('GetCommit').waitFor();
    await go(`${REPOSITORY}/compare/refs/tags/v1.0/.../refs/heads/feature/deep/name`);
    await refusal('GetDifferences').waitFor();
    await checked('code-compare-denied');
    await go(`${REPOSITORY}/delete/refs/heads/main/--/src/app.py`);
    await button('Commit changes').click();
    await refusal('DeleteFile').waitFor();
    await go(`${REPOSITORY}/create/refs/heads/main/--/src`);
    await page.getByLabel('File name').fill('src/mine.py');
    await page.getByLabel('File content').fill('print()\n');
    await button('Commit changes').click();
    await refusal('PutFile').waitFor();
    await checked('code-create-denied');
    page.once('dialog', (dialog) => void dialog.accept());
    await go(`${REPOSITORY}/upload/refs/heads/main`);
    const file = { name: 'mine.txt', mimeType: 'text/plain', buffer: Buffer.from('mine\n') };
    await page.locator('input[type=file]').setInputFiles(file);
    await button('Commit changes').click();
    await refusal('PutFile').waitFor();
    expect(browser.complaints).toEqual([]);
  });

  /** A commit by Git, of which the page knows nothing. */
  async function pushFromElsewhere(path: string): Promise<void> {
    const other = join(git.home, 'elsewhere');
    const run = (...args: readonly string[]) => git.output(args, { cwd: other });
    await git.output(['clone', '--quiet', `${server.url}/v1/repos/demo`, other]);
    await appendFile(join(other, path), '# by somebody else\n');
    await run('add', '--all');
    await run('commit', '--quiet', '--message', 'From elsewhere');
    await run('push', '--quiet');
    await rm(other, { recursive: true });
  }
});

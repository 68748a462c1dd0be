import {
  CodeCommitClient,
  CreateRepositoryCommand,
  ListRepositoriesCommand,
  type ListRepositoriesInput,
  UpdateRepositoryDescriptionCommand,
} from '@aws-sdk/client-codecommit';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRootUser } from '../harness/account-setup.ts';
import { accessibilityFaults, chromiumClient, openBrowser, screenshot, type TestBrowser } from '../harness/browser.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { signInAsRoot, signInAsUser } from '../harness/console-pages.ts';

// The list of a Region's repositories, which is longer than what the browser is told of at once. Of 10,000, see
// server/test/smoothness.

const REPOSITORIES = 60;
const ROWS = 25;
const REQUESTS_AT_ONCE = 6;
/** As long as the browser's own waiting. */
const PATIENCE = { timeout: 30_000 };

describe.skipIf(chromiumClient.skipReason)('the list of repositories in a browser', () => {
  let server: CodekeepServer;
  let browser: TestBrowser;
  let page: Page;
  let codecommit: CodeCommitClient;
  const described: string[][] = [];

  beforeAll(async () => {
    server = await startCodekeep();
    codecommit = new CodeCommitClient(asRootUser(server));
    const numbers = Array.from({ length: REPOSITORIES }, (_, index) => index);
    const workers = Array.from({ length: REQUESTS_AT_ONCE }, async () => {
      for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
        // In another order by name than by date.
        const repositoryName = `${number % 2 === 0 ? 'even' : 'odd'}-${String(number).padStart(3, '0')}`;
        const repositoryDescription = `Number ${number}`;
        await codecommit.send(new CreateRepositoryCommand({ repositoryName, repositoryDescription }));
      }
    });
    await Promise.all(workers);
    const newest = { repositoryName: 'even-010', repositoryDescription: 'Changed last' };
    await codecommit.send(new UpdateRepositoryDescriptionCommand(newest));
    browser = await openBrowser();
    ({ page } = browser);
    page.on('request', (request) => {
      if (!request.headers()['x-amz-target']?.endsWith('.BatchGetRepositories')) return;
      described.push((request.postDataJSON() as { repositoryNames: string[] }).repositoryNames);
    });
    await signInAsRoot(page, server, '/codecommit/repositories');
  });
  afterAll(async () => {
    codecommit.destroy();
    await browser.close();
    await server.dispose();
  });

  const row = (name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
  const shown = () => page.locator('tbody').getByRole('rowheader').allInnerTexts();
  const shows = (names: readonly string[]) => expect.poll(shown, PATIENCE).toEqual(names);
  const turn = (to: RegExp | string) => page.getByRole('button', { name: to, exact: true }).click();
  const sort = (column: string) => page.getByRole('columnheader', { name: column }).getByRole('button').click();
  const inOrder = async (sortBy: NonNullable<ListRepositoriesInput['sortBy']>, order: 'ascending' | 'descending') => {
    const { repositories = [] } = await codecommit.send(new ListRepositoriesCommand({ sortBy, order }));
    return repositories.map(({ repositoryName = '' }) => repositoryName);
  };

  it('sorts all of them by name and by date, and leads to the last page', async () => {
    const byName = await inOrder('repositoryName', 'ascending');
    expect(byName).toHaveLength(REPOSITORIES);
    await page.getByText(`(${REPOSITORIES})`).waitFor();
    await shows(byName.slice(0, ROWS));
    await row('even-000').getByText('Number 0').waitFor();
    await screenshot(page, 'repositories-many');
    expect(await accessibilityFaults(page)).toEqual([]);
    await turn('Page 3 of all pages');
    await shows(byName.slice(2 * ROWS));
    await sort('Name');
    await shows(byName.toReversed().slice(0, ROWS));
    await sort('Last modified');
    const byDate = await inOrder('lastModifiedDate', 'ascending');
    await shows(byDate.slice(0, ROWS));
    await sort('Last modified');
    await shows(byDate.toReversed().slice(0, ROWS));
    expect((await shown())[0]).toBe('even-010');
    await row('even-010').getByText('Changed last').waitFor();
    await turn('Page 3 of all pages');
    await shows(byDate.toReversed().slice(2 * ROWS));
  });

  it('finds by a part of the name among all of them, and tells where nothing is found', async () => {
    const filter = page.getByPlaceholder('Find repositories');
    await filter.fill('ODD-01');
    await page.getByText('5 matches').first().waitFor();
    await shows(['odd-011', 'odd-013', 'odd-015', 'odd-017', 'odd-019'].toSorted(await byDateDescending()));
    await row('odd-013').getByRole('button', { name: 'Clone URL of odd-013' }).click();
    await page.getByRole('menuitem', { name: 'Clone HTTPS', exact: true }).click();
    await page.getByText('Copied: ').waitFor();
    await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toMatch(/\/v1\/repos\/odd-013$/);
    await filter.fill('nothing of the kind');
    await page.getByText('Nothing matches the filter.').waitFor();
    // Only what somebody looks at is asked for.
    expect(Math.max(...described.map((names) => names.length))).toBe(ROWS);
  });

  it('leaves its names to the policy simulator', async () => {
    await page.getByRole('button', { name: 'Services' }).click();
    await page.getByRole('menuitem', { name: /^IAM/ }).click();
    await page.getByRole('navigation').getByRole('link', { name: 'Policy simulator' }).click();
    await page.getByLabel('Resource').fill('odd-059');
    await page.getByRole('option', { name: 'odd-059', exact: true }).waitFor();
    expect(browser.complaints).toEqual([]);
  });

  it('shows of each repository what the user may see of it', async () => {
    await signInAsUser(page, server, 'guest', [
      { Effect: 'Allow', Action: 'codecommit:ListRepositories', Resource: '*' },
      { Effect: 'Allow', Action: 'codecommit:BatchGetRepositories', Resource: 'arn:aws:codecommit:*:*:even-00*' },
    ]);
    await page.goto(`${server.url}/console/codecommit/repositories`);
    await row('even-008').getByText('Number 8').waitFor();
    await row('even-010').getByRole('button', { name: 'Access denied' }).click();
    await page.getByText('is not authorized to perform: codecommit:BatchGetRepositories on resource').waitFor();
    expect(await row('even-010').getByRole('button', { name: 'Clone URL of even-010' }).isDisabled()).toBe(true);
    expect(await row('even-008').getByRole('button', { name: 'Clone URL of even-008' }).isDisabled()).toBe(false);
    await screenshot(page, 'repositories-denied');
    expect(browser.complaints).toEqual([]);
  });

  async function byDateDescending() {
    const names = await inOrder('lastModifiedDate', 'descending');
    return (one: string, other: string) => names.indexOf(one) - names.indexOf(other);
  }
});

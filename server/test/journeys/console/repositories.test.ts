import {
  CodeCommitClient,
  CreateBranchCommand,
  CreateRepositoryCommand,
  GetRepositoryCommand,
  ListRepositoriesCommand,
  type ListRepositoriesInput,
  ListTagsForResourceCommand,
  PutFileCommand,
  UpdateRepositoryDescriptionCommand,
} from '@aws-sdk/client-codecommit';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRootUser } from '../../harness/account-setup.ts';
import {
  accessibilityFaults,
  chromiumClient,
  openBrowser,
  screenshot,
  type TestBrowser,
} from '../../harness/browser.ts';
import { type CodekeepServer, startCodekeep } from '../../harness/codekeep-server.ts';
import { signInAsRoot, signInAsUser } from '../../harness/console-pages.ts';

// The list of a Region's repositories, which is longer than what the browser is told of at once. Of 10,000, see
// server/test/smoothness.

const REPOSITORIES = 60;
const ROWS = 25;
const REQUESTS_AT_ONCE = 6;

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
  const shows = (names: readonly string[]) => expect.poll(shown).toEqual(names);
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
    expect(byDate.at(-1)).toBe('even-010');
    await shows(byDate.toReversed().slice(0, ROWS));
    await row('even-010').getByText('Changed last').waitFor();
    await turn('Page 3 of all pages');
    await shows(byDate.toReversed().slice(2 * ROWS));
  });

  it('is as its address says: filtered, sorted by the API, and at the last page where it has no such', async () => {
    const byDate = await inOrder('lastModifiedDate', 'descending');
    const odd = byDate.filter((name) => name.startsWith('odd'));
    const address = `${server.url}/console/codecommit/repositories?region=${server.account.region}&filter=odd&sort=-last-modified&page=`;
    await page.goto(`${address}2`);
    await shows(odd.slice(ROWS));
    await row(odd.at(-1) ?? '')
      .getByRole('link')
      .first()
      .click();
    await page.getByRole('heading', { level: 1, name: odd.at(-1) }).waitFor();
    await page.goBack();
    await shows(odd.slice(ROWS));
    expect(page.url()).toBe(`${address}2`);
    await page.goto(`${address}7`);
    await shows(odd.slice(ROWS));
    await page.getByPlaceholder('Find repositories').fill('');
    await shows(byDate.slice(0, ROWS));
    await expect.poll(() => new URL(page.url()).search).toMatch(/&sort=-last-modified$/);
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

  it('tells the three ways to clone one, with the addresses of this installation', async () => {
    await page.goto(`${server.url}/console/codecommit/repositories/odd-013/setup`);
    const clone = (way: string) => page.getByRole('menuitem', { name: `Clone ${way}`, exact: true });
    const { host } = new URL(server.secureUrl);
    const ssh = new URL(server.sshUrl);
    for (const [way, url] of [
      ['HTTPS (GRC)', `codecommit::${server.account.region}://odd-013`],
      ['SSH', expect.stringMatching(new RegExp(`^ssh://.*:${ssh.port}/v1/repos/odd-013$`))],
    ] as const) {
      await page.getByRole('button', { name: 'Clone URL of odd-013' }).click();
      await clone(way).click();
      await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toEqual(url);
    }
    const sshUrl = String(await page.evaluate('navigator.clipboard.readText()'));
    await page.getByText('You are the root user, who can have neither').waitFor();
    await page.getByRole('tab', { name: 'SSH', exact: true }).click();
    await page.getByText(`git clone ${sshUrl}`).waitFor();
    await page.getByText(`Port ${ssh.port}`).waitFor();
    await page.getByRole('tab', { name: 'HTTPS (GRC)' }).click();
    await page.getByText(`git clone codecommit::${server.account.region}://odd-013`).waitFor();
    await page.getByText(`export CODE_COMMIT_ENDPOINT=${host}`).waitFor();
    // It does not come with an authority that computers know.
    await page.getByText(`git config --global http.${server.secureUrl}/.sslCAInfo ca.crt`).waitFor();
    await screenshot(page, 'connection-steps-grc');
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('has settings, each saved by itself', async () => {
    const repositoryName = 'odd-013';
    const branch = { branchName: 'main', fileContent: Buffer.from('x'), filePath: 'x' };
    const { commitId } = await codecommit.send(new PutFileCommand({ repositoryName, ...branch }));
    await codecommit.send(new CreateBranchCommand({ repositoryName, branchName: 'next', commitId }));
    const settings = page.getByRole('link', { name: 'Settings', exact: true }).first();
    await settings.click();
    await page.getByLabel('Name', { exact: true }).fill('even-000');
    await page.getByRole('button', { name: 'Save name' }).click();
    await page.getByText('Repository name exists').waitFor();
    await page.getByLabel('Repository description').fill('x'.repeat(1001));
    await page.getByRole('button', { name: 'Save description' }).click();
    await page.getByText('Invalid repository description').waitFor();
    await page.getByRole('button', { name: 'Add tag' }).click();
    await page.getByLabel('Key of tag 1').fill('aws:team');
    await page.getByRole('button', { name: 'Save tags' }).click();
    await page.getByText('Invalid system tag usage').waitFor();
    await screenshot(page, 'settings-refused');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByLabel('Key of tag 1').fill('team');
    await page.getByLabel('Value of tag 1').fill('blue');
    await page.getByRole('button', { name: 'Save tags' }).click();
    await page.getByText('Tags saved.').waitFor();
    await page.getByLabel('Repository description').fill('Of the blue team');
    await page.getByRole('button', { name: 'Save description' }).click();
    await page.getByText('Description saved.').waitFor();
    await page.getByRole('button', { name: /^Branch/ }).click();
    await page.getByRole('option', { name: 'next' }).click();
    await page.getByRole('button', { name: 'Save default branch' }).click();
    await page.getByText('The default branch is next now.').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('renamed');
    await page.getByRole('button', { name: 'Save name' }).click();
    await page.getByRole('heading', { name: 'Settings of renamed' }).waitFor();
    const { repositoryMetadata } = await codecommit.send(new GetRepositoryCommand({ repositoryName: 'renamed' }));
    expect(repositoryMetadata).toMatchObject({ defaultBranch: 'next', repositoryDescription: 'Of the blue team' });
    const resourceArn = repositoryMetadata?.Arn;
    const { tags } = await codecommit.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual({ team: 'blue' });
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
    const refusal = (action: string) =>
      page.getByText(`user/guest is not authorized to perform: codecommit:${action} on resource`).first().waitFor();
    await page.getByRole('link', { name: 'Create repository' }).click();
    await page.getByLabel('Repository name').fill('mine');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await refusal('CreateRepository');
    expect(await page.getByLabel('Repository name').inputValue()).toBe('mine');
    for (const path of ['setup', 'settings']) {
      await page.goto(`${server.url}/console/codecommit/repositories/even-008/${path}`);
      await refusal('GetRepository');
    }
    expect(browser.complaints).toEqual([]);
  });

  async function byDateDescending() {
    const names = await inOrder('lastModifiedDate', 'descending');
    return (one: string, other: string) => names.indexOf(one) - names.indexOf(other);
  }
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityFaults, chromiumClient, openBrowser, screenshot, type TestBrowser } from '../harness/browser.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';

// What a person does by mouse and keyboard in a real browser, finding things by the names that they can see.

describe.skipIf(chromiumClient.skipReason)('the console in a browser', () => {
  let server: CodekeepServer;
  let browser: TestBrowser;
  beforeAll(async () => {
    server = await startCodekeep();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server.dispose();
  });

  it('signs the root user in, and leads to the page that was asked for', async () => {
    const { page } = browser;
    await page.goto(`${server.url}/console/codecommit/repositories?region=eu-west-1`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await screenshot(page, 'sign-in');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByLabel('Root user email address').fill(server.account.rootEmail);
    await page.getByLabel('Password').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('Your authentication information is incorrect. Please try again.').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByLabel('Password').fill(server.account.rootPassword);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Welcome to CodeCommit' }).waitFor();
    expect(new URL(page.url()).search).toBe('?region=eu-west-1');
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('creates a repository, in the Region of the address, and tells how to connect to it', async () => {
    const { page } = browser;
    await page.getByRole('link', { name: 'Create repository' }).click();
    await page.getByLabel('Repository name').fill('a name with spaces');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('Invalid repository name').first().waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByLabel('Repository name').fill('demo');
    await page.getByLabel('Description').fill('<img src=x onerror=alert(1)> of the team');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('heading', { name: 'Connection steps' }).waitFor();
    const { port } = new URL(server.url);
    const cloneUrl = `http://git-codecommit.eu-west-1.localhost:${port}/v1/repos/demo`;
    await page.getByText(`git clone ${cloneUrl}`).waitFor();
    await screenshot(page, 'connection-steps');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Clone URL of demo' }).click();
    await page.getByRole('menuitem', { name: 'Clone HTTPS', exact: true }).click();
    await page.getByText(`Copied: ${cloneUrl}`).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(cloneUrl);
    await page.getByRole('link', { name: 'Repositories', exact: true }).first().click();
    await page.getByText('<img src=x onerror=alert(1)> of the team').waitFor();
    await screenshot(page, 'repositories');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.goBack();
    await page.getByRole('heading', { name: 'Connection steps' }).waitFor();
    await page.goto(`${server.url}/console/codecommit/repositories?region=us-east-1`);
    await page.getByRole('heading', { name: 'Welcome to CodeCommit' }).waitFor();
  });

  it('signs out', async () => {
    const { page } = browser;
    await page.getByRole('button', { name: /Root user/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto(`${server.url}/console/codecommit/repositories`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(browser.complaints).toEqual([]);
  });
});

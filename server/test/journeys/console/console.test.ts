import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateAccountAliasCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticatorFor, stepsAfter } from '../../../src/services/iam/test-mfa-device.ts';
import { asRootUser } from '../../harness/account-setup.ts';
import {
  accessibilityFaults,
  chromiumClient,
  openBrowser,
  screenshot,
  type TestBrowser,
} from '../../harness/browser.ts';
import { type CodekeepServer, startCodekeep } from '../../harness/codekeep-server.ts';
import { gitClient } from '../../harness/git-client.ts';

// What a person does by mouse and keyboard in a real browser, finding things by the names that they can see.

describe.skipIf(chromiumClient.skipReason)('the console in a browser', () => {
  const owner = { accountName: 'Team Blue', email: 'owner@example.com', password: 'Correct-horse-1' };
  let server: CodekeepServer;
  let browser: TestBrowser;
  beforeAll(async () => {
    server = await startCodekeep({ settings: { CODEKEEP_REGIONS: 'us-east-1,eu-west-1' } });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server.dispose();
  });

  const chooseService = async (name: RegExp) => {
    await browser.page.getByRole('button', { name: 'Services' }).click();
    await browser.page.getByRole('menuitem', { name }).click();
  };
  const chooseRegion = async (from: string, to: string) => {
    await browser.page.getByRole('button', { name: `Region: ${from}` }).click();
    await browser.page.getByRole('menuitemcheckbox', { name: to }).click();
    await browser.page.getByRole('button', { name: `Region: ${to}` }).waitFor();
  };
  const signOut = async () => {
    await browser.page.getByRole('button', { name: /Root user/ }).click();
    await browser.page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
    await browser.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  };

  it('signs somebody up for an account, by the link of the sign-in page', async () => {
    const { page } = browser;
    await page.goto(`${server.url}/console`);
    await page.getByRole('link', { name: 'Create a new account' }).click();
    await page.getByRole('heading', { name: 'Sign up' }).waitFor();
    await page.getByLabel('Root user email address').fill(server.account.rootEmail);
    await page.getByLabel('Account name').fill(owner.accountName);
    await page.getByLabel('Root user password', { exact: true }).fill(owner.password);
    await page.getByLabel('Retype root user password').fill('another');
    await page.getByText('The passwords differ.').waitFor();
    expect(await page.getByRole('button', { name: 'Create account' }).isDisabled()).toBe(true);
    await page.getByLabel('Retype root user password').fill(owner.password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('There is an account with this e-mail address already.').waitFor();
    await screenshot(page, 'sign-up');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByLabel('Root user email address').fill(owner.email);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Account created' }).waitFor();
    await screenshot(page, 'account-created');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Copy account ID' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(/^\d{12}$/);
    await page.getByRole('button', { name: 'Continue to the console' }).click();
    await page.getByRole('heading', { name: 'Console Home' }).waitFor();
    await signOut();
  });

  it('signs the root user in, and goes to CodeCommit in a Region', async () => {
    const { page } = browser;
    await screenshot(page, 'sign-in');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByLabel('Root user email address').fill(owner.email);
    await page.getByLabel('Password').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('Your authentication information is incorrect. Please try again.').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByLabel('Password').fill(owner.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'CodeCommit', exact: true }).click();
    await page.getByRole('heading', { name: 'Welcome to CodeCommit' }).waitFor();
    await chooseRegion('us-east-1', 'eu-west-1');
    await page.getByText('There is no repository in eu-west-1 yet.').waitFor();
    expect(new URL(page.url()).search).toBe('?region=eu-west-1');
    await screenshot(page, 'welcome');
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('creates a repository, in the Region that was chosen, and tells how to connect to it', async () => {
    const { page } = browser;
    await page.getByRole('link', { name: 'Create repository' }).click();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('Enter a name for the repository.').waitFor();
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
    await chooseRegion('eu-west-1', 'us-east-1');
    await page.getByRole('heading', { name: 'Welcome to CodeCommit' }).waitFor();
  });

  it('makes a user with a policy and Git credentials that clone', async () => {
    const { page } = browser;
    const checked = async (name: string) => {
      await screenshot(page, name);
      expect(await accessibilityFaults(page), name).toEqual([]);
    };
    await chooseService(/^IAM/);
    await page.getByRole('link', { name: 'Users', exact: true }).click();
    await page.getByText('No users. Create a user for each person').waitFor();
    await checked('users-empty');
    await page.getByRole('link', { name: 'Create user' }).click();
    await page.getByLabel('User name').fill('ada');
    await page.getByRole('checkbox', { name: 'Provide user access to the console' }).check();
    await checked('create-user');
    await page.getByRole('button', { name: 'Next', exact: true }).click();
    await page.getByRole('button', { name: 'Next', exact: true }).click();
    await page.getByRole('button', { name: 'Create user' }).click();
    await page.getByRole('heading', { name: 'Retrieve password' }).waitFor();
    await page.getByRole('button', { name: 'Show password' }).click();
    await checked('retrieve-password');
    await page.getByRole('link', { name: 'View user' }).click();
    await page.getByText('No policies: the user may do only what groups allow.').waitFor();
    await page.getByRole('link', { name: 'Add permissions' }).click();
    await page.getByRole('radio', { name: /^Attach existing policies directly/ }).check();
    await page.getByPlaceholder('Find permissions policies').fill('powerus');
    await page.getByRole('checkbox', { name: 'AWSCodeCommitPowerUser' }).check();
    await checked('add-permissions');
    await page.getByRole('button', { name: 'Next: Review' }).click();
    await page.getByText('AWSCodeCommitPowerUser').waitFor();
    await page.getByRole('button', { name: 'Add permissions' }).click();
    await page.getByRole('rowheader', { name: 'AWSCodeCommitPowerUser' }).waitFor();
    await page.getByRole('tab', { name: 'Security credentials' }).click();
    await page.getByRole('button', { name: 'Generate credentials' }).click();
    await page.getByText('This is the only time that the password can be seen or downloaded.').first().waitFor();
    await checked('generated-credentials');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download credentials' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe('ada_codecommit_credentials.csv');
    const lines = (await readFile(await file.path(), 'utf8')).split('\n');
    expect([lines[0], lines.length, lines[2]]).toEqual(['User Name,Password', 3, '']);
    await page.getByRole('button', { name: 'Close', exact: true }).last().click();
    await checked('security-credentials');

    const [userName = '', password = ''] = (lines[1] ?? '').split(',');
    const { port } = new URL(server.url);
    const url = `http://git-codecommit.eu-west-1.localhost:${port}`;
    const git = await gitClient([{ url, userName, password }]);
    try {
      const cloned = await git.run(['clone', `${url}/v1/repos/demo`]);
      expect(cloned.stderr).toContain('You appear to have cloned an empty repository.');
      expect(existsSync(join(git.home, 'demo/.git'))).toBe(true);
    } finally {
      await git.dispose();
    }
  });

  it('deletes a repository only after delete is typed', async () => {
    const { page } = browser;
    await chooseService(/^CodeCommit/);
    await chooseRegion('us-east-1', 'eu-west-1');
    await page.getByRole('link', { name: 'demo', exact: true }).click();
    await page.getByRole('heading', { name: 'The repository is empty' }).waitFor();
    await page.getByRole('link', { name: 'Settings', exact: true }).click();
    await page.getByRole('button', { name: 'Delete repository' }).click();
    const remove = page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true });
    expect(await remove.isDisabled()).toBe(true);
    await screenshot(page, 'delete-repository');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByLabel('To confirm, type delete').fill('delete');
    await remove.click();
    await page.getByRole('heading', { name: 'Welcome to CodeCommit' }).waitFor();
  });

  it('signs out, and leads who comes back by a link to the page that was asked for', async () => {
    const { page } = browser;
    await signOut();
    await page.goBack();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto(`${server.url}/console/codecommit/repositories?region=ap-south-1`);
    await page.getByLabel('Root user email address').fill(owner.email);
    await page.getByLabel('Password').fill(owner.password);
    await page.keyboard.press('Enter');
    await page.getByText('There is no repository in ap-south-1 yet.').waitFor();
    await page.getByText('ap-south-1 is not among the Regions of this installation').waitFor();
    await screenshot(page, 'other-region');
    expect(await accessibilityFaults(page)).toEqual([]);
    await signOut();
    expect(browser.complaints).toEqual([]);
  });

  it('asks a user for a new password at the first sign-in and for the code of an MFA device, with the cursor in place', async () => {
    const { page } = browser;
    const iam = new IAMClient(asRootUser(server));
    const UserName = 'mira';
    const Password = 'Right-horse-battery-9';
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new CreateLoginProfileCommand({ UserName, Password, PasswordResetRequired: true }));
    await iam.send(new CreateAccountAliasCommand({ AccountAlias: 'the-team' }));
    const made = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }));
    const { SerialNumber, code, codes } = authenticatorFor(made.VirtualMFADevice);
    await iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...codes(stepsAfter(new Date(), -1)) }));
    iam.destroy();

    await page.getByText('IAM user', { exact: true }).click();
    await page.getByLabel('Account ID (12 digits) or account alias').fill('the-team');
    await page.getByLabel('IAM user name').fill(UserName);
    await page.getByLabel('Password').fill(Password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Change your password' }).waitFor();
    await screenshot(page, 'sign-in-new-password');
    expect(await accessibilityFaults(page)).toEqual([]);
    for (const key of ['Tab', 'Enter']) {
      await page.keyboard.type('Correct-horse-2');
      await page.keyboard.press(key);
    }
    await page.getByRole('heading', { name: 'Multi-factor authentication' }).waitFor();
    await page.getByText('The six digits that phone shows').waitFor();
    await screenshot(page, 'sign-in-mfa');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.keyboard.type('no code');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The code is wrong, or has been used before.').waitFor();
    await page.getByLabel('MFA code').fill(code(new Date()));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Multi-factor authentication' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: UserName }).first().waitFor();
    expect(browser.complaints).toEqual([]);
  });
});

import { CodeCommitClient, GetRepositoryCommand } from '@aws-sdk/client-codecommit';
import { CreateLoginProfileCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRootUser, createRepository } from '../../harness/account-setup.ts';
import {
  accessibilityFaults,
  chromiumClient,
  openBrowser,
  screenshot,
  type TestBrowser,
} from '../../harness/browser.ts';
import { type CodekeepServer, startCodekeep } from '../../harness/codekeep-server.ts';

// Encryption keys by mouse: made, given to people, put before repositories, and taken away.

const PASSWORD = 'Correct-horse-1';

describe.skipIf(chromiumClient.skipReason)('KMS keys in a browser', () => {
  let server: CodekeepServer;
  let browser: TestBrowser;
  let page: Page;
  let keyId: string;
  /** To look at, and without a serious fault. */
  const checked = async (name: string) => {
    await screenshot(page, name);
    expect(await accessibilityFaults(page), name).toEqual([]);
  };
  const inDialog = (name: string) => page.getByRole('dialog').getByRole('button', { name, exact: true });
  const keyAction = async (name: string) => {
    await page.getByRole('button', { name: 'Key actions' }).click();
    await page.getByRole('menuitem', { name, exact: true }).click();
  };
  const tab = (name: string) => page.getByRole('tab', { name, exact: true }).click();

  beforeAll(async () => {
    server = await startCodekeep({ settings: { CODEKEEP_REGIONS: 'eu-west-1' } });
    const iam = new IAMClient(asRootUser(server));
    for (const UserName of ['ada', 'nina']) {
      await iam.send(new CreateUserCommand({ UserName }));
      await iam.send(new CreateLoginProfileCommand({ UserName, Password: PASSWORD }));
    }
    const mayList = { Effect: 'Allow', Action: ['kms:ListKeys', 'kms:ListAliases'], Resource: '*' };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [mayList] });
    await iam.send(new PutUserPolicyCommand({ UserName: 'nina', PolicyName: 'list', PolicyDocument }));
    iam.destroy();
    await createRepository(server, 'ordinary');
    browser = await openBrowser();
    page = browser.page;
    await page.goto(`${server.url}/console/kms/keys`);
    await page.getByLabel('Root user email address').fill(server.account.rootEmail);
    await page.getByLabel('Password').fill(server.account.rootPassword);
    await page.keyboard.press('Enter');
  });
  afterAll(async () => {
    await browser.close();
    await server.dispose();
  });

  it('creates a key with people and tags, and keeps it where only the alias is refused', async () => {
    await page.getByText('No customer managed keys in this Region.').waitFor();
    await checked('kms-keys-empty');
    await page.getByRole('link', { name: 'AWS managed keys', exact: true }).click();
    await page.getByRole('link', { name: 'aws/codecommit' }).waitFor();
    await checked('kms-aws-managed-keys');
    await page.goBack();
    await page.getByRole('link', { name: 'Create key' }).click();
    await page.getByLabel('Alias').fill('no spaces, please');
    await page.getByLabel('Description').fill('<b>for</b> our code');
    await page.getByRole('button', { name: 'Key users' }).click();
    await page.getByRole('option', { name: /ada/ }).click();
    await page.keyboard.press('Escape');
    await page.getByText('Key policy made of these choices').click();
    await page.getByText(`arn:aws:iam::${server.account.accountId}:user/ada`).first().waitFor();
    await checked('kms-create-key');
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByText('has been created; its alias was refused. Choose another.').waitFor();
    await page.getByText(/failed to satisfy constraint/).waitFor();
    await page.getByLabel('Alias').fill('code');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Key actions' }).waitFor();
    keyId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    await page.getByText('<b>for</b> our code').waitFor();
    await checked('kms-key');
    const kms = new KMSClient(asRootUser(server));
    const { Policy = '' } = await kms.send(new GetKeyPolicyCommand({ KeyId: keyId }));
    kms.destroy();
    expect(JSON.parse(Policy).Statement.map(({ Sid }: { Sid: string }) => Sid)).toEqual([
      'Enable IAM User Permissions',
      'Allow use of the key',
      'Allow attachment of persistent resources',
    ]);
  });

  it('encrypts repositories, and tells which', async () => {
    await page.getByRole('button', { name: 'Services' }).click();
    await page.getByRole('menuitem', { name: /^CodeCommit/ }).click();
    await page.getByRole('link', { name: 'Create repository' }).click();
    await page.getByLabel('Repository name').fill('guarded');
    await page.getByLabel('Encryption key').fill('alias/none');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page
      .getByText(/alias\/none/)
      .last()
      .waitFor();
    await page.getByLabel('Encryption key').fill('alias/co');
    await page.getByRole('option', { name: 'alias/code' }).click();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('heading', { name: 'Connection steps' }).waitFor();
    await page.goto(`${server.url}/console/codecommit/repositories/ordinary/settings`);
    await page.getByLabel('New key').fill('alias/code');
    await page.getByRole('button', { name: 'Save encryption key' }).click();
    await page.getByText('Encryption key changed.').waitFor();
    await checked('kms-repository-settings');
    await page.getByRole('link', { name: new RegExp(`key/${keyId}$`) }).click();
    await tab('Repositories');
    await page.getByRole('link', { name: 'guarded' }).waitFor();
    await page.getByRole('link', { name: 'ordinary' }).waitFor();
    await checked('kms-key-repositories');
  });

  it('are listed before each has been asked for, and tell so', async () => {
    const described = Promise.withResolvers<void>();
    await page.route(/\/console\/api/, async (route) => {
      if (route.request().headers()['x-amz-target']?.endsWith('.DescribeKey') === true) await described.promise;
      await route.continue();
    });
    await page.goto(`${server.url}/console/kms/keys`);
    const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'code', exact: true }) });
    const cells = () => row.getByRole('cell').allInnerTexts();
    await expect.poll(cells).toEqual(['code', 'Loading', 'Loading', 'Loading']);
    await checked('kms-keys-loading');
    described.resolve();
    await expect.poll(cells).toEqual(['code', 'Enabled', 'SYMMETRIC_DEFAULT', 'Off']);
    await page.unrouteAll({ behavior: 'wait' });
    await row.getByRole('link', { name: 'code', exact: true }).click();
    await tab('Repositories');
  });

  it('are disabled and enabled, which their repositories follow', async () => {
    const codecommit = new CodeCommitClient(asRootUser(server));
    await keyAction('Disable');
    await inDialog('Disable').click();
    await page.getByText('Key disabled.').waitFor();
    await page.getByText('Disabled', { exact: true }).waitFor();
    const reading = () => codecommit.send(new GetRepositoryCommand({ repositoryName: 'guarded' }));
    await expect(reading()).rejects.toMatchObject({ name: 'EncryptionKeyDisabledException' });
    // Now above all somebody wants to know which they are.
    await page.reload();
    await page.getByRole('link', { name: 'guarded' }).waitFor();
    await page.getByRole('link', { name: 'ordinary' }).waitFor();
    await keyAction('Enable');
    await inDialog('Enable').click();
    await page.getByText('Key enabled.').waitFor();
    expect(await reading()).toMatchObject({ repositoryMetadata: { repositoryName: 'guarded' } });
    codecommit.destroy();
  });

  it('take another policy only where it is one that leaves somebody in charge', async () => {
    await tab('Key policy');
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    const field = page.getByLabel('Policy document');
    const policy = await field.inputValue();
    await field.fill(policy.replace('"Statement":', '"Statement"'));
    await page
      .getByText(/^Line \d+, column \d+/)
      .first()
      .waitFor();
    await field.fill(
      policy.replaceAll(/"Principal": \{[^}]*\}/g, '"Principal": { "AWS": "*" }').replaceAll('Allow"', 'Deny"'),
    );
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('The new key policy will not allow you to update the key policy in the future.').waitFor();
    await checked('kms-policy-refused');
    await field.fill(policy.replace('Allow use of the key', 'Use it'));
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('Key policy saved.').waitFor();
    await page.locator('.json-string').getByText('"Use it"').waitFor();
  });

  it('are rotated, named and tagged', async () => {
    await tab('Key rotation');
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByText('Rotate this key automatically').click();
    await page.getByLabel('Rotation period (in days)').fill('7');
    await inDialog('Save').click();
    await page.getByText(/greater than or equal to 90/).waitFor();
    await page.getByLabel('Rotation period (in days)').fill('180');
    await inDialog('Save').click();
    await page.getByText('180 days').waitFor();
    await page.getByRole('button', { name: 'Rotate now' }).click();
    await inDialog('Rotate').click();
    await page.getByText('On demand').waitFor();
    await checked('kms-rotation');

    await tab('Aliases');
    await page.getByRole('button', { name: 'Create alias' }).click();
    await page.getByLabel('Alias name').fill('code');
    await inDialog('Create').click();
    await page.getByText(/An alias with the name .* already exists/).waitFor();
    await page.getByLabel('Alias name').fill('team/second');
    await inDialog('Create').click();
    await page.getByText('alias/team/second created.').waitFor();
    await checked('kms-aliases');
    await page.getByRole('radio', { name: 'alias/team/second' }).check();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await inDialog('Delete').click();
    await page.getByText('alias/team/second deleted.').waitFor();

    await tab('Tags');
    await page.getByRole('button', { name: 'Add tag' }).click();
    const row = page.getByRole('group', { name: /^Key/ }).getByRole('textbox');
    await row.first().fill('team');
    await row.last().fill('blue');
    await page.getByRole('button', { name: 'Save tags' }).click();
    await page.getByText('Tags saved.').waitFor();
    await tab('Description');
    await page.getByLabel('Description - optional').fill('for the team');
    await page.getByRole('button', { name: 'Save description' }).click();
    await page.getByText('Description saved.').waitFor();
  });

  it('wait for their deletion, which is cancelled', async () => {
    await keyAction('Schedule key deletion');
    await page.getByText('2 repositories are encrypted under it.').waitFor();
    expect(await inDialog('Schedule deletion').isDisabled()).toBe(true);
    await page.getByLabel('To confirm, type delete').fill('delete');
    await page.getByLabel('Waiting period (in days)').fill('3');
    await inDialog('Schedule deletion').click();
    await page.getByText('PendingWindowInDays should be between 7 and 30, but it is 3').waitFor();
    await checked('kms-schedule-deletion');
    await page.getByLabel('Waiting period (in days)').fill('7');
    await inDialog('Schedule deletion').click();
    await page.getByText('Pending deletion').waitFor();
    await checked('kms-pending-deletion');
    await tab('Repositories');
    await page.getByRole('link', { name: 'guarded' }).waitFor();
    await keyAction('Cancel key deletion');
    await inDialog('Cancel deletion').click();
    await page.getByText('Key deletion cancelled. The key is disabled.').waitFor();
  });

  it('are others in each Region: the menu leads to their list', async () => {
    await page.getByRole('button', { name: 'Region: us-east-1' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'eu-west-1' }).click();
    await page.getByText('No customer managed keys in this Region.').waitFor();
    expect(new URL(page.url()).search).toBe('?region=eu-west-1');
    expect(new URL(page.url()).pathname).toBe('/console/kms/keys');
    await page.goBack();
    await page.getByRole('button', { name: 'Key actions' }).waitFor();
    expect(browser.complaints).toEqual([]);
  });

  it('show whoever may only list them each refusal in its place', async () => {
    const other = await openBrowser({ size: 'phone', theme: 'dark' });
    try {
      const { page: phone } = other;
      const { accountId } = server.account;
      await phone.goto(`${server.url}/console/sign-in?account=${accountId}&next=/console/kms/keys`);
      await phone.getByLabel('IAM user name').fill('nina');
      await phone.getByLabel('Password').fill(PASSWORD);
      await phone.keyboard.press('Enter');
      await phone.getByText('Access denied').first().waitFor();
      await screenshot(phone, 'kms-keys-refused-phone-dark');
      expect(await accessibilityFaults(phone)).toEqual([]);
      await phone.getByRole('link', { name: 'code', exact: true }).click();
      await phone
        .getByText(`User: arn:aws:iam::${accountId}:user/nina is not authorized to perform: kms:DescribeKey`)
        .waitFor();
      await screenshot(phone, 'kms-key-refused-phone-dark');
      expect(await accessibilityFaults(phone)).toEqual([]);
      await phone.goto(`${server.url}/console/kms/aws-managed-keys`);
      await phone.getByText('Access denied').first().waitFor();
      await phone.goto(`${server.url}/console/kms/keys/create`);
      await phone.getByLabel('Alias').fill('mine');
      await phone.getByRole('button', { name: 'Create key' }).click();
      await phone.getByText(`user/nina is not authorized to perform: kms:CreateKey`).waitFor();
      expect(await phone.getByLabel('Alias').inputValue()).toBe('mine');
      expect(other.complaints).toEqual([]);
    } finally {
      await other.close();
    }
  });
});

import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  DeleteAccountPasswordPolicyCommand,
  IAMClient,
  ListAttachedUserPoliciesCommand,
  ListGroupsForUserCommand,
  ListUserTagsCommand,
  UpdateAccountPasswordPolicyCommand,
} from '@aws-sdk/client-iam';
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
import { signInAsRoot } from '../../harness/console-pages.ts';

// A person from the day that an administrator makes a user of them: the first password, what lets Git and the AWS CLI in,
// and the end of it. Two browsers: the administrator's, and the person's phone.

const POWER_USER = 'arn:aws:iam::aws:policy/AWSCodeCommitPowerUser';
const READ_ONLY = 'arn:aws:iam::aws:policy/AWSCodeCommitReadOnly';
const NEW_PASSWORD = 'Right-horse-battery-9';
const NEWER_PASSWORD = 'Wrong-donkey-socket-8';

describe.skipIf(chromiumClient.skipReason)('a user’s credentials in browsers', () => {
  let server: CodekeepServer;
  let iam: IAMClient;
  let administrator: TestBrowser;
  let page: Page;
  let person: TestBrowser;
  let phone: Page;
  let signInUrl: string;
  let password: string;

  beforeAll(async () => {
    server = await startCodekeep();
    iam = new IAMClient(asRootUser(server));
    await iam.send(new CreateGroupCommand({ GroupName: 'developers' }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName: 'developers', PolicyArn: POWER_USER }));
    await iam.send(new CreateUserCommand({ UserName: 'pat' }));
    await iam.send(new AddUserToGroupCommand({ UserName: 'pat', GroupName: 'developers' }));
    await iam.send(new AttachUserPolicyCommand({ UserName: 'pat', PolicyArn: READ_ONLY }));
    await createRepository(server, 'demo');
    administrator = await openBrowser();
    ({ page } = administrator);
    person = await openBrowser({ size: 'phone' });
    phone = person.page;
    await signInAsRoot(page, server, '/iam/home');
  });
  afterAll(async () => {
    iam.destroy();
    await administrator.close();
    await person.close();
    await server.dispose();
  });

  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const dialog = () => page.getByRole('dialog').filter({ visible: true });
  const inDialog = (name: string) => dialog().getByRole('button', { name, exact: true });
  const act = async (title: string, action: string) => {
    await button(`Actions on ${title}`).click();
    await page.getByRole('menuitem', { name: action, exact: true }).click();
  };
  const clipboard = () => page.evaluate('navigator.clipboard.readText()');
  const checked = async (name: string) => {
    await screenshot(page, `credentials-${name}`);
    expect(await accessibilityFaults(page), name).toEqual([]);
  };
  /** The lines of the file that the button saves. */
  const saved = async (name: string) => {
    const download = page.waitForEvent('download');
    await button(name).last().click();
    const file = await download;
    return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
  };
  /** What Git is told when it comes with them. */
  const gitStatus = async (userName: string, secret: string) => {
    const authorization = `Basic ${Buffer.from(`${userName}:${secret}`).toString('base64')}`;
    const url = `${server.url}/v1/repos/demo/info/refs?service=git-upload-pack`;
    return (await fetch(url, { headers: { authorization } })).status;
  };
  const signInOnPhone = async (secret: string) => {
    await phone.getByLabel('IAM user name').fill('ada');
    await phone.getByLabel('Password').fill(secret);
    await phone.keyboard.press('Enter');
  };

  it('begin on the dashboard, which leads to what it counts', async () => {
    await button('Copy sign-in URL').click();
    expect(await clipboard()).toContain(`/console/sign-in?account=${server.account.accountId}`);
    await checked('dashboard');
    // One group and one user; the root user is none.
    await page.getByRole('link', { name: '1', exact: true }).last().click();
    await page.getByRole('link', { name: 'pat', exact: true }).waitFor();
  });

  it('are made with the user, with another’s permissions, for the only time that the password can be seen', async () => {
    await page.getByRole('link', { name: 'Create user' }).click();
    await button('Next').click();
    await page.getByText('Give the user a name.', { exact: true }).waitFor();
    await page.getByLabel('User name').fill('pat');
    await page.getByRole('checkbox', { name: 'Provide user access to the console' }).check();
    await page.getByRole('radio', { name: 'Custom password' }).check();
    await button('Next').click();
    await page.getByText('Give the user a password, or have one generated.', { exact: true }).waitFor();
    await page.getByLabel('New console password').and(page.locator(':focus')).waitFor();
    await checked('create-without-password');
    await page.getByRole('radio', { name: 'Autogenerated password' }).check();
    await button('Next').click();
    await page.getByRole('radio', { name: /^Copy permissions/ }).check();
    await page.getByRole('button', { name: /^User whose permissions are copied/ }).click();
    await page.getByRole('option', { name: 'pat' }).click();
    await page.getByText('AWSCodeCommitReadOnly').waitFor();
    await checked('copy-permissions');
    await button('Next').click();
    await button('Add tag').click();
    await page.getByLabel('Key of tag 1').fill('team');
    await page.getByLabel('Value of tag 1').fill('blue');
    await button('Create user').click();
    await page.getByText('User with name pat already exists.').waitFor();
    await checked('create-refused');
    await button('Previous').click();
    await button('Previous').click();
    await page.getByLabel('User name').fill('ada');
    await button('Next').click();
    await button('Next').click();
    await button('Create user').click();
    await page.getByText('This is the only time that the password can be seen or downloaded.').waitFor();
    const file = await saved('Download .csv file');
    const [names, values = '', ...rest] = file.text.split('\n');
    expect([file.name, names, rest]).toEqual(['ada_credentials.csv', 'User name,Password,Console sign-in URL', ['']]);
    await button('Show password').click();
    password = ((await page.locator('.secret').textContent()) ?? '').trim();
    signInUrl = values.split(',').at(-1) ?? '';
    expect(values).toContain(password);
    const UserName = 'ada';
    const { Groups = [] } = await iam.send(new ListGroupsForUserCommand({ UserName }));
    const { AttachedPolicies = [] } = await iam.send(new ListAttachedUserPoliciesCommand({ UserName }));
    const { Tags } = await iam.send(new ListUserTagsCommand({ UserName }));
    expect(Groups.map(({ GroupName }) => GroupName)).toEqual(['developers']);
    expect(AttachedPolicies.map(({ PolicyArn }) => PolicyArn)).toEqual([READ_ONLY]);
    expect(Tags).toEqual([{ Key: 'team', Value: 'blue' }]);
  });

  it('begin with a new password at the first sign-in', async () => {
    await iam.send(new UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 12, RequireSymbols: true }));
    await phone.goto(signInUrl);
    await signInOnPhone(password);
    await phone.getByRole('heading', { name: 'Change your password' }).waitFor();
    const rules = phone.getByText('At least 12 characters, with symbols', { exact: true });
    await rules.waitFor();
    const choose = async (chosen: string) => {
      await phone.getByLabel('New password', { exact: true }).fill(chosen);
      await phone.getByLabel('Retype new password').fill(chosen);
      await phone.keyboard.press('Enter');
    };
    await choose('short');
    await phone.getByText('Password policy violation').waitFor();
    expect(await rules.isVisible()).toBe(true);
    await screenshot(phone, 'credentials-first-password-phone');
    expect(await accessibilityFaults(phone)).toEqual([]);
    await choose(NEW_PASSWORD);
    await phone.getByRole('heading', { name: 'Console Home of ada' }).waitFor();
    await iam.send(new DeleteAccountPasswordPolicyCommand({}));
    // Nothing that lets anybody in is where a script could read it.
    const kept = await phone.evaluate('[document.cookie, Object.keys(localStorage).sort(), sessionStorage.length]');
    expect(kept).toEqual(['', ['codekeep-account'], 0]);
  });

  it('come with groups and tags, each at an address of its own', async () => {
    await page.getByRole('link', { name: 'View user' }).click();
    await page.getByRole('tab', { name: 'Groups' }).click();
    await page.getByRole('checkbox', { name: 'developers' }).check();
    await button('Remove').click();
    await page.getByText('In no group. Groups give the same permissions').waitFor();
    await button('Add user to groups').click();
    await dialog().getByRole('checkbox', { name: 'developers' }).check();
    await inDialog('Add to groups').click();
    await page.getByText('ada added to groups.').waitFor();
    await page.getByRole('tab', { name: 'Tags' }).click();
    await page.getByLabel('Key of tag 1').fill('aws:team');
    await button('Save tags').click();
    await page.getByText('Invalid input').waitFor();
    await checked('tags-refused');
    await page.getByLabel('Key of tag 1').fill('squad');
    await button('Save tags').click();
    await page.getByText('Tags saved.').waitFor();
    expect((await iam.send(new ListUserTagsCommand({ UserName: 'ada' }))).Tags).toEqual([
      { Key: 'squad', Value: 'blue' },
    ]);
    await page.goBack();
    await page.getByRole('tab', { name: 'Groups', selected: true }).waitFor();
    await page.getByRole('checkbox', { name: 'developers' }).waitFor();
  });

  it('are access keys, at most two, which are switched off and on and deleted', async () => {
    await page.getByRole('tab', { name: 'Security credentials' }).click();
    const ids: string[] = [];
    for (const _ of [1, 2]) {
      await button('Create access key').click();
      await page.getByText('This is the only time that the secret access key can be seen').waitFor();
      const file = await saved('Download .csv file');
      const [names, values = ''] = file.text.split('\n');
      expect([file.name, names]).toEqual(['ada_accessKeys.csv', 'Access key ID,Secret access key']);
      ids.push(values.split(',')[0] ?? '');
      await inDialog('Close').last().click();
    }
    await button('Create access key').click();
    await page.getByText('Cannot exceed quota for AccessKeysPerUser: 2').waitFor();
    await checked('access-keys-refused');
    await page.getByRole('radio', { name: ids[0] ?? '' }).check();
    await act('Access keys', 'Deactivate');
    await page.getByText('Access key deactivated.').waitFor();
    await act('Access keys', 'Activate');
    await page.getByText('Access key activated.').waitFor();
    await act('Access keys', 'Delete');
    await inDialog('Delete').click();
    await page.getByText('Access key deleted.').waitFor();
    await page.getByRole('radio', { name: ids[1] ?? '' }).waitFor();
    expect(await page.getByRole('radio', { name: ids[0] ?? '' }).count()).toBe(0);
  });

  it('are SSH public keys', async () => {
    await button('Upload SSH public key').click();
    await dialog().getByLabel('Public key').fill('no key');
    await inDialog('Upload').click();
    await dialog().getByText('Unrecognized public key encoding').waitFor();
    await checked('ssh-refused');
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await dialog()
      .getByLabel('Public key')
      .fill(String(publicKey.export({ type: 'spki', format: 'pem' })));
    await inDialog('Upload').click();
    await page.getByText(/SSH public key APKA\w+ uploaded\./).waitFor();
    await page.getByRole('radio', { name: /^APKA/ }).check();
    await act('SSH public keys for AWS CodeCommit', 'Deactivate');
    await page.getByText('SSH public key deactivated.').waitFor();
    await act('SSH public keys for AWS CodeCommit', 'Delete');
    await inDialog('Delete').click();
    await page.getByText('SSH public key deleted.').waitFor();
    await page.getByText('No SSH public keys.').waitFor();
  });

  it('are Git credentials, whose password is reset, and which stop working as they are switched off', async () => {
    const title = 'HTTPS Git credentials for AWS CodeCommit';
    const shown = async () => {
      await button('Show password').click();
      const secret = ((await page.locator('.secret').textContent()) ?? '').trim();
      await button('Copy password').click();
      expect(await clipboard()).toBe(secret);
      await inDialog('Close').last().click();
      return secret;
    };
    await button('Generate credentials').click();
    await button('Copy user name').click();
    const userName = String(await clipboard());
    expect(userName).toBe(`ada-at-${server.account.accountId}`);
    const first = await shown();
    expect(await gitStatus(userName, first)).toBe(200);
    await page.getByRole('radio', { name: userName }).check();
    await act(title, 'Reset password');
    const second = await shown();
    expect([await gitStatus(userName, first), await gitStatus(userName, second)]).toEqual([401, 200]);
    await act(title, 'Deactivate');
    await page.getByText('Git credential deactivated.').waitFor();
    expect(await gitStatus(userName, second)).toBe(401);
    await act(title, 'Activate');
    await page.getByText('Git credential activated.').waitFor();
    expect(await gitStatus(userName, second)).toBe(200);
    await act(title, 'Delete');
    await dialog().getByText(`stops working at once for whoever uses ${userName}`).waitFor();
    await checked('git-credentials-delete');
    await inDialog('Delete').click();
    await page.getByText('No Git credentials.').waitFor();
    expect(await gitStatus(userName, second)).toBe(401);
  });

  it('let nobody in from the moment that console access is disabled', async () => {
    await phone.getByRole('link', { name: 'CodeCommit', exact: true }).click();
    await phone.getByRole('link', { name: 'demo', exact: true }).waitFor();
    await button('Disable console access').click();
    await inDialog('Disable').click();
    await page.getByText('ada can no longer sign in to the console.').waitFor();
    await phone.getByRole('link', { name: 'demo', exact: true }).click();
    await phone.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signInOnPhone(NEW_PASSWORD);
    await phone.getByText('Your authentication information is incorrect. Please try again.').waitFor();
    await button('Enable console access').click();
    await dialog().getByLabel('New password', { exact: true }).fill('short');
    await inDialog('Enable console access').click();
    await dialog().getByText('Password policy violation').waitFor();
    await dialog().getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
    await dialog().getByRole('checkbox', { name: 'User must create a new password at next sign-in' }).uncheck();
    await inDialog('Enable console access').click();
    await dialog().getByText('This is the only time that it can be seen.').waitFor();
    await inDialog('Close').last().click();
    await signInOnPhone(NEW_PASSWORD);
    // Back where the session ended.
    await phone.getByRole('heading', { name: 'The repository is empty' }).waitFor();
  });

  it('are the person’s own to make where one is missing, and to change', async () => {
    const missing = () => phone.getByRole('link', { name: 'You have no Git credentials yet: generate them.' });
    await phone.goto(`${server.url}/console/codecommit/repositories/demo/setup`);
    await missing().waitFor();
    await phone.getByRole('tab', { name: 'SSH', exact: true }).click();
    await phone.getByRole('link', { name: 'You have no SSH public key yet: upload one.' }).waitFor();
    await phone.getByRole('tab', { name: 'HTTPS', exact: true }).click();
    await missing().click();
    await phone.getByRole('button', { name: 'Generate credentials' }).click();
    await phone.getByText('Git credentials generated').waitFor();
    await phone.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
    await screenshot(phone, 'credentials-own-phone');
    expect(await accessibilityFaults(phone)).toEqual([]);
    await phone.goBack();
    await phone.getByText('Git asks for the user name').waitFor();
    await missing().waitFor({ state: 'detached' });

    await phone.goto(`${server.url}/console/iam/security-credentials?tab=iam`);
    const change = async () => {
      await phone.getByLabel('Old password').fill(NEW_PASSWORD);
      await phone.getByLabel('New password', { exact: true }).fill(NEWER_PASSWORD);
      await phone.getByLabel('Retype new password').fill(NEWER_PASSWORD);
      await phone.getByRole('button', { name: 'Change password' }).click();
    };
    await change();
    await phone.getByText('user/ada is not authorized to perform: iam:ChangePassword').waitFor();
    const PolicyArn = 'arn:aws:iam::aws:policy/IAMUserChangePassword';
    await iam.send(new AttachUserPolicyCommand({ UserName: 'ada', PolicyArn }));
    await change();
    await phone.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signInOnPhone(NEWER_PASSWORD);
    await phone.getByRole('heading', { name: 'My Security Credentials' }).waitFor();
    await phone.goto(`${server.url}/console/iam/security-credentials?tab=iam`);
    await phone.getByText('At least 8 characters, of three kinds').waitFor();
    expect([...administrator.complaints, ...person.complaints]).toEqual([]);
  });
});

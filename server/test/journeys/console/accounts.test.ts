import { CreateLoginProfileCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';
import decodeQR from 'qr/decode.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticatorFor, stepsAfter, type TestMfaDevice } from '../../../src/services/iam/test-mfa-device.ts';
import { asRootUser } from '../../harness/account-setup.ts';
import {
  accessibilityFaults,
  chromiumClient,
  openBrowser,
  screenshot,
  type TestBrowser,
} from '../../harness/browser.ts';
import { type CodekeepServer, startCodekeep } from '../../harness/codekeep-server.ts';

// The credentials of whoever is signed in, and the root user's account: what a person does by mouse and keyboard.

const USER_PASSWORD = 'Correct-horse-1';
const NEW_ROOT_PASSWORD = 'Battery-staple-2';
const READ_ONLY = 'arn:aws:iam::aws:policy/AWSCodeCommitReadOnly';

describe.skipIf(chromiumClient.skipReason)('accounts in a browser', () => {
  let server: CodekeepServer;
  let browser: TestBrowser;
  let page: Page;
  let phone: TestMfaDevice;
  /** To look at, and without a serious fault. */
  const checked = async (name: string) => {
    await screenshot(page, name);
    expect(await accessibilityFaults(page), name).toEqual([]);
  };
  const signInAsRoot = async (password: string) => {
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByText('Root user', { exact: true }).click();
    await page.getByLabel('Root user email address').fill(server.account.rootEmail);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  const fillCodes = async (time: Date) => {
    const { AuthenticationCode1, AuthenticationCode2 } = phone.codes(time);
    await page.getByLabel('MFA code 1').fill(AuthenticationCode1);
    await page.getByLabel('MFA code 2').fill(AuthenticationCode2);
  };
  const inDialog = (name: string) => page.getByRole('dialog').getByRole('button', { name, exact: true });
  const openOwnCredentials = async () => {
    await page.getByRole('button', { name: 'Root user' }).click();
    await page.getByRole('menuitem', { name: 'My Security Credentials' }).click();
    await page.getByRole('heading', { name: 'My Security Credentials' }).waitFor();
  };

  beforeAll(async () => {
    server = await startCodekeep({ settings: { CODEKEEP_SIGN_UP: 'first' } });
    browser = await openBrowser();
    page = browser.page;
  });
  afterAll(async () => {
    await browser.close();
    await server.dispose();
  });

  it('tells who comes to sign up that the first account was the only one, and offers it nowhere', async () => {
    await page.goto(`${server.url}/console/sign-up`);
    await page.getByText('Sign-up was open for the first account only, which exists').waitFor();
    await checked('sign-up-closed');
    expect(await page.getByRole('button', { name: 'Create account' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Sign in to an existing account' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.getByRole('link', { name: 'Create a new account' }).count()).toBe(0);
  });

  it('assigns the root user an MFA device by its QR code and two codes, and asks for it from then on', async () => {
    await signInAsRoot(server.account.rootPassword);
    await openOwnCredentials();
    await checked('root-credentials');
    await page.getByRole('button', { name: 'Assign MFA device' }).click();
    await inDialog('Next').click();
    const image = await page.getByAltText('QR code of the secret key').getAttribute('src');
    const scanned = decodeQR(PNG.sync.read(Buffer.from(image?.split(',')[1] ?? '', 'base64')));
    const seed = new URL(scanned).searchParams.get('secret') ?? '';
    expect(await page.getByText(seed).count()).toBe(0);
    await page.getByRole('button', { name: 'Show secret key' }).click();
    await page.getByText(seed).waitFor();
    await checked('assign-mfa-device');
    const SerialNumber = `arn:aws:iam::${server.account.accountId}:mfa/root-account-mfa-device`;
    phone = authenticatorFor({ SerialNumber, Base32StringSeed: Buffer.from(seed) });
    await page.getByLabel('MFA code 1').fill('000000');
    await page.getByLabel('MFA code 2').fill('000000');
    await inDialog('Add MFA').click();
    await page.getByText('Authentication code for device is not valid.').waitFor();
    await fillCodes(stepsAfter(new Date(), -1));
    await inDialog('Add MFA').click();
    await page.getByRole('rowheader', { name: SerialNumber }).waitFor();
    await checked('mfa-devices');

    await page.getByRole('button', { name: 'Root user' }).click();
    await page.getByRole('menuitem', { name: 'Sign out of all browsers' }).click();
    await signInAsRoot(server.account.rootPassword);
    await page.getByLabel('MFA code').fill(phone.code(new Date()));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Console Home' }).waitFor();
  });

  it('resynchronises a device whose clock is off, and removes it', async () => {
    await openOwnCredentials();
    await page.getByRole('radio', { name: /root-account-mfa-device/ }).check();
    await page.getByRole('button', { name: 'Resync' }).click();
    await page.getByLabel('MFA code 1').fill('000000');
    await page.getByLabel('MFA code 2').fill('000000');
    await inDialog('Resync').click();
    await page.getByText('Authentication code for device is not valid.').waitFor();
    await checked('resync-mfa-device');
    await fillCodes(stepsAfter(new Date(), 5));
    await page.keyboard.press('Enter');
    await page.getByText('MFA device resynchronised.').waitFor();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await inDialog('Remove').click();
    await page.getByText('No MFA devices.').waitFor();
  });

  it('goes on where an enrolment was left unfinished, and leaves nothing of one that is cancelled', async () => {
    await page.getByRole('button', { name: 'Assign MFA device' }).click();
    await inDialog('Next').click();
    await page.getByAltText('QR code of the secret key').waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Assign MFA device' }).click();
    await inDialog('Next').click();
    await page.getByText('MFADevice entity at the same path and name already exists.').waitFor();
    await page.getByRole('button', { name: /^Delete the device of this name if nobody uses it/ }).click();
    await page.getByAltText('QR code of the secret key').waitFor();
    await inDialog('Cancel').click();
    await page.getByRole('button', { name: 'Assign MFA device' }).click();
    await inDialog('Next').click();
    await page.getByAltText('QR code of the secret key').waitFor();
    await inDialog('Cancel').click();
  });

  it('shows a user who may do nothing each refusal in its place', async () => {
    const iam = new IAMClient(asRootUser(server));
    await iam.send(new CreateUserCommand({ UserName: 'nina' }));
    await iam.send(new CreateLoginProfileCommand({ UserName: 'nina', Password: USER_PASSWORD }));
    iam.destroy();
    const other = await openBrowser({ size: 'phone', theme: 'dark' });
    try {
      const { page: phonePage } = other;
      const { accountId } = server.account;
      await phonePage.goto(
        `${server.url}/console/sign-in?account=${accountId}&next=/console/iam/security-credentials?tab=iam`,
      );
      await phonePage.getByLabel('IAM user name').fill('nina');
      await phonePage.getByLabel('Password').fill(USER_PASSWORD);
      await phonePage.keyboard.press('Enter');
      const refused = `User: arn:aws:iam::${accountId}:user/nina is not authorized to perform: iam:ListMFADevices`;
      await phonePage.getByText(refused).waitFor();
      await phonePage.getByRole('button', { name: 'Assign MFA device' }).click();
      await phonePage.getByRole('dialog').getByRole('button', { name: 'Next' }).click();
      await phonePage.getByText('is not authorized to perform: iam:CreateVirtualMFADevice').waitFor();
      await screenshot(phonePage, 'mfa-refused-phone-dark');
      expect(await accessibilityFaults(phonePage)).toEqual([]);
      await phonePage.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
      await phonePage.getByLabel('Old password').fill(USER_PASSWORD);
      expect(await phonePage.getByText('Close account').count()).toBe(0);
      await phonePage.goto(`${server.url}/console/iam/simulator`);
      await phonePage.getByText('is not authorized to perform: iam:ListUsers').waitFor();
      expect(await accessibilityFaults(phonePage)).toEqual([]);
      await phonePage.getByRole('button', { name: /^User, group or role/ }).click();
      await phonePage.getByText('None that may be listed').waitFor();
      await phonePage.goto(`${server.url}/console/iam/policies/${encodeURIComponent(READ_ONLY)}`);
      await phonePage.getByText('The document cannot be told: the policy could not be read.').waitFor();
      expect(await phonePage.getByText('is not authorized to perform: iam:GetPolicy').count()).toBe(1);
      expect(other.complaints).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('changes the root user’s password, which leads to the sign-in page', async () => {
    await page.getByText('At least 8 characters, of three kinds').waitFor();
    await page.getByLabel('Old password').fill('wrong');
    await page.getByLabel('New password', { exact: true }).fill(NEW_ROOT_PASSWORD);
    await page.getByLabel('Retype new password').fill(`${NEW_ROOT_PASSWORD}!`);
    await page.getByText('The passwords differ.').waitFor();
    await page.getByLabel('Retype new password').fill(NEW_ROOT_PASSWORD);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('The old password was incorrect.').waitFor();
    await checked('root-password-refused');
    await page.getByLabel('Old password').fill(server.account.rootPassword);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signInAsRoot(NEW_ROOT_PASSWORD);
    await page.getByRole('heading', { name: 'My Security Credentials' }).waitFor();
  });

  it('closes the account only when its name is typed, and lets nobody in from then on', async () => {
    await page.getByRole('button', { name: 'Close account' }).click();
    expect(await inDialog('Close account').isDisabled()).toBe(true);
    await checked('close-account');
    await page.getByLabel(`To confirm, type ${server.account.accountId}`).fill(server.account.accountId);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signInAsRoot(NEW_ROOT_PASSWORD);
    await page.getByText('Your authentication information is incorrect. Please try again.').waitFor();
    expect(browser.complaints).toEqual([]);
  });
});

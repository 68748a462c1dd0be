import { generateKeyPairSync } from 'node:crypto';
import { CodeCommitClient, TagResourceCommand } from '@aws-sdk/client-codecommit';
import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetUserCommand,
  IAMClient,
  ListUserTagsCommand,
  ListVirtualMFADevicesCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  TagUserCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticatorFor, stepsAfter } from '../../src/services/iam/test-mfa-device.ts';
import { asRootUser, createRepository } from '../harness/account-setup.ts';
import { accessibilityFaults, chromiumClient, openBrowser, screenshot, type TestBrowser } from '../harness/browser.ts';
import { type CodekeepServer, startCodekeep } from '../harness/codekeep-server.ts';
import { signInAsRoot, signInAsUser } from '../harness/console-pages.ts';

// Deleting a user with all that is the user's, and what who may only look is told when they change something.

const POWER_USER = 'arn:aws:iam::aws:policy/AWSCodeCommitPowerUser';
const READ_ONLY = 'arn:aws:iam::aws:policy/AWSCodeCommitReadOnly';
const PASSWORD = 'Right-horse-battery-9';

describe.skipIf(chromiumClient.skipReason)('users in the console in a browser', () => {
  let server: CodekeepServer;
  let browser: TestBrowser;
  let page: Page;
  let iam: IAMClient;
  let account: string;

  beforeAll(async () => {
    server = await startCodekeep();
    iam = new IAMClient(asRootUser(server));
    account = server.account.accountId;
    await iam.send(new CreateGroupCommand({ GroupName: 'developers' }));
    await createUserWithEverything('ada');
    await createUserWithEverything('bob');
    await iam.send(new TagUserCommand({ UserName: 'bob', Tags: [{ Key: 'team', Value: 'blue' }] }));
    await createRepository(server, 'demo');
    const codecommit = new CodeCommitClient(asRootUser(server));
    const resourceArn = `arn:aws:codecommit:${server.account.region}:${account}:demo`;
    await codecommit.send(new TagResourceCommand({ resourceArn, tags: { team: 'blue' } }));
    codecommit.destroy();
    browser = await openBrowser();
    ({ page } = browser);
    await signInAsRoot(page, server, '/iam/users');
  });
  afterAll(async () => {
    iam.destroy();
    await browser.close();
    await server.dispose();
  });

  const open = (path: string) => page.goto(`${server.url}/console${path}`);
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const link = (name: string) => page.getByRole('link', { name, exact: true });
  const dialog = () => page.getByRole('dialog').filter({ visible: true });
  const inDialog = (name: string) => dialog().getByRole('button', { name, exact: true });
  const checked = async (name: string) => {
    await screenshot(page, `iam-users-${name}`);
    expect(await accessibilityFaults(page), name).toEqual([]);
  };

  it('deletes a user with credentials, policies and memberships, all of which it names before', async () => {
    await link('ada').click();
    await button('Delete').first().click();
    const { SSHPublicKeyId, AccessKeyId, SerialNumber } = made.ada ?? {};
    for (const text of [
      'Console password: ada',
      `Access keys: ${AccessKeyId}`,
      `HTTPS Git credentials: ada-at-${account}`,
      `SSH public keys: ${SSHPublicKeyId}`,
      `MFA devices: ${SerialNumber}`,
      'Memberships of user groups: developers',
      'Attached policies: AWSCodeCommitPowerUser',
      'Inline policies: own',
    ]) {
      await dialog().getByText(text, { exact: true }).waitFor();
    }
    expect(await inDialog('Delete').isDisabled()).toBe(true);
    await checked('delete');
    await dialog().getByLabel('To confirm, type ada').fill('ada');
    await inDialog('Delete').click();
    await page.getByText('User ada deleted.').waitFor();
    await link('bob').waitFor();
    await link('ada').waitFor({ state: 'detached' });
    await expect(iam.send(new GetUserCommand({ UserName: 'ada' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
    const { VirtualMFADevices = [] } = await iam.send(new ListVirtualMFADevicesCommand({}));
    expect(VirtualMFADevices.map((device) => device.SerialNumber)).toEqual([made.bob?.SerialNumber]);
  });

  it('shows who may only look why a change is refused, in its place, and keeps what was there', async () => {
    await signInAsUser(page, server, 'reader', [
      { Effect: 'Allow', Action: ['iam:Get*', 'iam:List*', 'codecommit:Get*', 'codecommit:List*'], Resource: '*' },
    ]);
    const words = (action: string) =>
      `User: arn:aws:iam::${account}:user/reader is not authorized to perform: ${action} on resource`;
    const refusedInDialog = async (action: string) => {
      await dialog().getByText(words(action)).waitFor();
      await checked(action.replace(':', '-'));
      await inDialog('Cancel').click();
    };

    await open('/iam/groups/developers');
    await button('Edit').first().click();
    await dialog().getByLabel('User group name').fill('owners');
    await inDialog('Save changes').click();
    await refusedInDialog('iam:UpdateGroup');
    await page.getByRole('heading', { name: 'developers', exact: true }).waitFor();

    await open(`/iam/policies/${encodeURIComponent(POWER_USER)}`);
    await page.getByRole('tab', { name: 'Entities attached' }).click();
    await page.getByRole('checkbox', { name: 'User bob (Permissions policy)' }).check();
    await button('Detach').click();
    await inDialog('Detach').click();
    await refusedInDialog('iam:DetachUserPolicy');
    await link('bob').first().click();

    await button('Remove boundary').click();
    await inDialog('Remove').click();
    await refusedInDialog('iam:DeleteUserPermissionsBoundary');
    await link(READ_ONLY).waitFor();

    await page.getByRole('tab', { name: 'Tags' }).click();
    await page.getByLabel('Value of tag 1').fill('red');
    await button('Save tags').click();
    await page.getByText(words('iam:TagUser')).waitFor();
    expect(await page.getByLabel('Value of tag 1').inputValue()).toBe('red');
    await page.getByRole('button', { name: 'Remove tag team' }).click();
    await button('Save tags').click();
    await page.getByText(words('iam:UntagUser')).waitFor();
    await checked('tags');
    expect((await iam.send(new ListUserTagsCommand({ UserName: 'bob' }))).Tags).toEqual([
      { Key: 'team', Value: 'blue' },
    ]);

    await button('Delete').first().click();
    await dialog().getByLabel('To confirm, type bob').fill('bob');
    await inDialog('Delete').click();
    await refusedInDialog('iam:DeleteLoginProfile');
    await page.getByRole('heading', { name: 'bob', exact: true }).waitFor();

    await open('/codecommit/repositories/demo/settings');
    await page.getByLabel('Value of tag 1').fill('red');
    await button('Save tags').click();
    await page.getByText(words('codecommit:TagResource')).waitFor();
    await page.getByRole('link', { name: 'Branches', exact: true }).click();
    await page.getByText('No branches: the first commit makes one.').waitFor();
    expect(browser.complaints).toEqual([]);
  });

  const made: Record<string, { AccessKeyId?: string; SSHPublicKeyId?: string; SerialNumber?: string }> = {};

  /** A user who has one of each thing that a user may have. */
  async function createUserWithEverything(UserName: string): Promise<void> {
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new CreateLoginProfileCommand({ UserName, Password: PASSWORD }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const ServiceName = 'codecommit.amazonaws.com';
    await iam.send(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName }));
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const SSHPublicKeyBody = String(publicKey.export({ type: 'spki', format: 'pem' }));
    const { SSHPublicKey } = await iam.send(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody }));
    const device = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: `phone-of-${UserName}` }));
    const { SerialNumber, codes } = authenticatorFor(device.VirtualMFADevice);
    await iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...codes(stepsAfter(new Date(), -1)) }));
    await iam.send(new AddUserToGroupCommand({ UserName, GroupName: 'developers' }));
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: POWER_USER }));
    const statement = { Effect: 'Allow', Action: 'codecommit:GitPull', Resource: '*' };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statement });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }));
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: READ_ONLY }));
    made[UserName] = {
      AccessKeyId: AccessKey?.AccessKeyId ?? '',
      SSHPublicKeyId: SSHPublicKey?.SSHPublicKeyId ?? '',
      SerialNumber,
    };
  }
});

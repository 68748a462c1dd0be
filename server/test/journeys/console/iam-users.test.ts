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
  type IAMClient,
  ListUserTagsCommand,
  ListVirtualMFADevicesCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  TagUserCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import type { Page, Request } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { authenticatorFor, stepsAfter } from '../../../src/services/iam/test-mfa-device.ts';
import { asRootUser, createRepository } from '../../harness/account-setup.ts';
import { chromiumClient } from '../../harness/browser.ts';
import { consoleJourney } from '../../harness/console-journey.ts';
import { signInAsUser } from '../../harness/console-pages.ts';

// Deleting a user with all that is the user's, and what who may only look is told when they change something.

const POWER_USER = 'arn:aws:iam::aws:policy/AWSCodeCommitPowerUser';
const READ_ONLY = 'arn:aws:iam::aws:policy/AWSCodeCommitReadOnly';
const NO_POLICY = 'arn:aws:iam::aws:policy/None';
const PASSWORD = 'Right-horse-battery-9';

describe.skipIf(chromiumClient.skipReason)('users in the console in a browser', () => {
  const { setting, open, button, link, dialog, inDialog, checked } = consoleJourney({
    name: 'iam-users',
    path: '/iam/users',
    prepare: async ({ server, iam, account }) => {
      await iam.send(new CreateGroupCommand({ GroupName: 'developers' }));
      await createUserWithEverything(iam, 'ada');
      await createUserWithEverything(iam, 'bob');
      await iam.send(new TagUserCommand({ UserName: 'bob', Tags: [{ Key: 'team', Value: 'blue' }] }));
      await createRepository(server, 'demo');
      const codecommit = new CodeCommitClient(asRootUser(server));
      const resourceArn = `arn:aws:codecommit:${server.account.region}:${account}:demo`;
      await codecommit.send(new TagResourceCommand({ resourceArn, tags: { team: 'blue' } }));
      codecommit.destroy();
    },
  });
  let page: Page;
  let iam: IAMClient;
  let account: string;
  beforeAll(() => {
    ({ page, iam, account } = setting());
  });

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
    expect(await link('ada').count()).toBe(0);
    await expect(iam.send(new GetUserCommand({ UserName: 'ada' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
    const { VirtualMFADevices = [] } = await iam.send(new ListVirtualMFADevicesCommand({}));
    expect(VirtualMFADevices.map((device) => device.SerialNumber)).toEqual([made.bob?.SerialNumber]);
  });

  it('lists a deleted user no more once it tells of the deletion', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'cleo' }));
    await open('/iam/users');
    await page.getByRole('radio', { name: 'cleo' }).check();
    await button('Delete').click();
    await dialog().getByText('The user has no credentials, no policies and no groups.').waitFor();
    await dialog().getByLabel('To confirm, type cleo').fill('cleo');
    const gate = Promise.withResolvers<void>();
    const isListing = (request: Request) => request.postData()?.includes('Action=ListUsers&') === true;
    await page.route(/^[^?]*\/$/, async (route) => {
      if (isListing(route.request())) await gate.promise;
      await route.continue();
    });
    const listing = page.waitForRequest(isListing);
    await inDialog('Delete').click();
    await listing;
    expect(await page.getByText('User cleo deleted.').count()).toBe(0);
    gate.resolve();
    await page.getByText('User cleo deleted.').waitFor();
    expect(await link('cleo').count()).toBe(0);
    // The keyboard goes on where it was, though there is nothing to delete now.
    await page.locator(':focus').and(button('Delete')).waitFor();
    expect(await button('Delete').isDisabled()).toBe(true);
    await page.unrouteAll();
  });

  it('lets no inline policy be written over before the stored one is shown', async () => {
    const gate = Promise.withResolvers<void>();
    await open('/iam/users/bob');
    await page.route(/\/console\/api/, async (route) => {
      if (route.request().postData()?.includes('Action=GetUserPolicy&') === true) await gate.promise;
      await route.continue();
    });
    await page.getByRole('checkbox', { name: 'own inline' }).check();
    await button('Edit').click();
    await dialog().getByText('Loading own').waitFor();
    expect(await inDialog('Save policy').isDisabled()).toBe(true);
    expect(await dialog().getByRole('textbox').count()).toBe(0);
    gate.resolve();
    await expect.poll(() => dialog().getByLabel('Policy document').inputValue()).toContain('codecommit:GitPull');
    expect(await inDialog('Save policy').isDisabled()).toBe(false);
    await inDialog('Cancel').click();
    await page.unrouteAll({ behavior: 'wait' });
  });

  it('tells once of what is not there, and leads to what is', async () => {
    for (const [path, text, list] of [
      ['/iam/users/nobody?tab=groups', 'The user with name nobody cannot be found.', 'Users'],
      ['/iam/users/nobody/add-permissions', 'The user with name nobody cannot be found.', 'Users'],
      ['/iam/groups/none', 'The group with name none cannot be found.', 'User groups'],
      ['/iam/roles/none', 'The role with name none cannot be found.', 'Roles'],
      [`/iam/policies/${encodeURIComponent(NO_POLICY)}`, `Policy ${NO_POLICY} was not found.`, 'Policies'],
      [`/iam/policies/${encodeURIComponent(NO_POLICY)}/edit`, `Policy ${NO_POLICY} was not found.`, 'Policies'],
      ['/codecommit/repositories/none/browse', 'none does not exist', 'Repositories'],
    ] as const) {
      await open(path);
      await link(`Go to ${list}`).waitFor();
      expect(await page.getByText(text).count(), path).toBe(1);
      expect(await page.getByRole('tab').count(), path).toBe(0);
    }
    await checked('missing');
    await link('Go to Repositories').click();
    await page.getByRole('heading', { name: 'Repositories' }).waitFor();
  });

  it('shows who may only look why a change is refused, in its place, and keeps what was there', async () => {
    await signInAsUser(page, setting().server, 'reader', [
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
    expect(setting().browser.complaints).toEqual([]);
  });

  const made: Record<string, { AccessKeyId?: string; SSHPublicKeyId?: string; SerialNumber?: string }> = {};

  /** A user who has one of each thing that a user may have. */
  async function createUserWithEverything(iam: IAMClient, UserName: string): Promise<void> {
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

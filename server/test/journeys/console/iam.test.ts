import {
  AttachUserPolicyCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  GetGroupCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  type IAMClient,
  ListGroupPoliciesCommand,
  ListPolicyVersionsCommand,
} from '@aws-sdk/client-iam';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRepository, createUser } from '../../harness/account-setup.ts';
import { chromiumClient } from '../../harness/browser.ts';
import { consoleJourney } from '../../harness/console-journey.ts';

// The administrator's work on groups, policies and roles by mouse and keyboard, and what a user without the right sees.

const PASSWORD = 'Right-horse-battery-9';
/** One more than the console asks about at once, with the other identities of this journey. */
const MANY_USERS = 100;

describe.skipIf(chromiumClient.skipReason)('IAM in the console in a browser', () => {
  const { setting, open, button, dialog, inDialog, row, checked } = consoleJourney({
    name: 'iam',
    path: '/iam/groups',
    prepare: async ({ server, iam: administrator }) => {
      await createRepository(server, 'demo');
      await administrator.send(new CreateUserCommand({ UserName: 'ada' }));
    },
  });
  let page: Page;
  let iam: IAMClient;
  let account: string;
  beforeAll(() => {
    ({ page, iam, account } = setting());
  });

  it('creates, renames and deletes a user group with users and policies', async () => {
    await page.getByText('No user groups. Create one for each task').waitFor();
    await checked('groups-empty');
    await page.getByRole('link', { name: 'Create group' }).click();
    await button('Create user group').click();
    await page.getByText('Give the group a name.').waitFor();
    await page.getByLabel('User group name').fill('develop/ers');
    await page.getByRole('checkbox', { name: 'ada' }).check();
    await page.getByPlaceholder('Find permissions policies').fill('powerus');
    await page.getByRole('checkbox', { name: 'AWSCodeCommitPowerUser' }).check();
    await button('Create user group').click();
    await page.getByText(/at 'groupName' failed to satisfy constraint/).waitFor();
    await checked('group-refused');
    await page.getByLabel('User group name').fill('developers');
    await button('Create user group').click();
    await page.getByRole('heading', { name: 'developers', exact: true }).waitFor();
    await row('ada').waitFor();
    await page.getByRole('tab', { name: 'Permissions' }).click();
    await row('AWSCodeCommitPowerUser').waitFor();

    await button('Create inline policy').click();
    await dialog().getByLabel('Policy name').fill('own');
    await dialog().getByLabel('Policy document').fill('{\n  "Version": "2012-10-17",\n  "Statement": [\n}');
    await dialog().getByRole('button', { name: 'Go to Line 4, column 1' }).waitFor();
    await checked('inline-policy-problem');
    const statement = '{ "Effect": "Allow", "Action": "codecommit:GitPull", "Resource": "*" }';
    await dialog().getByLabel('Policy document').fill(`{ "Version": "2012-10-17", "Statement": ${statement} }`);
    await inDialog('Save policy').click();
    await page.getByText('Policy own saved.').waitFor();
    expect((await iam.send(new ListGroupPoliciesCommand({ GroupName: 'developers' }))).PolicyNames).toEqual(['own']);

    await button('Edit').first().click();
    await dialog().getByLabel('User group name').fill('team');
    await inDialog('Save changes').click();
    await page.getByRole('heading', { name: 'team', exact: true }).waitFor();
    expect((await iam.send(new GetGroupCommand({ GroupName: 'team' }))).Users).toHaveLength(1);

    await button('Delete').click();
    expect(await inDialog('Delete').isDisabled()).toBe(true);
    await dialog().getByLabel('To confirm, type team').fill('team');
    await inDialog('Delete').click();
    await page.getByText('No user groups. Create one for each task').waitFor();
  });

  it('creates a policy, marks what is wrong with it at its place, and keeps versions of it', async () => {
    await open('/iam/policies/create');
    await page.getByLabel('Policy name').fill('ProtectMain');
    const editor = page.getByRole('textbox', { name: 'Policy document' });
    const document = (action: string) =>
      `{\n  "Version": "2012-10-17",\n  "Statement": [\n    {\n      "Sid": "Main",\n      "Effect": "Deny",\n      "Action": "${action}",\n      "Resource": "*"\n    }\n  ]\n}`;
    await editor.fill(document('codecommit:GitPush').replace('"Deny",', '"Deny"'));
    await button('Go to Line 7, column 7').click();
    expect(await page.evaluate('document.activeElement.selectionStart')).toBe(
      document('x').replace('"Deny",', '"Deny"').indexOf('"Action"'),
    );
    await checked('policy-problem');
    await editor.fill(document('GitPush'));
    await button('Create policy').click();
    await page.getByText('Actions/Conditions must be prefaced by a vendor').waitFor();
    await button('Go to Line 7, column 17').waitFor();
    expect(await page.locator('mark').allInnerTexts()).toEqual(['"GitPush"']);
    await checked('policy-refused');
    await editor.fill(document('codecommit:GitPush'));
    await button('Create policy').click();
    await page.getByRole('heading', { name: 'ProtectMain', exact: true }).waitFor();
    await page.getByRole('region', { name: 'policy document' }).getByText('"codecommit:GitPush"').waitFor();
    await checked('policy');

    await page.getByRole('link', { name: 'Edit', exact: true }).click();
    await editor.fill(document('codecommit:DeleteBranch'));
    await button('Save changes').click();
    await page.getByText('Version v2 of ProtectMain created.').waitFor();
    await page.getByRole('tab', { name: 'Policy versions' }).click();
    await page.getByRole('checkbox', { name: 'v1' }).check();
    await page.getByRole('checkbox', { name: 'v2' }).check();
    await button('Compare versions').click();
    const difference = page.getByRole('region', { name: 'From v1 to v2' });
    const changedLines = async () =>
      ((await difference.textContent()) ?? '').split('\n').filter((line) => /^[-+]/.test(line));
    await expect.poll(changedLines).toHaveLength(2);
    await checked('policy-compare');
    await inDialog('Close').last().click();
    await page.getByRole('checkbox', { name: 'v2' }).uncheck();
    await button('Set as default').click();
    await page.getByText('v1 is the default version now.').waitFor();
    await page.getByRole('checkbox', { name: 'v2' }).check();
    await button('Delete').last().click();
    await inDialog('Delete').click();
    await page.getByText('Version v2 deleted.').waitFor();
    const PolicyArn = `arn:aws:iam::${account}:policy/ProtectMain`;
    const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    expect(Versions.map(({ VersionId }) => VersionId)).toEqual(['v1']);
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
    expect(decodeURIComponent(PolicyVersion?.Document ?? '')).toBe(document('codecommit:GitPush'));
  });

  it('creates a role, changes whom it trusts, and bounds it', async () => {
    await open('/iam/roles');
    await page.getByText('No roles. Create one for a CI job').waitFor();
    await page.getByRole('link', { name: 'Create role' }).click();
    await page.getByRole('radio', { name: /^AWS account/ }).waitFor();
    await checked('role-trust');
    await page.getByLabel('Another AWS account').check();
    await button('Next').click();
    await page.getByText('An account ID has 12 digits.').first().waitFor();
    await page.getByLabel('This account').check();
    await button('Next').click();
    await page.getByPlaceholder('Find permissions policies').fill('powerus');
    await page.getByRole('checkbox', { name: 'AWSCodeCommitPowerUser' }).check();
    await button('Next').click();
    await page.getByLabel('Role name').fill('ci');
    await checked('role-review');
    await button('Create role').click();
    await page.getByRole('heading', { name: 'ci', exact: true }).waitFor();
    await row('AWSCodeCommitPowerUser').waitFor();
    await button('Set permissions boundary').click();
    await dialog().getByPlaceholder('Find policies').fill('readonly');
    await dialog().getByRole('radio', { name: 'AWSCodeCommitReadOnly' }).check();
    await inDialog('Set boundary').click();
    await page.getByRole('link', { name: 'arn:aws:iam::aws:policy/AWSCodeCommitReadOnly' }).waitFor();
    await checked('role');

    await page.getByRole('tab', { name: 'Trust relationships' }).click();
    await button('Edit trust policy').click();
    const trust = page.getByLabel('Trust policy');
    await page.locator(':focus').and(trust).waitFor();
    const trusting = (user: string) =>
      `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${account}:user/${user}"},"Action":"sts:AssumeRole"}]}`;
    await trust.fill(trusting('nobody'));
    await button('Update policy').click();
    await page.getByText(/Invalid principal in policy/).waitFor();
    expect(await page.locator('mark').allInnerTexts()).toEqual([`"arn:aws:iam::${account}:user/nobody"`]);
    await checked('trust-refused');
    await trust.fill(trusting('ada'));
    await button('Update policy').click();
    await page.getByText('Trust policy of ci updated.').waitFor();
    await page.locator(':focus').and(button('Edit trust policy')).waitFor();
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'ci' }));
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toContain(':user/ada');
    expect(Role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe('arn:aws:iam::aws:policy/AWSCodeCommitReadOnly');
  });

  it('tells who may push, and in the simulator which statement decides', async () => {
    await Promise.all(
      Array.from({ length: MANY_USERS }, (_, index) => iam.send(new CreateUserCommand({ UserName: `user${index}` }))),
    );
    const repository = `arn:aws:codecommit:${setting().server.account.region}:${account}:demo`;
    await open('/iam/who-may');
    await page.getByLabel('Action').fill('codecommit:GitPull');
    await page.getByLabel('Resource').fill(repository);
    const later = Promise.withResolvers<void>();
    let simulations = 0;
    await page.route(/\/console\/api/, async (route) => {
      const isSimulation = route.request().postData()?.includes('Action=SimulatePrincipalPolicy&') === true;
      if (isSimulation && ++simulations > 8) await later.promise;
      await route.continue();
    });
    await button('Find out').click();
    await button('All').click();
    await page.getByRole('heading', { name: 'Users and roles (8+)' }).waitFor();
    later.resolve();
    await page.getByRole('heading', { name: 'Users and roles (100)' }).waitFor();
    await page.unrouteAll({ behavior: 'wait' });
    await button('May (0)').click();
    await page
      .getByText(`Checked 100 of ${MANY_USERS + 2} users and roles: at most 100 are checked at once.`)
      .waitFor();
    await checked('who-may');
    await button('Check the next 2').click();
    await row('ci').getByText('Allowed by AWSCodeCommitPowerUser').waitFor();
    await page.getByRole('link', { name: 'Simulate ci' }).click();
    await page.getByLabel('Actions').fill('codecommit:GitPull\ncodecommit:GitPush');
    await button('Run simulation').click();
    const results = page.getByRole('row').filter({ hasText: 'codecommit:' });
    await results.filter({ hasText: 'Implicitly denied (no matching statements)' }).waitFor();
    expect(await results.count()).toBe(2);
    const marked = page.getByRole('region', { name: 'policy AWSCodeCommitPowerUser' }).locator('mark');
    await marked.first().waitFor();
    expect((await marked.allInnerTexts()).join('')).toContain('"codecommit:GitPull"');
    await checked('simulator');

    await button('A new policy').click();
    const conditional = {
      Statement: [
        { Effect: 'Allow', Action: 'codecommit:*', Resource: '*' },
        {
          Effect: 'Deny',
          Action: 'codecommit:GitPush',
          Resource: '*',
          Condition: { StringEquals: { 'codecommit:References': 'refs/heads/main' } },
        },
      ],
    };
    await page.getByRole('textbox', { name: 'Policy document' }).fill(JSON.stringify(conditional));
    await button('Run simulation').click();
    await button('Add these keys').click();
    await page.getByLabel('Value of context key 1').fill('refs/heads/main');
    await button('Run simulation').click();
    await page.getByRole('radio', { name: /^codecommit:GitPush on/ }).check();
    await results.filter({ hasText: 'Explicitly denied (1 matching statement)' }).waitFor();
    const denial = page.getByRole('region', { name: 'policy The policy above' }).locator('mark');
    await denial.filter({ hasText: '"Deny"' }).waitFor();
    expect((await denial.allInnerTexts()).join('')).toBe(JSON.stringify(conditional.Statement[1]));
  });

  it('deletes a role, and a policy only once it is attached to nobody', async () => {
    const remove = async (name: string) => {
      await page.getByRole('radio', { name, exact: true }).check();
      await button('Delete').click();
      await dialog().getByLabel(`To confirm, type ${name}`).fill(name);
      await inDialog('Delete').click();
    };
    await open('/iam/roles');
    await remove('ci');
    await page.getByText('Role ci deleted.').waitFor();
    await expect(iam.send(new GetRoleCommand({ RoleName: 'ci' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
    const attached = { UserName: 'ada', PolicyArn: `arn:aws:iam::${account}:policy/ProtectMain` };
    await iam.send(new AttachUserPolicyCommand(attached));
    await open('/iam/policies?type=Customer+managed');
    await remove('ProtectMain');
    await dialog().getByText('Delete conflict').waitFor();
    await checked('policy-delete-refused');
    await iam.send(new DetachUserPolicyCommand(attached));
    await inDialog('Delete').click();
    await page.getByText('Policy ProtectMain deleted.').waitFor();
    await page.getByText('No policies of your own yet.').waitFor();
  });

  it('sets the account alias and the password policy, and shows their refusals in place', async () => {
    await open('/iam/account-settings');
    await page.getByText('3 of the 4 kinds').waitFor();
    await button('Create account alias').click();
    await dialog().getByLabel('Preferred alias').fill('The Team');
    await inDialog('Save changes').click();
    await dialog()
      .getByText(/accountAlias/)
      .waitFor();
    await checked('alias-refused');
    await dialog().getByLabel('Preferred alias').fill('the-team');
    await inDialog('Save changes').click();
    await page.getByText('?account=the-team').waitFor();
    await button('Edit').last().click();
    await dialog().getByLabel('Minimum length').fill('12');
    await dialog().getByLabel('Require at least one number').check();
    await checked('password-policy');
    await inDialog('Save changes').click();
    await page.getByText('At least 12 characters').waitFor();
    await checked('account-settings');
  });

  it('shows a user without the rights each refusal as the API words it, with the rest of the page alive', async () => {
    const allowed = ['iam:ListUsers', 'iam:ListPolicies', 'iam:GetPolicy'];
    await createUser(setting().server, 'limited', [{ Effect: 'Allow', Action: allowed, Resource: '*' }]);
    await iam.send(new CreateLoginProfileCommand({ UserName: 'limited', Password: PASSWORD }));
    const arn = `arn:aws:iam::${account}:user/limited`;
    await page.context().clearCookies();
    await open(`/sign-in?account=${account}`);
    await page.getByLabel('IAM user name').fill('limited');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Console Home/ }).waitFor();
    const refused = async (action: string) => {
      const told = page.getByText(`User: ${arn} is not authorized to perform: iam:${action} on resource`);
      await told.first().waitFor();
      expect(await told.count(), action).toBe(1);
    };
    await open('/iam/groups');
    await refused('ListGroups');
    await page.getByRole('link', { name: 'Create group' }).click();
    await page.getByLabel('User group name').fill('mine');
    await page.getByRole('checkbox', { name: 'ada' }).waitFor();
    await button('Create user group').click();
    await refused('CreateGroup');
    await open('/iam/groups/team');
    await refused('GetGroup');
    await page.getByText('The users cannot be told').waitFor();
    await button('Add users').waitFor();
    await checked('group-denied');
    await open('/iam/roles/ci');
    await refused('GetRole');
    await checked('role-denied');
    await open(`/iam/policies/${encodeURIComponent('arn:aws:iam::aws:policy/AWSCodeCommitReadOnly')}`);
    await refused('GetPolicyVersion');
    await page.getByText('arn:aws:iam::aws:policy/AWSCodeCommitReadOnly').first().waitFor();
    await page.getByRole('tab', { name: 'Entities attached' }).click();
    await refused('ListEntitiesForPolicy');
    await open('/iam/policies/create');
    await page.getByLabel('Policy name').fill('mine');
    await button('Create policy').click();
    await refused('CreatePolicy');
    await open('/iam/account-settings');
    await refused('ListAccountAliases');
    await refused('GetAccountPasswordPolicy');
    await checked('account-settings-denied');
    await open('/iam/who-may?action=codecommit:GitPush&resource=*');
    await button('Find out').click();
    await refused('ListRoles');
    await open('/iam/home');
    await refused('GetAccountSummary');
    await open('/iam/users/create');
    await page.getByLabel('User name').fill('mine');
    await button('Next').click();
    await button('Next').click();
    await button('Create user').click();
    await refused('CreateUser');
    await open('/iam/users/ada/add-permissions');
    await page.getByRole('radio', { name: /^Attach existing policies directly/ }).check();
    await page.getByPlaceholder('Find permissions policies').fill('powerus');
    await page.getByRole('checkbox', { name: 'AWSCodeCommitPowerUser' }).check();
    await button('Next: Review').click();
    await button('Add permissions').click();
    await refused('AttachUserPolicy');
    await checked('add-permissions-denied');
    await open('/iam/roles');
    await refused('ListRoles');
    await open('/iam/roles/create');
    for (const _ of [1, 2]) await button('Next').click();
    await page.getByLabel('Role name').fill('mine');
    await button('Create role').click();
    await refused('CreateRole');
    await open(`/iam/policies/${encodeURIComponent('arn:aws:iam::aws:policy/AWSCodeCommitReadOnly')}/edit`);
    await refused('GetPolicyVersion');
    await open('/iam/simulator');
    await button('A new policy').click();
    const nothing = { Statement: [{ Effect: 'Allow', Action: 'codecommit:*', Resource: '*' }] };
    await page.getByRole('textbox', { name: 'Policy document' }).fill(JSON.stringify(nothing));
    await page.getByLabel('Actions').fill('codecommit:GitPull');
    await button('Run simulation').click();
    await refused('SimulateCustomPolicy');
    await open('/iam/users/ada');
    await refused('GetUser');
    await iam.send(new DeleteUserPolicyCommand({ UserName: 'limited', PolicyName: 'test' }));
    await open('/iam/groups/create');
    await refused('ListUsers');
    await refused('ListPolicies');
    await page.getByLabel('User group name').fill('mine');
    expect(setting().browser.complaints).toEqual([]);
  });
});

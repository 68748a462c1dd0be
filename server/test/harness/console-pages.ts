import { CreateLoginProfileCommand, IAMClient } from '@aws-sdk/client-iam';
import type { Page } from 'playwright-core';
import { asRootUser, createUser } from './account-setup.ts';
import type { CodekeepServer } from './codekeep-server.ts';

/** Signs the root user in by the sign-in page, which leads on to the path below /console. */
export async function signInAsRoot(page: Page, server: CodekeepServer, path: string): Promise<void> {
  await page.goto(`${server.url}/console${path}`);
  await page.getByLabel('Root user email address').fill(server.account.rootEmail);
  await page.getByLabel('Password').fill(server.account.rootPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor({ state: 'detached' });
}

/** Makes an IAM user that the statements apply to, and signs them in. */
export async function signInAsUser(
  page: Page,
  server: CodekeepServer,
  userName: string,
  statements: readonly object[],
): Promise<void> {
  const password = 'Right-horse-battery-9';
  await createUser(server, userName, statements);
  const iam = new IAMClient(asRootUser(server));
  try {
    await iam.send(new CreateLoginProfileCommand({ UserName: userName, Password: password }));
  } finally {
    iam.destroy();
  }
  await page.context().clearCookies();
  await page.goto(`${server.url}/console/home`);
  await page.getByText('IAM user', { exact: true }).click();
  await page.getByLabel('Account ID (12 digits) or account alias').fill(server.account.accountId);
  await page.getByLabel('IAM user name').fill(userName);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor({ state: 'detached' });
}

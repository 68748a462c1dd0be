import { IAMClient } from '@aws-sdk/client-iam';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { asRootUser } from './account-setup.ts';
import { accessibilityFaults, openBrowser, screenshot, type TestBrowser } from './browser.ts';
import { type CodekeepServer, startCodekeep } from './codekeep-server.ts';
import { signInAsRoot } from './console-pages.ts';

interface ConsoleSetting {
  readonly server: CodekeepServer;
  readonly browser: TestBrowser;
  readonly page: Page;
  /** As the root user. */
  readonly iam: IAMClient;
  readonly account: string;
}

interface ConsoleJourneyOptions {
  /** Begins the names of its screenshots. */
  readonly name: string;
  /** Where the root user is once signed in, below /console. */
  readonly path: string;
  /** Makes what is to be there before anybody looks. */
  readonly prepare: (setting: ConsoleSetting) => Promise<void>;
}

/**
 * Starts, before the tests around it, a server and a browser in which the root user is signed in, and ends both after them.
 *
 * @returns names for what a person sees; `setting` once the tests run
 */
export function consoleJourney({ name, path, prepare }: ConsoleJourneyOptions) {
  let started: ConsoleSetting | undefined;
  const setting = (): ConsoleSetting => {
    if (started === undefined) throw new Error('The journey has not begun');
    return started;
  };
  const page = () => setting().page;
  beforeAll(async () => {
    const server = await startCodekeep();
    const browser = await openBrowser();
    const iam = new IAMClient(asRootUser(server));
    started = { server, browser, page: browser.page, iam, account: server.account.accountId };
    await prepare(started);
    await signInAsRoot(browser.page, server, path);
  });
  afterAll(async () => {
    if (started === undefined) return;
    started.iam.destroy();
    await started.browser.close();
    await started.server.dispose();
  });
  const dialog = () => page().getByRole('dialog').filter({ visible: true });
  const link = (text: string) => page().getByRole('link', { name: text, exact: true });
  return {
    setting,
    open: (to: string) => page().goto(`${setting().server.url}/console${to}`),
    button: (text: string) => page().getByRole('button', { name: text, exact: true }),
    link,
    dialog,
    inDialog: (text: string) => dialog().getByRole('button', { name: text, exact: true }),
    row: (text: string) =>
      page()
        .getByRole('row')
        .filter({ has: link(text) }),
    /** To look at, and without a serious fault. */
    checked: async (picture: string) => {
      await screenshot(page(), `${name}-${picture}`);
      expect(await accessibilityFaults(page()), picture).toEqual([]);
    },
  };
}

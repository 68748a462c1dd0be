import { readFile } from 'node:fs/promises';
import { CreateAccountAliasCommand, CreateGroupCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRootUser, createGitUser, createRepository, createRole } from '../../harness/account-setup.ts';
import {
  accessibilityFaults,
  chromiumClient,
  openBrowser,
  screenshot,
  type TestBrowser,
} from '../../harness/browser.ts';
import { type CodekeepServer, startCodekeep } from '../../harness/codekeep-server.ts';
import { signInAsRoot } from '../../harness/console-pages.ts';
import { type GitClient, gitClient } from '../../harness/git-client.ts';
import { createSampleCode } from '../../harness/sample-code.ts';

// Each page of the console by its address alone, as a link from elsewhere leads to it, on a phone in the dark; and what is
// around all.

const CONSOLE = new URL('../../../../console/', import.meta.url);
const REPOSITORY = 'codecommit/repositories/:name';
const POLICY = encodeURIComponent('arn:aws:iam::aws:policy/AWSCodeCommitPowerUser');
const CODE = 'refs/heads/main/--/src/app.py';
/** What an address of each route stands in the place of its parameters, and the title that the page then has. */
const PAGES: Readonly<Record<string, readonly [path: string, title: string]>> = {
  '/console/sign-in': ['sign-in', 'Sign in'],
  '/console/sign-up': ['sign-up', 'Sign up'],
  '/console': ['', 'Console Home'],
  home: ['home', 'Console Home'],
  'codecommit/repositories': ['codecommit/repositories', 'Repositories'],
  'codecommit/repository/create': ['codecommit/repository/create', 'Create repository'],
  [`${REPOSITORY}/setup`]: ['codecommit/repositories/demo/setup', 'Connect to demo'],
  [`${REPOSITORY}/settings`]: ['codecommit/repositories/demo/settings', 'Settings of demo'],
  [`${REPOSITORY}/browse/*`]: [`codecommit/repositories/demo/browse/${CODE}`, 'Code of demo'],
  [`${REPOSITORY}/create/*`]: ['codecommit/repositories/demo/create/refs/heads/main/--/src', 'Create file of demo'],
  [`${REPOSITORY}/upload/*`]: ['codecommit/repositories/demo/upload/refs/heads/main', 'Upload file of demo'],
  [`${REPOSITORY}/edit/*`]: [`codecommit/repositories/demo/edit/${CODE}`, 'Edit file of demo'],
  [`${REPOSITORY}/delete/*`]: [`codecommit/repositories/demo/delete/${CODE}`, 'Delete file of demo'],
  [`${REPOSITORY}/commits/*`]: ['codecommit/repositories/demo/commits/refs/tags/v1.0', 'Commits of demo'],
  [`${REPOSITORY}/commit/:commitId`]: ['codecommit/repositories/demo/commit/COMMIT', 'Commit '],
  [`${REPOSITORY}/compare/*`]: [
    'codecommit/repositories/demo/compare/refs/heads/feature/deep/name/.../refs/heads/main',
    'Compare commits of demo',
  ],
  [`${REPOSITORY}/branches`]: ['codecommit/repositories/demo/branches', 'Branches of demo'],
  [`${REPOSITORY}/tags`]: ['codecommit/repositories/demo/tags', 'Git tags of demo'],
  'iam/home': ['iam/home', 'IAM Dashboard'],
  'iam/users': ['iam/users', 'Users'],
  'iam/users/create': ['iam/users/create', 'Create user'],
  'iam/users/:name': ['iam/users/ana?tab=security-credentials', 'ana'],
  'iam/users/:name/add-permissions': ['iam/users/ana/add-permissions', 'Add permissions to ana'],
  'iam/groups': ['iam/groups', 'User groups'],
  'iam/groups/create': ['iam/groups/create', 'Create user group'],
  'iam/groups/:name': ['iam/groups/developers?tab=permissions', 'developers'],
  'iam/policies': ['iam/policies', 'Policies'],
  'iam/policies/create': ['iam/policies/create', 'Create policy'],
  'iam/policies/:arn': [`iam/policies/${POLICY}?tab=entities`, 'AWSCodeCommitPowerUser'],
  'iam/policies/:arn/edit': [`iam/policies/${POLICY}/edit`, 'Edit AWSCodeCommitPowerUser'],
  'iam/roles': ['iam/roles', 'Roles'],
  'iam/roles/create': ['iam/roles/create', 'Create role'],
  'iam/roles/:name': ['iam/roles/ci?tab=trust', 'ci'],
  'iam/who-may': ['iam/who-may?action=codecommit:GitPush&resource=*', 'Who may'],
  'iam/simulator': ['iam/simulator', 'Policy simulator'],
  'iam/account-settings': ['iam/account-settings', 'Account settings'],
  'iam/security-credentials': ['iam/security-credentials', 'My Security Credentials'],
  'kms/keys': ['kms/keys', 'Customer managed keys'],
  'kms/aws-managed-keys': ['kms/aws-managed-keys', 'AWS managed keys'],
  'kms/keys/create': ['kms/keys/create', 'Create key'],
  'kms/keys/:keyId': ['kms/keys/KEY?tab=rotation', 'Key '],
  '*': ['nothing/of/the/kind', 'Page not found'],
};

it('knows every route of the console', async () => {
  const sources = ['src/router.ts', 'src/codecommit/code/code-routes.ts'].map((file) => new URL(file, CONSOLE));
  const texts = await Promise.all(sources.map((source) => readFile(source, 'utf8')));
  const routes = [...texts.join('\n').matchAll(/path: (?:'([^']+)'|`([^`]+)`)/g)].map(
    ([, plain, template = '']) => plain ?? template.replace('$' + '{REPOSITORY}', REPOSITORY),
  );
  expect(routes.toSorted()).toEqual(Object.keys(PAGES).toSorted());
});

describe('a first visit', () => {
  const FRAME = 'src/frame/console-frame.tsx';
  const MOST_BYTES = { entrance: 300_000, page: 500_000 };
  /** Each waits for an answer before anything of a page can be seen. */
  const MOST_FILES = 25;
  interface Chunk {
    readonly file: string;
    readonly isDynamicEntry?: boolean;
    readonly imports?: readonly string[];
    readonly css?: readonly string[];
  }

  it('to any page is made of few files, which weigh little', async () => {
    const dist = new URL('dist/', CONSOLE);
    const manifest = JSON.parse(await readFile(new URL('.vite/manifest.json', dist), 'utf8')) as Record<string, Chunk>;
    const names = Object.keys(manifest);
    const html = await readFile(new URL('index.html', dist), 'utf8');
    const first = names.filter((name) => html.includes(`/console/${manifest[name]?.file}"`));
    const pages = names.filter((name) => manifest[name]?.isDynamicEntry && name.endsWith('-page.tsx'));
    /** What has to come before the chunks run, compressed: their number and their bytes. */
    const visit = async (chunks: readonly string[]) => {
      const reached = new Set(chunks);
      for (const name of reached) for (const imported of manifest[name]?.imports ?? []) reached.add(imported);
      const parts = [...reached].flatMap((name) => manifest[name] ?? []);
      const files = [...new Set(parts.flatMap(({ file, css = [] }) => [file, ...css]))];
      const bytes = await Promise.all(files.map(async (file) => (await readFile(new URL(`${file}.br`, dist))).length));
      return { files: files.length, bytes: bytes.reduce((sum, each) => sum + each, 0) };
    };
    // All routes but those of signing in and up, which the entrance has in it, and those that only lead on.
    expect(pages).toHaveLength(Object.keys(PAGES).length - 3);
    const entrance = await visit(first);
    expect(entrance.bytes).toBeGreaterThan(50_000);
    expect(entrance.bytes).toBeLessThanOrEqual(MOST_BYTES.entrance);
    for (const page of pages) {
      const { files, bytes } = await visit([...first, FRAME, page]);
      expect(bytes, page).toBeGreaterThan(entrance.bytes);
      expect(bytes, page).toBeLessThanOrEqual(MOST_BYTES.page);
      expect(files, page).toBeLessThanOrEqual(MOST_FILES);
    }
  });
});

/** Pages that show all that they have before anything is asked of the API. */
const ASK_FOR_NOTHING = [
  '/console',
  'home',
  'codecommit/repository/create',
  'iam/users/create',
  'iam/policies/create',
  'iam/roles/create',
  'iam/who-may',
  'iam/simulator',
  'kms/keys/create',
  '*',
];

const ENTRANCES = ['/console/sign-in', '/console/sign-up'];
const TOO_WIDE = 'document.documentElement.scrollWidth - innerWidth';

/** What opens a dialog, on which page. */
const DIALOGS: readonly (readonly [path: string, buttons: readonly string[]])[] = [
  ['codecommit/repositories/demo/settings', ['Delete repository']],
  ['codecommit/repositories/demo/branches', ['Create branch']],
  ['iam/users/ana', ['Delete', 'Create inline policy', 'Set permissions boundary']],
  ['iam/users/ana?tab=groups', ['Add user to groups']],
  ['iam/users/ana?tab=security-credentials', ['Enable console access', 'Assign MFA device', 'Upload SSH public key']],
  ['iam/groups/developers', ['Delete', 'Edit', 'Add users']],
  ['iam/groups/developers?tab=permissions', ['Attach policies']],
  ['iam/roles/ci', ['Edit']],
  ['iam/account-settings', ['Delete', 'Edit']],
  ['iam/security-credentials', ['Close account']],
  ['kms/keys/KEY', ['Key actions']],
];

/** What of the open dialog is out of the screen, and not in what can be scrolled to the side. */
const OUTSIDE_OF_SCREEN = `(() => {
  const dialog = [...document.querySelectorAll('[role="dialog"]')].find((each) => each.checkVisibility());
  const scrolls = (element) =>
    element !== dialog && (getComputedStyle(element).overflowX !== 'visible' || scrolls(element.parentElement));
  return [...dialog.querySelectorAll('*')]
    .filter((element) => {
      const { width, left, right } = element.getBoundingClientRect();
      return width > 0 && (left < 0 || right > innerWidth) && !scrolls(element.parentElement);
    })
    .map(({ outerHTML }) => outerHTML.slice(0, 100));
})()`;

/** Names of rows that go on beyond the right edge of what scrolls around them. */
const CUT_OFF_NAMES = `[...document.querySelectorAll('tbody th')]
  .filter((cell) => cell.checkVisibility())
  .filter((cell) => {
    const text = document.createRange();
    text.selectNodeContents(cell);
    const scrolls = (element) => (getComputedStyle(element).overflowX === 'visible' ? scrolls(element.parentElement) : element);
    return text.getBoundingClientRect().right > scrolls(cell.parentElement).getBoundingClientRect().right;
  })
  .map(({ textContent }) => textContent)`;

describe.skipIf(chromiumClient.skipReason)('each page of the console by its address', () => {
  let server: CodekeepServer;
  let git: GitClient;
  let browser: TestBrowser;
  let page: Page;
  let commitId: string;
  let keyId: string;
  let answers: Awaited<ReturnType<typeof holdAnswers>>;
  const addressOf = (route: string) => {
    const [path = ''] = PAGES[route] ?? [];
    return `${server.url}/console/${path.replace('COMMIT', commitId).replace('KEY', keyId)}`;
  };
  const isShown = async (route: string) => {
    await expect.poll(() => page.title(), { message: route }).toContain(PAGES[route]?.[1]);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
  };

  beforeAll(async () => {
    server = await startCodekeep({ settings: { CODEKEEP_REGIONS: 'us-east-1,eu-west-1' } });
    git = await gitClient([await createGitUser(server, 'ana')]);
    const url = await createRepository(server, 'demo');
    const cwd = await createSampleCode(git, 'demo');
    await git.output(['push', '--quiet', '--mirror', url], { cwd });
    commitId = await git.output(['rev-parse', 'feature/deep/name'], { cwd });
    await createRole(server, 'ci');
    const iam = new IAMClient(asRootUser(server));
    await iam.send(new CreateGroupCommand({ GroupName: 'developers' }));
    await iam.send(new CreateAccountAliasCommand({ AccountAlias: 'team-blue' }));
    iam.destroy();
    const kms = new KMSClient(asRootUser(server));
    keyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
    kms.destroy();
    browser = await openBrowser({ size: 'phone', theme: 'dark' });
    ({ page } = browser);
    answers = await holdAnswers(page);
  });
  afterAll(async () => {
    await browser.close();
    await git.dispose();
    await server.dispose();
  });

  it('is there on a phone before anybody signs in', async () => {
    for (const route of ENTRANCES) {
      await page.goto(addressOf(route));
      await isShown(route);
      await page.waitForLoadState('networkidle');
      expect(await page.evaluate(TOO_WIDE), route).toBeLessThanOrEqual(0);
      expect(await accessibilityFaults(page), route).toEqual([]);
    }
    await signInAsRoot(page, server, '/home');
    expect(browser.complaints).toEqual([]);
  });

  it.each(['codecommit/', 'iam/', 'kms/', ''])(
    'is there on a phone, as wide as that, tells what is still coming, and jumps nowhere when it comes: %s',
    async (service) => {
      const loading = page.getByText(/^Loading\b/).filter({ visible: true });
      const isOther = (route: string) => !/^(codecommit|iam|kms)\//.test(route) && !ENTRANCES.includes(route);
      for (const route of Object.keys(PAGES).filter((each) => (service ? each.startsWith(service) : isOther(each)))) {
        answers.hold();
        await page.goto(addressOf(route));
        await isShown(route);
        const isLoading = () => expect.poll(async () => (await loading.count()) > 0, { message: route });
        if (!ASK_FOR_NOTHING.includes(route)) await isLoading().toBe(true);
        answers.release();
        await isLoading().toBe(false);
        await page.waitForLoadState('networkidle');
        expect(await page.evaluate(TOO_WIDE), route).toBeLessThanOrEqual(0);
        // Nothing but this may have been refused to the root user.
        const alerts = await page.getByText(/^(Access denied|Codekeep cannot be reached)$/).count();
        expect(alerts, route).toBe(0);
        expect(await accessibilityFaults(page), route).toEqual([]);
      }
      expect(browser.complaints).toEqual([]);
    },
    120_000,
  );

  it('offers no change of tags that have not come: saved, it would remove them', async () => {
    answers.hold();
    await page.goto(`${server.url}/console/iam/users/ana?tab=tags`);
    await page.getByText('Loading tags').waitFor();
    expect(await page.getByRole('button', { name: 'Add tag' }).count()).toBe(0);
    answers.release();
    await page.getByRole('button', { name: 'Add tag' }).waitFor();
  });

  it('keeps its dialogs within a phone, the bar in view, and leads to the field that is missing', async () => {
    for (const [path, buttons] of DIALOGS) {
      await page.goto(`${server.url}/console/${path.replace('KEY', keyId)}`);
      for (const name of buttons) {
        await page.getByRole('button', { name, exact: true }).first().click();
        const item = page.getByRole('menuitem', { name: 'Schedule key deletion' });
        if (name === 'Key actions') await item.click();
        const dialog = page.getByRole('dialog').filter({ visible: true });
        await dialog.waitFor();
        const loading = dialog.getByText(/^Loading\b/);
        await expect.poll(() => loading.count(), { message: name }).toBe(0);
        expect(await page.evaluate(OUTSIDE_OF_SCREEN), name).toEqual([]);
        await dialog.getByRole('button', { name: 'Close', exact: true }).first().click();
        await dialog.waitFor({ state: 'detached' });
      }
    }
    await page.goto(addressOf('iam/policies/create'));
    await page.getByLabel('Policy name').fill('mine');
    const editor = page.getByRole('textbox', { name: 'Policy document' });
    await editor.fill('');
    await editor.pressSequentially('{ "Version": "2012-10-17", "Statement": [], "Unknown": "of policies" }');
    const scrolled = () => page.locator('.json-edit').evaluate(({ scrollLeft }) => scrollLeft);
    expect(await scrolled()).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Create policy' }).click();
    await page.getByText('Syntax errors in policy.').waitFor();
    await expect.poll(scrolled).toBe(0);
    await page.goto(`${server.url}/console/iam/groups/developers?tab=permissions`);
    await page.getByRole('button', { name: 'Attach policies' }).first().click();
    await page.getByRole('dialog').getByText('IAMSelfManageServiceSpecificCredentials').waitFor();
    expect(await page.evaluate(CUT_OFF_NAMES)).toEqual([]);
    await page.goto(addressOf('iam/groups/create'));
    await page.getByRole('button', { name: 'Create user group' }).click();
    const name = page.getByLabel('User group name');
    await name.and(page.locator(':focus')).waitFor();
    await page.evaluate('scrollTo(0, document.body.scrollHeight)');
    expect(await page.evaluate('document.elementFromPoint(20, 20).closest("#top-navigation") !== null')).toBe(true);
    expect(browser.complaints).toEqual([]);
  }, 120_000);

  it('is what Back leads back to, and what no route has leads home', async () => {
    await page.goto(addressOf('iam/users'));
    await page.getByRole('link', { name: 'ana', exact: true }).click();
    await page.getByRole('tab', { name: 'Security credentials' }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get('tab')).toBe('security-credentials');
    await page.goBack();
    await page.getByRole('tab', { name: 'Permissions', selected: true }).waitFor();
    await page.goBack();
    await isShown('iam/users');
    await page.goForward();
    await isShown('iam/users/:name');
    await page.goto(addressOf('*'));
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
    await screenshot(page, 'not-found-phone');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('link', { name: 'console home' }).click();
    await isShown('home');
  });

  it('keeps the appearance that was chosen, and the Region, and tells who somebody is', async () => {
    const desktop = await openBrowser();
    try {
      ({ page } = desktop);
      await signInAsRoot(page, server, '/home?region=eu-west-1');
      const isDark = () => page.evaluate('document.body.classList.contains("awsui-dark-mode")');
      const appear = async (name: string) => {
        await page.getByRole('button', { name: 'Appearance' }).click();
        await page.getByRole('menuitemcheckbox', { name, exact: true }).click();
      };
      expect(await isDark()).toBe(false);
      await appear('Dark');
      await expect.poll(isDark).toBe(true);
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.reload();
      await isShown('home');
      expect(await isDark()).toBe(true);
      await appear('As the system');
      await expect.poll(isDark).toBe(false);
      await page.emulateMedia({ colorScheme: 'dark' });
      await expect.poll(isDark).toBe(true);
      await page.getByRole('link', { name: 'KMS', exact: true }).click();
      await isShown('kms/keys');
      await page.getByRole('link', { name: 'Create key' }).click();
      await isShown('kms/keys/create');
      expect(new URL(page.url()).search).toBe('?region=eu-west-1');
      for (const [name, copied] of [
        ['Copy account ID', server.account.accountId],
        ['Copy ARN', `arn:aws:iam::${server.account.accountId}:root`],
      ] as const) {
        await page.getByRole('button', { name: 'Root user' }).click();
        await page.getByRole('menuitem', { name, exact: true }).click();
        await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(copied);
      }
      expect(desktop.complaints).toEqual([]);
    } finally {
      await desktop.close();
    }
  });
});

/** Lets a test keep the API's answers from the page for as long as it likes. */
async function holdAnswers(page: Page) {
  let held = Promise.withResolvers<void>();
  held.resolve();
  await page.route(
    ({ pathname }) => pathname.startsWith('/console/api'),
    async (route) => {
      await held.promise;
      await route.continue();
    },
  );
  return {
    hold: () => {
      held = Promise.withResolvers();
    },
    release: () => held.resolve(),
  };
}

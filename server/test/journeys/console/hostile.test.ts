import { join } from 'node:path';
import { CodeCommitClient, UpdateRepositoryDescriptionCommand } from '@aws-sdk/client-codecommit';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRootUser, createGitUser, createRepository } from '../../harness/account-setup.ts';
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
import { writeFiles } from '../../harness/sample-code.ts';

// What people with access to a repository can put into it to harm who looks at it by the console.

const RUN = 'globalThis.ran=true';
const MARKUP = `<img src=x onerror=${RUN}><script>${RUN}</script>`;
const OVERRIDE = '\u202e';
const BRANCHES = ['<script>alert(1)</script>', '"onfocus=alert(1)autofocus="', `a${OVERRIDE}b`, 'x/--/y', '%2e%2e/#'];
const NAMES = [
  `<img src=x onerror=${RUN}>.txt`,
  '"><svg onload=alert(1)>.txt',
  `invoice${OVERRIDE}fdp.exe`,
  'line\nbreak.txt',
  'tab\tand\u0007bell',
  '%2e%2e',
  '#fragment?query&x',
  ' space ',
  '--',
  'C:\\windows',
];
const DOCUMENT = `# ${MARKUP}

<script>${RUN}</script>
<style>body { display: none }</style>
<iframe src="javascript:${RUN}"></iframe><object data="/console/"></object><embed src="/console/">
<form action="/console/sign-out"><input name=x><button formaction="javascript:${RUN}">Press</button></form>
<div id="root" onclick="${RUN}" style="position:fixed;inset:0">over everything</div>
<base href="https://example.com/"><meta http-equiv="refresh" content="0;url=https://example.com">
<a href="javascript:${RUN}">by html</a> <a href="data:text/html,<script>${RUN}</script>">by data</a>

[by markdown](javascript:${RUN}) [encoded](&#106;avascript:${RUN}) [vb](vbscript:x)
![tracker](https://example.com/pixel.gif) ![own](${encodeURIComponent('image.svg')})

hidden${OVERRIDE}direction

${'> '.repeat(200)}deep

${'*a '.repeat(500)}
`;
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="${RUN}"><script>${RUN}</script></svg>\n`;

describe.skipIf(chromiumClient.skipReason)('hostile content in the console', () => {
  let server: CodekeepServer;
  let browser: TestBrowser;
  let git: GitClient;
  let page: Page;
  const dialogs: string[] = [];
  const go = (path: string) => page.goto(`${server.url}/console/codecommit/repositories/${path}`);
  /** Nothing of it has run, and the page is still one. */
  const harmless = async (name: string) => {
    await screenshot(page, name);
    expect(await page.evaluate('globalThis.ran === undefined && document.querySelectorAll("#root").length')).toBe(1);
    expect(await page.getByRole('button', { name: 'Services' }).isVisible(), name).toBe(true);
    expect(new URL(page.url()).origin, name).toBe(server.url);
  };

  beforeAll(async () => {
    server = await startCodekeep();
    git = await gitClient([await createGitUser(server, 'ana')]);
    const url = await createRepository(server, 'hostile');
    const codecommit = new CodeCommitClient(asRootUser(server));
    const repositoryDescription = `${MARKUP} of${OVERRIDE} the team`;
    await codecommit.send(new UpdateRepositoryDescriptionCommand({ repositoryName: 'hostile', repositoryDescription }));
    codecommit.destroy();
    const cwd = join(git.home, 'hostile');
    const run = (...args: readonly string[]) => git.output(args, { cwd });
    await git.output(['init', '--quiet', cwd]);
    await writeFiles(cwd, {
      ...Object.fromEntries(NAMES.map((name) => [name, `${MARKUP}\n`])),
      'README.md': DOCUMENT,
      'image.svg': SVG,
      'trojan.c': `if (access${OVERRIDE}\u2066// admin\u2069 \u2066) {\u001b[31m\n`,
      'line-5.js': `const x = '${'y'.repeat(5_000_000)}';\n`,
      'line-10.js': `const x = '${'y'.repeat(10_000_000)}';\n`,
    });
    await run('add', '--all');
    await run(
      '-c',
      `user.name=${MARKUP}`,
      '-c',
      `user.email=${OVERRIDE}x@example.com`,
      ...['commit', '--quiet', '--message', `${MARKUP}${OVERRIDE}\u001b[31m\n\n${MARKUP}\n${'long '.repeat(20_000)}`],
    );
    for (const branch of BRANCHES) await run('branch', branch);
    await run('push', '--quiet', '--all', url);
    browser = await openBrowser();
    page = browser.page;
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await signInAsRoot(page, server, '/codecommit/repositories');
  });
  afterAll(async () => {
    await browser.close();
    await git.dispose();
    await server.dispose();
  });

  it('stays text in descriptions, names, messages and documents', async () => {
    await page.getByText(`${MARKUP} ofU+202E the team`).waitFor();
    await harmless('hostile-repositories');
    await page.goto(`${server.url}/console/kms/aws-managed-keys`);
    await page.getByRole('link', { name: 'aws/codecommit' }).click();
    await page.getByRole('tab', { name: 'Repositories' }).click();
    await page.getByText(`${MARKUP} ofU+202E the team`).waitFor();
    await harmless('hostile-key');
    await go('hostile/settings');
    await page.getByLabel('Repository description').click();
    await harmless('hostile-settings');
    await page.goto(`${server.url}/console/codecommit/repositories`);
    await page.getByRole('link', { name: 'hostile' }).click();
    await page.getByText('over everything').waitFor();
    await page.getByText('by markdown').waitFor();
    const markdown = page.locator('.markdown');
    for (const element of [
      'script',
      'style',
      'iframe',
      'object',
      'embed',
      'form',
      'button',
      'base',
      'meta',
      '[onclick]',
    ]) {
      expect(await markdown.locator(element).count(), element).toBe(0);
    }
    for (const address of await markdown
      .locator('a[href]')
      .evaluateAll((links) => links.map((each) => each.getAttribute('href')))) {
      expect(address).toMatch(/^(https:\/\/example\.com|\/console\/)/);
    }
    await expect.poll(() => markdown.locator('img').count()).toBe(1);
    await page.getByText('hidden⟨U+202E⟩direction').waitFor();
    await harmless('hostile-document');
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('shows each file whatever its name is', async () => {
    for (const name of NAMES) {
      await go(`hostile/browse/refs/heads/main/--/${encodeURIComponent(name).replace('%0A', '%00000a')}`);
      await page.getByText(MARKUP, { exact: true }).waitFor();
      await harmless('hostile-name');
    }
    const [name = ''] = NAMES;
    for (const form of ['edit', 'delete']) {
      await go(`hostile/${form}/refs/heads/main/--/${encodeURIComponent(name)}`);
      await page.getByLabel('Commit message').waitFor();
      await harmless(`hostile-${form}`);
    }
    await go('hostile/browse/refs/heads/main/--/image.svg');
    await page.getByRole('img', { name: 'image.svg' }).waitFor();
    await harmless('hostile-svg');
    await go('hostile/browse/refs/heads/main/--/trojan.c');
    await page.getByText('characters that change the direction of writing').waitFor();
    for (const code of ['U+202E', 'U+2066', 'U+2069', 'U+001B']) {
      await page.locator('.code-lines .hidden-character', { hasText: code }).first().waitFor();
    }
    await harmless('hostile-trojan');
    await go('hostile/browse/refs/heads/main/--/line-5.js');
    await page.getByText('4,995,013 more characters').waitFor();
    await harmless('hostile-line');
    await go('hostile/browse/refs/heads/main/--/line-10.js');
    await page.getByText('File too large').waitFor();
    await page.getByText('Clone the repository to open this file.').waitFor();
    await harmless('hostile-large');
  });

  it('leads to each branch whatever its name is, and shows the commit', async () => {
    await go('hostile/branches');
    await page.getByText('aU+202Eb').waitFor();
    await harmless('hostile-branches');
    for (const branch of BRANCHES) {
      await go('hostile/branches');
      const shown = branch.replace(OVERRIDE, 'U+202E');
      await page.getByRole('link', { name: shown, exact: true }).click();
      await page.getByRole('row', { name: /trojan\.c/ }).waitFor();
      await page
        .getByRole('button', { name: /^Branch or tag/ })
        .getByText(branch.replace(OVERRIDE, '⟨U+202E⟩'))
        .waitFor();
      await harmless('hostile-branch');
    }
    await go(`hostile/compare/refs/heads/${encodeURIComponent(BRANCHES[0] ?? '')}/.../refs/heads/main`);
    await page.getByText('There are no differences.').waitFor();
    await harmless('hostile-compare');
    await go('hostile/commits');
    await page
      .getByRole('link', { name: /^[0-9a-f]{8}$/ })
      .first()
      .click();
    await page.getByRole('heading', { name: /changed files$/ }).waitFor();
    // Lines come when their file is near the screen.
    for (const [file, text] of [
      ['line-10.js', 'File too large'],
      ['line-5.js', 'more characters'],
      ['trojan.c', 'if (access⟨U+202E⟩'],
    ] as const) {
      const region = page.getByRole('region', { name: file, exact: true });
      await region.scrollIntoViewIfNeeded();
      await region.getByText(text).waitFor();
    }
    await harmless('hostile-commit');
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(dialogs).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });
});

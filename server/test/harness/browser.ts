import { mkdir } from 'node:fs/promises';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { minimalEnvironment, requireClient } from './clients.ts';
import { temporaryFolder } from './temporary-folders.ts';

/** The real Chromium; `describe.skipIf(client.skipReason)` where the machine has none. */
export const chromiumClient = await requireClient('chromium');

export interface BrowserOptions {
  readonly theme?: 'light' | 'dark';
  readonly size?: 'desktop' | 'phone';
}

/** A person's browser, with nothing of any other in it. */
export interface TestBrowser {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What pages complained of: errors, refused resources, violations of their policy, and jumps of what they show. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
/**
 * Complains of a page that jumps while it loads and after, until somebody does something in it: what moves then may be
 * meant to. The limit is that of a good "cumulative layout shift" at web.dev.
 */
const WATCH_LAYOUT = `{
  let sum = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) {
      sum += value;
      if (sum <= 0.1) continue;
      observer.disconnect();
      const moved = sources.map(({ node }) => (node?.textContent ?? '').slice(0, 60));
      console.error('The page jumps by ' + sum.toFixed(3) + ': ' + JSON.stringify(moved));
    }
  });
  observer.observe({ type: 'layout-shift', buffered: true });
  for (const type of ['pointerdown', 'keydown', 'input']) {
    addEventListener(type, () => observer.disconnect(), { capture: true, once: true });
  }
}`;

/** Without the background networking that a closed network refuses, many times a second. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser({ theme = 'light', size = 'desktop' }: BrowserOptions = {}): Promise<TestBrowser> {
  const home = await temporaryFolder('browser');
  const browser: Browser = await chromium.launch({
    executablePath: chromiumClient.path ?? '',
    args: ARGUMENTS,
    env: { ...minimalEnvironment(), HOME: home.path } as Record<string, string>,
  });
  const context = await browser.newContext({
    viewport: SIZES[size],
    colorScheme: theme,
    acceptDownloads: true,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await context.addInitScript(WATCH_LAYOUT);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
  page.on('console', (message) => {
    // What the API refuses is the page's own to show.
    if (message.type() !== 'error' || message.text().startsWith('Failed to load resource')) return;
    complaints.push(`${page.url()}: ${message.text()}`);
  });
  return {
    page,
    context,
    complaints,
    async close() {
      await browser.close();
      await home.remove();
    },
  };
}

/** What is still fading in has less contrast than it is going to have; what turns for ever is not waited for. */
const ANIMATIONS_DONE = `Promise.allSettled(
  document.getAnimations().flatMap(({ effect, finished }) =>
    effect?.getComputedTiming().endTime === Infinity ? [] : [finished],
  ),
)`;

/** What axe-core holds against the page as it is now: `rule: element` for each serious or critical fault. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(ANIMATIONS_DONE);
  // By the debugger, which the page's policy does not bind.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] }),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 300)}`));
}

/** For people to look at, where CODEKEEP_SCREENSHOTS names a folder. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.CODEKEEP_SCREENSHOTS;
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

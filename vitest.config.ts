import { configDefaults, defineConfig } from 'vitest/config';

/** Journeys that need Chromium or PostgreSQL. */
const BROWSER = 'server/test/journeys/console/**';
const POSTGRESQL = 'server/test/journeys/postgresql/**';

const common = {
  include: ['server/src/**/*.test.ts', 'server/test/**/*.test.ts', 'console/src/**/*.test.ts', 'bench/**/*.test.ts'],
  globalSetup: ['server/test/harness/template-databases.ts'],
  setupFiles: ['server/test/harness/low-password-cost.ts'],
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // As long as the browser's own waiting.
  expect: { poll: { timeout: 30_000 } },
};

export default defineConfig({
  test: {
    maxWorkers: 2,
    // Modules are loaded once for each worker: loading the server anew for each file took longer than the tests.
    isolate: false,
    projects: [
      // `npm test`: SQLite, and no browser.
      {
        test: {
          ...common,
          name: 'quick',
          exclude: [...configDefaults.exclude, BROWSER, POSTGRESQL],
          provide: { everyEngine: false },
        },
      },
      // `npm run test:all`.
      { test: { ...common, name: 'all', provide: { everyEngine: true } } },
    ],
  },
});

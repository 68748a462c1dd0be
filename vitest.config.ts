import { globSync, readFileSync } from 'node:fs';
import { configDefaults, defineConfig } from 'vitest/config';

const TESTS = ['server/src/**/*.test.ts', 'server/test/**/*.test.ts', 'console/src/**/*.test.ts', 'bench/**/*.test.ts'];
/** Journeys that need Chromium. */
const BROWSER = 'server/test/journeys/console/**';
/** What asks for PostgreSQL and nothing else. */
const POSTGRESQL = ['server/test/journeys/postgresql/**', 'server/src/storage/database/postgresql-*.test.ts'];

const common = {
  include: TESTS,
  globalSetup: ['server/test/harness/template-databases.ts'],
  setupFiles: ['server/test/harness/low-password-cost.ts'],
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // As long as the browser's own waiting.
  expect: { poll: { timeout: 30_000 } },
};

/** The files whose tests run on each database engine. */
function filesOfEngines(): string[] {
  const files = globSync(TESTS, { exclude: ['**/node_modules/**', BROWSER] });
  return files.filter((file) => readFileSync(file, 'utf8').includes('databaseEngines'));
}

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
          exclude: [...configDefaults.exclude, BROWSER, ...POSTGRESQL],
          provide: { engines: ['sqlite'] },
        },
      },
      // `npm run test:all` runs these too.
      {
        test: { ...common, name: 'postgresql', include: filesOfEngines(), provide: { engines: ['postgresql'] } },
      },
      {
        test: { ...common, name: 'browser', include: [BROWSER], provide: { engines: ['sqlite', 'postgresql'] } },
      },
    ],
  },
});

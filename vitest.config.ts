import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['server/src/**/*.test.ts', 'server/test/**/*.test.ts', 'console/src/**/*.test.ts', 'bench/**/*.test.ts'],
    globalSetup: ['server/test/harness/postgresql-server.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // As long as the browser's own waiting.
    expect: { poll: { timeout: 30_000 } },
  },
});

import { defineConfig } from 'vitest/config'

// One process pool for all suites: server suites start in-process servers on port 0, so they may
// run side by side. Stories (e2e/) drive a real browser and real git and need more time.
export default defineConfig({
  test: {
    include: [
      '{api,server,cli,web}/src/**/*.test.{ts,tsx}',
      'testing-cloud/tests/*.test.ts',
      'e2e/**/*.e2e.ts',
      '*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // A busy machine is slow, not wrong: what is polled for gets time.
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: false,
  },
})

import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Stories and crash tests start the program dozens of times: what Node compiled once, the next start finds.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/compiled')

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
    // A busy machine is slow, not wrong: these end what hangs and measure nothing.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 120_000 } },
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: false,
  },
})

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // Network namespaces, real servers and a noisy machine: waiting is bounded, not timed.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    // Most tests wait more than they work.
    maxWorkers: 2,
  },
})

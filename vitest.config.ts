import { defineConfig } from 'vitest/config'

/** Folders whose tests start programs, or change what a process has but one of: each file has a process of its own. */
const ALONE = [
  ...[
    'chaos',
    'cli',
    'console',
    'daemon',
    'deb',
    'docs-run',
    'enforce',
    'fleet',
    'fleet-lab',
    'import',
    'lab',
    'package',
    'records',
    'sources',
    'state',
  ],
].map((folder) => `tests/${folder}/**/*.test.ts`)

export default defineConfig({
  test: {
    // Network namespaces, real servers and a noisy machine: waiting is bounded, not timed.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    // Most tests wait more than they work.
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE } },
      { extends: true, test: { name: 'together', include: ['tests/**/*.test.ts'], exclude: ALONE, isolate: false } },
    ],
  },
})

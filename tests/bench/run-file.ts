import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Figure } from './figure.ts'

/** One run of the benchmark, as `--json` writes it. */
export interface Run {
  /** Of sipguard. */
  readonly version: string
  /** YYYY-MM-DD. */
  readonly date: string
  readonly machine: string
  readonly quick: boolean
  readonly figures: readonly Figure[]
}

/** Those of `npm run bench:quick` for the last release. */
export const LAST_RELEASE = join(import.meta.dirname, 'figures.json')

export function runOf(figures: readonly Figure[], quick: boolean): Run {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string }
  const machine = [
    `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'an unknown processor'}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Linux ${release()}`,
    `Node ${process.versions.node}`,
  ].join(', ')
  return { version, date: new Date().toISOString().slice(0, 10), machine, quick, figures }
}

export const readRun = (path: string): Run => JSON.parse(readFileSync(path, 'utf8')) as Run

export function writeRun(path: string, run: Run): void {
  writeFileSync(path, `${JSON.stringify(run, null, 2)}\n`)
}

import { spawnSync } from 'node:child_process'

/**
 * Whether a test cannot run here, for lack of root or of a Debian program; says so aloud.
 * Under CI=true nothing may be missing: it throws instead of skipping.
 * @example describe.skipIf(needs('root', 'nft'))('…', () => {})
 */
export function needs(...things: readonly string[]): boolean {
  const missing = things.filter((thing) => {
    if (thing === 'root') return process.getuid?.() !== 0
    return (
      spawnSync('sh', ['-c', 'command -v "$1"', 'sh', thing], { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } })
        .status !== 0
    )
  })
  if (missing.length === 0) return false
  const message = `these tests need ${missing.join(', ')}`
  if (process.env.CI === 'true') throw new Error(`${message}; under CI=true nothing is skipped`)
  console.warn(`SKIPPED: ${message}`)
  return true
}

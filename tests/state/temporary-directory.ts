import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'

/** Gives a new directory on each call; all are removed after the test. */
export function temporaryDirectories(): () => string {
  const made: string[] = []
  afterEach(() => {
    for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true, maxRetries: 10 })
  })
  return () => {
    const dir = mkdtempSync(join(tmpdir(), 'sipguard-state-'))
    made.push(dir)
    return dir
  }
}

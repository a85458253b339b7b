import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { needs } from '../require.ts'

test.skipIf(needs('logrotate'))('what the unit appends to a file is rotated without losing the open file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-logrotate-'))
  try {
    chmodSync(dir, 0o755)
    const log = join(dir, 'sipguard.log')
    writeFileSync(log, 'Ban 192.0.2.7\n')
    const shipped = readFileSync(join(import.meta.dirname, '../../share/logrotate/sipguard'), 'utf8')
    writeFileSync(join(dir, 'conf'), shipped.replace('/var/log/sipguard', dir), { mode: 0o644 })
    execFileSync('logrotate', ['--force', '--state', join(dir, 'state'), join(dir, 'conf')])
    expect(readFileSync(log, 'utf8')).toBe('')
    expect(readFileSync(`${log}.1`, 'utf8')).toBe('Ban 192.0.2.7\n')
  } finally {
    rmSync(dir, { recursive: true })
  }
})

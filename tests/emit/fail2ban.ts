import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonicalAddress } from '../../src/address.ts'

/** Python prints what it read, whatever the locale. */
const env = { ...process.env, LC_ALL: 'C.UTF-8', PYTHONIOENCODING: 'utf-8' }

/** What the real fail2ban-regex finds in each line with this filter file: the canonical address, or null. Lines hold no line end. */
export function findWithFail2Ban(filterFile: string, lines: readonly string[]): (string | null)[] {
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-f2b-'))
  try {
    writeFileSync(join(dir, 'a.log'), lines.map((line) => `${line}\n`).join(''))
    writeFileSync(join(dir, 'filter.conf'), filterFile)
    const args = ['--timezone', 'UTC', '-e', 'utf-8', '-o', '<ip> <msg>', join(dir, 'a.log'), join(dir, 'filter.conf')]
    const { stdout, stderr, status } = spawnSync('fail2ban-regex', args, { encoding: 'utf8', env, maxBuffer: 1e9 })
    if (stderr !== '' || status !== 0) throw new Error(`fail2ban-regex: ${status} ${stderr}${stdout.slice(0, 2000)}`)
    const found = stdout.split('\n').slice(0, -1)
    // It prints what it finds in the order of the lines, each with its line.
    const addresses = lines.map((line) => {
      const [next = ''] = found
      const space = next.indexOf(' ')
      if (space < 0 || next.slice(space + 1) !== line) return null
      found.shift()
      return canonicalAddress(next.slice(0, space)) ?? next.slice(0, space)
    })
    if (found.length > 0) throw new Error(`fail2ban-regex found what is no line: ${found[0]}`)
    return addresses
  } finally {
    rmSync(dir, { recursive: true })
  }
}

export const runFail2Ban = (program: string, ...args: string[]) => spawnSync(program, args, { encoding: 'utf8', env })

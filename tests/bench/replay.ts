/**
 * `npm run bench`: how long `sipguard replay` takes for a log, beside `rg -c` (which only counts the lines) and Fail2Ban's own
 * fail2ban-regex with its own asterisk filter. The three take turns, three rounds; the median counts. Machines differ and are noisy:
 * compare the ratios. Needs ripgrep and fail2ban (Debian: apt install ripgrep fail2ban); what is missing is left out.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'

const LINES = 300_000
/** fail2ban-regex is given this many, and its time is scaled. */
const FEW = 20_000
const ROUNDS = 3
const ADDRESSES = 2000
const LINES_PER_SECOND = 50
const ATTACK = 'failed for|rejected because|InvalidPassword|InvalidAccountID'

const root = join(import.meta.dirname, '../..')
const sipguard = join(root, 'bin/sipguard.js')
const dir = mkdtempSync(join(tmpdir(), 'sipguard-bench-'))

/** An Asterisk log in which one line of `every` is an attacker's. The same at every run. */
function makeLog(name: string, lines: number, every: number): string {
  let seed = 1
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  const startMs = Date.UTC(2026, 0, 15, 10)
  const text = Array.from({ length: lines }, (_, i) => {
    const time = new Date(startMs + (i * 1000) / LINES_PER_SECOND).toISOString().slice(0, 19).replace('T', ' ')
    const user = 100 + random(900)
    const host = random(ADDRESSES)
    const address = `192.${host >> 8}.2.${host & 255 || 1}:${5060 + random(4)}`
    const shape = random(3)
    const id = `${random(1e9)}@198.51.100.1`
    if (i % every !== 0) {
      if (shape === 0)
        return `[${time}] VERBOSE[1638] res_pjsip_registrar.c: Added contact 'sip:${user}@203.0.113.${random(250)}:5060' to AOR '${user}' with expiration of 3600 seconds`
      if (shape === 1)
        return `[${time}] VERBOSE[2217][C-0000${(4096 + random(4096)).toString(16)}] pbx.c: Executing [${user}@from-internal:1] Dial("PJSIP/${user}-0000${random(9999)}", "PJSIP/${100 + random(900)},20,tT") in new stack`
      return `[${time}] VERBOSE[2217][C-0000${(4096 + random(4096)).toString(16)}] app_dial.c: PJSIP/${user}-0000${random(9999)} is ringing, and the callee's phone takes its time as on any other day`
    }
    if (shape === 0)
      return `[${time}] NOTICE[1638] res_pjsip/pjsip_distributor.c: Request 'REGISTER' from '"${user}" <sip:${user}@198.51.100.1>' failed for '${address}' (callid: ${id}) - Failed to authenticate`
    if (shape === 1)
      return `[${time}] NOTICE[1638] chan_sip.c: Registration from '"${user}" <sip:${user}@198.51.100.1>' failed for '${address}' - Wrong password`
    return `[${time}] SECURITY[1640] res_security_log.c: SecurityEvent="InvalidPassword",EventTV="2026-01-15T10:30:45.000+0000",Severity="Error",Service="PJSIP",EventVersion="2",AccountID="${user}",SessionID="${id}",LocalAddress="IPV4/UDP/198.51.100.1/5060",RemoteAddress="IPV4/UDP/${address.replace(':', '/')}",Challenge="1768473045/1e0b7b0a9c"`
  })
  const path = join(dir, name)
  writeFileSync(path, `${text.join('\n')}\n`)
  return path
}

/** Seconds of the whole process, or null where there is no such program. @throws Error when it fails */
function time(program: string, ...args: string[]): number | null {
  const startMs = performance.now()
  const { status, error, stderr } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', maxBuffer: 2 ** 28 })
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return null
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`)
  return (performance.now() - startMs) / 1000
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number

/** fail2ban-regex for the whole log: its start once, the rest scaled from a few lines. */
function scaled(one: string, few: string): number | null {
  const start = time('fail2ban-regex', one, 'asterisk')
  const some = time('fail2ban-regex', few, 'asterisk')
  return start === null || some === null ? null : start + Math.max(0, some - start) * (LINES / FEW)
}

try {
  console.log(`${LINES} lines, ${ROUNDS} rounds, ${availableParallelism()} cores, Node ${process.versions.node}; medians`)
  for (const [mix, every] of [
    ['attack (half of the lines)', 2],
    ['quiet (one line of a hundred)', 100],
  ] as const) {
    const log = makeLog(`${every}.log`, LINES, every)
    const few = makeLog(`${every}.few.log`, FEW, every)
    const one = makeLog(`${every}.one.log`, 1, 1)
    const rounds = Array.from({ length: ROUNDS }, () => ({
      'sipguard replay': time(process.execPath, sipguard, 'replay', '--tz', 'UTC', log),
      'rg -c': time('rg', '-c', ATTACK, log),
      'fail2ban-regex': scaled(one, few),
    }))
    const secondsOf = (name: keyof (typeof rounds)[0]) => median(rounds.map((round) => round[name] ?? Number.NaN))
    const ours = secondsOf('sipguard replay')
    console.log(`\n${mix}`)
    for (const name of ['sipguard replay', 'rg -c', 'fail2ban-regex'] as const) {
      const seconds = secondsOf(name)
      if (Number.isNaN(seconds)) console.log(`  ${name.padEnd(16)} is not installed`)
      else {
        const rate = `${Math.round(LINES / seconds / 1000)}k`
        console.log(
          `  ${name.padEnd(16)} ${seconds.toFixed(2).padStart(7)} s ${rate.padStart(7)} lines/s ${(seconds / ours).toFixed(2).padStart(7)} × replay`,
        )
      }
    }
  }
} finally {
  rmSync(dir, { recursive: true, force: true })
}

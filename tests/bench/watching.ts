import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Figure, median, type Part } from './figure.ts'

const ROUNDS = 3
const LINES = 1_000_000
const LINES_QUICK = 200_000
const ADDRESSES = 2000
/** Each address guesses at a few of them. */
const USERS = 100
/** Processor time is told in these (sysconf(_SC_CLK_TCK) of every Linux). */
const TICKS_PER_SECOND = 100

const sipguard = join(import.meta.dirname, '../../bin/sipguard.js')

function attack(lines: number): string {
  const stamp = `${new Date().toISOString().slice(0, 19)}+00:00 sbc1 kamailio[812]:`
  const line = (i: number) => {
    const address = i % ADDRESSES
    const user = 1000 + (Math.floor(i / ADDRESSES) % USERS)
    return `${stamp} WARNING: {1 REGISTER} <script>: Auth failed: ip=10.0.${address >> 8}.${address & 255}:5060 proto=udp method=REGISTER rc=-2 user=${user} realm=example.com ua=x`
  }
  return `${Array.from({ length: lines }, (_, i) => line(i)).join('\n')}\n`
}

/** Seconds, by the clock and of processor time, in which a daemon with its journal has counted so many failures of a log it follows. */
async function follow(lines: number): Promise<{ readonly seconds: number; readonly cpuSeconds: number }> {
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-watching-'))
  const path = (name: string) => join(dir, name)
  writeFileSync(path('sip.log'), '')
  writeFileSync(path('sipguard.yaml'), 'records: off\n')
  const argv = [sipguard, 'watch', path('sip.log'), '--config', path('sipguard.yaml'), '--state', path('state')]
  const daemon = spawn(process.execPath, argv, { stdio: 'ignore' })
  const ended = once(daemon, 'exit')
  const read = async (): Promise<number> => {
    const status = await ask(path('state/sipguard.sock'))
    return status.totals.lines
  }
  try {
    while ((await read().catch(() => null)) === null) {
      if (daemon.exitCode !== null) throw new Error(`the daemon ended with ${daemon.exitCode}`)
      await sleep(50)
    }
    const text = attack(lines)
    const before = cpuSeconds(daemon.pid!)
    const startMs = performance.now()
    appendFileSync(path('sip.log'), text)
    // More often than a person looks, and too rarely to be what is measured.
    while ((await read()) < lines) await sleep(200)
    return { seconds: (performance.now() - startMs) / 1000, cpuSeconds: cpuSeconds(daemon.pid!) - before }
  } finally {
    daemon.kill('SIGTERM')
    await ended
    rmSync(dir, { recursive: true, force: true })
  }
}

/** User and system time of a process, proc(5). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

async function ask(socketPath: string): Promise<{ readonly totals: { readonly lines: number } }> {
  const asked = request({ socketPath, path: '/api/status' }).end()
  const [response] = await once(asked, 'response')
  return (await json(response)) as { totals: { lines: number } }
}

/** How many counted failures a second `watch` keeps up with: it classifies, counts, decides and journals; bans go nowhere, records are off. */
export const watching: Part = async ({ quick }) => {
  const lines = quick ? LINES_QUICK : LINES
  const rounds: Awaited<ReturnType<typeof follow>>[] = []
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) rounds.push(await follow(lines))
  const group = `Following a log: ${lines.toLocaleString('en')} counted failures of ${ADDRESSES.toLocaleString('en')} addresses`
  return [
    { group, name: 'sipguard watch', value: lines / median(rounds.map(({ seconds }) => seconds)), unit: 'events/s' },
    { group, name: 'processor time', value: (median(rounds.map((round) => round.cpuSeconds)) / lines) * 1e6, unit: 'µs' },
  ] satisfies Figure[]
}

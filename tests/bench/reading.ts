import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readOnceWithCrowdsec } from './crowdsec.ts'
import { followWithFail2ban } from './fail2ban-follow.ts'
import { type Figure, median, type Part, type Size } from './figure.ts'
import { ALTERNATIONS, SERVERS, type Server, writeLog } from './logs.ts'
import { YARDSTICK } from './table.ts'

const ROUNDS = 5
const MIXES = { attack: 2, quiet: 100 } as const
const LINES = 1_000_000
const LINES_QUICK = 200_000
/** The slow ones are given so many, and the time beyond their start is scaled. */
const FEW = 20_000
/** Appended to the log that Fail2Ban's server follows. */
const FOLLOWED = 50_000
const FOLLOWED_QUICK = 5000

const sipguard = join(import.meta.dirname, '../../bin/sipguard.js')

/** A command that reads a whole log: how to start it. */
interface Reader {
  readonly name: string
  readonly command: (log: string) => readonly [string, ...string[]]
  /** Too slow for all lines: its start is measured by one line, and the rest scaled from a few. */
  readonly scaled?: true
  readonly fromStdin?: true
}

/** What is measured once a round. */
interface Turn {
  readonly name: string
  /** For all lines; null where there is no such program. */
  readonly seconds: () => number | null | Promise<number | null>
}

/**
 * Whole processes, start included: sipguard, which classifies, counts and decides; what only searches; and who does a part or all of what we do.
 * They take turns; medians count.
 */
export const reading: Part = async (size) => {
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-bench-'))
  try {
    const filters = join(dir, 'fail2ban')
    time([process.execPath, sipguard, 'emit', 'fail2ban', '--out', filters])
    const figures: Figure[] = []
    for (const server of SERVERS) for (const mix of ['attack', 'quiet'] as const) figures.push(...(await read(dir, server, mix, size)))
    return figures
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function read(dir: string, server: Server, mix: keyof typeof MIXES, { quick }: Size): Promise<Figure[]> {
  const every = MIXES[mix]
  const lines = quick ? LINES_QUICK : LINES
  const logs = { all: join(dir, 'all.log'), few: join(dir, 'few.log'), one: join(dir, 'one.log') }
  writeLog(logs.all, { server, lines, every })
  writeLog(logs.few, { server, lines: FEW, every })
  writeLog(logs.one, { server, lines: 1, every })
  const secondsOf = ({ command, scaled, fromStdin }: Reader): number | null => {
    if (!scaled) return time(command(logs.all), fromStdin && logs.all)
    const [one, some] = [time(command(logs.one)), time(command(logs.few))]
    return one === null || some === null ? null : one + Math.max(0, some - one) * (lines / FEW)
  }
  const filter = fail2banFilter(dir, server)
  const ofAll = (secondsOfOne: number | null) => (secondsOfOne === null ? null : secondsOfOne * lines)
  const turns: Turn[] = readersOf(server, filter).map((reader) => ({ name: reader.name, seconds: () => secondsOf(reader) }))
  // Its hub knows nothing of OpenSIPS.
  if (server === 'asterisk')
    turns.push({ name: 'crowdsec, one-shot', seconds: async () => ofAll(await readOnceWithCrowdsec(dir, logs.few)) })
  const taken = turns.map((): (number | null)[] => [])
  for (let round = 0; round < (quick ? 3 : ROUNDS); round++) {
    for (const [i, { seconds }] of turns.entries()) taken[i]!.push(await seconds())
  }
  const medians = turns.map(({ name }, i) => [name, medianOf(taken[i]!)] as const)
  const followed = await followWithFail2ban({ dir, filter, server, every, lines: quick ? FOLLOWED_QUICK : FOLLOWED })
  const all = [...medians, ['fail2ban-server, following', ofAll(followed)] as const]
  const yardstick = new Map(all).get(YARDSTICK.name) ?? null
  return all.map(([name, seconds]) => ({
    ...{ group: `Reading a log: ${server}, ${mix}`, name, unit: 'lines/s', value: seconds === null ? null : lines / seconds },
    ...(seconds !== null && yardstick !== null && { ratio: { times: seconds / yardstick, of: YARDSTICK.name } }),
  }))
}

function readersOf(server: Server, filter: string): readonly Reader[] {
  const pattern = ALTERNATIONS[server]
  return [
    { name: 'sipguard replay', command: (log) => [process.execPath, sipguard, 'replay', '--tz', 'UTC', log] },
    { name: YARDSTICK.name, command: (log) => ['rg', '-c', pattern, log] },
    { name: 'grep -cE', command: (log) => ['grep', '-cE', pattern, log] },
    { name: 'fail2ban-regex, scaled', command: (log) => ['fail2ban-regex', log, filter], scaled: true },
    // It knows no SIP: all it does is to find that no line is its own.
    { name: "sshguard's parser", command: () => [SSHGUARD_PARSER], fromStdin: true },
  ]
}

/** Where Debian puts it; it is in nobody's PATH. */
const SSHGUARD_PARSER = '/usr/libexec/sshguard/sshg-parser'

/** Fail2Ban's own where it has one, else ours. */
function fail2banFilter(dir: string, server: Server): string {
  const own = `/etc/fail2ban/filter.d/${server}.conf`
  return existsSync(own) ? own : join(dir, `fail2ban/filter.d/sipguard-${server}.conf`)
}

/** Null where there is no such program; the median of all rounds otherwise. */
function medianOf(rounds: readonly (number | null)[]): number | null {
  return rounds.includes(null) ? null : median(rounds as number[])
}

/** Seconds of the whole process, or null where there is no such program. @throws Error when it fails */
function time([program, ...args]: readonly [string, ...string[]], input?: string): number | null {
  const stdin = openSync(input ?? '/dev/null', 'r')
  const startMs = performance.now()
  const { status, error, stderr } = spawnSync(program, args, {
    // Not /dev/null: grep looks no further than the first match then.
    stdio: [stdin, 'pipe', 'pipe'],
    maxBuffer: 2 ** 28,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  })
  const seconds = (performance.now() - startMs) / 1000
  closeSync(stdin)
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return null
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`)
  return seconds
}

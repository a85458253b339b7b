import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Lab, until } from './lab.ts'
import { CARRIER } from './network.ts'

const MAXRETRY = 5

/** What may stand before the SBC: the columns of the matrix. */
export interface GuardKind {
  /** Kamailio's own flood detection, on only where that is the guard. */
  readonly pike: boolean
  /** Kamailio mirrors its SIP. */
  readonly hep?: boolean
  start(lab: Lab): Promise<Standing>
}

/** A guard at work. */
interface Standing {
  /** Time of the line that filled a window first, epoch ms; null: none did. */
  decidingMs(): number | null
  /** What it printed of a type (`ban`, `alert`), where it prints JSON. */
  printed(type: string): Record<string, unknown>[]
}

const SILENT: Standing = { decidingMs: () => null, printed: () => [] }

export const GUARDS = {
  none: { pike: false, start: async () => SILENT },
  pike: { pike: true, start: async () => SILENT },
  fail2ban: { pike: false, start: startFail2ban },
  sipguard: { pike: false, start: (lab) => startSipguard(lab, [lab.log]) },
  // By what is mirrored alone: no log.
  'sipguard-hep': { pike: false, hep: true, start: (lab) => startSipguard(lab, [], 'hep: udp://127.0.0.1:9060\n') },
} satisfies Record<string, GuardKind>

export type GuardName = keyof typeof GUARDS
export const GUARD_NAMES = Object.keys(GUARDS) as GuardName[]

/** Bans of a day, so that it shows that what may be forged costs an hour. */
async function startSipguard(lab: Lab, logs: readonly string[], more = ''): Promise<Standing> {
  const config = join(lab.dir, 'sipguard.yaml')
  writeFileSync(
    config,
    `enforce: nftables
peers: [${CARRIER}]
jails:
  sip-auth: { maxretry: ${MAXRETRY}, bantime: 1d }
  sip-knock: { maxretry: ${MAXRETRY}, bantime: 1d }
${more}`,
  )
  const guard = await lab.startGuard(logs, '--config', config)
  return {
    decidingMs: () => guard.printed('ban').map(({ at }) => Date.parse(String(at)))[0] ?? null,
    printed: guard.printed,
  }
}

/** What a careful administrator would write for the same lines. */
const FAILREGEX = [
  String.raw`Auth failed: ip=\[?<ADDR>\]?:\d+ proto=\S* method=\S* rc=-[238] `,
  String.raw`REGISTER: Failed registration logged to database - \S+ from \[?<ADDR>\]?:\d+, response 40[34]`,
  String.raw`(?:Door-knock|Scanner blocked|Call rejected|Flood): ip=\[?<ADDR>\]?:\d+ `,
].map((message) => String.raw`^\s*\S+ kamailio\[\d+\]: (?:WARNING: )?(?:\{[^}]*\} )?(?:<script>: )?${message}`)

/** Reads by pyinotify where Debian's python3-pyinotify is installed, else by polling. */
async function startFail2ban(lab: Lab): Promise<Standing> {
  const dir = join(lab.dir, 'fail2ban')
  const file = (name: string) => join(dir, name)
  for (const folder of ['action.d', 'filter.d']) mkdirSync(file(folder), { recursive: true })
  cpSync('/etc/fail2ban/action.d/nftables.conf', file('action.d/nftables.conf'))
  writeFileSync(file('filter.d/sip.conf'), `[Definition]\nfailregex = ${FAILREGEX.join('\n            ')}\n`)
  writeFileSync(
    file('fail2ban.conf'),
    `[Definition]
loglevel = INFO
logtarget = ${file('log')}
syslogsocket = auto
socket = ${file('sock')}
pidfile = ${file('pid')}
dbfile = None
dbpurgeage = 1d
[Thread]
stacksize = 0
`,
  )
  writeFileSync(
    file('jail.conf'),
    `[sip]
enabled = true
filter = sip
logpath = ${lab.log}
backend = auto
maxretry = ${MAXRETRY}
findtime = 300
bantime = 600
usedns = no
action = nftables[type=allports, protocol="udp,tcp", name=sip]
`,
  )
  const server = lab.start('sbc', 'fail2ban-server', ['-f', '-c', dir, '-s', file('sock'), '-p', file('pid'), 'start'])
  let printed = ''
  for (const stream of [server.stdout!, server.stderr!]) stream.on('data', (chunk) => (printed += chunk))
  const log = () => {
    try {
      return readFileSync(file('log'), 'utf8')
    } catch {
      return ''
    }
  }
  await until(
    'fail2ban has started its jail',
    async () => log().includes("Jail 'sip' started"),
    () => printed + log(),
  )
  return { ...SILENT, decidingMs: () => decidingLine(readFileSync(lab.log, 'utf8')) }
}

/** Time of the line that is an address's MAXRETRYth by FAILREGEX. */
function decidingLine(log: string): number | null {
  const patterns = FAILREGEX.map(
    (text) => new RegExp(text.replace('^', String.raw`^(?<time>\S+) `).replace('<ADDR>', '(?<address>[0-9a-f.:]+?)')),
  )
  const failures = new Map<string, number>()
  for (const line of log.split('\n')) {
    const found = patterns.map((pattern) => pattern.exec(line)?.groups).find((groups) => groups !== undefined)
    if (!found) continue
    const count = (failures.get(found.address!) ?? 0) + 1
    failures.set(found.address!, count)
    if (count === MAXRETRY) return Date.parse(found.time!)
  }
  return null
}

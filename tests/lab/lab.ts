import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ATTACKERS, DESK, HOSTS, type Host, Network, PHONE, SBC, SBC6 } from './network.ts'

const root = join(import.meta.dirname, '../..')
const sipguard = join(root, 'bin/sipguard.js')
/** ` 3(5657) `: what Kamailio puts before a line on standard error. */
const STDERR_PREFIX = /^ ?\d+\((\d+)\) /

export interface Guard {
  readonly child: ChildProcess
  /** What it has printed of one type, parsed. */
  printed(type: string): Record<string, unknown>[]
}

export interface Registering {
  readonly times: number
  /** PHONE (default), DESK or one of ATTACKERS. */
  readonly from?: string
  readonly user?: string
  /** Default: the right one. */
  readonly password?: string
  readonly domain?: string
  readonly perSecond?: number
  /** User-Agent; default: a desk phone's. */
  readonly agent?: string
}

/** The hosts of Network with a real Kamailio on the SBC, what guards it, and who calls it; the domain is example.com. */
export class Lab {
  readonly dir = mkdtempSync(join(tmpdir(), 'sipguard-lab-'))
  readonly log = join(this.dir, 'sbc.log')
  readonly state = join(this.dir, 'state')
  readonly network = new Network()
  private readonly children = new Set<ChildProcess>()

  constructor() {
    writeFileSync(this.log, '')
  }

  /** Starts a program on a host; ended with the lab. */
  start(host: Host, command: string, args: readonly string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.network.namespace(host), command, ...args], {
      cwd: this.dir,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.children.add(child)
    child.once('exit', () => this.children.delete(child))
    return child
  }

  /** Runs a program on a host to its end; its standard output, whatever its exit status. */
  async run(host: Host, command: string, args: readonly string[]): Promise<string> {
    const child = this.start(host, command, args)
    let output = ''
    child.stdout?.on('data', (chunk) => (output += chunk))
    child.stderr?.resume()
    await new Promise((done) => child.once('close', done))
    return output
  }

  /** One of caller.ts, on a host. */
  call(host: Host, ...args: readonly (string | number)[]): Promise<string> {
    return this.run(host, process.execPath, [fileURLToPath(new URL('caller.ts', import.meta.url)), ...args.map(String)])
  }

  /**
   * A real Kamailio with our snippet; its standard error becomes the log, in the form in which syslog writes it.
   * @param options.pike its own flood detection, which drops too
   * @param options.dropsScanners as the snippet has it; else they are logged, and answered
   * @param options.hep also mirrors its SIP, by our snippet for that
   */
  async startKamailio({ pike = true, dropsScanners = true, hep = false } = {}): Promise<void> {
    const snippet = join(this.dir, 'sipguard.cfg')
    const shipped = readFileSync(join(root, 'share/snippets/kamailio.cfg'), 'utf8')
    const mirroring = hep ? noncesApart(readFileSync(join(root, 'share/snippets/hep/kamailio.cfg'), 'utf8')) : ''
    writeFileSync(snippet, mirroring + (dropsScanners ? shipped : answeringScanners(shipped)))
    const config = readFileSync(join(import.meta.dirname, 'kamailio.cfg'), 'utf8')
      .replace('@LISTEN@', `listen=udp:${SBC}:5060\nlisten=udp:[${SBC6}]:5060`)
      .replace('@SNIPPET@', snippet)
      .replace('@MODULES@', modulesOfKamailio())
    const file = join(this.dir, 'kamailio.cfg')
    writeFileSync(file, config)
    mkdirSync(join(this.dir, 'run'))
    const flags = pike ? [] : ['-A', 'WITH_ANTIFLOOD']
    const server = this.start('sbc', 'kamailio', ['-DD', '-E', '-f', file, '-Y', join(this.dir, 'run'), ...flags])
    server.stdout?.resume()
    createInterface({ input: server.stderr! }).on('line', (line) => {
      const time = new Date().toISOString().replace('Z', '000+00:00')
      appendFileSync(this.log, `${line.replace(STDERR_PREFIX, (_, pid) => `${time} sbc1 kamailio[${pid}]: `)}\n`)
    })
    await until('Kamailio answers', async () => (await this.run('sbc', 'ss', ['-Huln', 'sport = :5060'])).includes(SBC))
  }

  /** `sipguard watch` on these logs of the SBC. */
  async startGuard(logs: readonly string[], ...args: string[]): Promise<Guard> {
    const child = this.start('sbc', process.execPath, [sipguard, 'watch', ...logs, '--state', this.state, '--json', ...args])
    let text = ''
    child.stdout?.on('data', (chunk) => (text += chunk))
    child.stderr?.on('data', (chunk) => (text += chunk))
    await until(
      'the guard answers',
      async () => (await this.sipguard('status', '--json')).includes('"version"'),
      () => text,
    )
    const printed = (type: string) => text.split('\n').filter((line) => line.startsWith(`{"type":"${type}"`) && line.endsWith('}'))
    return { child, printed: (type) => printed(type).map((line) => JSON.parse(line)) }
  }

  /** A command to the running guard. */
  sipguard(...args: string[]): Promise<string> {
    return this.run('sbc', process.execPath, [sipguard, ...args, '--state', this.state])
  }

  /** REGISTERs like a desk phone; how many got the answer that such a password gets. */
  async register({ times, from = PHONE, user = '1010', perSecond = 10, ...options }: Registering): Promise<number> {
    const { password, domain = 'example.com', agent = 'Yealink SIP-T46S 66.85.0.5 [mac]' } = options
    const stats = join(this.dir, `${from}-${user}.csv`)
    rmSync(stats, { force: true })
    const scenario = join(this.dir, 'register.xml')
    const phone = readFileSync(join(import.meta.dirname, 'phone.xml'), 'utf8').replaceAll('@AGENT@', agent)
    writeFileSync(scenario, password === undefined ? phone : phone.replace('response="200"', 'response="403"'))
    await this.run(hostOf(from), 'sipp', [
      ...[`${SBC}:5060`, '-sf', scenario, '-i', from, '-p', '5066', '-s', user, '-key', 'domain', domain],
      ...['-au', user, '-ap', password ?? `lab-${user}-secret`, '-key', 'mac', '805ec0123456'],
      ...['-r', '1', '-rp', String(Math.round(1000 / perSecond)), '-m', String(times), '-l', String(times)],
      ...['-nostdin', '-recv_timeout', '2000', '-trace_stat', '-stf', stats, '-fd', '1'],
      ...['-timeout', String(Math.ceil(times / perSecond) + 20)],
    ])
    const [head, ...rows] = readFileSync(stats, 'utf8').trim().split('\n')
    const column = head!.split(';').indexOf('SuccessfulCall(C)')
    return Number(rows.at(-1)!.split(';')[column])
  }

  async end(): Promise<void> {
    for (const child of this.children) child.kill('SIGTERM')
    for (const pid of HOSTS.flatMap((host) => this.network.pids(host))) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
    this.network.remove()
    await until('all children have ended', async () => this.children.size === 0)
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/** Waits for a condition; fails with what was waited for. */
export async function until(what: string, holds: () => Promise<boolean>, detail: () => string = () => ''): Promise<void> {
  const end = Date.now() + 30_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}\n${detail()}`)
    await sleep(50)
  }
}

function hostOf(address: string): Host {
  if (address === DESK) return 'lan'
  return ATTACKERS.includes(address) ? 'attacker' : 'phone'
}

function answeringScanners(snippet: string): string {
  const changed = snippet.replace(/(xlog\("L_WARN", "Scanner blocked:.*\n)\t\texit;\n/, '$1')
  if (changed === snippet) throw new Error('the snippet drops scanners in another way than it did: the lab does not know how to undo it')
  return changed
}

/** The optional part of the snippet by which a phone that registers meanwhile does not make an attacker's nonce a shared one. */
function noncesApart(snippet: string): string {
  return snippet.replace(/^#(modparam\("auth", )/gm, '$1')
}

/** Debian's directory of Kamailio's modules, whatever the machine's architecture. */
function modulesOfKamailio(): string {
  const found = readdirSync('/usr/lib').map((name) => join('/usr/lib', name, 'kamailio/modules/'))
  return found.find((path) => existsSync(path)) ?? '/usr/lib/kamailio/modules/'
}

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Three hosts in network namespaces: an attacker, an SBC with a real Kamailio, a phone. Nothing leaves them.
 * The SBC is 198.51.100.1, the attacker 192.0.2.10 to 14, the phone 203.0.113.10; the domain is example.com.
 */
export const SBC = '198.51.100.1'
export const ATTACKERS = ['192.0.2.10', '192.0.2.11', '192.0.2.12', '192.0.2.13', '192.0.2.14'] as const
export const PHONE = '203.0.113.10'

const root = join(import.meta.dirname, '../..')
const sipguard = join(root, 'bin/sipguard.js')
/** ` 3(5657) `: what Kamailio puts before a line on standard error. */
const STDERR_PREFIX = /^ ?\d+\((\d+)\) /

export type Host = 'attacker' | 'sbc' | 'phone'

export class Lab {
  readonly dir = mkdtempSync(join(tmpdir(), 'sipguard-lab-'))
  readonly log = join(this.dir, 'sbc.log')
  readonly state = join(this.dir, 'state')
  private readonly id = `sglab${process.pid}`
  private readonly children = new Set<ChildProcess>()

  constructor() {
    writeFileSync(this.log, '')
    for (const host of ['attacker', 'sbc', 'phone'] as const) {
      this.ip('netns', 'add', this.namespace(host))
      this.ip('-n', this.namespace(host), 'link', 'set', 'lo', 'up')
    }
    this.ip('-n', this.namespace('sbc'), 'addr', 'add', `${SBC}/32`, 'dev', 'lo')
    this.connect('attacker', ATTACKERS)
    this.connect('phone', [PHONE])
  }

  namespace(host: Host): string {
    return `${this.id}-${host}`
  }

  /** Starts a program on a host; ended with the lab. */
  start(host: Host, command: string, args: readonly string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.namespace(host), command, ...args], {
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

  /** A real Kamailio with our snippet; its standard error becomes the log, in the form in which syslog writes it. */
  async startKamailio(): Promise<void> {
    const config = readFileSync(join(import.meta.dirname, 'kamailio.cfg'), 'utf8')
      .replace('@LISTEN@', `listen=udp:${SBC}:5060`)
      .replace('@SNIPPET@', join(root, 'share/snippets/kamailio.cfg'))
      .replace('@MODULES@', modulesOfKamailio())
    const file = join(this.dir, 'kamailio.cfg')
    writeFileSync(file, config)
    mkdirSync(join(this.dir, 'run'))
    const server = this.start('sbc', 'kamailio', ['-DD', '-E', '-f', file, '-Y', join(this.dir, 'run')])
    server.stdout?.resume()
    createInterface({ input: server.stderr! }).on('line', (line) => {
      const time = new Date().toISOString().replace('Z', '000+00:00')
      appendFileSync(this.log, `${line.replace(STDERR_PREFIX, (_, pid) => `${time} sbc1 kamailio[${pid}]: `)}\n`)
    })
    await until('Kamailio answers', async () => (await this.run('sbc', 'ss', ['-Huln', 'sport = :5060'])).includes('5060'))
  }

  /** `sipguard watch` on the SBC's log, with everything it prints. */
  async startGuard(...args: string[]): Promise<{ child: ChildProcess; printed: () => string }> {
    const child = this.start('sbc', process.execPath, [sipguard, 'watch', this.log, '--state', this.state, '--json', ...args])
    let text = ''
    child.stdout?.on('data', (chunk) => (text += chunk))
    child.stderr?.on('data', (chunk) => (text += chunk))
    await until(
      'the guard answers',
      async () => (await this.sipguard('status', '--json')).includes('"version"'),
      () => text,
    )
    return { child, printed: () => text }
  }

  /** A command to the running guard. */
  sipguard(...args: string[]): Promise<string> {
    return this.run('sbc', process.execPath, [sipguard, ...args, '--state', this.state])
  }

  /** REGISTERs like a desk phone, with the right password unless another is given; how many got the answer that such a password gets. */
  async register(options: {
    times: number
    from?: string
    user?: string
    password?: string
    domain?: string
    perSecond?: number
    /** User-Agent; default: a desk phone's. */
    agent?: string
  }): Promise<number> {
    const { times, from = PHONE, user = '1010', domain = 'example.com', perSecond = 10 } = options
    const stats = join(this.dir, `${from}-${user}.csv`)
    rmSync(stats, { force: true })
    const scenario = join(this.dir, 'register.xml')
    const { agent = 'Yealink SIP-T46S 66.85.0.5 [mac]' } = options
    const phone = readFileSync(join(import.meta.dirname, 'phone.xml'), 'utf8').replaceAll('@AGENT@', agent)
    writeFileSync(scenario, options.password === undefined ? phone : phone.replace('response="200"', 'response="403"'))
    await this.run(from === PHONE ? 'phone' : 'attacker', 'sipp', [
      ...[`${SBC}:5060`, '-sf', scenario, '-i', from, '-p', '5066', '-s', user, '-key', 'domain', domain],
      ...[
        '-au',
        user,
        '-ap',
        options.password ?? `lab-${user}-secret`,
        '-key',
        'mac',
        '805ec0123456',
        '-r',
        String(perSecond),
        '-m',
        String(times),
      ],
      ...['-nostdin', '-recv_timeout', '2000', '-trace_stat', '-stf', stats, '-fd', '1', '-timeout', '20'],
    ])
    const [head, ...rows] = readFileSync(stats, 'utf8').trim().split('\n')
    const column = head!.split(';').indexOf('SuccessfulCall(C)')
    return Number(rows.at(-1)!.split(';')[column])
  }

  async end(): Promise<void> {
    for (const child of this.children) child.kill('SIGTERM')
    for (const host of ['attacker', 'sbc', 'phone'] as const) {
      for (const pid of execFileSync('ip', ['netns', 'pids', this.namespace(host)], { encoding: 'utf8' })
        .split('\n')
        .filter(Boolean)) {
        try {
          process.kill(Number(pid), 'SIGKILL')
        } catch {
          // It has ended by itself.
        }
      }
      this.ip('netns', 'del', this.namespace(host))
    }
    await until('all children have ended', async () => this.children.size === 0)
    rmSync(this.dir, { recursive: true, force: true })
  }

  private connect(host: 'attacker' | 'phone', addresses: readonly string[]): void {
    const gateway = addresses[0]!.replace(/\d+$/, '1')
    this.ip('link', 'add', 'eth0', 'netns', this.namespace(host), 'type', 'veth', 'peer', 'name', host, 'netns', this.namespace('sbc'))
    this.ip('-n', this.namespace('sbc'), 'addr', 'add', `${gateway}/24`, 'dev', host)
    this.ip('-n', this.namespace('sbc'), 'link', 'set', host, 'up')
    for (const address of addresses) this.ip('-n', this.namespace(host), 'addr', 'add', `${address}/24`, 'dev', 'eth0')
    this.ip('-n', this.namespace(host), 'link', 'set', 'eth0', 'up')
    this.ip('-n', this.namespace(host), 'route', 'add', 'default', 'via', gateway)
  }

  private ip(...args: string[]): void {
    execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] })
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

/** Debian's directory of Kamailio's modules, whatever the machine's architecture. */
function modulesOfKamailio(): string {
  const found = readdirSync('/usr/lib').map((name) => join('/usr/lib', name, 'kamailio/modules/'))
  return found.find((path) => existsSync(path)) ?? '/usr/lib/kamailio/modules/'
}

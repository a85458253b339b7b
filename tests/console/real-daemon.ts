import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import type { AuditJson } from '../../src/api/access-wire.ts'
import { createClient } from '../../src/cli/client.ts'
import { eventually } from '../daemon/watching.ts'
import { makeNamespace, type Namespace } from '../enforce/lab/namespace.ts'
import { finish, root, sipguard, start } from '../sipguard.ts'
import { AS_ALWAYS, newPage, type Watched } from './browser.ts'
import { buildConsole, launchChromium } from './chromium.ts'

/** A `sipguard watch` that enforces and records, and a browser beside it, in a network namespace of their own. */

const ADDRESS = 'http://127.0.0.1:8471/'
const SERVED_FROM = join(root, 'dist/console')
/** `ip netns exec` gives a command mounts of its own: the console that was just built is where it looks for it, for this daemon alone. */
const WITH_CONSOLE = ['sh', '-c', 'mount --bind "$1" "$2" && shift 2 && exec "$@"', 'sh']

const TUNNEL = `
  const { connect, createServer } = require('node:net')
  const door = createServer((client) => {
    const daemon = connect(8471, '127.0.0.1').on('error', () => client.destroy())
    client.on('error', () => daemon.destroy()).pipe(daemon).pipe(client)
  })
  door.listen(8472, '127.0.0.1', () => console.log('open'))
`

/** A way to the daemon, as `ssh -L` makes one. */
export interface Tunnel {
  readonly url: string
  cut(): Promise<void>
  mend(): Promise<void>
}

/** The daemon that the tests of one file share, and what it reads and does. */
export interface RealDaemon {
  readonly url: string
  /** The log that it watches. */
  readonly log: string
  append(lines: string): void
  /** Over its unix socket, as an admin. */
  call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T>
  /** All elements of the kernel's sets. */
  inKernel(): string
  /** The newest of these, as `who action target detail`. */
  audit(count: number): Promise<string[]>
  /** A new token, made on the command line. */
  token(name: string, ...options: readonly string[]): Promise<string>
  removeToken(name: string): Promise<void>
  /** A browser of its own that has logged in by the page, at this hash. `url`: that of a tunnel. */
  open(token: string, at: string, url?: string): Promise<Watched>
  tunnel(): Promise<Tunnel>
  start(): Promise<void>
  end(signal: NodeJS.Signals): Promise<void>
  signal(signal: NodeJS.Signals): void
}

/** Starts both before the tests of this file, and ends them after. */
export function useRealDaemon(): RealDaemon {
  const dir = join(tmpdir(), `sipguard-real-${randomUUID()}`)
  const log = join(dir, 'sip.log')
  const state = join(dir, 'state')
  const config = join(dir, 'sipguard.yaml')
  const built = join(dir, 'console')
  const client = createClient({ state })
  let namespace: Namespace
  let browser: Browser | undefined
  let daemon: ChildProcess | undefined
  let relay: ChildProcess | undefined

  async function command(...args: readonly string[]): Promise<string> {
    const { status, out, err } = await sipguard([...args, '--state', state])
    if (status !== 0) throw new Error(err)
    return out.trim()
  }

  async function mend(): Promise<void> {
    const [program = '', ...args] = [...namespace.prefix, process.execPath, '-e', TUNNEL]
    relay = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(relay.stdout!, 'data')
  }

  const real: RealDaemon = {
    url: ADDRESS,
    log,
    append: (lines) => appendFileSync(log, lines),
    call: (method, path, body) => client.call(method, path, body),
    inKernel: () => ['ban4', 'ban6'].map((set) => namespace.run('nft', 'list', 'set', 'inet', 'sipguard', set)).join(''),
    async audit(count) {
      const rows = await client.call<AuditJson[]>('GET', `/api/audit?limit=${count}`)
      return rows.map(({ who, action, target, detail }) => [who, action, target, detail].filter(Boolean).join(' '))
    },
    token: (name, ...options) => command('token', 'add', name, ...options),
    removeToken: async (name) => void (await command('token', 'rm', name)),
    async open(token, at, url = ADDRESS) {
      const watched = await newPage(await browser!.newContext(AS_ALWAYS), url)
      const { page } = watched
      await page.goto(url + at)
      await page.getByLabel('Token').fill(token)
      await page.keyboard.press('Enter')
      await page.getByRole('status').getByText('Live', { exact: true }).waitFor()
      return watched
    },
    async tunnel() {
      await mend()
      return { url: 'http://127.0.0.1:8472/', mend, cut: () => ended(relay, 'SIGKILL') }
    },
    async start() {
      const prefix = [...namespace.prefix, ...WITH_CONSOLE, built, SERVED_FROM]
      daemon = start(['watch', '--config', config, '--state', state], { prefix })
      const early = finish(daemon).then(({ out, err }) => Promise.reject(new Error(`it ended: ${out}${err}`)))
      early.catch(() => {}) // it is ended later on
      await Promise.race([early, eventually(async () => void (await client.call('GET', '/api/status')))])
    },
    end: (signal) => ended(daemon, signal),
    signal: (signal) => void daemon?.kill(signal),
  }

  beforeAll(async () => {
    mkdirSync(dir, { mode: 0o700 })
    writeFileSync(log, '')
    writeFileSync(config, `sources: [{file: ${log}}]\nenforce: nftables\nhttp: {listen: '127.0.0.1:8471'}\n`)
    mkdirSync(SERVED_FROM, { recursive: true })
    await buildConsole(built)
    namespace = makeNamespace()
    await real.start()
    const inside = join(dir, 'chromium')
    writeFileSync(inside, `#!/bin/sh\nexec ${namespace.prefix.join(' ')} chromium "$@"\n`)
    chmodSync(inside, 0o755)
    browser = await launchChromium(inside)
  })
  afterAll(async () => {
    await browser?.close()
    await ended(relay, 'SIGKILL')
    await ended(daemon, 'SIGKILL')
    namespace?.remove()
    rmSync(dir, { recursive: true })
  })
  return real
}

async function ended(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}

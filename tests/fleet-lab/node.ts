import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { StatusReport } from '../../src/api/control.ts'
import type { BanJson, DecisionJson } from '../../src/api/wire.ts'
import { createClient } from '../../src/cli/client.ts'
import { nftListReader } from '../../src/enforce/nft-list.ts'
import { failure } from '../daemon/lines.ts'
import { until } from '../fleet/redis-server.ts'
import { start } from '../sipguard.ts'
import type { FleetNetwork } from './network.ts'

/** Twenty that start at once take their time. */
const START_MS = 60_000

/** One `sipguard watch --enforce nftables` on a host of its own, with a log and a state of its own. */
export class LabNode {
  readonly number: number
  /** When it printed the ban of an address, which it does when the kernel has confirmed it; `performance.now()`, ms. */
  readonly bannedAt = new Map<string, number>()
  /** What it wrote to standard error, and notices. */
  readonly complaints: string[] = []
  readonly #network: FleetNetwork
  readonly #dir: string
  readonly #client
  #child: ChildProcess | null = null

  /** @param dir a directory for the directories of all nodes */
  constructor(network: FleetNetwork, number: number, dir: string) {
    this.number = number
    this.#network = network
    this.#dir = join(dir, `node${number}`)
    this.#client = createClient({ state: join(this.#dir, 'state') })
    mkdirSync(this.#dir)
    writeFileSync(this.#log, '')
  }

  get #log(): string {
    return join(this.#dir, 'sip.log')
  }

  get isRunning(): boolean {
    return this.#child !== null
  }

  /** Resolves when it answers. */
  async start(redisUrl: string): Promise<void> {
    const config = join(this.#dir, 'sipguard.yaml')
    writeFileSync(config, `sources: [{ file: ${this.#log} }]\nenforce: nftables\nstore: { url: '${redisUrl}' }\n`)
    const args = ['watch', '--config', config, '--state', join(this.#dir, 'state'), '--json']
    const child = start(args, { prefix: this.#network.on(this.number) })
    this.#child = child
    createInterface({ input: child.stdout! }).on('line', (line) => this.#read(line))
    createInterface({ input: child.stderr! }).on('line', (line) => this.complaints.push(line))
    const answers = () => {
      if (child.exitCode !== null) throw new Error(`node ${this.number} ended with ${child.exitCode}: ${this.complaints.at(-1)}`)
      if (child.signalCode !== null) return true // killed meanwhile
      return this.status().then(
        () => true,
        () => false,
      )
    }
    await until(answers, `node ${this.number} to answer`, START_MS)
  }

  #read(line: string): void {
    if (line.startsWith('{"type":"ban"')) this.bannedAt.set((JSON.parse(line) as BanJson).ip, performance.now())
    else if (line.startsWith('{"type":"notice"')) this.complaints.push((JSON.parse(line) as { message: string }).message)
  }

  /** kill -9; resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  /** So many guesses of an address, each address at a user of its own: a user attacked from ten would be a case for sip-stuffing. */
  guess(ip: string, times: number): void {
    appendFileSync(this.#log, failure(ip, { user: ip }).repeat(times))
  }

  status(): Promise<StatusReport> {
    return this.#client.call('GET', '/api/status')
  }

  bans(): Promise<BanJson[]> {
    return this.#client.call('GET', '/api/bans')
  }

  ban(ip: string, hours: number): Promise<DecisionJson> {
    return this.#client.call('POST', '/api/bans', { ip, for: `${hours}h` })
  }

  unban(ip: string): Promise<BanJson[]> {
    return this.#client.call('DELETE', `/api/bans/${ip}`)
  }

  /** What its kernel drops: addresses, and the first address of each /64. */
  dropped(): Set<string> {
    const keys = new Set<string>()
    const read = nftListReader(({ key }) => keys.add(key))
    for (const line of this.#network.run(this.number, 'nft', '-n', 'list', 'table', 'inet', 'sipguard').split('\n')) read(line)
    return keys
  }
}

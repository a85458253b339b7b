import { wholeOf } from '../address.ts'
import { type Client, Script } from './calls.ts'
import { markerOf } from './counts-keys.ts'

const MOST_WAITING = 10_000

/**
 * The events of a network up to a time count no longer; the latest such time holds. KEYS: its marker. ARGV: epoch ms, how long it is to be
 * kept, ms.
 */
const FORGET = new Script(`
local present = tonumber(redis.call('GET', KEYS[1]) or 0)
redis.call('SET', KEYS[1], math.max(present, tonumber(ARGV[1])), 'PX', ARGV[2])
return 0
`)

interface Waiting {
  untilMs: number
  readonly told: (() => void)[]
}

/** Which networks were forgotten, until Redis knows. */
export class Forgetting {
  readonly #client: Client
  readonly #prefix: string
  readonly #waiting = new Map<string, Waiting>()

  constructor(client: Client, prefix: string) {
    this.#client = client
    this.#prefix = prefix
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Resolves when Redis knows, or need not any more. Of too many the first are left out. */
  add(network: string, untilMs: number): Promise<void> {
    const whole = wholeOf(network)
    const { promise, resolve } = Promise.withResolvers<void>()
    const present = this.#waiting.get(whole) ?? { untilMs, told: [] }
    present.untilMs = Math.max(present.untilMs, untilMs)
    present.told.push(resolve)
    this.#waiting.set(whole, present)
    if (this.#waiting.size > MOST_WAITING) this.#end(this.#waiting.keys().next().value!)
    return promise
  }

  /** @throws what kept Redis from being told; then it waits on */
  async send(keepMs: number): Promise<void> {
    const sent = [...this.#waiting].map(([network, { untilMs }]) => ({ network, untilMs }))
    await Promise.all(sent.map(({ network, untilMs }) => FORGET.run(this.#client, [markerOf(this.#prefix, network)], [untilMs, keepMs])))
    for (const { network, untilMs } of sent) if (this.#waiting.get(network)?.untilMs === untilMs) this.#end(network)
  }

  clear(): void {
    for (const network of this.#waiting.keys()) this.#end(network)
  }

  #end(network: string): void {
    for (const told of this.#waiting.get(network)?.told ?? []) told()
    this.#waiting.delete(network)
  }
}

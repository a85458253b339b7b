import { SipguardError } from '../errors.ts'
import type { Firewall, FirewallOptions } from './firewall.ts'
import { type Driver, KernelFirewall } from './kernel-firewall.ts'
import { type Machine, PLACING_MS, withDefaults } from './machine.ts'
import { nftListReader } from './nft-list.ts'
import { NftProcess } from './nft-process.ts'
import {
  addLine,
  ensureScript,
  markScript,
  type NftRules,
  presenceProbe,
  probeLine,
  removeLine,
  replaceScript,
  TABLE,
} from './nft-script.ts'
import { errorsIn } from './nft-session.ts'
import type { Listed, Place, TimedPlace } from './place.ts'
import { programs, type RunProgram } from './program.ts'

/** strerror(3) of what the kernel answers, with LC_ALL=C. */
const EXISTS = 'File exists'
const BUSY = 'Device or resource busy'
const ABSENT = /^No such file or directory/
const FULL = 'Too many open files in system'

/**
 * Table `inet sipguard`. In nft 1.0.6 every list and get reads all elements of all sets: only `list` does, in a child of its own.
 * A ban longer than 99,999,999 s is placed for that long.
 */
export function nftables(options: FirewallOptions, machine: Machine = {}): Firewall {
  const { command, lock, answerMs, size } = withDefaults(machine)
  const nft = new NftProcess(command, answerMs, options.onNotice)
  const driver = new NftDriver(nft, programs(command, PLACING_MS), programs(command, answerMs), { never: options.never, size })
  return new KernelFirewall(driver, options, lock)
}

class NftDriver implements Driver {
  readonly name = 'nftables'
  readonly #nft: NftProcess
  readonly #place: RunProgram
  readonly #run: RunProgram
  readonly #rules: NftRules
  readonly #presence: ReturnType<typeof presenceProbe>

  constructor(nft: NftProcess, place: RunProgram, run: RunProgram, rules: NftRules) {
    this.#nft = nft
    this.#place = place
    this.#run = run
    this.#rules = rules
    this.#presence = presenceProbe(rules)
  }

  replace(places: readonly TimedPlace[]): Promise<string | null> {
    return take(this.#place, replaceScript(this.#rules, places))
  }

  ensure(): Promise<string | null> {
    return take(this.#run, ensureScript(this.#rules))
  }

  mark(): Promise<string | null> {
    return take(this.#run, markScript())
  }

  /** Known limit: a table that was made dormant looks intact. */
  async intact(): Promise<string | null> {
    const errors = await this.#nft.run(this.#presence.line)
    const count = (what: string) => errors.filter((error) => error === what).length
    const { elements, sets } = this.#presence
    if (count(EXISTS) === elements + 1 && count(BUSY) === sets) return null
    if (errors.some((error) => ABSENT.test(error))) return `the table ${TABLE} or a set of it is gone`
    if (count(BUSY) < sets) return `rules of the table ${TABLE} are gone`
    if (count(EXISTS) <= elements) return `sets of the table ${TABLE} were emptied`
    throw new SipguardError('ENFORCE_FAILED', `nft cannot tell whether ${TABLE} is in place: ${errors[0]}`)
  }

  async add(places: readonly TimedPlace[]): Promise<string | null> {
    const [error] = await this.#nft.run(addLine(places))
    if (error === undefined) return null
    // No element is to blame, so looking for one would be in vain.
    if (ABSENT.test(error)) throw new SipguardError('ENFORCE_FAILED', `the table ${TABLE} is no longer in the kernel`)
    return error === FULL ? `the set is full (${this.#rules.size} elements)` : error
  }

  async remove(places: readonly Place[]): Promise<string | null> {
    const [error] = await this.#nft.run(removeLine(places))
    if (error === undefined) return null
    // Without its set it is not there; and only what is not there needs room in a full set.
    const oneSet = places.every(({ set }) => set === places[0]?.set)
    return (oneSet && ABSENT.test(error)) || (places.length === 1 && error === FULL) ? null : error
  }

  async has(place: Place): Promise<boolean> {
    const [error] = await this.#nft.run(probeLine(place))
    if (error === EXISTS) return true
    if (error === undefined || error === FULL || ABSENT.test(error)) return false
    throw new SipguardError('ENFORCE_FAILED', `nft cannot tell whether ${place.key} is banned: ${error}`)
  }

  async list(onElement: (listed: Listed) => void): Promise<void> {
    const { status, stderr } = await this.#place(['nft', '-n', `list table ${TABLE}`], '', nftListReader(onElement))
    if (status !== 0) throw new SipguardError('ENFORCE_FAILED', `nft cannot list the table ${TABLE}: ${reasonIn(status, stderr)}`)
  }

  close(): Promise<void> {
    return this.#nft.close()
  }
}

async function take(run: RunProgram, script: string | Iterable<string>): Promise<string | null> {
  const { status, stderr } = await run(['nft', '-f', '-'], script)
  return status === 0 ? null : reasonIn(status, stderr)
}

function reasonIn(status: number | null, stderr: string): string {
  return errorsIn(stderr)[0] ?? (stderr.trim() || `nft ended with ${status}`)
}

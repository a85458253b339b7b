import { SipguardError } from '../errors.ts'
import type { Firewall, FirewallOptions } from './firewall.ts'
import { type Driver, KernelFirewall, type TimedPlace } from './kernel-firewall.ts'
import { type Machine, withDefaults } from './machine.ts'
import { NftProcess } from './nft-process.ts'
import { addLine, ensureScript, type NftRules, probeLine, removeLine, replaceScript, TABLE } from './nft-script.ts'
import { errorsIn } from './nft-session.ts'
import type { Place } from './place.ts'
import { programs, type RunProgram } from './program.ts'

/** A transaction of a million elements takes seconds, so it has more time than one line. */
const PLACING_MS = 60_000

/** strerror(3) of what the kernel answers, with LC_ALL=C. */
const EXISTS = 'File exists'
const ABSENT = /^No such file or directory/
const FULL = 'Too many open files in system'

/**
 * Table `inet sipguard`. Never lists, gets or flushes anything: in nft 1.0.6 each of these reads all elements of all sets.
 * A ban longer than 99,999,999 s is placed for that long.
 */
export function nftables(options: FirewallOptions, machine: Machine = {}): Firewall {
  const { command, lock, answerMs, size } = withDefaults(machine)
  const nft = new NftProcess(command, answerMs, options.onNotice)
  return new KernelFirewall(new NftDriver(nft, programs(command, PLACING_MS), { never: options.never, size }), options, lock)
}

class NftDriver implements Driver {
  readonly name = 'nftables'
  readonly #nft: NftProcess
  readonly #run: RunProgram
  readonly #rules: NftRules

  constructor(nft: NftProcess, run: RunProgram, rules: NftRules) {
    this.#nft = nft
    this.#run = run
    this.#rules = rules
  }

  replace(places: readonly TimedPlace[]): Promise<string | null> {
    return this.#place(replaceScript(this.#rules, places))
  }

  ensure(): Promise<string | null> {
    return this.#place(ensureScript(this.#rules))
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
    // Without its set it is not there; and only what is not there needs room in a full set.
    const absent = error === undefined || (places.length === 1 && (error === FULL || ABSENT.test(error)))
    return absent ? null : error
  }

  async has(place: Place): Promise<boolean> {
    const [error] = await this.#nft.run(probeLine(place))
    if (error === EXISTS) return true
    if (error === undefined || error === FULL || ABSENT.test(error)) return false
    throw new SipguardError('ENFORCE_FAILED', `nft cannot tell whether ${place.key} is banned: ${error}`)
  }

  close(): Promise<void> {
    return this.#nft.close()
  }

  async #place(script: string): Promise<string | null> {
    const { status, stderr } = await this.#run(['nft', '-f', '-'], script)
    return status === 0 ? null : (errorsIn(stderr)[0] ?? (stderr.trim() || `nft ended with ${status}`))
  }
}

import { SipguardError } from '../errors.ts'
import type { Firewall, FirewallOptions } from './firewall.ts'
import {
  addScript,
  BAN_SETS,
  createArguments,
  FAMILIES,
  markScript,
  memberOf,
  removeScript,
  replaceScript,
  rulesProbe,
  rulesScript,
  savedElement,
  sentinelTests,
  setOf,
  temporary,
} from './ipset-script.ts'
import { type Driver, KernelFirewall } from './kernel-firewall.ts'
import { type Machine, PLACING_MS, withDefaults } from './machine.ts'
import type { Listed, Place, TimedPlace } from './place.ts'
import { programs, type RunProgram } from './program.ts'

/** ipset's own words; source: ipset lib/errcode.c and src/ipset.c. */
const SET_ABSENT = /The set with the given name does not exist/
const ALREADY = /already (?:exists|added)/
const IN_SET = /is in set/g
const NOT_IN_SET = /is NOT in set/
const FULL = /is full/
/** Exit status of iptables-restore for a rule, chain or set that is not there; others mean that it could not look (iptables(8)). */
const NO_RULE = [1, 2]

/**
 * The sets sipguard4 and sipguard6 with their -end for endpoints, and the chain SIPGUARD in the raw table, which comes before conntrack
 * and every NAT: so it also cuts established, forwarded and DNATed flows. A ban longer than 2,147,483 s (24.8 days) is placed for that
 * long and must be added again before it ends.
 */
export function iptables(options: FirewallOptions, machine: Machine = {}): Firewall {
  const { command, lock, answerMs, size } = withDefaults(machine)
  const driver = new IptablesDriver(programs(command, PLACING_MS), programs(command, answerMs), options.never, size)
  return new KernelFirewall(driver, options, lock)
}

class IptablesDriver implements Driver {
  readonly name = 'iptables'
  readonly #place: RunProgram
  readonly #run: RunProgram
  readonly #never: FirewallOptions['never']
  readonly #size: number

  constructor(place: RunProgram, run: RunProgram, never: FirewallOptions['never'], size: number) {
    this.#place = place
    this.#run = run
    this.#never = never
    this.#size = size
  }

  /** The sets are filled beside the ones in force and swapped with them: each packet meets the old or the new, never none. */
  async replace(places: readonly TimedPlace[]): Promise<string | null> {
    const reason = await this.#createSets()
    if (reason !== null) return reason
    await this.#dropTemporary() // left behind when we were killed here; no other process has one, we hold the lock
    const { status, stderr } = await this.#place(['ipset', 'restore'], replaceScript(this.#size, places))
    if (status !== 0) {
      await this.#dropTemporary()
      return reasonIn(stderr)
    }
    return this.#placeRules()
  }

  async ensure(): Promise<string | null> {
    return (await this.#createSets()) ?? (await this.#placeRules())
  }

  async add(places: readonly TimedPlace[]): Promise<string | null> {
    const { status, stderr } = await this.#run(['ipset', '-exist', 'restore'], addScript(places))
    if (status === 0) return null
    // No element is to blame, so looking for one would be in vain.
    if (SET_ABSENT.test(stderr)) throw new SipguardError('ENFORCE_FAILED', 'the sets of sipguard are no longer in the kernel')
    return reasonIn(stderr)
  }

  async remove(places: readonly Place[]): Promise<string | null> {
    const { status, stderr } = await this.#run(['ipset', '-exist', 'restore'], removeScript(places))
    const oneSet = places.every((place) => place.set === places[0]?.set)
    return status === 0 || (SET_ABSENT.test(stderr) && oneSet) ? null : reasonIn(stderr)
  }

  async has(place: Place): Promise<boolean> {
    const { status, stderr } = await this.#run(['ipset', 'test', setOf(place), memberOf(place)])
    if (status === 0) return place.set !== 'ban6' || this.#hasExactly(place)
    if (NOT_IN_SET.test(stderr) || SET_ABSENT.test(stderr)) return false
    throw new SipguardError('ENFORCE_FAILED', `ipset cannot tell whether ${place.key} is banned: ${reasonIn(stderr)}`)
  }

  async mark(): Promise<string | null> {
    const { status, stderr } = await this.#run(['ipset', '-exist', 'restore'], markScript())
    return status === 0 ? null : reasonIn(stderr)
  }

  /** Known limit: a foreign rule that was put before our jump is not seen. */
  async intact(): Promise<string | null> {
    const { stderr } = await this.#run(['ipset', '-'], sentinelTests())
    if (SET_ABSENT.test(stderr)) return 'a set of sipguard is gone'
    if (NOT_IN_SET.test(stderr)) return 'a set of sipguard was emptied'
    if (stderr.match(IN_SET)?.length !== BAN_SETS.length) throw new SipguardError('ENFORCE_FAILED', `ipset: ${reasonIn(stderr)}`)
    for (const family of FAMILIES) {
      const argv = [`${family.iptables}-restore`, '-w', '5', '--noflush'] as const // with --test it would not look
      const probe = await this.#run(argv, rulesProbe(family, this.#never))
      if (NO_RULE.includes(probe.status ?? 0)) return `rules of sipguard in the raw table of ${family.iptables} are gone`
      if (probe.status !== 0) throw new SipguardError('ENFORCE_FAILED', `${family.iptables}-restore: ${reasonIn(probe.stderr)}`)
    }
    return null
  }

  async list(onElement: (listed: Listed) => void): Promise<void> {
    for (const set of BAN_SETS) {
      const { status, stderr } = await this.#place(['ipset', 'save', set.set], '', (line) => {
        const element = savedElement(set, line)
        if (element !== null) onElement(element)
      })
      if (status !== 0) throw new SipguardError('ENFORCE_FAILED', `ipset cannot list ${set.set}: ${reasonIn(stderr)}`)
    }
  }

  async close(): Promise<void> {}

  /**
   * `ipset test` also says yes to an IPv6 address whose /64 is in the set. Adding tells them apart, and lets nothing more or less
   * through: it is dropped already. The second's time-out is for the case that we die before deleting it again.
   */
  async #hasExactly(place: Place): Promise<boolean> {
    const script = addScript([{ ...place, seconds: 1 }]) + removeScript([place])
    const { status, stderr } = await this.#run(['ipset', 'restore'], script)
    if (status !== 0 && !ALREADY.test(stderr) && !FULL.test(stderr)) {
      throw new SipguardError('ENFORCE_FAILED', `ipset cannot tell whether ${place.key} is banned: ${reasonIn(stderr)}`)
    }
    return ALREADY.test(stderr)
  }

  async #createSets(): Promise<string | null> {
    for (const set of BAN_SETS) {
      const { status, stderr } = await this.#place(['ipset', 'create', set.set, ...createArguments(set, this.#size)])
      if (status !== 0 && !ALREADY.test(stderr)) return reasonIn(stderr)
    }
    return null
  }

  async #dropTemporary(): Promise<void> {
    for (const { set } of BAN_SETS) await this.#run(['ipset', 'destroy', temporary(set)])
  }

  async #placeRules(): Promise<string | null> {
    for (const family of FAMILIES) {
      const jump = await this.#place([family.iptables, '-w', '5', '-t', 'raw', '-C', 'PREROUTING', '-j', 'SIPGUARD'])
      const script = rulesScript(family, this.#never, jump.status === 0)
      const { status, stderr } = await this.#place([`${family.iptables}-restore`, '-w', '5', '--noflush'], script)
      if (status !== 0) return reasonIn(stderr)
    }
    return null
  }
}

/** What the tool says, on one line, without ipset's version and the line of a script nobody sees. */
function reasonIn(stderr: string): string {
  return stderr
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/^ipset v\S+: (?:Error in line \d+: )?/, '')
}

import { canonicalAddress, formatCidr, networkOf } from '../address.ts'
import type { Jail } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import type { Ban, Decision, Detection, SkipReason } from '../types.ts'
import { Bans, endOf } from './bans.ts'
import { readCidr } from './cidr-set.ts'
import type { Decider, TrustBook } from './decider.ts'
import { Offences } from './offences.ts'
import { type Evidence, TABLE } from './table.ts'

export { createTrustBook } from './trust-book.ts'

/** How long a ban is remembered after its end where the jail has no `bantime.increment`: 4 weeks. */
const OFFENCE_MEMORY_MS = 4 * 6048e5
const MOST_OFFENCES = 500_000

export interface DeciderOptions {
  readonly jails: readonly Jail[]
  readonly trust: TrustBook
  /** Written into every ban. */
  readonly node: string
  /** Most addresses whose bans are counted. Default: 500 000. */
  readonly maxOffences?: number
}

/**
 * `drain().lifted` may name an address that `drain().bans` names too (banned anew, or another scope still stands): apply what is lifted
 * first. `ban` and `unban` throw SipguardError ADDRESS_INVALID for what is no address.
 */
export function createDecider({ jails, trust, node, maxOffences = MOST_OFFENCES }: DeciderOptions): Decider {
  const bans = new Bans()
  const offences = new Offences(maxOffences)
  let jailsByName = new Map(jails.map((jail) => [jail.name, jail]))

  function refusal(ip: string, evidence: Evidence, nowMs: number): SkipReason | null {
    const measure = TABLE[trust.levelOf(ip, nowMs)][evidence]
    return measure.type === 'skip' ? measure.why : null
  }

  /** The ban that a detection asks for, or why there is none. */
  function weigh(detection: Detection, jail: Jail, nowMs: number): Ban | SkipReason {
    const why = refusal(detection.ip, detection.proved ? 'proved' : 'unproved', nowMs)
    if (why !== null) return why
    // The first stage of a jail with `then:` only puts its key under attack.
    if (jail.alertonly || (jail.then !== null && detection.stage === 1)) return 'alert-only'
    const nth = offences.next(detection.ip, nowMs)
    const bantimeMs = bantimeOf(jail, detection.stage, nth)
    const ban = banOf(detection, bantimeMs === null ? null : detection.atMs + bantimeMs, nth, nowMs)
    if (endOf(ban) <= nowMs) return 'too-old'
    return bans.find(detection.ip, nowMs) ? 'already-banned' : ban
  }

  function banOf(detection: Detection, untilMs: number | null, nth: number, nowMs: number): Ban {
    const { ip, jail, atMs, count } = detection
    const network = networkOf(ip)
    const prefix = network === ip || trust.holdsTrusted(network, nowMs) ? null : network
    return { ip, scope: prefix ? 'prefix' : 'address', prefix, port: null, transport: null, jail, fromMs: atMs, untilMs, nth, count, node }
  }

  function impose(ban: Ban): void {
    bans.add(ban)
    offences.note(ban.ip, ban.nth, ban.untilMs, jailsByName.get(ban.jail)?.increment?.maxtimeMs ?? OFFENCE_MEMORY_MS)
  }

  return {
    decide(detections, nowMs) {
      const decisions: Decision[] = []
      const longest = new Map<string, Extract<Decision, { type: 'ban' }>>()
      for (const detection of detections) {
        const jail = jailsByName.get(detection.jail)
        // Its jail was removed while it was on its way.
        if (!jail) continue
        const found = weigh(detection, jail, nowMs)
        if (typeof found === 'string') {
          decisions.push({ type: 'skip', ip: detection.ip, jail: jail.name, why: found, detection })
          continue
        }
        const best = longest.get(networkOf(found.ip))
        if (!best || endOf(found) > endOf(best.ban)) longest.set(networkOf(found.ip), { type: 'ban', ban: found, detection })
      }
      for (const decision of longest.values()) {
        impose(decision.ban)
        decisions.push(decision)
      }
      return decisions
    },

    ban(address, jail, forMs, nowMs) {
      const ip = canonicalAddress(address)
      if (ip === null) throw new SipguardError('ADDRESS_INVALID', `expected an IP address, got '${address}'`)
      const detection: Detection = { jail, stage: 1, key: ip, ip, atMs: nowMs, count: 0, hits: [], proved: true }
      const skip = (why: SkipReason): Decision => ({ type: 'skip', ip, jail, why, detection })
      const why = refusal(ip, 'request', nowMs)
      if (why !== null) return skip(why)
      const present = bans.find(ip, nowMs)
      // A longer ban in place of a shorter one is no new offence.
      const ban = banOf(detection, forMs === null ? null : nowMs + forMs, present?.nth ?? offences.next(ip, nowMs), nowMs)
      if (endOf(ban) <= nowMs) return skip('too-old')
      if (present && endOf(present) >= endOf(ban)) return skip('already-banned')
      impose(ban)
      return { type: 'ban', ban, detection }
    },

    unban(address) {
      const target = canonicalAddress(address) ?? formatCidr(readCidr(address))
      const ended = bans.covering(target)
      for (const ban of ended) bans.end(ban)
      offences.forgive(target.includes('/') ? target : networkOf(target))
      return ended
    },

    expire(nowMs) {
      offences.expire(nowMs)
      return bans.expire(nowMs)
    },

    find: (ip, nowMs) => bans.find(ip, nowMs),
    active: (nowMs) => bans.active(nowMs),
    drain: () => ({ ...bans.drain(), ...offences.drain() }),

    restore(restoredBans, restoredOffences) {
      for (const ban of restoredBans) bans.restore(ban)
      for (const offence of restoredOffences) offences.restore(offence)
    },

    reconfigure(jails) {
      jailsByName = new Map(jails.map((jail) => [jail.name, jail]))
    },
  }
}

/** min(bantime × factor^(nth − 1), maxtime), ms; null: for ever. */
function bantimeOf(jail: Jail, stage: 1 | 2, nth: number): number | null {
  const { bantimeMs } = stage === 2 && jail.then ? jail.then : jail
  if (bantimeMs === null || jail.increment === null) return bantimeMs
  return Math.min(bantimeMs * jail.increment.factor ** (nth - 1), jail.increment.maxtimeMs)
}

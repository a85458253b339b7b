import { networkOf } from '../address.ts'
import { RecentAddresses } from '../explain/recent-addresses.ts'
import { Seen } from '../explain/seen.ts'
import type { ToldBan } from '../explain/why.ts'
import { whyNotJson } from '../explain/why-not.ts'
import type { Judge } from '../judge.ts'
import type { Ban, Decision, SipEvent } from '../types.ts'
import { userOf } from '../user-name.ts'
import type { Span } from './compare.ts'

/** What is known here of an address at the moment when Fail2Ban bans it. */
export interface Sight {
  /** Why it is not banned here, as `why-not` says it: the word and the sentence. */
  readonly cause: string
  readonly text: string
  /** Users known as phones there: the ban locks them out. */
  readonly phones: readonly string[]
  /** Users who succeeded from there afterwards. */
  readonly later: ReadonlySet<string>
}

/** What is known here when each of their bans begins: looked at while the lines go by, for afterwards it is forgotten. */
export function createSights(judge: Pick<Judge, 'trust' | 'detector'>, theirs: readonly Span[]) {
  const waiting = theirs.toSorted((a, b) => b.fromMs - a.fromMs)
  const addresses = new Set(theirs.map(({ ip }) => ip))
  const networks = new Set([...addresses].map(networkOf))
  // It remembers half as many at the least.
  const seen = new Seen(new RecentAddresses(2 * addresses.size))
  const newest = new Map<string, Ban>()
  const sights = new Map<Span, Sight>()
  const succeeded = new Map<string, Set<string>[]>()

  function look(ban: Span): void {
    const { ip, fromMs } = ban
    const level = judge.trust.levelOf(ip, fromMs)
    const lines = seen.of(ip)
    const { cause, text } = whyNotJson({
      ...{
        ip,
        level,
        by: null,
        allowEntry: null,
        nowMs: fromMs,
        backend: 'none',
        lastError: null,
        bans: toldOf(newest.get(networkOf(ip)), fromMs),
      },
      // The window of its /64 says nothing of an address that no line names.
      ...{ seen: lines, windows: lines === null ? [] : judge.detector.openWindows(ip) },
      ...{ forgottenUntilMs: Number.NEGATIVE_INFINITY, troubles: [] },
    })
    const later = new Set<string>()
    sights.set(ban, { cause, text, phones: judge.trust.phonesAt(ip, fromMs), later })
    const all = succeeded.get(ip) ?? []
    all.push(later)
    succeeded.set(ip, all)
  }

  return {
    /** Every event, before it is judged. */
    event(event: SipEvent): void {
      while (waiting.length > 0 && waiting.at(-1)!.fromMs < event.atMs) look(waiting.pop()!)
      const { ip, kind, why } = event
      if (ip === null || !addresses.has(ip)) return
      seen.note(event)
      const user = userOf(event)
      if (user === null || why !== null || (kind !== 'registration' && kind !== 'auth_success')) return
      for (const later of succeeded.get(ip) ?? []) later.add(user)
    },
    decision(decision: Decision): void {
      if (decision.type === 'skip' && addresses.has(decision.ip)) seen.skip(decision)
      if (decision.type !== 'ban') return
      const network = networkOf(decision.ban.ip)
      if (networks.has(network)) newest.set(network, decision.ban)
    },
    /** After the last line. */
    end(): void {
      while (waiting.length > 0) look(waiting.pop()!)
    },
    /** Of one of their bans, after the end. */
    of: (ban: Span): Sight => sights.get(ban)!,
  }
}
export type Sights = ReturnType<typeof createSights>

function toldOf(ban: Ban | undefined, atMs: number): ToldBan[] {
  if (ban === undefined) return []
  const isActive = ban.untilMs === null || ban.untilMs > atMs
  return [{ ban, isActive, evidence: null, liftedMs: null, liftedBy: null, verified: null, packets: null }]
}

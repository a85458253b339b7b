import { formatDuration } from '../duration.ts'
import { coverage, stamp } from '../report.ts'
import type { OpenWindow, SkipReason, TrustLevel } from '../types.ts'
import { NOT_COUNTED } from './not-counted.ts'
import { COUNTED, type SeenAddress } from './seen.ts'
import type { ToldBan } from './why.ts'

export interface WhyNotJson {
  readonly ip: string
  readonly banned: boolean
  /** One word of CAUSES in docs/why.md. */
  readonly cause: string
  readonly text: string
  readonly remedy: string | null
}

export interface WhyNotFacts {
  readonly ip: string
  readonly nowMs: number
  readonly level: TrustLevel
  /** The entry or interface that gives it that level, where it is known. */
  readonly by: string | null
  /** The entry of the allow list that allows it; null: none does. */
  readonly allowEntry: string | null
  /** `none`: nothing is enforced. */
  readonly backend: string
  readonly lastError: string | null
  /** The newest first. */
  readonly bans: readonly ToldBan[]
  readonly seen: SeenAddress | null
  readonly windows: readonly OpenWindow[]
  /** Until when its lines do not count, for somebody unbanned it, epoch ms; -Infinity: they do. */
  readonly forgottenUntilMs: number
  /** Sources that are not read, or far behind, each in words. */
  readonly troubles: readonly string[]
}

type Cause = Pick<WhyNotJson, 'cause' | 'text' | 'remedy'>
const because = (cause: string, text: string, remedy: string | null = null): Cause => ({ cause, text, remedy })

/** THE cause why an address is not banned: the first that holds of what follows, from what stands in the way of any ban to what is missing. */
export function whyNotJson(facts: WhyNotFacts): WhyNotJson {
  const { ip } = facts
  const found = ofActiveBan(facts) ?? ofTrust(facts) ?? ofPast(facts) ?? ofSkips(facts) ?? ofCounting(facts) ?? ofNothing(facts)
  return { ip, banned: facts.bans.some(({ isActive }) => isActive), ...found }
}

function ofActiveBan({ ip, bans, backend, lastError }: WhyNotFacts): Cause | null {
  const told = bans.find(({ isActive }) => isActive)
  if (!told) return null
  const { ban, verified } = told
  const is = `${coverage(ban)} is banned by [${ban.jail}] since ${stamp(ban.fromMs)}`
  if (backend === 'none') {
    return because(
      'observe-only',
      `${is}, but nothing is enforced: this daemon only observes`,
      'start it with --enforce nftables, or set enforce:',
    )
  }
  if (verified === false) {
    return because(
      'not-enforced',
      `${is}, but ${backend} does not have it: ${lastError ?? 'it is on its way'}`,
      "see 'sipguard status'; it is tried again",
    )
  }
  const rest = ban.scope === 'endpoint' ? '; other ports of this address are not' : ''
  return because('banned', `${is}${rest}`, `sipguard why ${ip} shows what led to it, sipguard unban ${ip} lifts it`)
}

function ofTrust({ ip, level, by, allowEntry }: WhyNotFacts): Cause | null {
  const through = by === null ? '' : ` (${by})`
  switch (level) {
    case 'self':
      return because('self', `${ip} is an address of this host or fleet${through}`)
    case 'allowed':
      return because('allowed', `${ip} is allowed${through}`, takeOut(allowEntry))
    case 'peer':
      return because('peer', `${ip} is a peer${through}: it is alerted of, never banned`, 'take it out of peers: if it is none')
    default:
      return null
  }
}

const takeOut = (entry: string | null): string =>
  entry === null ? 'take the entry out of ignoreip: in the configuration' : `take the entry out: sipguard allow rm ${entry}`

/** It was banned, and nothing has counted since. */
function ofPast({ bans, seen, forgottenUntilMs, nowMs }: WhyNotFacts): Cause | null {
  const [told] = bans
  const countedMs = seen?.countedMs ?? Number.NEGATIVE_INFINITY
  if (told === undefined) {
    if (forgottenUntilMs === Number.NEGATIVE_INFINITY || countedMs > forgottenUntilMs) return null
    return because('cleared', `somebody unbanned it at ${stamp(forgottenUntilMs)}: what had counted before counts no longer`)
  }
  const { ban, liftedMs, liftedBy } = told
  const what = `the ban of ${coverage(ban)} by [${ban.jail}]`
  if (liftedMs !== null && countedMs <= liftedMs) {
    const who = { unban: 'somebody', fleet: 'another node', trusted: 'the address came to be trusted, which' }[liftedBy ?? 'unban']
    return because('lifted', `${who} ended ${what} at ${stamp(liftedMs)}, and nothing has counted since`)
  }
  if (liftedMs !== null || ban.untilMs === null || ban.untilMs > nowMs || countedMs > ban.untilMs) return null
  return because('over', `${what} is over since ${stamp(ban.untilMs)}, and nothing has counted since`)
}

/** What a full window led to instead, by how much it explains. */
const SKIPS: readonly (readonly [SkipReason, string, string | null])[] = [
  [
    'phone',
    'a phone is known at this address: only a failing endpoint is banned there, and none that may be the phone’s',
    'see docs/trust.md',
  ],
  ['too-old', 'its lines were read so late that the ban would have been over', 'see whether a source is behind: sipguard status'],
  ['alert-only', 'that jail only alerts', 'see alertonly: of the jail'],
]

function ofSkips({ seen, level }: WhyNotFacts): Cause | null {
  if (seen === null) return null
  for (const [why, text, remedy] of SKIPS) {
    const skip = seen.skips.get(why)
    // What is counted since tells more.
    if (skip !== undefined && seen.countedMs <= skip.atMs) {
      return because(why, `[${skip.jail}] was full at ${stamp(skip.atMs)}, but ${text}`, remedy)
    }
  }
  if (level !== 'phone' || !seen.lines.has(COUNTED)) return null
  return because(
    'phone',
    'a phone is known at this address: its failures count for each of its ports alone, and never against a phone’s own',
    'see docs/trust.md',
  )
}

function ofCounting({ ip, seen, windows, nowMs }: WhyNotFacts): Cause | null {
  const [full] = windows.filter(({ bans, spared, count, maxretry }) => bans && spared && count >= maxretry)
  if (full)
    return because('spared', `[${full.jail}] is full, but spares ${ip} for it had a success within ${formatDuration(full.findtimeMs)}`)
  const live = windows.filter(({ bans, hits, findtimeMs }) => bans && (hits.at(-1)?.atMs ?? 0) + findtimeMs >= nowMs)
  const nearest = live.toSorted((a, b) => b.count / b.maxretry - a.count / a.maxretry)[0]
  if (nearest) {
    const { jail, count, maxretry, findtimeMs } = nearest
    const missing = `${maxretry - count} more within ${formatDuration(findtimeMs)}`
    return because(
      'below-threshold',
      `[${jail}] has ${count} of ${maxretry}: ${missing} would ban it`,
      'to try other settings: sipguard replay --set',
    )
  }
  const counted = seen?.lines.get(COUNTED)
  if (!counted) return null
  const lines = `${counted.count} line${counted.count === 1 ? '' : 's'} counted, the last one at ${stamp(seen!.countedMs)}`
  return windows.length > 0
    ? because('too-slow', `${lines}: never enough within a jail's findtime`, 'to try other settings: sipguard replay --set')
    : because('no-window', `${lines}: none stands in a window any more, or no jail looks at such lines`, "see 'sipguard jail list'")
}

function ofNothing({ ip, seen, troubles }: WhyNotFacts): Cause {
  const [most] = [...(seen?.lines ?? [])].sort(([, a], [, b]) => b.count - a.count)
  if (most) {
    const [why, { count }] = most
    return because(
      'not-counted',
      `nothing that was seen of ${ip} counts: ${count} × ${NOT_COUNTED[why] ?? why}`,
      `sipguard why ${ip} shows the last lines`,
    )
  }
  if (troubles.length > 0)
    return because(
      'source-trouble',
      `nothing was seen of ${ip}, and not everything is read: ${troubles.join('; ')}`,
      "see 'sipguard status'",
    )
  return because(
    'nothing-seen',
    `nothing was seen of ${ip} since the start of the daemon`,
    "see whether its log is a source ('sipguard status'), and what a line of it is: sipguard classify",
  )
}

import { coverage } from '../report.ts'
import { compare, type Episode, type Verdict, verdictOf } from './compare.ts'
import type { Fail2BanBan, Fail2BanLog } from './fail2ban-log.ts'
import type { Mentions } from './mentions.ts'
import { foundBefore, type OwnBan, whyOnlyFail2Ban, whyOnlySipguard } from './reasons.ts'
import type { Sights } from './sights.ts'

/** Fail2Ban bans after the last line was written, by its sleep and by what its actions take. */
const LATE_MS = 6e4
/** Causes of why-not: more such lines, or faster ones, would have banned it here. */
const TOO_FEW: ReadonlySet<string> = new Set(['below-threshold', 'too-slow'])

/** One episode, as `--json` prints it; names are a contract (docs/cli.md). Of each side its first ban. */
export interface ShadowRow {
  readonly verdict: Verdict
  readonly ip: string
  readonly at: string
  readonly fail2ban_jail: string | null
  readonly fail2ban_at: string | null
  /** Null: for ever, or not known. */
  readonly fail2ban_until: string | null
  /** Lines that it had found within its findtime; null: its log does not say. */
  readonly fail2ban_found: number | null
  readonly sipguard_jail: string | null
  readonly sipguard_at: string | null
  readonly sipguard_until: string | null
  /** The address, its /64, or a port of it. */
  readonly sipguard_covers: string | null
  /** Of both: negative where Fail2Ban was earlier. */
  readonly sipguard_earlier_seconds: number | null
  /** Users known as phones at the address when Fail2Ban banned it. */
  readonly locked_out: readonly string[]
  /** Of only-fail2ban: its lines count here, and more of them would have banned it. */
  readonly below_threshold: boolean
  /** Why the other side did not ban; null of both. */
  readonly reason: string | null
}

export interface ShadowSummary {
  readonly from: string
  readonly to: string
  readonly lines: number
  /** Lines that a rule knew, and those of them that were a success: without any, nobody's phone can be known. */
  readonly recognised: number
  readonly successes: number
  readonly jails: readonly string[]
  readonly both: number
  readonly only_fail2ban: number
  readonly only_sipguard: number
  readonly below_threshold: number
  readonly locked_out: number
  readonly sipguard_first: number
  readonly fail2ban_first: number
  /** Null: there is no such ban. */
  readonly median_seconds_earlier: number | null
}

/** When both logs say something, epoch ms. */
export interface Period {
  readonly fromMs: number
  readonly toMs: number
}

/** What was read of the SIP servers' logs. */
export type ReadCounts = Pick<ShadowSummary, 'lines' | 'recognised' | 'successes'>

/** What both sides did. */
export interface Sides {
  /** In the jails that are compared. */
  readonly theirs: readonly Fail2BanBan[]
  readonly ours: readonly OwnBan[]
  readonly period: Period
}

export type Pair = Episode<Fail2BanBan, OwnBan>

/** The episodes that began within the period. */
export function episodesOf({ theirs, ours, period }: Sides): Pair[] {
  return compare(theirs, ours).filter(({ fromMs }) => fromMs >= period.fromMs && fromMs <= period.toMs + LATE_MS)
}

/** What is known of both sides, to tell an episode. */
export interface Known {
  readonly log: Fail2BanLog
  readonly jails: readonly string[]
  readonly sights: Pick<Sights, 'of'>
  readonly mentions: ReadonlyMap<string, Mentions>
}

export function rowOf(episode: Pair, known: Known): ShadowRow {
  const { log, jails, sights, mentions } = known
  const verdict = verdictOf(episode)
  const [theirs] = episode.theirs
  const [ours] = episode.ours
  const sight = theirs ? sights.of(theirs) : null
  const { ip } = (theirs ?? ours)!
  return {
    ...{ verdict, ip, at: iso(episode.fromMs) },
    fail2ban_jail: theirs?.jail ?? null,
    fail2ban_at: theirs ? iso(theirs.fromMs) : null,
    fail2ban_until: endOf(theirs),
    fail2ban_found: theirs ? foundBefore(log, theirs.jail, ip, theirs.fromMs) : null,
    sipguard_jail: ours?.jail ?? null,
    sipguard_at: ours ? iso(ours.fromMs) : null,
    sipguard_until: endOf(ours),
    sipguard_covers: ours ? coverage(ours) : null,
    sipguard_earlier_seconds: theirs && ours ? Math.round((theirs.fromMs - ours.fromMs) / 100) / 10 : null,
    locked_out: [...new Set(episode.theirs.flatMap((ban) => sights.of(ban).phones))],
    below_threshold: verdict === 'only-fail2ban' && TOO_FEW.has(sight!.cause),
    reason:
      verdict === 'both'
        ? null
        : theirs
          ? whyOnlyFail2Ban(theirs, sight!, mentions.get(ip) ?? null, log)
          : whyOnlySipguard(ours!, log, jails),
  }
}

export function summaryOf(
  rows: readonly ShadowRow[],
  { read, jails, period }: { read: ReadCounts; jails: readonly string[]; period: Period },
): ShadowSummary {
  const count = (holds: (row: ShadowRow) => boolean) => rows.filter(holds).length
  const earlier = rows.flatMap(({ sipguard_earlier_seconds: seconds }) => (seconds === null ? [] : [seconds])).sort((a, b) => a - b)
  return {
    ...{ from: iso(period.fromMs), to: iso(period.toMs), ...read, jails },
    both: count(({ verdict }) => verdict === 'both'),
    only_fail2ban: count(({ verdict }) => verdict === 'only-fail2ban'),
    only_sipguard: count(({ verdict }) => verdict === 'only-sipguard'),
    below_threshold: count(({ below_threshold }) => below_threshold),
    locked_out: count(({ locked_out }) => locked_out.length > 0),
    sipguard_first: earlier.filter((seconds) => seconds > 0).length,
    fail2ban_first: earlier.filter((seconds) => seconds < 0).length,
    median_seconds_earlier: earlier[Math.floor(earlier.length / 2)] ?? null,
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()

const endOf = (ban: Fail2BanBan | OwnBan | undefined): string | null => (ban?.untilMs == null ? null : iso(ban.untilMs))

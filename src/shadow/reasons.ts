import { formatDuration } from '../duration.ts'
import type { Ban } from '../types.ts'
import type { Fail2BanBan, Fail2BanLog } from './fail2ban-log.ts'
import type { Mentions } from './mentions.ts'
import type { Sight } from './sights.ts'

/** Before our ban, where Fail2Ban does not say its findtime: the default of its jail.conf is 10 minutes. */
const FINDTIME_MS = 6e5

/** Of whom a caller's text is told. */
const MOST_SENDERS = 3

/** A ban of ours, and what filled its window last. */
export interface OwnBan extends Ban {
  /** `opensips/failed-registration` */
  readonly rule: string
}

/** Why Fail2Ban banned whom we did not; not escaped. `mentions` null: they were not looked for, or there are none. */
export function whyOnlyFail2Ban({ ip, jail, fromMs }: Fail2BanBan, sight: Sight, mentions: Mentions | null, log: Fail2BanLog): string {
  const found = foundBefore(log, jail, ip, fromMs)
  const theirs = found === 0 ? 'Fail2Ban had found no line of it: somebody may have banned it by hand' : ''
  const here = sight.cause === 'nothing-seen' ? unseen(ip, mentions) : sight.text
  const later = [...sight.later].filter((user) => !sight.phones.includes(user))
  return [here, later.length > 0 ? `${names(later)} succeeded from there later` : '', theirs].filter((part) => part !== '').join('; ')
}

/** Why we banned whom Fail2Ban did not; not escaped. `jails`: those of Fail2Ban that are compared. */
export function whyOnlySipguard({ ip, jail, rule, count, fromMs, untilMs }: OwnBan, log: Fail2BanLog, jails: readonly string[]): string {
  const here = `[${jail}] ${count} found, the last one ${rule}`
  const ignoring = jails.find((name) => log.ignored.get(name)?.has(ip))
  if (ignoring !== undefined) return `${here}; Fail2Ban ignores the address ([${ignoring}] ignoreip)`
  if (log.pauses.some((pause) => pause.fromMs <= fromMs && fromMs < pause.untilMs)) return `${here}; Fail2Ban was not running`
  if (!saysFound(log)) return `${here}; Fail2Ban's log does not say what it finds (its loglevel is above INFO)`
  const best = jails
    .map((name) => ({ name, ...foundWithin(log, name, ip, fromMs, untilMs) }))
    .reduce((most, each) => (each.found > most.found ? each : most), { name: '', found: 0, of: '' })
  if (best.found === 0) return `${here}; Fail2Ban found no line of it: its filter does not know these lines, or it does not read this log`
  return `${here}; Fail2Ban's [${best.name}] found ${best.found}${best.of}`
}

function unseen(ip: string, mentions: Mentions | null): string {
  if (mentions === null) return `no line of ${ip} is in the logs that were read`
  const { lines, ambiguous, unknown, senders, source, offset } = mentions
  const whose = [
    ...[...senders].slice(0, MOST_SENDERS).map(([sender, count]) => `${count} of ${sender}`),
    senders.size > MOST_SENDERS ? 'others' : '',
    ambiguous > 0 ? `${ambiguous} that may be read in more than one way` : '',
    unknown > 0 ? `${unknown} that no rule knows` : '',
  ].filter((part) => part !== '')
  const who = ambiguous + unknown === 0 ? 'it did nothing: its address is text in lines of others' : 'no line is known as its own'
  return `${who} (${lines}: ${whose.join(', ')}; the last one: ${source} @${offset})`
}

const saysFound = (log: Fail2BanLog): boolean => log.found.size > 0 || log.bans.length === 0

/** How many lines of an address Fail2Ban had found within its findtime when it banned; null: its log does not say. */
export function foundBefore(log: Fail2BanLog, jail: string, ip: string, atMs: number): number | null {
  if (!saysFound(log)) return null
  const fromMs = atMs - findtimeMs(log, jail)
  return timesOf(log, jail, ip).filter((foundMs) => foundMs >= fromMs && foundMs <= atMs).length
}

/** The most that it found within one findtime around a ban of ours, and of how many. */
function foundWithin(log: Fail2BanLog, jail: string, ip: string, fromMs: number, untilMs: number | null) {
  const width = findtimeMs(log, jail)
  const times = timesOf(log, jail, ip)
    .filter((atMs) => atMs >= fromMs - width && (untilMs === null || atMs <= untilMs))
    .sort((a, b) => a - b)
  let first = 0
  let found = 0
  for (const [last, atMs] of times.entries()) {
    while (atMs - times[first]! > width) first++
    found = Math.max(found, last - first + 1)
  }
  const maxretry = log.jails.get(jail)?.maxretry ?? null
  return { found, of: maxretry === null ? '' : ` of ${maxretry} within ${formatDuration(width)}` }
}

const timesOf = (log: Fail2BanLog, jail: string, ip: string): readonly number[] => log.found.get(jail)?.get(ip) ?? []

const findtimeMs = (log: Fail2BanLog, jail: string): number => {
  const seconds = log.jails.get(jail)?.findtime ?? null
  return seconds === null ? FINDTIME_MS : seconds * 1000
}

const names = (users: readonly string[]): string => `${users.slice(0, 5).join(', ')}${users.length > 5 ? ', …' : ''}`

import { forTerminal } from '../escape.ts'
import { NOT_COUNTED } from '../explain/not-counted.ts'
import type { LineJson, NotCountedJson, WhyBanJson, WhyJson, WhyWindowJson } from '../explain/why.ts'
import { coverage, stamp } from '../report.ts'
import type { DaemonOptions } from './client.ts'
import { commandLine } from './command-line.ts'
import { formatNumber, plural } from './number.ts'
import { formatSpan } from './span.ts'

/** Lines of one ban that are shown; --json has all. */
const MOST_LINES = 20
/** Windows, the fullest first. */
const MOST_WINDOWS = 5
/** Bans that are shown in full: the newest, and those that stand. */
const MOST_PAST = 1

/** Why an address is banned or not, for a person at night; every text of a line is escaped. */
export function formatWhy(why: WhyJson, nowMs: number, where: DaemonOptions): string {
  const standing = why.bans.filter((ban) => isStanding(ban, nowMs))
  const past = why.bans.filter((ban) => !isStanding(ban, nowMs))
  const shown = [...standing, ...past.slice(0, Math.max(0, MOST_PAST - standing.length))]
  const hidden = why.bans.length - shown.length
  return [
    forTerminal(`${why.ip} ${VERDICTS[why.verdict]}; it is ${LEVELS[why.level]}`),
    ...shown.map((ban) => formatBan(ban, nowMs)),
    hidden > 0 ? `and ${plural(hidden, 'earlier ban')} (--json lists them)` : '',
    formatWindows(why.windows),
    formatNotCounted(why.not_counted),
    nextStep(why, standing, where),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

const VERDICTS = {
  banned: 'is banned',
  'was-banned': 'was banned, and is not any more',
  'not-banned': 'is not banned, and was not',
} as const
const LEVELS = {
  self: 'an address of this host or fleet',
  allowed: 'allowed',
  peer: 'a peer',
  phone: 'an address of phones',
  unknown: 'known to nobody',
} as const
const EVIDENCE = {
  unproved: 'unproved: whoever sent them may have forged the address (UDP), so the ban is short',
  proved: 'proved: the sender has that address',
  request: 'none: somebody asked for it',
} as const
const LIFTED = {
  unban: 'by somebody',
  fleet: 'by another node',
  trusted: 'for it came to be trusted',
  replaced: 'by a longer one',
} as const

const isStanding = ({ lifted_at, until }: WhyBanJson, nowMs: number): boolean =>
  lifted_at === null && (until === null || Date.parse(until) > nowMs)

function formatBan(ban: WhyBanJson, nowMs: number): string {
  const { jail, at, until, nth, window, lines, armed_by, evidence, config_version } = ban
  const length = formatSpan(until === null ? null : Date.parse(until) - Date.parse(at))
  const rows: [string, string][] = [
    [
      'ban',
      `${coverage(ban)} [${jail}] since ${when(at)}, ${length === 'for ever' ? '' : 'for '}${length}${nth > 1 ? `, ban no. ${nth}` : ''}`,
    ],
    ['ended', ended(ban, nowMs)],
    [
      'jail',
      window === null
        ? ''
        : `${window.maxretry} within ${window.findtime} → ${window.bantime === '-1' ? 'for ever' : window.bantime}; counted: ${window.key}`,
    ],
    ['evidence', `${EVIDENCE[evidence]}; the address was ${LEVELS[ban.level]}`],
    ['firewall', isStanding(ban, nowMs) ? firewall(ban) : ''],
    ['decided', `by node ${ban.node}${config_version === null ? '' : `, configuration ${config_version}`}`],
  ]
  return [
    ...rows.filter(([, text]) => text !== '').map(([name, text]) => forTerminal(`${name.padEnd(9)} ${text}`)),
    ...formatLines('had put it under attack', armed_by),
    ...(lines.length > 0
      ? formatLines('lines', lines)
      : [evidence === 'request' ? '' : 'lines     none are kept here; the node that decided may have them']),
  ]
    .filter((line) => line !== '')
    .join('\n')
}

function ended({ lifted_at, lifted_by, until }: WhyBanJson, nowMs: number): string {
  if (lifted_at !== null) return `${when(lifted_at)}, ${LIFTED[lifted_by ?? 'unban']}`
  return until !== null && Date.parse(until) <= nowMs ? when(until) : ''
}

function firewall({ firewall: { backend, verified, packets } }: WhyBanJson): string {
  if (backend === 'none') return 'nothing is enforced: this daemon only observes'
  const has = verified === null ? 'cannot be asked' : verified ? 'has it' : 'does NOT have it'
  return `${backend} ${has}${packets === null ? '' : `; ${formatNumber(packets)} packets dropped`}`
}

function formatLines(title: string, lines: readonly LineJson[]): string[] {
  if (lines.length === 0) return []
  const hidden = lines.length - MOST_LINES
  return [
    `${title} (${formatNumber(lines.length)})`,
    ...lines.slice(-MOST_LINES).map((line) => forTerminal(`  ${formatLine(line)}`)),
    ...(hidden > 0 ? [`  and ${formatNumber(hidden)} before these (--json lists them)`] : []),
  ]
}

function formatLine({ at, source, offset, text, kind, rule, id }: LineJson): string {
  const place = source === null ? id : `${source}${offset === null ? '' : ` @${offset}`}`
  return `${when(at)}  ${place}  ${text ?? `(its text was not kept)${rule === null ? '' : ` ${kind} ${rule}`}`}`
}

function formatWindows(windows: readonly WhyWindowJson[]): string {
  if (windows.length === 0) return ''
  const fullest = windows.toSorted((a, b) => b.count / b.maxretry - a.count / a.maxretry)
  const rows = fullest.map(({ jail, key, count, maxretry, findtime }) =>
    forTerminal(`  [${jail}] ${count} of ${maxretry} within ${findtime}: ${key}${count >= maxretry ? ' (held back)' : ''}`),
  )
  const hidden = rows.length - MOST_WINDOWS
  const more = hidden > 0 ? [`  and ${formatNumber(hidden)} more (--json lists them)`] : []
  return ['still counted', ...rows.slice(0, MOST_WINDOWS), ...more].join('\n')
}

function formatNotCounted(groups: readonly NotCountedJson[]): string {
  if (groups.length === 0) return ''
  const parts = groups.flatMap(({ why, count, lines }) => [
    forTerminal(`  ${formatNumber(count)} × ${NOT_COUNTED[why] ?? why}`),
    ...lines.map((line) => forTerminal(`    ${formatLine(line)}`)),
  ])
  return ['seen and not counted (the last ones of each)', ...parts].join('\n')
}

function nextStep({ ip, verdict, level }: WhyJson, standing: readonly WhyBanJson[], where: DaemonOptions): string {
  const say = (what: string, words: readonly string[]) => forTerminal(`${what}  ${commandLine(words, where)}`)
  if (standing.length > 0) return say('let it in again', ['unban', ip])
  return verdict === 'not-banned' && level !== 'self' ? say('why not', ['why-not', ip]) : ''
}

const when = (iso: string): string => stamp(Date.parse(iso))

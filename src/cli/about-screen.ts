import type { AddressJson, ChangeJson, PastBanJson, RecordedJson, RegistrationJson, UserReportJson } from '../api/records-wire.ts'
import { forTerminal } from '../escape.ts'
import { coverage, stamp } from '../report.ts'
import { formatBans } from './ban-table.ts'
import type { DaemonOptions } from './client.ts'
import { commandLine } from './command-line.ts'
import { formatNumber } from './number.ts'
import { addressOfRecord, formatEvents, formatPhones, formatPlace, formatUsers } from './records-tables.ts'
import { formatSpan } from './span.ts'
import { formatTable } from './table.ts'

/** Rows of each list that fit on one screen. */
const MOST_ROWS = 10

/** Everything known of one address, for people, and what to do next. */
export function formatAddress(report: AddressJson, nowMs: number, where: DaemonOptions): string {
  const { ip, level, bans, nth, phones } = report
  const place = formatPlace(report)
  return sections([
    forTerminal(`${ip}: ${LEVELS[level]}${place === '' ? '' : `; ${place}`}`),
    `${bans.length === 0 ? 'not banned' : formatBans(bans, nowMs)}${nth === 0 ? '' : `\nbanned ${nth === 1 ? 'once' : `${formatNumber(nth)} times`} so far`}`,
    allowed(report, nowMs),
    phones.length === 0 ? '' : forTerminal(`phones known there: ${shortened(phones)}`),
    ...recorded(report, nowMs, { hasBansAbove: true }),
    nextSteps(addressSteps(report), where),
  ])
}

/** Everything known of one user. */
export function formatUser(report: UserReportJson, nowMs: number, where: DaemonOptions): string {
  const { addresses, status, recorded: known } = report
  return sections([
    forTerminal(`${addressOfRecord(report)}${status === null && known !== null ? ': in no table' : ''}`),
    status === null ? '' : formatUsers([status]),
    addresses.length === 0 ? 'no address is known where this user succeeded' : `known at ${forTerminal(shortened(addresses))}`,
    ...recorded(report, nowMs, { hasBansAbove: false }),
    nextSteps(userSteps(report), where),
  ])
}

const LEVELS: Readonly<Record<AddressJson['level'], string>> = {
  self: 'an address of this host or fleet, so nothing bans it',
  allowed: 'allowed, so nothing bans it',
  peer: 'a peer, so no jail bans it',
  phone: 'an address of phones',
  unknown: 'unknown, nothing speaks for it',
}

function allowed({ allowed, allow }: AddressJson, nowMs: number): string {
  if (!allowed) return ''
  if (allow === null) return 'allowed by ignoreip: of the configuration'
  const until = allow.until === null ? '' : ` for another ${formatSpan(Date.parse(allow.until) - nowMs)}`
  return forTerminal(`allowed by ${allow.cidr}${until}${allow.comment === null ? '' : ` (${allow.comment})`}`)
}

function recorded(
  { recorded, records_trouble }: { recorded: RecordedJson | null; records_trouble: string | null },
  nowMs: number,
  { hasBansAbove }: { readonly hasBansAbove: boolean },
): string[] {
  if (recorded === null) return [forTerminal(`nothing is recorded: ${records_trouble}`)]
  const { events, bans, registrations, devices, changes } = recorded
  // Those in force are recorded too.
  const isOver = ({ lifted_at, until }: PastBanJson) => lifted_at !== null || (until !== null && Date.parse(until) <= nowMs)
  const parts = [
    list('events', events, formatEvents),
    hasBansAbove ? list('earlier bans', bans.filter(isOver), formatPastBans) : list('bans', bans, formatPastBans),
    list('registrations', registrations, (rows) => formatRegistrations(rows, nowMs)),
    list('devices', devices, formatPhones),
    list('what devices were before', changes, formatChanges),
  ]
  return parts.every((part) => part === '') ? ['nothing is recorded'] : parts
}

function list<Row>(title: string, rows: readonly Row[], format: (rows: readonly Row[]) => string): string {
  if (rows.length === 0) return ''
  const more = rows.length > MOST_ROWS ? `\nand ${formatNumber(rows.length - MOST_ROWS)} more (--json lists them)` : ''
  return `${title}\n${format(rows.slice(0, MOST_ROWS))}${more}`
}

const formatPastBans = (bans: readonly PastBanJson[]): string =>
  formatTable(
    ['address', 'jail', 'since', 'until', { title: 'nth', align: 'right' }, 'lifted'],
    bans.map((ban) => [
      coverage(ban),
      ban.jail,
      when(ban.at),
      ban.until === null ? 'for ever' : when(ban.until),
      String(ban.nth),
      when(ban.lifted_at),
    ]),
  )

const formatRegistrations = (rows: readonly RegistrationJson[], nowMs: number): string =>
  formatTable(
    ['user', 'contact', 'from', 'registered', 'expires', 'user agent'],
    rows.map((row) => {
      const leftMs = Date.parse(row.expires) - nowMs
      const expires = leftMs > 0 ? `in ${formatSpan(leftMs)}` : `${formatSpan(-leftMs)} ago`
      return [addressOfRecord(row), row.contact ?? '', row.received ?? '', when(row.last_modified), expires, row.user_agent ?? '']
    }),
  )

const formatChanges = (rows: readonly ChangeJson[]): string =>
  formatTable(
    ['until', 'extension', 'mac', 'address', 'user agent'],
    rows.map((row) => [when(row.at), row.extension_number, row.mac_address ?? '', row.ip_address, row.user_agent ?? '']),
  )

/** Words of a command, and what it is good for. */
type Step = readonly [what: string, words: readonly string[]]

function addressSteps({ ip, level, bans, allow, recorded }: AddressJson): Step[] {
  if (allow !== null) return [['no longer allow it', ['allow', 'rm', allow.cidr]]]
  if (level === 'self' || level === 'allowed') return []
  const forget: Step = ['and allow it for a day', ['unban', ip, '--allow', '--for', '1d']]
  if (bans.length > 0) return [['let it in again', ['unban', ip]], forget]
  const trust: Step = ['never ban it', ['allow', 'add', ip]]
  if (level === 'peer') return []
  const events: Step[] = (recorded?.events.length ?? 0) >= MOST_ROWS ? [['see more of its events', ['events', '--ip', ip]]] : []
  return [...events, ['ban it', ['ban', ip, '--for', '1d']], trust]
}

function userSteps({ user, addresses, recorded, domain }: UserReportJson): Step[] {
  const failing = recorded?.events.find(({ ip }) => ip !== null)?.ip ?? null
  const places = [...new Set([...addresses.slice(0, 1), ...(failing === null ? [] : [failing])])]
  const ofDomain = domain === null ? [] : ['--domain', domain]
  return [
    ...places.map((ip): Step => [ip === failing ? 'see who failed last' : 'see that address', ['status', ip]]),
    ...((recorded?.events.length ?? 0) === 0 ? [] : [['see more failures', ['events', `--user=${user}`, ...ofDomain]] as Step]),
  ]
}

function nextSteps(steps: readonly Step[], where: DaemonOptions): string {
  const width = Math.max(0, ...steps.map(([what]) => what.length))
  return steps.map(([what, words]) => forTerminal(`${what.padEnd(width)}  ${commandLine(words, where)}`)).join('\n')
}

const shortened = (names: readonly string[]): string =>
  `${names.slice(0, MOST_ROWS).join(', ')}${names.length > MOST_ROWS ? `, and ${formatNumber(names.length - MOST_ROWS)} more` : ''}`

const when = (iso: string | null): string => (iso === null ? '' : stamp(Date.parse(iso)))

const sections = (parts: readonly string[]): string => parts.filter((part) => part !== '').join('\n\n')

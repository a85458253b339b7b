import { formatDuration } from './duration.ts'
import { forTerminal, toJsonLine } from './escape.ts'
import type { Alert, Ban, Decision, SipEvent, SkipDecision, SkipReason } from './types.ts'

/** What `watch` and `replay` print, as one object a line (`--json`, names are a contract) and as text for people. */

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

/** The fields of `classify`; what the line does not carry is null, the rarer fields are left out. */
export function eventJson(event: SipEvent): Record<string, unknown> {
  return {
    kind: event.kind,
    ip: event.ip,
    port: event.port,
    transport: event.transport,
    user: event.user,
    domain: event.domain,
    user_agent: event.userAgent,
    method: event.method,
    code: event.code,
    reason: event.reason,
    at: iso(event.atMs),
    filter: event.filter,
    rule: event.rule,
    counted: event.counted,
    shadow: event.shadow,
    proved: event.proved,
    ...(event.contact !== null && { contact: event.contact }),
    ...(event.expires !== null && { expires: event.expires }),
    ...(event.callId !== null && { call_id: event.callId }),
    ...(event.requestUri !== null && { request_uri: event.requestUri }),
    ...(event.why !== null && { why: event.why }),
  }
}

export function banJson(ban: Ban) {
  return {
    ip: ban.ip,
    scope: ban.scope,
    prefix: ban.prefix,
    port: ban.port,
    transport: ban.transport,
    jail: ban.jail,
    at: new Date(ban.fromMs).toISOString(),
    until: iso(ban.untilMs),
    nth: ban.nth,
    count: ban.count,
    level: ban.level,
    evidence: ban.evidence,
    node: ban.node,
  }
}

/** What is said of a decision, under the time of what led to it. */
export function decisionReport(decision: Decision): Report {
  switch (decision.type) {
    case 'ban':
      return { type: 'ban', ban: decision.ban, atMs: decision.ban.fromMs }
    case 'skip':
      return { type: 'skip', decision, atMs: decision.detection.atMs }
    case 'alert':
      return { type: 'alert', alert: decision.alert, atMs: decision.alert.atMs }
  }
}

export function alertJson({ kind, atMs, detail, ...alert }: Alert): Record<string, unknown> {
  const { jail, key, ip, port, transport, user, count, phones } = alert
  return { alert: kind, jail, key, ip, port, transport, user, count, phones, at: iso(atMs), ...(detail !== undefined && { detail }) }
}

interface EventReport {
  readonly type: 'event' | 'found'
  readonly event: SipEvent
}

/** Something to print: an event, a decision, the end or return of a ban, or a notice about ourselves. */
export type Report =
  | EventReport
  | { readonly type: 'ban' | 'unban' | 'restore-ban'; readonly ban: Ban; readonly atMs: number }
  | { readonly type: 'skip'; readonly decision: SkipDecision; readonly atMs: number }
  | { readonly type: 'alert'; readonly alert: Alert; readonly atMs: number }
  | { readonly type: 'notice'; readonly message: string; readonly atMs: number }

export function reportJson(report: Report): string {
  switch (report.type) {
    case 'event':
    case 'found':
      return toJsonLine({ type: report.type, ...eventJson(report.event), source: report.event.source, id: report.event.id })
    case 'skip':
      return toJsonLine({
        type: 'skip',
        ip: report.decision.ip,
        jail: report.decision.jail,
        why: report.decision.why,
        level: report.decision.level,
        evidence: report.decision.evidence,
        at: iso(report.decision.detection.atMs),
      })
    case 'alert':
      return toJsonLine({ type: 'alert', ...alertJson(report.alert) })
    case 'notice':
      return toJsonLine({ type: 'notice', message: report.message, at: iso(report.atMs) })
    default:
      return toJsonLine({ type: report.type, ...banJson(report.ban) })
  }
}

export interface Palette {
  readonly found: (text: string) => string
  readonly ban: (text: string) => string
  readonly unban: (text: string) => string
  readonly quiet: (text: string) => string
}

const paint = (code: number) => (text: string) => `\x1b[${code}m${text}\x1b[0m`
const plain = (text: string) => text
export const PLAIN: Palette = { found: plain, ban: plain, unban: plain, quiet: plain }
export const COLOUR: Palette = { found: paint(33), ban: paint(31), unban: paint(32), quiet: paint(2) }

/** Why a ban that was asked for did not come about. */
export const NOT_BANNED: Readonly<Record<SkipReason, string>> = {
  self: 'it is an address of this host or fleet',
  allowed: 'it is in the allow list or in ignoreip',
  peer: 'it is a peer',
  phone: 'a registered phone is behind it',
  'already-banned': 'it is banned already',
  'too-old': 'the ban would be over by now',
  'alert-only': 'the jail only alerts',
}

const SAID_ELSEWHERE: ReadonlySet<SkipReason> = new Set(['already-banned', 'alert-only', 'peer', 'phone'])

/** Whether a person who reads the text learns anything from it that another line does not say. */
export function isWorthReading(report: Report): boolean {
  // A flood fills its window again and again while it is banned, and what only alerts has its own line.
  if (report.type === 'skip') return !SAID_ELSEWHERE.has(report.decision.why)
  return report.type !== 'event' || !report.event.counted
}

/** Fail2Ban's verbs, so that an old hand reads it at once; every text of a line is escaped. */
export function reportText(report: Report, palette: Palette): string {
  switch (report.type) {
    case 'event':
    case 'found':
      return eventPieces(report, palette).join('')
    case 'ban':
    case 'restore-ban': {
      const { ban } = report
      const verb = palette.ban(report.type === 'ban' ? 'Ban' : 'Restore Ban')
      const length =
        ban.untilMs === null
          ? 'for ever'
          : `for ${formatDuration(Math.round((ban.untilMs - ban.fromMs) / 1000) * 1000)}, until ${stamp(ban.untilMs)}`
      return `${stamp(report.atMs)} ${verb}  ${coverage(ban)}  [${ban.jail}] ${length}${ban.count ? ` (${ban.count} found${ban.nth > 1 ? `, ban no. ${ban.nth}` : ''})` : ''}`
    }
    case 'unban':
      return `${stamp(report.atMs)} ${palette.unban('Unban')}  ${coverage(report.ban)}  [${report.ban.jail}]`
    case 'skip':
      return `${stamp(report.atMs)} ${palette.quiet('Ignore')}  ${report.decision.ip}  [${report.decision.jail}] ${report.decision.why}`
    case 'alert':
      return `${stamp(report.atMs)} ${palette.found('Alert')}  ${forTerminal(alertText(report.alert))}`
    case 'notice':
      return `${stamp(report.atMs)} ${forTerminal(report.message)}`
  }
}

/** The same, not yet put together where it is said of each event: pieces leave no garbage when they are printed one after the other. */
export function reportPieces(report: Report, palette: Palette): readonly string[] {
  return report.type === 'event' || report.type === 'found' ? eventPieces(report, palette) : [reportText(report, palette)]
}

/** What operators are told, in words; not escaped. */
export function alertText({ kind, jail, key, ip, port, user, count, phones, detail }: Alert): string {
  const from = port === null ? ip : `${ip} port ${port}`
  const who = user ?? 'an unnamed user'
  const known = phones.length === 0 ? '' : `; phones there: ${phones.slice(0, 10).join(', ')}${phones.length > 10 ? ', …' : ''}`
  switch (kind) {
    case 'jail_full':
      return `${key}  [${jail}] ${count} found, the last one from ${from}`
    case 'user_under_attack':
      return `${key}  [${jail}] is under attack: tried from ${count} addresses, the last one ${ip}`
    case 'unauthorized_device':
      return `${who} registered from ${from} with a device that may not be his: ${detail}`
    case 'credential_suspect':
      if (detail !== undefined) return `${who} registered from ${from}: ${detail}`
      return `${who} succeeded from ${from} after ${count} failures there: the password may have been guessed${known}`
    case 'phone_old_password':
      return `${who} fails from ${from}, where that phone succeeded before: an old password?${jail === null ? '' : ` [${jail}]`} nothing is banned`
    case 'phone_failing':
      return `${from}, an address of phones, fails as ${who}: [${jail}] ${count} found${known}`
    case 'phones_cut_off':
      return `${ip}, an address of phones, is banned whole: [${jail}] too many users or ports failed there${known}`
    case 'peer_failing':
      return `${from} is a peer and fails as ${who}: [${jail}] ${count} found; nothing is banned`
  }
}

/** What a ban covers, as people write it. */
export function coverage(ban: Pick<Ban, 'ip' | 'prefix' | 'scope' | 'port' | 'transport'>): string {
  if (ban.scope === 'endpoint') return `${ban.ip} port ${ban.port}/${ban.transport ?? 'any'}`
  return ban.prefix === null ? ban.ip : `${ban.prefix} (${ban.ip})`
}

/** Flat pieces, in a list that is made in one go: this is said of each line that counts. */
function eventPieces({ type, event }: EventReport, palette: Palette): string[] {
  const { kind, ip, filter, rule, user, reason, code, userAgent } = event
  const verb = type === 'found' ? palette.found('Found') : palette.quiet('Event')
  const domain = user === null ? null : event.domain
  const what = kind === 'door_knock' ? (reason ?? '') : code === null ? null : String(code)
  const agent = userAgent === null ? null : `"${userAgent}"`
  return [
    stamp(event.atMs),
    ' ',
    verb,
    '  ',
    ip ?? '-',
    '  ',
    filter,
    '/',
    rule,
    user === null ? '' : ' ',
    escaped(user),
    domain === null ? '' : '@',
    escaped(domain),
    what === null ? '' : ' ',
    escaped(what),
    agent === null ? '' : ' ',
    escaped(agent),
  ]
}

const escaped = (text: string | null): string => (text === null ? '' : forTerminal(text))

/** The second that was told last, epoch s: lines of one second come together. */
let stampedSecond = Number.NaN
let stamped = ''

/** `2026-01-15 10:30:45` in local time. */
export function stamp(ms: number): string {
  const second = Math.floor(ms / 1000)
  if (second !== stampedSecond) {
    stamped = stampOf(new Date(ms))
    stampedSecond = second
  }
  return stamped
}

function stampOf(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

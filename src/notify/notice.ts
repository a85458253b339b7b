import type { NotifyConfig, Severity } from '../config/types.ts'
import { forTerminal } from '../escape.ts'
import type { HealthKind } from '../health-kinds.ts'
import { alertJson, alertText } from '../report.ts'
import type { Alert } from '../types.ts'
import type { Notice, NoticeKind } from './types.ts'

/** What is told, how urgent it is, and what it is about. */

const SEVERITY_OF: Readonly<Record<NoticeKind, Severity>> = {
  credential_suspect: 'critical',
  phones_cut_off: 'critical',
  unauthorized_device: 'error',
  peer_failing: 'error',
  user_under_attack: 'warning',
  phone_failing: 'warning',
  phone_old_password: 'warning',
  jail_full: 'warning',
  enforcement_unverified: 'critical',
  state_unwritable: 'error',
  source_unread: 'error',
  source_silent: 'error',
  source_undirected: 'error',
  backlog: 'error',
  fleet_away: 'error',
  config_refused: 'error',
  source_ahead: 'warning',
  records_away: 'warning',
  records_refused: 'warning',
  channel_failing: 'warning',
  degraded: 'warning',
}

/** By the longest of these that begins a trouble's key in `degraded` (src/daemon); what follows is the subject. */
const KIND_OF_TROUBLE: Readonly<Record<string, HealthKind>> = {
  unread: 'source_unread',
  silent: 'source_silent',
  undirected: 'source_undirected',
  ahead: 'source_ahead',
  late: 'backlog',
  firewall: 'enforcement_unverified',
  state: 'state_unwritable',
  'records refused': 'records_refused',
  records: 'records_away',
  fleet: 'fleet_away',
  config: 'config_refused',
  notify: 'channel_failing',
}
const BEGINNINGS = Object.keys(KIND_OF_TROUBLE).sort((a, b) => b.length - a.length)

/** Characters of a text, of a subject, and of each text in the details. */
const MOST_TEXT = 300
const MOST_SUBJECT = 120
const MOST_DETAIL = 500
/** Entries of a list in the details. */
const MOST_LISTED = 50

/** As the configuration has it, else the kind's own. */
export function severityOf(kind: NoticeKind, configured: NotifyConfig['severity']): Severity | 'none' {
  return configured[kind] ?? SEVERITY_OF[kind]
}

export function alertNotice(alert: Alert, severity: Severity): Notice {
  const { kind, ip, user, key, atMs } = alert
  const byUser = kind === 'phone_old_password' || kind === 'credential_suspect' || kind === 'unauthorized_device'
  const subject = kind === 'user_under_attack' ? key : byUser && user !== null ? `${user} at ${ip}` : ip
  return {
    ...{ kind, severity, atMs, over: false },
    subject: oneLine(subject, MOST_SUBJECT),
    text: oneLine(alertText(alert), MOST_TEXT),
    details: shortened(alertJson(alert)),
  }
}

export function troubleKind(key: string): HealthKind {
  return KIND_OF_TROUBLE[beginningOf(key)] ?? 'degraded'
}

/** `key` as in `degraded`: what the trouble is, and with which source or channel. */
export function troubleNotice(key: string, text: string, severity: Severity, atMs: number): Notice {
  const subject = key.slice(beginningOf(key).length).trim()
  return {
    ...{ kind: troubleKind(key), severity, atMs, over: false, details: null },
    subject: oneLine(subject, MOST_SUBJECT),
    text: oneLine(text, MOST_TEXT),
  }
}

/** The longest beginning that is known; nothing where none is, so that the whole key is the subject. */
const beginningOf = (key: string): string => BEGINNINGS.find((words) => key === words || key.startsWith(`${words} `)) ?? ''

/** Escaped; cut where it is longer, and never in the middle of a character. */
export function oneLine(text: string, most: number): string {
  const line = forTerminal(text.slice(0, 2 * most))
  return line.length > most
    ? `${line
        .slice(0, most - 1)
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`
    : line
}

/** An attacker may have written 64 KiB into each of its texts. */
function shortened(details: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [name, Array.isArray(value) ? value.slice(0, MOST_LISTED).map(cut) : cut(value)]),
  )
}

const cut = (value: unknown): unknown =>
  typeof value === 'string' && value.length > MOST_DETAIL ? `${value.slice(0, MOST_DETAIL)}…` : value

import type { Severity } from '../config/types.ts'
import { stamp } from '../report.ts'
import type { DailyTotals, Draft, Group, Message } from './types.ts'

/** Messages in words, and as JSON. */

const MOST_SUBJECT = 200

/** One message of some notices. `host` names this machine. */
export function noticesDraft(host: string, severity: Severity, groups: readonly Group[], nowMs: number): Draft {
  return {
    ...{ class: severity, atMs: nowMs, groups },
    subject: subjectLine(host, severity, summaryOf(groups)),
    text: groups.flatMap(linesOf).join('\n'),
  }
}

/** How much the totals grew since `sinceMs`. */
export function dailyDraft(host: string, grown: DailyTotals, sinceMs: number, nowMs: number): Draft {
  const { guesses, banned, phones } = grown
  const line = `${counted(guesses, 'guess', 'guesses')}, ${counted(banned, 'address', 'addresses')} banned, ${counted(phones, 'phone', 'phones')} touched`
  return { class: 'daily', atMs: nowMs, groups: [], subject: subjectLine(host, 'daily', line), text: `${line} since ${stamp(sinceMs)}` }
}

/** Says that messages arrive. */
export function testDraft(host: string, nowMs: number): Draft {
  const line = 'messages of sipguard arrive here'
  return { class: 'test', atMs: nowMs, groups: [], subject: subjectLine(host, 'test', line), text: `This is a test: ${line}.` }
}

/** What a webhook and a program get. Names are a contract (docs/alerts.md). */
export function messageJson({ id, class: severity, subject, text, atMs, groups }: Message, host: string): Record<string, unknown> {
  const notices = groups.flatMap(({ newest }) =>
    newest.map((notice) => ({
      kind: notice.kind,
      severity: notice.severity,
      subject: notice.subject,
      text: notice.text,
      at: new Date(notice.atMs).toISOString(),
      over: notice.over,
      details: notice.details,
    })),
  )
  const counts = Object.fromEntries(groups.map(({ kind, count }) => [kind, count]))
  return { id, severity, host, subject, text, at: new Date(atMs).toISOString(), counts, notices }
}

function subjectLine(host: string, what: Message['class'], words: string): string {
  const line = `sipguard ${host} ${what}: ${words}`
  return line.length > MOST_SUBJECT ? `${line.slice(0, MOST_SUBJECT - 1)}…` : line
}

/** What the only notice is about, or how many there are of each kind. */
function summaryOf(groups: readonly Group[]): string {
  const [only, ...others] = groups
  const [notice] = only?.newest ?? []
  if (only?.count === 1 && others.length === 0 && notice !== undefined) {
    return `${notice.over ? 'over: ' : ''}${notice.kind}${notice.subject === '' ? '' : ` ${notice.subject}`}`
  }
  return groups.map(({ kind, count }) => `${kind} ${count}`).join(', ')
}

function linesOf({ kind, count, newest }: Group): string[] {
  const lines = newest.map(({ atMs, over, text }) => `${stamp(atMs)}  ${over ? 'over: ' : ''}${kind}  ${text}`)
  return count > newest.length ? [...lines, `and ${count - newest.length} more ${kind} before`] : lines
}

const counted = (n: number, one: string, many: string): string => `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`

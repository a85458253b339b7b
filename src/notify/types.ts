import type { MessageClass, Severity } from '../config/types.ts'
import type { HealthKind } from '../health-kinds.ts'
import type { AlertKind } from '../types.ts'

export type NoticeKind = AlertKind | HealthKind

/** One thing that operators are told. */
export interface Notice {
  readonly kind: NoticeKind
  readonly severity: Severity
  /** What it is about, one line, escaped: an address, a user, a source. The cooldown goes by it and the kind. */
  readonly subject: string
  /** In words, one line, escaped. */
  readonly text: string
  /** Epoch ms; of an alert by the log's own time. */
  readonly atMs: number
  /** It is over. Only of health. */
  readonly over: boolean
  /** An alert as `--json` has it, nothing escaped but cut; null for health. */
  readonly details: Readonly<Record<string, unknown>> | null
}

/** Notices of one kind that go out together. */
export interface Group {
  readonly kind: NoticeKind
  /** How many there were. */
  readonly count: number
  /** The newest of them, the oldest first. */
  readonly newest: readonly Notice[]
}

/** What goes to the channels. `subject` and `text` are escaped, and bounded in length. */
export interface Message {
  /** The same at every try and for every channel: what was received twice can be told by it. */
  readonly id: string
  readonly class: MessageClass | 'test'
  /** One line. */
  readonly subject: string
  /** Lines without an end. */
  readonly text: string
  /** When it was put in the queue, epoch ms. */
  readonly atMs: number
  /** Empty for the daily line and for a test. */
  readonly groups: readonly Group[]
}

/** A message before it has its id. */
export type Draft = Omit<Message, 'id'>

/**
 * What became of one try. `taken`: the other side has it. `failed`: it is worth another try. `refused`: it is not.
 * `detail` is one line, escaped, without secrets.
 */
export interface Answer {
  readonly outcome: 'taken' | 'failed' | 'refused'
  readonly detail: string
}

/** A way to operators. */
export interface Channel {
  /** Type and place in the list, `mail-2`: what the daemon says, and a label of the metrics. */
  readonly name: string
  /** Where it leads, without secrets: an origin, a program, addresses. */
  readonly place: string
  readonly classes: readonly MessageClass[]
  /** Never rejects, and answers in some 30 seconds at the most; at once, with `failed`, when `signal` aborts. */
  send(message: Message, signal: AbortSignal): Promise<Answer>
}

/** Since anything: what counts is how much they grew. */
export interface DailyTotals {
  /** Events that counted against somebody. */
  readonly guesses: number
  readonly banned: number
  /** Phones that were cut off. */
  readonly phones: number
}

/** Keeps one named value over a restart; null forgets it. */
export type Put = (key: string, data: string | null) => void

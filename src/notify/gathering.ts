import type { Severity } from '../config/types.ts'
import type { Group, Notice, NoticeKind, Put } from './types.ts'

/**
 * How long notices are gathered, from the first one, and how many alerts of one kind are shown. Errors are to be told within five minutes:
 * that leaves one for their way. Of critical ones only what is too much at once comes here.
 */
const RHYTHM: Readonly<Record<Severity, { readonly gatherMs: number; readonly shown: number }>> = {
  critical: { gatherMs: 240_000, shown: 10 },
  error: { gatherMs: 240_000, shown: 10 },
  warning: { gatherMs: 3_600_000, shown: 1 },
}
/** Of health: there are few sources, and the end of one's trouble must not hide behind another's. */
const HEALTH_SHOWN = 10

/** Notices of one kind and severity that wait. */
interface Gathered {
  readonly severity: Severity
  readonly kind: NoticeKind
  readonly sinceMs: number
  count: number
  /** The newest, and which trouble each tells of, if that lasts. */
  newest: { notice: Notice; trouble: string | null }[]
}

export interface Taken {
  readonly groups: readonly Group[]
  /** Troubles that are told by it. */
  readonly troubles: readonly string[]
}

/** What waits to be told together. It is bounded: of each kind the newest are kept, the rest is counted. */
export function createGathering(kept: ReadonlyMap<string, string>, put: Put) {
  const waiting = new Map<string, Gathered>()
  for (const [key, data] of kept) if (key.startsWith('gathered ')) waiting.set(key, JSON.parse(data) as Gathered)

  return {
    add(notice: Notice, trouble: string | null, nowMs: number): void {
      const { severity, kind } = notice
      const key = `gathered ${severity} ${kind}`
      const gathered = waiting.get(key) ?? { severity, kind, sinceMs: nowMs, count: 0, newest: [] }
      gathered.count++
      const shown = notice.details === null ? HEALTH_SHOWN : RHYTHM[severity].shown
      gathered.newest = [...gathered.newest, { notice, trouble }].slice(-shown)
      waiting.set(key, gathered)
      put(key, JSON.stringify(gathered))
    },
    /** The trouble was over before anybody was told; they are told that, too. */
    end(trouble: string): void {
      for (const [key, gathered] of waiting) {
        const entry = gathered.newest.find((each) => each.trouble === trouble)
        if (entry === undefined) continue
        entry.notice = { ...entry.notice, text: `${entry.notice.text} (over by now)` }
        // If it comes back, this has not told of it.
        entry.trouble = null
        put(key, JSON.stringify(gathered))
      }
    },
    /** All of this severity, once the first of it has waited long enough. */
    take(severity: Severity, nowMs: number): Taken | null {
      const taken = [...waiting].filter(([, gathered]) => gathered.severity === severity)
      if (!taken.some(([, { sinceMs }]) => Math.abs(nowMs - sinceMs) >= RHYTHM[severity].gatherMs)) return null
      for (const [key] of taken) {
        waiting.delete(key)
        put(key, null)
      }
      return {
        groups: taken.map(([, { kind, count, newest }]) => ({ kind, count, newest: newest.map(({ notice }) => notice) })),
        troubles: taken.flatMap(([, { newest }]) => newest.flatMap(({ trouble }) => trouble ?? [])),
      }
    },
  }
}

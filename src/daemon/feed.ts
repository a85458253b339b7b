import { randomBytes } from 'node:crypto'
import type { Feed, FeedEntry, FeedPart, FeedType } from '../api/feed.ts'
import { toJsonLine } from '../escape.ts'
import { type Report, reportJson } from '../report.ts'

/** Entries, and characters of their JSON, that are held. */
const MOST_ENTRIES = 10_000
const MOST_CHARS = 8 * 1024 * 1024
/** Of these so many are taken between two ticks, and the rest is only counted: nobody can read more, and an attack must not pay for a page. */
const MOST_BETWEEN_TICKS = 200
const PLENTIFUL = ['found', 'event', 'skip'] as const
type Plentiful = (typeof PLENTIFUL)[number]

export interface FeedSource extends Feed {
  /** What has happened. */
  put(report: Report): void
  /** To be called every second: says what was left out since. */
  tick(atMs: number): void
}

/** Holds no report, only its JSON: an event's texts may keep all of its line in memory. */
export function createFeed({ mostEntries = MOST_ENTRIES, mostChars = MOST_CHARS } = {}): FeedSource {
  /** By number modulo `mostEntries`; grows with what is put in. */
  const held: (FeedEntry | undefined)[] = []
  const listeners = new Set<() => void>()
  /** By type, the newest that is no longer held. */
  const lost = new Map<FeedType, number>()
  const taken: Partial<Record<Report['type'], number>> & Record<Plentiful, number> = { found: 0, event: 0, skip: 0 }
  let oldest = 1
  let newest = 0
  let chars = 0

  function dropOldest(): void {
    const entry = held[oldest % mostEntries]!
    held[oldest % mostEntries] = undefined
    lost.set(entry.of, oldest)
    chars -= entry.json.length
    oldest++
  }

  function add(of: FeedType, name: string, json: string): void {
    while (oldest <= newest && (newest - oldest + 1 >= mostEntries || chars + json.length > mostChars)) dropOldest()
    newest++
    held[newest % mostEntries] = { number: newest, of, name, json }
    chars += json.length
    for (const listener of listeners) listener()
  }

  return {
    boot: randomBytes(6).toString('hex'),
    get oldest() {
      return oldest
    },
    get newest() {
      return newest
    },
    put(report) {
      const { type } = report
      const before = taken[type]
      if (before !== undefined) {
        taken[type] = before + 1
        if (before >= MOST_BETWEEN_TICKS) return
      }
      add(type, type, reportJson(report))
    },
    tick(atMs) {
      for (const type of PLENTIFUL) {
        const count = taken[type] - MOST_BETWEEN_TICKS
        taken[type] = 0
        if (count <= 0) continue
        const name = `${type}-more`
        add(type, name, toJsonLine({ type: name, count, at: new Date(atMs).toISOString() }))
      }
    },
    read(after, types, most): FeedPart {
      const isMissing = [...types].some((type) => (lost.get(type) ?? 0) > after)
      const entries: FeedEntry[] = []
      let upTo = Math.max(after, oldest - 1)
      for (let found = 0; upTo < newest && found < most; ) {
        const entry = held[++upTo % mostEntries]!
        if (!types.has(entry.of)) continue
        entries.push(entry)
        found += entry.json.length
      }
      return { entries, upTo, missed: isMissing ? oldest - 1 - after : 0 }
    },
    onEntry(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

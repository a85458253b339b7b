import type { OutboxRow } from '../kept.ts'
import { type Ban, COUNTED_KINDS, type SipEvent } from '../types.ts'
import { createMinutes } from './collect-minutes.ts'
import { type AttemptEntry, idOfBan, type RecordEntry } from './types.ts'

/** Characters of one text that are kept on the way: more than any column takes, and a line may be 64 KiB long. */
const LONGEST_TEXT = 1000

export interface CollectorOptions {
  /** So many attempts of one address within a minute are recorded in full. */
  readonly perMinute: number
  /**
   * Random, another one for each start: what is counted is counted anew after it, and must not take the place of what was counted before.
   */
  readonly run: string
}

export interface Collector {
  /** Notes what of an event is to be recorded, if anything. */
  event(event: SipEvent): void
  ban(ban: Ban): void
  /** A ban was lifted before its time. */
  lift(ban: Ban, atMs: number): void
  /** The rows that are new or have changed since the last call, in order, to be committed together with the positions of their lines. */
  drain(): OutboxRow[]
  /** Holds for the next minute of each address. */
  reconfigure(options: Pick<CollectorOptions, 'perMinute'>): void
}

/**
 * What is to be recorded of all that happens, as rows of the outbox. Pure: the events' own times decide, nothing is read or written.
 *
 * Recorded are refused requests, registrations, bans and lifts. Not recorded are shadow events, and those seen as HEP too (`why`: hep), for
 * the other one is. Of an event whose line may lie about its address (any other `why`) there is no address, and it registers nobody.
 *
 * A flood makes few rows: see `createMinutes`. The `attempts` of all rows add up to the number of attempts, exactly.
 */
export function createCollector({ perMinute, run }: CollectorOptions): Collector {
  const minutes = createMinutes(perMinute, run)
  /** By key; the newest of a key takes the place of the one before, and goes to the end. */
  const fresh = new Map<string, RecordEntry>()
  /** Rows that have grown. */
  const grown = new Set<AttemptEntry>()

  function note(key: readonly unknown[], entry: RecordEntry): void {
    // JSON, for a name may hold what SQLite's text cannot: NUL and half characters.
    const text = JSON.stringify(key)
    fresh.delete(text)
    fresh.set(text, entry)
  }

  function noteRegistration(event: SipEvent): void {
    if (event.user === null || event.user === '' || event.why !== null) return
    const { id, atMs, ip, port, transport } = event
    const user = cut(event.user)
    const domain = cut(event.domain) ?? ''
    const contact = cut(event.contact)
    const expires = event.kind === 'unregistration' ? 0 : event.expires
    // A contact that comes back before its end was written has both written.
    note(['registration', user, domain, contact, ip, expires === 0], {
      ...{ type: 'registration', id, atMs, ip, port, transport, user, domain, contact, expires },
      ...{ userAgent: cut(event.userAgent), callId: cut(event.callId) },
    })
  }

  return {
    event(event) {
      if (event.shadow || event.why === 'hep') return
      if (event.kind === 'registration' || event.kind === 'unregistration') return noteRegistration(event)
      if (!COUNTED_KINDS.has(event.kind)) return
      const kind = event.kind as AttemptEntry['kind']
      const ip = event.why === null ? event.ip : null
      const counted = minutes.count(kind, ip, event.atMs)
      if (counted !== null) grown.add(counted)
      else note([event.id], attemptOf(event, kind, ip))
    },
    ban(ban) {
      const id = idOfBan(ban)
      note(['ban', id], { type: 'ban', id, ban })
    },
    lift(ban, atMs) {
      const id = idOfBan(ban)
      note(['lift', id], { type: 'lift', id, atMs })
    },
    drain() {
      for (const row of grown) note([row.id], row)
      grown.clear()
      const rows = Array.from(fresh, ([key, entry]) => ({ key, data: JSON.stringify(entry) }))
      fresh.clear()
      return rows
    },
    reconfigure: (options) => minutes.reconfigure(options.perMinute),
  }
}

function attemptOf(event: SipEvent, kind: AttemptEntry['kind'], ip: string | null): AttemptEntry {
  const { id, atMs, port, transport, code, expires } = event
  const trusted = event.why === null
  return {
    ...{ type: 'attempt', id, kind, atMs, ip, port: trusted ? port : null, transport: trusted ? transport : null, code, expires },
    ...{ user: cut(event.user), domain: cut(event.domain), userAgent: cut(event.userAgent), method: cut(event.method) },
    ...{ reason: cut(event.reason), requestUri: cut(event.requestUri), attempts: 1 },
  }
}

function cut<Text extends string | null>(text: Text): Text {
  return text !== null && text.length > LONGEST_TEXT ? (text.slice(0, LONGEST_TEXT) as Text) : text
}

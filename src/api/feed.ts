import type { Report } from '../report.ts'

/** What can be followed; `found`, `event` and `skip` may come by the thousand. */
export const FEED_TYPES = [
  'found',
  'ban',
  'unban',
  'restore-ban',
  'skip',
  'alert',
  'notice',
  'event',
] as const satisfies readonly Report['type'][]
export type FeedType = (typeof FEED_TYPES)[number]

/** One report, or how many of one type were left out. */
export interface FeedEntry {
  /** From 1, without a gap. */
  readonly number: number
  /** Whoever follows this type gets it. */
  readonly of: FeedType
  /** `ban`; `found-more` where reports of a type were left out. */
  readonly name: string
  /** What `watch --json` prints. */
  readonly json: string
}

export interface FeedPart {
  readonly entries: readonly FeedEntry[]
  /** Everything up to this number was looked at. */
  readonly upTo: number
  /** Reports of all types that are no longer held, if any of those asked for is among them; else 0. */
  readonly missed: number
}

/** The last reports, numbered. */
export interface Feed {
  /** Of this start of the daemon: numbers begin anew with each. */
  readonly boot: string
  /** Numbers of the oldest and the newest entry that are held; 1 and 0: there is none. */
  readonly oldest: number
  readonly newest: number
  /** What follows a number, in order; no more is looked at once so many characters of JSON are found. */
  read(after: number, types: ReadonlySet<FeedType>, mostChars: number): FeedPart
  /** Called after each new entry. There is one listener for each server; what is returned takes it off. */
  onEntry(listener: () => void): () => void
}

const ID = /^([0-9a-f]+)-(\d{1,15})$/

/** The id by which a client says how far it has come. */
export const entryId = (boot: string, number: number): string => `${boot}-${number}`

/**
 * Where a client that has come so far goes on; `0` is the oldest entry that is held, no id at all the newest. `known` is false for an id of
 * another start: what it missed cannot be said.
 */
export function resume(feed: Feed, id: string | undefined): { readonly after: number; readonly known: boolean } {
  if (id === undefined) return { after: feed.newest, known: true }
  if (id === '0') return { after: feed.oldest - 1, known: true }
  const [, boot, number] = ID.exec(id) ?? []
  const isOurs = boot === feed.boot && Number(number) <= feed.newest
  return isOurs ? { after: Number(number), known: true } : { after: feed.oldest - 1, known: false }
}

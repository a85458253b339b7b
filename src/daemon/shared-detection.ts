import type { SharedEntry } from '../detect/index.ts'
import type { Full } from '../fleet/counts.ts'
import type { Detection, SipEvent } from '../types.ts'
import { userOf } from '../user-name.ts'

/** An event as all nodes count it together. */
export type CountedEvent = SharedEntry & { readonly event: SipEvent }

/** What a window that all nodes filled together means here, where its last event was seen. */
export function sharedDetection({ counting, stage, hits }: Full<CountedEvent>): Detection {
  const { jail, key, scope, sweep, second, event } = counting
  const isDistinct = stage === 1 && jail.distinct !== null
  const { ip, port, transport } = event
  return {
    ...{ jail: jail.name, stage, key: stage === 1 ? key : second!.key, scope, sweep, ip: ip!, port, transport },
    user: userOf(event),
    atMs: Math.max(...hits.map(({ atMs }) => atMs)),
    count: isDistinct ? new Set(hits.map(({ value }) => value)).size : hits.length,
    hits: hits.map(({ atMs, id, value }) => ({ atMs, id, value })),
    proved: hits.every(({ proved }) => proved),
  }
}

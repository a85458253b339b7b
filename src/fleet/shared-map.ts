import { setTimeout as sleep } from 'node:timers/promises'
import { CALL_MS, type Client, openReader, ready, within } from './calls.ts'
import {
  BEGINNING,
  createStoredMap,
  type Item,
  type StoredMapOptions,
  type StreamPosition,
  WRITE_COUNT,
  type Written,
} from './stored-map.ts'
import { Trouble } from './trouble.ts'

/** The stream is waited on so long at a time; then it is looked whether the map is still the one that was read. */
const BLOCK_MS = 2000
const RETRY_MS = 250
const READ_COUNT = 1000
/** What was written or read this lately is written again after a lost connection: a fail-over may have lost it. */
const RECENT_MS = 6e5
const MOST_RECENT = 10_000
const SWEEP_EVERY_MS = 6e5
/** What may still be done when all ends. */
const LAST_MS = 1000

export interface SharedMapOptions extends StoredMapOptions {
  /** Where reading goes on; null: the whole map is taken first. */
  readonly position: StreamPosition | null
  readonly now: () => number
  /**
   * What other nodes wrote, as they wrote it, one call at a time. After it, reading goes on from `position` (null: the rest of the whole
   * map is to come first). Where it rejects, the same comes again.
   */
  onWritten(written: readonly Written[], position: StreamPosition | null): Promise<void>
  /** All that this node knows and Redis should have. */
  local(): Iterable<Item>
  find(field: string): Item | null
  /** Whether it need not be kept any more. */
  isOver(written: Written, nowMs: number): boolean
  /** These, or something newer, are in Redis now. */
  onSent(items: readonly Item[]): void
  /** `lastError` or `reachable` may have changed. */
  onState(): void
}

/**
 * A hash in Redis of which every node holds a copy: the newest value of each field wins, wherever it was written. What is written travels
 * on a stream; whoever cannot go on reading where he was (trimmed, failed over, emptied, replaced) takes the whole hash, and writes back
 * what he knows and Redis does not. Nothing is thrown: what cannot be done now is done when Redis is back.
 */
export function createSharedMap(options: SharedMapOptions) {
  const { client, node, maxLength, now, onWritten, local, find, isOver, onSent, onState } = options
  const stored = createStoredMap(options)
  /** A batch this large may come after a gap. */
  const largeBatch = Math.min(READ_COUNT, maxLength / 2)
  const pending = new Map<string, Item>()
  /** When fields were last written or read, the longest ago first. */
  const recent = new Map<string, number>()
  const stopping = new AbortController()
  let position = options.position
  /** The stream is read from `position`. */
  let attached = false
  const reading = new Trouble()
  const writing = new Trouble()
  let everHeard = false
  let caughtUp = false
  let caughtUpAtMs: number | null = null
  let resyncs = 0
  let sweepAtMs = now() + SWEEP_EVERY_MS * Math.random()
  let reader: Client | null = null
  let flushing: Promise<void> | null = null
  let running: Promise<void> | null = null

  function touch(fields: Iterable<Written>): void {
    const nowMs = now()
    for (const { field } of fields) {
      recent.delete(field)
      recent.set(field, nowMs)
    }
    for (const [field, atMs] of recent) {
      if (recent.size <= MOST_RECENT && atMs > nowMs - RECENT_MS) return
      recent.delete(field)
    }
  }

  async function flush(): Promise<void> {
    try {
      await ready(client)
      while (pending.size > 0 && !stopping.signal.aborted) {
        const items = pending.values().take(WRITE_COUNT).toArray()
        await stored.write(items)
        touch(items)
        for (const item of items) if (pending.get(item.field) === item) pending.delete(item.field)
        onSent(items)
      }
      writing.over()
    } catch (error) {
      writing.failed(error as Error)
    }
    onState()
  }

  /** First at once, then what came meanwhile; what fails is tried again when the stream is next heard of. */
  function startFlush(): void {
    if (pending.size === 0 || stopping.signal.aborted) return
    flushing ??= flush().finally(() => {
      flushing = null
    })
  }

  /** Takes the whole map, and writes back what it does not have. */
  async function resynchronise(): Promise<void> {
    const epoch = await stored.write([])
    const id = await stored.newest()
    /** Fields of which Redis and this node hold the same. */
    const held = new Set<string>()
    for await (const written of stored.scan()) {
      stopping.signal.throwIfAborted()
      await onWritten(written, null)
      for (const { field, value } of written) if (find(field)?.value === value) held.add(field)
    }
    const lacking: Item[] = []
    for (const item of local()) if (!held.has(item.field)) lacking.push(item)
    await stored.write(lacking)
    touch(lacking)
    position = { epoch, id }
    await onWritten([], position)
    resyncs++
  }

  async function attach(): Promise<void> {
    reader ??= openReader(client, BLOCK_MS)
    const attempt = new AbortController()
    // The reader fails at once, again and again, while the other goes on waiting: none may wait for an attempt that is over.
    await Promise.all([ready(client, attempt.signal), ready(reader, attempt.signal)]).finally(() => attempt.abort())
    if (position !== null && (await stored.goesOn(position))) {
      await stored.write([...recent.keys()].map(find).filter((item) => item !== null))
    } else await resynchronise()
    attached = true
    startFlush()
  }

  /** Waits for what is next on the stream. */
  async function readOn(from: StreamPosition): Promise<void> {
    const blockMs = caughtUp ? BLOCK_MS : 1
    const next = reader!.xread('COUNT', READ_COUNT, 'BLOCK', blockMs, 'STREAMS', stored.stream, from.id)
    const entries = (await within(next, blockMs + CALL_MS))?.[0]?.[1] ?? []
    if (entries.length === 0) return idle(from)
    const written = entries.map(([, [, field, , value, , by, , epoch]]) => ({ field: field!, value: value!, by, epoch }))
    const hasGap = entries.length >= largeBatch && (from.id === BEGINNING || !(await stored.isThere(from.id)))
    if (hasGap || written.some(({ epoch }) => epoch !== from.epoch)) return detach()
    const foreign = written.filter(({ by }) => by !== node)
    const reached = { epoch: from.epoch, id: entries.at(-1)![0] }
    await onWritten(foreign, reached)
    touch(foreign)
    position = reached
    heard(entries.length < READ_COUNT)
  }

  async function idle(from: StreamPosition): Promise<void> {
    if (!(await stored.goesOn(from))) return detach()
    heard(true)
    if (now() >= sweepAtMs) await sweep()
  }

  function heard(all: boolean): void {
    caughtUp = all
    if (all) caughtUpAtMs = now()
    everHeard = true
    reading.over()
    startFlush()
    onState()
  }

  /** The stream does not go on from where it was read. */
  function detach(): void {
    position = null
    attached = false
    caughtUp = false
  }

  /** One node at a time removes what is over. */
  async function sweep(): Promise<void> {
    sweepAtMs = now() + SWEEP_EVERY_MS
    if (!(await stored.takesTurn(SWEEP_EVERY_MS - 1000))) return
    const nowMs = await stored.clockMs()
    for await (const written of stored.scan()) await stored.remove(written.filter((one) => isOver(one, nowMs)))
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        if (!attached) await attach()
        while (attached && position && !stopping.signal.aborted) await readOn(position)
      } catch (error) {
        attached = false
        caughtUp = false
        reader?.disconnect()
        reader = null
        if (stopping.signal.aborted) return
        reading.failed(error as Error)
        onState()
        await sleep(RETRY_MS, null, { signal: stopping.signal }).catch(() => {})
      }
    }
  }

  return {
    start(): void {
      running = run()
    },
    /** What waits is still sent where that takes no time. */
    async stop(): Promise<void> {
      await soon(flushing)
      stopping.abort()
      reader?.disconnect()
      await soon(running)
    },
    /** To be written as soon as may be; the newest of each field. */
    offer(items: readonly Item[]): void {
      for (const item of items) pending.set(item.field, item)
      startFlush()
    },
    /** Removes what is over in Redis. @throws where Redis does not answer */
    sweep,
    /** Whether all is read and written as it should be. */
    get reachable(): boolean {
      return everHeard && reading.message === null && writing.message === null
    },
    get lastError(): string | null {
      return reading.message ?? writing.message
    },
    /** How long ago all that was written had been read, ms; 0: it is; null: it never was. */
    get lagMs(): number | null {
      if (caughtUp) return 0
      return caughtUpAtMs === null ? null : now() - caughtUpAtMs
    },
    /** How often the whole map was taken. */
    get resyncs(): number {
      return resyncs
    },
  }
}
export type SharedMap = ReturnType<typeof createSharedMap>

/** Resolves when it is done, whatever becomes of it, or when it takes too long. */
const soon = (work: Promise<void> | null) => within(Promise.resolve(work), LAST_MS).catch(() => {})

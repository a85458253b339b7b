import { useEffect } from 'preact/hooks'
import { get, withQuery } from './api.ts'
import { createStore } from './store.ts'
import { REPORT_TYPES, type ReportJson } from './wire.ts'

/** A report with the number under which the feed sent it. */
export interface LiveReport extends ReportJson {
  readonly seq: string
}

export type LiveState = 'connecting' | 'open' | 'lost'

/** How many reports the page keeps. */
const KEPT = 500
/** Reports are shown together that come within this time: a flood must not redraw the page a thousand times a second. */
const TOGETHER_MS = 100
/** A server that refused is asked again after this time; a connection that broke is mended by the browser itself. */
const RETRY_MS = 3000

export const liveState = createStore<LiveState>('connecting')
/** Newest first. They stay where the session ends: after a new login, behind a restart too, the feed goes on from there. */
export const reports = createStore<readonly LiveReport[]>([])
/** How many reports the feed no longer held when we came back; null: more than it can say. Undefined: none. */
export const missed = createStore<number | null | undefined>(undefined)

const followers = new Set<(fresh: readonly LiveReport[]) => void>()

/** Called with what just came, newest first. */
export function useReports(listener: (fresh: readonly LiveReport[]) => void): void {
  useEffect(() => {
    followers.add(listener)
    return () => void followers.delete(listener)
  }, [listener])
}

/** Opens the feed, behind the newest report there is, and goes on where it was when it breaks. The answer closes it. */
export function openFeed(): () => void {
  let source: EventSource | null = null
  let retry: ReturnType<typeof setTimeout> | undefined
  let flush: ReturnType<typeof setTimeout> | undefined
  let waiting: LiveReport[] = []

  function take(event: MessageEvent<string>): void {
    waiting.push({ ...(JSON.parse(event.data) as ReportJson), seq: event.lastEventId })
    flush ??= setTimeout(show, TOGETHER_MS)
  }

  function show(): void {
    flush = undefined
    const fresh = waiting.slice(-KEPT).reverse()
    waiting = []
    reports.set([...fresh, ...reports.get()].slice(0, KEPT))
    for (const follower of followers) follower(fresh)
  }

  function connect(): void {
    source = new EventSource(withQuery('api/feed', { types: REPORT_TYPES.join(','), after: reports.get()[0]?.seq }))
    for (const type of [...REPORT_TYPES, 'found-more', 'skip-more']) source.addEventListener(type, take)
    source.addEventListener('gap', (event: MessageEvent<string>) =>
      missed.set((JSON.parse(event.data) as { missed: number | null }).missed),
    )
    source.onopen = () => liveState.set('open')
    source.onerror = () => {
      liveState.set('lost')
      if (source?.readyState !== EventSource.CLOSED) return
      retry = setTimeout(connect, RETRY_MS)
      // What was refused does not say why. Where the session is over, the login comes back.
      get('api/session').catch(() => {})
    }
  }

  liveState.set('connecting')
  connect()
  return () => {
    source?.close()
    clearTimeout(retry)
    clearTimeout(flush)
    missed.set(undefined)
  }
}

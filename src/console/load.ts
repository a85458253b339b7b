import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { type ApiError, request } from './api.ts'
import { type LiveReport, useReports } from './live.ts'

export interface Loaded<T> {
  /** The last answer; stays while a newer one is loaded or fails. Null before the first. */
  readonly data: T | null
  readonly headers: Headers | null
  readonly error: ApiError | null
  readonly reload: () => void
}

export interface LoadOptions {
  /** Asked again so often, while the page is seen. */
  readonly everyMs?: number
  /** Asked again after a report of which this is true. It must be the same function each time. */
  readonly when?: (report: LiveReport) => boolean
}

/** After a report the answer is loaded so soon … */
const SOON_MS = 250
/** … and again only after this many times as long as it took: a list of 100,000 bans is not asked for all the time. */
const REST = 20

const NOTHING = { data: null, headers: null, error: null }
const never = () => false

/** Follows what a GET of this path answers. A null path asks nothing. */
export function useLoad<T>(path: string | null, { everyMs, when = never }: LoadOptions = {}): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'> & { readonly path: string | null }>({ ...NOTHING, path })
  const running = useRef<AbortController | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const restUntil = useRef(0)

  const load = useCallback(async () => {
    if (path === null) return
    running.current?.abort()
    const controller = new AbortController()
    running.current = controller
    const began = performance.now()
    try {
      const { data, headers } = await request<T>('GET', path, undefined, controller.signal)
      if (!controller.signal.aborted) setState({ data, headers, error: null, path })
    } catch (error) {
      if (controller.signal.aborted) return
      setState((before) => ({ ...(before.path === path ? before : { ...NOTHING, path }), error: error as ApiError }))
    }
    restUntil.current = performance.now() + REST * (performance.now() - began)
  }, [path])

  useEffect(() => {
    void load()
    const again = everyMs === undefined ? undefined : setInterval(() => void (document.hidden || load()), everyMs)
    return () => {
      running.current?.abort()
      clearInterval(again)
      clearTimeout(timer.current)
      timer.current = undefined
    }
  }, [load, everyMs])

  const onReports = useCallback(
    (fresh: readonly LiveReport[]) => {
      if (timer.current !== undefined || !fresh.some(when)) return
      timer.current = setTimeout(
        () => {
          timer.current = undefined
          void load()
        },
        Math.max(SOON_MS, restUntil.current - performance.now()),
      )
    },
    [load, when],
  )
  useReports(onReports)

  const { path: of, ...answer } = state
  // What another path answered is not shown under this one.
  return { ...(of === path ? answer : NOTHING), reload: load }
}

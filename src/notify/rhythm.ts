import { SEVERITIES, type Severity } from '../config/types.ts'
import { createGathering } from './gathering.ts'
import type { Group, Notice, Put } from './types.ts'

/** Of critical notices so many go out at once within five minutes; an attacker who can cause more fills no telephone. */
const MOST_AT_ONCE = 10
const AT_ONCE_WINDOW_MS = 300_000
/** Kinds and subjects whose cooldown is remembered; past it the oldest go first, and may be said again. */
const MOST_SAID = 10_000
/** After a start, what was told of before and is not seen again within this is over. */
const RESETTLE_MS = 300_000

/** What goes out together. */
export interface Bundle {
  readonly severity: Severity
  readonly groups: readonly Group[]
}

interface Trouble {
  notice: Notice
  /** `cooling`: not said yet, for the same was said lately. `waiting`: gathered. */
  state: 'cooling' | 'waiting' | 'told'
}

export interface RhythmOptions {
  readonly cooldownMs: () => number
  /** Whether there is anybody to tell. Until there is, troubles wait and all else is dropped. */
  readonly heard: () => boolean
  /** What an earlier rhythm has put. */
  readonly kept: ReadonlyMap<string, string>
  readonly put: Put
}

/**
 * When what is told: critical at once, errors gathered for five minutes, warnings for an hour; the same kind of the same subject again only
 * after its cooldown; the end of a trouble only where the trouble was told. No I/O; times are epoch ms, and may jump.
 */
export function createRhythm({ cooldownMs, heard, kept, put }: RhythmOptions) {
  const gathering = createGathering(kept, put)
  const saidMs = new Map<string, number>()
  const troubles = new Map<string, Trouble>()
  /** Told of before the start, and not seen since. */
  const unseen = new Set<string>()
  let firstTickMs: number | null = null
  let atOnceMs: number[] = []

  const keptAs = (what: string) =>
    [...kept].flatMap(([key, data]): [string, string][] => (key.startsWith(what) ? [[key.slice(what.length), data]] : []))
  for (const [id, data] of keptAs('said ').sort(([, a], [, b]) => Number(a) - Number(b))) saidMs.set(id, Number(data))
  for (const [key, data] of keptAs('trouble ')) {
    troubles.set(key, JSON.parse(data) as Trouble)
    unseen.add(key)
  }

  function isCooling({ kind, subject }: Notice, nowMs: number): boolean {
    const before = saidMs.get(`${kind} ${subject}`)
    // A clock that was set back must not silence anything for long.
    return before !== undefined && Math.abs(nowMs - before) < cooldownMs()
  }

  function remember({ kind, subject }: Notice, nowMs: number): void {
    const id = `${kind} ${subject}`
    saidMs.delete(id)
    saidMs.set(id, nowMs)
    put(`said ${id}`, String(nowMs))
    if (saidMs.size <= MOST_SAID) return
    const oldest = saidMs.keys().next().value!
    saidMs.delete(oldest)
    put(`said ${oldest}`, null)
  }

  /** Out at once, or into the gathering. */
  function pass(notice: Notice, trouble: string | null, nowMs: number): Bundle[] {
    if (notice.severity === 'critical') {
      atOnceMs = atOnceMs.filter((ms) => Math.abs(nowMs - ms) < AT_ONCE_WINDOW_MS)
      if (atOnceMs.length < MOST_AT_ONCE) {
        atOnceMs.push(nowMs)
        return [{ severity: notice.severity, groups: [{ kind: notice.kind, count: 1, newest: [notice] }] }]
      }
    }
    gathering.add(notice, trouble, nowMs)
    return []
  }

  function hold(key: string, trouble: Trouble): void {
    troubles.set(key, trouble)
    put(`trouble ${key}`, JSON.stringify(trouble))
  }

  function release(key: string): void {
    troubles.delete(key)
    unseen.delete(key)
    put(`trouble ${key}`, null)
  }

  /** Says a trouble that is not said yet, if it may. */
  function offer(key: string, notice: Notice, nowMs: number): Bundle[] {
    if (!heard() || isCooling(notice, nowMs)) {
      if (troubles.get(key)?.state !== 'cooling') hold(key, { notice, state: 'cooling' })
      return []
    }
    remember(notice, nowMs)
    const bundles = pass(notice, key, nowMs)
    hold(key, { notice, state: bundles.length > 0 ? 'told' : 'waiting' })
    return bundles
  }

  function end(key: string, over: (notice: Notice) => Notice, nowMs: number): Bundle[] {
    const trouble = troubles.get(key)
    if (trouble === undefined) return []
    release(key)
    if (trouble.state === 'waiting') gathering.end(key)
    return trouble.state === 'told' && heard() ? pass(over(trouble.notice), null, nowMs) : []
  }

  return {
    /** Something happened. */
    alert(notice: Notice, nowMs: number): Bundle[] {
      if (!heard() || isCooling(notice, nowMs)) return []
      remember(notice, nowMs)
      return pass(notice, null, nowMs)
    },
    /** Something begins to last; said again under the same key it is the same. */
    trouble(key: string, notice: Notice, nowMs: number): Bundle[] {
      unseen.delete(key)
      return troubles.has(key) ? [] : offer(key, notice, nowMs)
    },
    /** It is over. */
    over(key: string, nowMs: number): Bundle[] {
      return end(key, (notice) => ({ ...notice, over: true, atMs: nowMs }), nowMs)
    },
    /** What is due. To be called every second or so. */
    tick(nowMs: number): Bundle[] {
      firstTickMs ??= nowMs
      const ended = nowMs - firstTickMs < RESETTLE_MS ? [] : [...unseen]
      const bundles = ended.flatMap((key) => end(key, (notice) => unseenSince(notice, nowMs), nowMs))
      for (const [key, { notice, state }] of troubles) {
        if (state === 'cooling' && !unseen.has(key)) bundles.push(...offer(key, notice, nowMs))
      }
      for (const severity of SEVERITIES) {
        const taken = gathering.take(severity, nowMs)
        if (taken === null) continue
        bundles.push({ severity, groups: taken.groups })
        for (const key of taken.troubles) {
          const trouble = troubles.get(key)
          if (trouble) hold(key, { ...trouble, state: 'told' })
        }
      }
      return bundles
    },
  }
}

const unseenSince = (notice: Notice, nowMs: number): Notice => ({
  ...notice,
  over: true,
  atMs: nowMs,
  text: `${notice.text} (not seen again since a restart)`,
})

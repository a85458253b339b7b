import type { StatusReport } from '../api/control.ts'

/** What is not as it should be, since when, and what to do: never silent, never twice. */
export type Degraded = ReturnType<typeof createDegraded>

export function createDegraded(now: () => number, onNotice: (message: string) => void) {
  const troubles = new Map<string, { what: string; since: string; remedy: string | null }>()
  let listener = (_key: string, _what: string | null): void => {}
  return {
    /** Told of each trouble there is, and from now on of each that begins, changes or (null) ends. */
    follow(told: (key: string, what: string | null) => void): void {
      listener = told
      for (const [key, { what }] of troubles) told(key, what)
    },
    /** `told`: somebody else says it aloud. */
    set(key: string, what: string, remedy: string | null = null, told = false): void {
      const known = troubles.get(key)
      if (known?.what === what) return
      troubles.set(key, { what, since: known?.since ?? new Date(now()).toISOString(), remedy })
      if (!told) onNotice(what)
      listener(key, what)
    },
    /** It is over; said aloud if there was such a trouble, and a message is given. */
    clear(key: string, message: string | null): void {
      if (!troubles.delete(key)) return
      if (message !== null) onNotice(message)
      listener(key, null)
    },
    /** By these it is told what kind each is. */
    keys: (): readonly string[] => [...troubles.keys()],
    list: (): StatusReport['degraded'] => [...troubles.values()],
  }
}

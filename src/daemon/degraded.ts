import type { StatusReport } from '../api/control.ts'

/** What is not as it should be, since when, and what to do: never silent, never twice. */
export type Degraded = ReturnType<typeof createDegraded>

export function createDegraded(now: () => number, onNotice: (message: string) => void) {
  const troubles = new Map<string, { what: string; since: string; remedy: string | null }>()
  return {
    /** `told`: somebody else says it aloud. */
    set(key: string, what: string, remedy: string | null = null, told = false): void {
      const known = troubles.get(key)
      if (known?.what === what) return
      troubles.set(key, { what, since: known?.since ?? new Date(now()).toISOString(), remedy })
      if (!told) onNotice(what)
    },
    /** It is over; said aloud if there was such a trouble, and a message is given. */
    clear(key: string, message: string | null): void {
      if (troubles.delete(key) && message !== null) onNotice(message)
    },
    list: (): StatusReport['degraded'] => [...troubles.values()],
  }
}

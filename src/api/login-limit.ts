import { networkOf } from '../address.ts'

/** Wrong tokens within WINDOW_MS, from one address (IPv6: one /64) and from all together, after which no other is looked at. */
const MOST_OF_ONE = 10
const MOST_OF_ALL = 100
const WINDOW_MS = 10 * 60_000
const ALL = '*'
/** Refused logins are told once in so long: whoever tries for weeks must not fill the audit. */
const TELL_MS = 60_000

/** How often a token may be tried at the login. */
export function createLoginLimit(now: () => number) {
  /** By network, and all together. No more of them than wrong tokens within a window. */
  const windows = new Map<string, { wrong: number; readonly untilMs: number }>()
  let untold = 0
  let toldMs = Number.NEGATIVE_INFINITY
  const full = (key: string, most: number): number => {
    const window = windows.get(key)
    return window !== undefined && window.wrong >= most ? window.untilMs - now() : 0
  }

  return {
    /** How long until a try from this address is heard again, seconds; 0: it is. */
    waitSeconds(ip: string): number {
      return Math.ceil(Math.max(0, full(networkOf(ip), MOST_OF_ONE), full(ALL, MOST_OF_ALL)) / 1000)
    },
    wrong(ip: string): void {
      for (const [key, { untilMs }] of windows) if (untilMs <= now()) windows.delete(key)
      for (const key of [networkOf(ip), ALL]) {
        const window = windows.get(key) ?? { wrong: 0, untilMs: now() + WINDOW_MS }
        windows.set(key, window)
        window.wrong++
      }
    },
    /** A login was refused. How many were since it was last told, this one among them; null: it is too early to tell. */
    refused(): number | null {
      untold++
      if (now() - toldMs < TELL_MS) return null
      const told = untold
      untold = 0
      toldMs = now()
      return told
    },
  }
}
export type LoginLimit = ReturnType<typeof createLoginLimit>

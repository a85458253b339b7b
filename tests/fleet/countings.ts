import type { CountedJail, Counting, Full } from '../../src/fleet/counts.ts'

/** 2026-01-15 10:00 UTC. */
export const START_MS = Date.UTC(2026, 0, 15, 10)
export const SECOND = 1000

/** Three failures by address within ten seconds, unless said otherwise. */
export function jailOf(jail: Partial<CountedJail> = {}): CountedJail {
  const name = 'sip-auth'
  // biome-ignore lint/suspicious/noThenProperty: a jail's key
  return { name, by: ['ip'], distinct: null, maxretry: 3, findtimeMs: 10 * SECOND, then: null, ...jail }
}

/** Of sip-stuffing's kind: a user who fails from three addresses is under attack, then two failures from one address fill its window. */
const STUFFING = jailOf({
  name: 'sip-stuffing',
  by: ['user'],
  distinct: 'ip',
  // biome-ignore lint/suspicious/noThenProperty: a jail's key
  then: { by: ['user', 'ip'], maxretry: 2, findtimeMs: 10 * SECOND },
})

/** At a second after the start; the id says which event it is. */
export function countingOf(id: string, second: number, counting: Partial<Counting> = {}): Counting {
  const network = counting.network ?? '192.0.2.7'
  const common = { jail: jailOf(), signature: '1a2b3c4d', key: network, value: null, mayFire: true, second: null, proved: false }
  return { ...common, network, atMs: START_MS + second * SECOND, id, ...counting }
}

/** A failure of a user from an address, as STUFFING counts it. */
export function stuffingOf(id: string, second: number, user: string, network: string, counting: Partial<Counting> = {}): Counting {
  const own = { key: `${user} ${network}`, mayFire: true, alone: false }
  return countingOf(id, second, { jail: STUFFING, network, key: user, value: network, second: own, ...counting })
}

/** What was full, for short: `1: a b c`, the stage and the ids. */
export const brief = (fulls: readonly Full[]): string[] => fulls.map(({ stage, hits }) => `${stage}: ${hits.map(({ id }) => id).join(' ')}`)

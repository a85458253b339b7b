import type { FormerPhone, Phone } from '../phone.ts'
import { modelOf } from './model.ts'

/** How a phone is, by what is stored of it. */

/** So many changes of address within an hour are still moving about; more is flapping. */
const MOST_MOVES = 6
const HOUR_MS = 36e5

/** Whether its last registration still holds, as far as the time it asked for goes. */
export function isBound({ lastRegisteredMs, expires }: Pick<Phone, 'lastRegisteredMs' | 'expires'>, nowMs: number): boolean {
  return nowMs < lastRegisteredMs + expires * 1000
}

/** It was not refreshed for twice as long as it asked for. */
export function isStale({ lastRegisteredMs, expires }: Pick<Phone, 'lastRegisteredMs' | 'expires'>, nowMs: number): boolean {
  return nowMs > lastRegisteredMs + 2 * expires * 1000
}

/** It changed its address more than six times within the last hour. `formers`: its history, in any order; that of others is left out. */
export function isFlapping(phone: Pick<Phone, 'id' | 'ip'>, formers: readonly FormerPhone[], nowMs: number): boolean {
  const states = formers
    .filter(({ phoneId, atMs }) => phoneId === phone.id && atMs > nowMs - HOUR_MS && atMs <= nowMs)
    .toSorted((a, b) => a.atMs - b.atMs)
  const moves = states.filter(({ ip }, i) => ip !== (states[i + 1] ?? phone).ip)
  return moves.length > MOST_MOVES
}

export interface FirmwareSpread {
  readonly vendor: string
  readonly model: string
  /** How many phones run which, the most frequent first. */
  readonly firmwares: readonly { readonly firmware: string; readonly phones: number }[]
}

/** Models of which phones run different firmware, by name. */
export function firmwareSpread(phones: readonly Pick<Phone, 'userAgent'>[]): FirmwareSpread[] {
  const models = new Map<string, { vendor: string; model: string; counts: Map<string, number> }>()
  for (const { userAgent } of phones) {
    const found = modelOf(userAgent)
    if (!found?.model || !found.firmware) continue
    const name = `${found.vendor} ${found.model}`
    const entry = models.get(name) ?? { vendor: found.vendor, model: found.model, counts: new Map<string, number>() }
    entry.counts.set(found.firmware, (entry.counts.get(found.firmware) ?? 0) + 1)
    models.set(name, entry)
  }
  return [...models]
    .filter(([, { counts }]) => counts.size > 1)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { vendor, model, counts }]) => ({
      vendor,
      model,
      firmwares: [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([firmware, count]) => ({ firmware, phones: count })),
    }))
}

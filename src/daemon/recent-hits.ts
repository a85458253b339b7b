import type { RecentAddresses } from '../explain/recent-addresses.ts'
import type { Hitter } from './heavy-hitters.ts'

/**
 * How often each address came since it was last taken, exactly, for as long as it is one of the recent ones. `onTaken` is given what was
 * counted of one that goes, and by `takeAll` of all.
 */
export function createRecentHits(addresses: RecentAddresses, onTaken: (ip: string, hitter: Hitter) => void) {
  /** By address. */
  const counts = new Uint32Array(addresses.end)
  const lastMs = new Float64Array(addresses.end)

  function take(address: number): void {
    const count = counts[address]!
    if (count === 0) return
    counts[address] = 0
    onTaken(addresses.textOf(address), { count, lastMs: lastMs[address]! })
  }

  addresses.onGone(take)
  return {
    note(ip: string, atMs: number): void {
      const address = addresses.open(ip)
      counts[address]!++
      lastMs[address] = atMs
    },
    *read(): Generator<readonly [ip: string, Hitter]> {
      for (let address = 1; address < addresses.end; address++) {
        if (counts[address]! > 0) yield [addresses.textOf(address), { count: counts[address]!, lastMs: lastMs[address]! }]
      }
    },
    takeAll(): void {
      for (let address = 1; address < addresses.end; address++) take(address)
    },
  }
}

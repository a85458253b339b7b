import { Cluster } from 'ioredis'
import type { Client } from './calls.ts'

const SLOTS = 16_384
/** Countings in one call of the script, which nothing interrupts. */
const MOST_TOGETHER = 32

/** What is done in one call, and the keys it touches. */
export interface Route<T> {
  readonly keys: string[]
  readonly items: T[]
}

/**
 * Which items go together: lists for one server each, of calls. In a Cluster only keys of one slot may stand in one call.
 * @param keysOf the keys of one item, which all have the same slot
 */
export function routesOf<T>(client: Client, items: readonly T[], keysOf: (item: T) => string[]): Route<T>[][] {
  const isCluster = client instanceof Cluster
  const open = new Map<number, Route<T>>()
  const servers = new Map<string, Route<T>[]>()
  for (const item of items) {
    const keys = keysOf(item)
    const slot = isCluster ? slotOfKey(keys[0]!) : 0
    let route = open.get(slot)
    if (route === undefined || route.items.length >= MOST_TOGETHER) {
      route = { keys: [], items: [] }
      open.set(slot, route)
      const server = isCluster ? (client.slots[slot]?.join() ?? '') : ''
      const routes = servers.get(server)
      if (routes) routes.push(route)
      else servers.set(server, [route])
    }
    route.keys.push(...keys)
    route.items.push(item)
  }
  return [...servers.values()]
}

/** The Redis Cluster specification: CRC16 (XMODEM) of what stands in the first braces, if anything does, else of the whole key. */
export function slotOfKey(key: string): number {
  const open = key.indexOf('{')
  const close = open < 0 ? -1 : key.indexOf('}', open + 1)
  const tag = close > open + 1 ? key.slice(open + 1, close) : key
  let crc = 0
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  }
  return (crc & 0xffff) % SLOTS
}

import { networkOf } from '../../../src/address.ts'
import type { Element } from '../../../src/enforce/index.ts'
import type { Transport } from '../../../src/types.ts'

export const HOUR = 3_600_000

/** A ban of one address, for an hour unless told otherwise. */
export function address(ip: string, untilMs: number | null = Date.now() + HOUR): Element {
  return { ip, scope: 'address', prefix: null, port: null, transport: null, untilMs }
}

/** A ban of the /64 that `ip` is in. */
export function prefix(ip: string, untilMs: number | null = Date.now() + HOUR): Element {
  return { ...address(ip, untilMs), scope: 'prefix', prefix: networkOf(ip) }
}

/** A ban of one source port; over UDP and TCP where no transport is given. */
export function endpoint(
  ip: string,
  port: number,
  transport: Transport | null = 'udp',
  untilMs: number | null = Date.now() + HOUR,
): Element {
  return { ...address(ip, untilMs), scope: 'endpoint', port, transport }
}

/** `count` different addresses below 10.0.0.0/8. */
export function manyAddresses(count: number): Element[] {
  const untilMs = Date.now() + HOUR
  return Array.from({ length: count }, (_, i) => address(`10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`, untilMs)).slice(0, count)
}

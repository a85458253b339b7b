import { parseCidr } from '../address.ts'
import type { AllowEntry } from '../kept.ts'
import type { Ban } from '../types.ts'

/** Imports next to nothing: `sipguard allow check` starts with it for each address that Fail2Ban asks about. */

/** The entry that allows this canonical address now, if any. */
export function findAllowed(entries: readonly AllowEntry[], ip: string, nowMs: number): AllowEntry | null {
  return entries.find((entry) => (entry.untilMs === null || entry.untilMs > nowMs) && holds(entry.cidr, ip)) ?? null
}

/** The bans that cover this canonical address (itself, an endpoint of it, or its prefix), or that stand on this prefix. */
export function bansOn(bans: readonly Ban[], target: string): Ban[] {
  return bans.filter(({ ip, prefix }) => (prefix === null ? ip === target : prefix === target || holds(prefix, target)))
}

/** Whether an address, or network, lies in this CIDR. */
export function holds(cidr: string, ip: string): boolean {
  const network = parseCidr(cidr)
  if (network === null || ip.includes(':') !== (network.family === 'ipv6')) return false
  return parseCidr(`${ip}/${network.bits}`)?.network === network.network
}

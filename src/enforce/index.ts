import type { EnforceBackend } from '../config/types.ts'
import type { Firewall, FirewallOptions } from './firewall.ts'
import { iptables } from './iptables.ts'
import type { Machine } from './machine.ts'
import { nftables } from './nftables.ts'
import { none } from './none.ts'

export type { Element, Firewall, FirewallOptions, Refusal } from './firewall.ts'

type FirewallFactory = (options: FirewallOptions, machine?: Machine) => Firewall

/** One file and one line for each. */
export const FIREWALLS: Readonly<Record<EnforceBackend, FirewallFactory>> = { none, nftables, iptables }

/** Makes a firewall; nothing happens on the machine before its open(). */
export function createFirewall(backend: EnforceBackend, options: FirewallOptions): Firewall {
  return FIREWALLS[backend](options)
}

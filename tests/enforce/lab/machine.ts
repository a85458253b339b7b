import type { FirewallOptions } from '../../../src/enforce/firewall.ts'
import type { Machine } from '../../../src/enforce/machine.ts'
import type { Namespace } from './namespace.ts'

let made = 0

/** Reaches into the namespace; the lock is held out here, so it has a name of its own. */
export function machineIn(namespace: Namespace, more: Machine = {}): Machine {
  return { command: namespace.prefix, lock: `sgenforce-${process.pid}-${++made}`, ...more }
}

/** Options that collect the notices. */
export function collecting(): FirewallOptions & { readonly notices: string[] } {
  const notices: string[] = []
  return { never: [{ protocol: 'tcp', port: 22 }], now: Date.now, onNotice: (message) => notices.push(message), notices }
}

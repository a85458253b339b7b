import type { PrefixName } from '../config/types.ts'
import type { Tree } from './tree.ts'

export interface SipServer {
  /** Also the name of its filter, its process and its unit. */
  readonly name: PrefixName
  readonly title: string
  /** Where its main configuration file may be, packaged or built: the first that is there counts. */
  readonly configurations: readonly string[]
  /** Where its own log usually is, the likeliest first. */
  readonly logs: readonly string[]
}

/** One entry for each server. */
export const SIP_SERVERS: readonly SipServer[] = [
  {
    name: 'opensips',
    title: 'OpenSIPS',
    configurations: ['/etc/opensips/opensips.cfg', '/usr/local/etc/opensips/opensips.cfg'],
    logs: ['/var/log/opensips.log', '/var/log/opensips/*.log'],
  },
  {
    name: 'kamailio',
    title: 'Kamailio',
    configurations: ['/etc/kamailio/kamailio.cfg', '/usr/local/etc/kamailio/kamailio.cfg'],
    logs: ['/var/log/kamailio.log', '/var/log/kamailio/*.log'],
  },
  {
    name: 'asterisk',
    title: 'Asterisk',
    configurations: ['/etc/asterisk/asterisk.conf', '/etc/asterisk/logger.conf', '/usr/local/etc/asterisk/asterisk.conf'],
    logs: ['/var/log/asterisk/messages.log', '/var/log/asterisk/messages'],
  },
  {
    name: 'freeswitch',
    title: 'FreeSWITCH',
    configurations: ['/etc/freeswitch/freeswitch.xml', '/usr/local/freeswitch/conf/freeswitch.xml'],
    logs: ['/var/log/freeswitch/freeswitch.log', '/usr/local/freeswitch/log/freeswitch.log'],
  },
]

/** The main configuration file of a server; null where none is installed. */
export function configurationOf(tree: Tree, name: PrefixName): string | null {
  const server = SIP_SERVERS.find((each) => each.name === name)
  return server?.configurations.find((path) => tree.facts(path) !== null) ?? null
}

/** Names of the programs that run, as the kernel has them (at most 15 characters; proc(5), comm). */
export function runningPrograms(tree: Tree): ReadonlySet<string> {
  const names = tree.glob('/proc/[0-9]*/comm').map((path) => {
    try {
      return tree.read(path)?.trim() ?? ''
    } catch {
      // It ended meanwhile.
      return ''
    }
  })
  return new Set(names)
}

import { matchesGlob } from 'node:path'
import { type Fail2BanJail, fail2banJails } from '../servers/fail2ban-jails.ts'
import { SIP_SERVERS, type SipServer } from '../servers/sip-servers.ts'
import type { Probe } from './probe.ts'

/** A foreign jail on the log of a SIP server. */
export interface SipJail extends Fail2BanJail {
  readonly server: SipServer
}

/** The enabled jails of Fail2Ban that watch a SIP server, by their name, filter or log; but for those that `sipguard emit` wrote. */
export function sipJails({ tree, config }: Probe): SipJail[] {
  return fail2banJails(tree).flatMap((jail): SipJail[] => {
    if (jail.filter.startsWith('sipguard-')) return []
    const words = [jail.name, jail.filter, ...jail.logpaths].join(' ').toLowerCase()
    const named = SIP_SERVERS.find(({ name }) => words.includes(name))
    const read = config.sources.find((source) => source.type === 'file' && jail.logpaths.some((path) => isSame(path, source.file)))
    const server = named ?? SIP_SERVERS.find(({ name }) => read?.type === 'file' && read.filter === name)
    return server === undefined ? [] : [{ ...jail, server }]
  })
}

const isSame = (path: string, file: string) => path === file || matchesGlob(path, file) || matchesGlob(file, path)

import { SipguardError } from '../errors.ts'
import { fail2banJails } from '../servers/fail2ban-jails.ts'
import { configurationOf, runningPrograms, SIP_SERVERS, type SipServer } from '../servers/sip-servers.ts'
import type { Tree } from '../servers/tree.ts'
import { asteriskNeighbours } from './asterisk-neighbours.ts'
import { sipContainers } from './containers.ts'
import { type Entry, usable } from './entry.ts'
import { freeswitchNeighbours } from './freeswitch-neighbours.ts'
import { type Neighbours, scriptNeighbours } from './script-neighbours.ts'
import { type LogPlace, serverLogs } from './server-logs.ts'

const NEIGHBOURS: Readonly<Record<SipServer['name'], (tree: Tree, configuration: string) => Neighbours>> = {
  opensips: scriptNeighbours,
  kamailio: scriptNeighbours,
  asterisk: asteriskNeighbours,
  freeswitch: freeswitchNeighbours,
}

interface FoundServer {
  readonly server: SipServer
  /** Its configuration, its process, its image: how it was found. */
  readonly by: string
  readonly logs: readonly (LogPlace | { readonly key: 'docker'; readonly value: string; readonly isShared: false; readonly why: string })[]
}

/** All that goes into a configuration. */
export interface Proposal {
  readonly servers: readonly FoundServer[]
  readonly ignoreip: readonly Entry[]
  readonly peers: readonly Entry[]
  readonly self: readonly Entry[]
  /** The firewall that can be used, and why. */
  readonly enforce: { readonly backend: 'nftables' | 'iptables'; readonly why: string }
  /** Groups that the logs belong to: a daemon that is not root must be in them. */
  readonly groups: readonly string[]
  /** What the operator should know, and what was left out. */
  readonly notes: readonly string[]
}

/** What a configuration for this machine would be; without servers where none was found. */
export function propose(tree: Tree, client: string | null): Proposal {
  const running = runningPrograms(tree)
  const installed = SIP_SERVERS.flatMap((server) => {
    const configuration = configurationOf(tree, server.name)
    return configuration !== null || running.has(server.name) ? [{ server, configuration }] : []
  })
  const containers = sipContainers(tree)
  const notes: string[] = []
  const neighbours = installed.flatMap(({ server, configuration }) =>
    configuration === null ? [] : attempt(notes, () => NEIGHBOURS[server.name](tree, configuration)),
  )
  const self = usable(
    neighbours.flatMap((each) => each.self),
    false,
  )
  const own = new Set(self.entries.map(({ value }) => value))
  const peers = usable(
    neighbours.flatMap((each) => each.peers.entries),
    true,
  )
  const servers = [
    // A server that only runs in a container is found as a process too.
    ...installed
      .filter(({ server, configuration }) => configuration !== null || !containers.some((each) => each.server === server))
      .map(({ server, configuration }): FoundServer => {
        const by = [configuration, running.has(server.name) ? 'it runs' : 'it does not run now'].filter((part) => part !== null).join(', ')
        const told = attempt(notes, () => serverLogs(tree, server, configuration))
        return { server, by, logs: told.length > 0 ? told : serverLogs(tree, server, null) }
      }),
    ...containers.map(
      ({ name, image, server }): FoundServer => ({
        server,
        by: `container ${name} of ${image}`,
        logs: [{ key: 'docker', value: name, isShared: false, why: 'what the container writes' }],
      }),
    ),
  ]
  const others = attempt(notes, () => company(tree, running))
  return {
    servers,
    ignoreip: client === null ? [] : [{ value: client, from: 'the SSH session in which this was written' }],
    peers: peers.entries.filter(({ value }) => !own.has(value)),
    self: self.entries,
    enforce: firewall(tree),
    groups: groupsOf(tree, servers),
    notes: [...notes, ...neighbours.flatMap((each) => each.peers.notes), ...peers.notes, ...self.notes, ...others],
  }
}

/** What cannot be read is told, and the rest goes on. */
function attempt<T>(notes: string[], read: () => T | T[]): T[] {
  try {
    return [read()].flat() as T[]
  } catch (error) {
    if (!(error instanceof SipguardError)) throw error
    notes.push(error.message)
    return []
  }
}

function firewall(tree: Tree): Proposal['enforce'] {
  const has = (program: string) => tree.glob(`/{usr/,}{sbin,bin}/${program}`).length > 0
  if (has('nft')) return { backend: 'nftables', why: 'nft is installed' }
  if (has('ipset') && has('iptables')) return { backend: 'iptables', why: 'iptables and ipset are installed' }
  return { backend: 'nftables', why: 'after apt install nftables' }
}

/** Others that ban or write firewall rules here. */
function company(tree: Tree, running: ReadonlySet<string>): string[] {
  const jails = fail2banJails(tree).filter(({ name, filter }) => SIP_SERVERS.some((server) => `${name} ${filter}`.includes(server.name)))
  return [
    ...jails.map(({ name, place }) => `Fail2Ban's jail ${name} (${place}) does the same job: disable it when you set enforce:`),
    ...(jails.length === 0 && running.has('fail2ban-server') ? ['Fail2Ban runs here; none of its jails is for a SIP server'] : []),
    ...(running.has('firewalld') ? ['firewalld runs here: with enforce: nftables the two do not meet'] : []),
  ]
}

function groupsOf(tree: Tree, servers: readonly FoundServer[]): string[] {
  const names = new Map(
    (tree.read('/etc/group') ?? '').split('\n').map((line) => {
      const [name = '', , gid = ''] = line.split(':')
      return [Number(gid), name]
    }),
  )
  const files = servers.flatMap(({ logs }) => logs.flatMap(({ key, value }) => (key === 'file' ? tree.glob(value) : [])))
  const gids = files.flatMap((path) => tree.facts(path)?.gid ?? [])
  const ofLogs = gids.flatMap((gid) => (gid === 0 ? [] : (names.get(gid) ?? [])))
  const journal = servers.some(({ logs }) => logs.some(({ key }) => key === 'journal')) ? ['systemd-journal'] : []
  return [...new Set([...ofLogs, ...journal])]
}

import { dirname } from 'node:path'
import type { Tree } from '../servers/tree.ts'
import { isParam, type Tag, tagsOf } from '../servers/xml-tags.ts'
import { type Entry, entryAt, hostOf } from './entry.ts'
import type { Neighbours } from './script-neighbours.ts'

const PROXIES = ['proxy', 'register-proxy', 'outbound-proxy']
const SELF = ['ext-sip-ip', 'ext-rtp-ip']

/** Gateways of FreeSWITCH's profiles, and what it tells others of itself. */
export function freeswitchNeighbours(tree: Tree, configuration: string): Neighbours {
  const folder = dirname(configuration)
  const tagsIn = (path: string) => tagsOf({ path, text: tree.read(path) ?? '' })
  const profiles = [...tree.glob(`${folder}/sip_profiles/*.xml`), ...tree.glob(`${folder}/sip_profiles/*/*.xml`)].map(tagsIn)
  return {
    peers: { entries: profiles.flatMap(gatewaysIn), notes: [] },
    self: [...profiles.flat().flatMap(ownAddress), ...tagsIn(`${folder}/vars.xml`).flatMap(ownVariable)],
  }
}

/** The parameters behind a <gateway>, up to the next. Without a proxy that is its realm, and without that its name (sofia_reg.c, sofia.c). */
function gatewaysIn(tags: readonly Tag[]): Entry[] {
  return tags.flatMap((gateway, i) => {
    if (gateway.name !== 'gateway') return []
    const name = gateway.attributes.get('name') ?? ''
    const next = tags.findIndex((tag, j) => j > i && tag.name === 'gateway')
    const own = tags.slice(i + 1, next < 0 ? undefined : next)
    const proxies = own.filter((tag) => PROXIES.some((proxy) => isParam(tag, proxy)))
    const hosts = proxies.length > 0 ? proxies : own.filter((tag) => isParam(tag, 'realm'))
    if (hosts.length === 0) return [entryOf(gateway, name, `gateway ${name}`)]
    return hosts.map((tag) => entryOf(tag, tag.attributes.get('value') ?? '', `gateway ${name}`))
  })
}

const ownAddress = (tag: Tag): Entry[] =>
  SELF.some((name) => isParam(tag, name)) ? [entryOf(tag, tag.attributes.get('value') ?? '', 'external')] : []

/** `<X-PRE-PROCESS cmd="set" data="external_sip_ip=203.0.113.9"/>` */
function ownVariable(tag: Tag): Entry[] {
  const [, address] = /^external_(?:sip|rtp)_ip=(.+)$/.exec(tag.attributes.get('data') ?? '') ?? []
  return tag.name === 'X-PRE-PROCESS' && address !== undefined ? [entryOf(tag, address, 'external')] : []
}

const entryOf = ({ file, index }: Tag, value: string, what: string): Entry => entryAt(hostOf(value), what, file, index)

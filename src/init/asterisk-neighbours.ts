import { dirname } from 'node:path'
import { type Section, type Setting, sectionsOf, settingOf } from '../servers/asterisk-sections.ts'
import { configurationFiles } from '../servers/included.ts'
import type { Tree } from '../servers/tree.ts'
import { type Entry, entryAt, hostOf } from './entry.ts'
import type { Neighbours } from './script-neighbours.ts'

const SELF = ['external_signaling_address', 'external_media_address', 'externaddr', 'externip', 'externhost']

/** Where each kind of section of pjsip.conf names others (res_pjsip's configuration reference). */
const PJSIP: Readonly<Record<string, readonly string[]>> = {
  identify: ['match'],
  registration: ['server_uri', 'outbound_proxy'],
  aor: ['contact', 'outbound_proxy'],
  endpoint: ['outbound_proxy'],
  wizard: ['remote_hosts', 'outbound_proxy'],
}

/** Trunks of Asterisk: pjsip.conf, pjsip_wizard.conf, and sip.conf of chan_sip. */
export function asteriskNeighbours(tree: Tree, configuration: string): Neighbours {
  const read = (name: string) => sectionsOf(configurationFiles(`${dirname(configuration)}/${name}`, tree))
  const [pjsip, sip] = [[...read('pjsip.conf'), ...read('pjsip_wizard.conf')], read('sip.conf')]
  return {
    peers: { entries: [...pjsip.flatMap(ofPjsip), ...sip.flatMap(ofSip)], notes: [] },
    self: [...pjsip, ...sip].flatMap(({ settings }) =>
      settings.filter(({ key }) => SELF.includes(key)).map((setting) => entryOf(setting, hostOf(setting.value), 'external')),
    ),
  }
}

function ofPjsip(section: Section): Entry[] {
  const keys = PJSIP[settingOf(section, 'type')?.value.toLowerCase() ?? ''] ?? []
  return section.settings
    .filter(({ key }) => keys.includes(key))
    .flatMap((setting) => setting.value.split(',').map((value) => entryOf(setting, hostOf(value), `trunk ${section.name}`)))
}

function ofSip(section: Section): Entry[] {
  return section.settings.flatMap((setting) => {
    if (['host', 'outboundproxy'].includes(setting.key)) return [entryOf(setting, hostOf(setting.value), `trunk ${section.name}`)]
    // `USER[:SECRET[:AUTHUSER]]@HOST[:PORT][/EXTENSION]`
    if (setting.key === 'register') return [entryOf(setting, hostOf(setting.value.replace(/^.*@/, '')), 'registration')]
    return []
  })
}

const entryOf = ({ file, index }: Setting, value: string, what: string): Entry => entryAt(value, what, file, index)

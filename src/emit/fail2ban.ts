import { globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { machineTimeZone } from '../config/index.ts'
import type { Config, Filter, Jail, PrefixName } from '../config/types.ts'
import { actionFile } from './fail2ban-action.ts'
import { countedRules, filterFile, filterLimits, UNREAD } from './fail2ban-filter.ts'
import { type JailSection, jailLimits, jailName, jailSection, rulesOf } from './fail2ban-jail.ts'
import { comment, OURS } from './ini.ts'

export interface EmittedFile {
  /** Below the folder of Fail2Ban's configuration. */
  readonly path: string
  readonly text: string
}

/** Something that Fail2Ban cannot say; stands in a file's comment too. */
export interface Note {
  /** A filter, a jail, or null: all of it. */
  readonly about: string | null
  readonly text: string
}

export interface Emitted {
  readonly files: readonly EmittedFile[]
  readonly notes: readonly Note[]
}

export interface EmitOptions {
  /** Shell word that runs sipguard. */
  readonly program: string
  /** Shell word for its state directory; null: the default one. */
  readonly state: string | null
  /** Addresses, CIDRs and DNS names for `ignoreip`. */
  readonly ignoreip: readonly string[]
}

/** Where a server usually logs; a jail on it is not enabled. */
const USUAL_LOGS: Readonly<Record<PrefixName, readonly string[]>> = {
  opensips: ['/var/log/opensips/*.log'],
  kamailio: ['/var/log/kamailio/*.log'],
  asterisk: ['/var/log/asterisk/messages.log', '/var/log/asterisk/security.log'],
  freeswitch: ['/var/log/freeswitch/freeswitch.log'],
}

const EVERYWHERE = [
  UNREAD,
  'what an address is trusted with (peers, phones, proof of the return path) and bans narrower than an address are not known to Fail2Ban: a ban is for a whole address, whatever the line proves',
  'Fail2Ban counts each IPv6 address, not the /64',
  'Fail2Ban knows earlier bans for dbpurgeage (fail2ban.conf, 1 day): set it to the longest bantime.maxtime, or bans hardly grow',
]

/** The files for Fail2Ban that say what the configuration says, as far as Fail2Ban can; and what it cannot. */
export function emitFail2Ban(config: Config, options: EmitOptions): Emitted {
  const files = new Map<string, string>()
  const notes: Note[] = []
  const sections: JailSection[] = []
  const jails = config.jails.filter((jail) => {
    const limits = jailLimits(jail)
    if (limits.length > 0) notes.push({ about: jail.name, text: `left out: it ${limits.join('; it ')}` })
    return limits.length === 0
  })
  for (const filter of config.filters) {
    const counted = countedRules(filter)
    if (counted.length === 0) continue
    const name = `sipguard-${filter.name}`
    files.set(filterPath(name), filterFile(filter, counted, null))
    notes.push(...filterLimits(filter).map((text) => ({ about: filter.name, text })))
    for (const jail of jails) {
      const rules = rulesOf(jail, filter, counted)
      if (rules.length === 0) continue
      const own = rules.length < counted.length || jail.methods !== null
      const ownName = uniqueName(`${name}-${jail.name}`, files)
      if (own) files.set(filterPath(ownName), filterFile(filter, rules, jail.methods))
      sections.push(sectionOf(config, jail, filter, own ? ownName : name))
    }
  }
  for (const { name, logpaths } of sections.filter(({ enabled }) => !enabled)) {
    notes.push({ about: name, text: `not enabled: Fail2Ban refuses to start without a log, and there is none at ${logpaths.join(', ')}` })
  }
  notes.push(...EVERYWHERE.map((text) => ({ about: null, text })), ...zoneNotes(config))
  const settings = { ...options, logtimezone: fixedZone(config) }
  files.set(
    'jail.d/sipguard.conf',
    jailFile(
      sections.map((section) => jailSection(section, settings)),
      notes,
    ),
  )
  files.set('action.d/sipguard.conf', actionFile(options))
  return { files: [...files].map(([path, text]) => ({ path, text })), notes }
}

const filterPath = (name: string) => join('filter.d', `${name}.conf`)

/** Filter `a` with jail `b-c` and filter `a-b` with jail `c` have the same name. */
function uniqueName(name: string, files: ReadonlyMap<string, string>): string {
  let unique = name
  for (let i = 2; files.has(filterPath(unique)); i++) unique = `${name}-${i}`
  return unique
}

function sectionOf(config: Config, jail: Jail, filter: Filter, filterFile: string): JailSection {
  const sources = config.sources
    .filter((source) => source.type === 'file')
    .filter((source) => source.filter === null || source.filter === filter.name)
    .map(({ file }) => resolve(file))
  const enabled = sources.some((path) => globSync(path).length > 0)
  const logpaths = sources.length > 0 ? sources : USUAL_LOGS[filter.prefix]
  return { jail, name: jailName(jail.name, filter.name), filterFile, logpaths, enabled }
}

/** Fail2Ban knows offsets only; UTC is one. */
const fixedZone = ({ tz }: Config): string | null => (tz === 'UTC' ? 'UTC' : null)

function zoneNotes(config: Config): Note[] {
  if (fixedZone(config) !== null || config.tz === machineTimeZone()) return []
  return [
    { about: null, text: `times without a zone are read in the zone of this machine, not in ${config.tz}: Fail2Ban knows no named zones` },
  ]
}

function jailFile(sections: readonly string[], notes: readonly Note[]): string {
  return [
    `${OURS}, which replaces this file; put changes into jail.d/sipguard.local.`,
    ...comment('Not said here:'),
    ...notes.flatMap(({ about, text }) => comment(`- ${about === null ? '' : `${about}: `}${text}`)),
    ...comment(`ignoreip is the allow list as it was when this was written, without what ends by itself; ignorecommand asks for it as it is.
It takes the place of an ignoreip in your [DEFAULT]: put those addresses into sipguard's.`),
    '',
    sections.join('\n\n'),
    '',
  ].join('\n')
}

import { didYouMean } from '../config/index.ts'
import type { PrefixName } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import { SIP_SERVERS } from '../servers/sip-servers.ts'
import { type Installation, invalid, type Sections } from './ini.ts'
import { type Values, valuesOf } from './values.ts'

/** A jail of Fail2Ban that is to be carried over. */
export interface TheirJail {
  readonly name: string
  /** Where its section stands. */
  readonly place: string
  readonly server: PrefixName
  /** As the jail says it, `freeswitch[mode=extra]`. */
  readonly filter: string
  readonly values: Values
  /** What the section itself sets, by its place. */
  readonly own: ReadonlyMap<string, string>
}

export interface LeftOutJail {
  readonly name: string
  readonly place: string
  readonly why: string
}

/** Enabled jails for SIP servers, and those that `named` asks for whether enabled or not. @throws SipguardError USAGE for a name that is no jail, as Installation.read */
export function readJails(installation: Installation, named: readonly string[]): { jails: TheirJail[]; leftOut: LeftOutJail[] } {
  const files = [
    ...['jail.conf'].filter(installation.isThere),
    ...installation.list('jail.d', '.conf'),
    ...['jail.local'].filter(installation.isThere),
    ...installation.list('jail.d', '.local'),
  ]
  const sections = installation.read(files)
  const names = [...sections.keys()].filter((name) => name !== 'DEFAULT' && name !== 'INCLUDES')
  for (const name of named) {
    if (!names.includes(name))
      throw new SipguardError(
        'USAGE',
        `--jail: no jail '${name}' there${didYouMean(name, names) || `; jails are ${names.join(', ') || 'none'}`}`,
      )
  }
  const jails: TheirJail[] = []
  const leftOut: LeftOutJail[] = []
  for (const name of names) {
    const jail = jailOf(sections, name)
    const isOn = /^(?:true|yes|on|1)$/i.test(jail.values.text('enabled'))
    if (!isOn && !named.includes(name)) {
      // The hundred that Debian ships disabled are nobody's loss; one for a SIP server may be.
      if (SIP_SERVERS.some((server) => name.includes(server.name)))
        leftOut.push({ ...jail, why: `it is not enabled; --jail ${name} carries it over all the same` })
      continue
    }
    const filter = jail.values.text('filter') || name
    const server = serverOf(name, filter, jail.values.text('logpath'))
    if (filter.startsWith('sipguard-')) leftOut.push({ ...jail, why: 'its filter was written by sipguard' })
    else if (server !== null) jails.push({ ...jail, filter, server })
    else if (!named.includes(name)) leftOut.push({ ...jail, why: 'neither its name nor its filter nor its log speaks of a SIP server' })
    else
      throw invalid(
        jail.place,
        `the jail ${name}: neither its name nor its filter nor its log says which server writes the lines, ${SIP_SERVERS.map((each) => each.name).join(', ')}`,
      )
  }
  return { jails, leftOut }
}

function jailOf(sections: Sections, name: string): Pick<TheirJail, 'name' | 'place' | 'values' | 'own'> {
  const options = [...(sections.get(name) ?? [])]
  const own = new Map(options.map(([key, value]) => [key, value[0]?.place ?? name]))
  return { name, own, place: own.values().next().value ?? name, values: valuesOf(sections, name, new Map([['__name__', name]])) }
}

/** The SIP server that a jail's name, filter or log speaks of. */
export function serverOf(...words: readonly string[]): PrefixName | null {
  const text = words.join(' ').toLowerCase()
  return SIP_SERVERS.find((server) => text.includes(server.name))?.name ?? (/\bopenser\b|\bkamctl\b/.test(text) ? 'kamailio' : null)
}

import { SipguardError } from '../errors.ts'
import { canonicalEntry, networksOrNames } from './config-values.ts'
import type { Document } from './document.ts'
import { Faults, show } from './faults.ts'
import { buildJail, checkJailAt } from './jail-file.ts'
import { jailKeys } from './jail-keys.ts'
import { didYouMean } from './names.ts'
import { check, isMapping, mapping } from './schema.ts'
import { buildTrust, buildUnproved, trust, unproved } from './trust-values.ts'
import type { Config } from './types.ts'

/** Commas separate assignments where another one follows; else they belong to the value, as in `kinds=[flood,malformed]`. */
const BETWEEN = /,\s*(?=[a-z][\w.-]*\+?=)/
const SETS = /^([a-z][\w-]*)\.([a-z][\w.]*)=(.*)$/
const ADDS = /^(ignoreip|peers)\+=(.*)$/
/** Keys of a jail that hold keys. */
const NESTED = /^(bantime\.increment|then)\.(\w+)$/
/** Stands for every jail. */
const EVERY_JAIL = 'jail'

type Keys = Record<string, unknown>

const besidesJails = mapping({ trust, unproved, ignoreip: networksOrNames, peers: networksOrNames })

/**
 * A configuration under other settings, all at once: `sip-auth.maxretry=3,sip-auth.findtime=10m`. A key is one of a jail (`jail.` sets it in
 * every jail, `jail.then.` and `jail.bantime.increment.` in those that have one), of `trust.` or of `unproved.`; `ignoreip+=ADDRESS` and
 * `peers+=ADDRESS` add to a list. Values are written and checked as in the configuration; an empty one takes an optional key away.
 * @throws SipguardError USAGE with everything that is wrong, one fault a line
 */
export function withSettings(config: Config, group: string): Config {
  const faults = new Faults()
  const jails = new Map(config.jails.map((jail): [string, Keys] => [jail.name, jailKeys(jail)]))
  const others = { trust: {} as Keys, unproved: {} as Keys, ignoreip: [] as string[], peers: [] as string[] }
  const refuse = (message: string) => faults.add(NOWHERE.path, NOWHERE.place([]), message)

  function targetsOf(name: string): Keys[] {
    if (name === EVERY_JAIL) return [...jails.values()]
    const target = name === 'trust' || name === 'unproved' ? others[name] : jails.get(name)
    if (target) return [target]
    const names = [EVERY_JAIL, ...jails.keys(), 'trust', 'unproved']
    refuse(`unknown jail ${show(name)}${didYouMean(name, names) || `; names are ${names.join(', ')}`}`)
    return []
  }

  for (const assignment of group.split(BETWEEN)) {
    const [, list, entry] = ADDS.exec(assignment) ?? []
    const [, name, key, text] = SETS.exec(assignment) ?? []
    if (list !== undefined) others[list as 'ignoreip' | 'peers'].push(entry!)
    else if (name === undefined)
      refuse(`expected NAME.KEY=VALUE such as sip-auth.maxretry=3, or ignoreip+=ADDRESS, got ${show(assignment)}`)
    else {
      const [, outer, inner] = NESTED.exec(key!) ?? []
      for (const target of targetsOf(name)) {
        if (outer === undefined) target[key!] = readValue(text!)
        else if (isMapping(target[outer])) target[outer] = { ...target[outer], [inner!]: readValue(text!) }
        else if (name !== EVERY_JAIL) refuse(`${name} has no ${show(outer)}`)
      }
    }
  }
  const changed = [...jails].map(([name, keys]) => ({ name, raw: checkJailAt(keys, NOWHERE, faults) }))
  const checked = check(besidesJails, others, NOWHERE, faults)
  if (faults.count > 0) throw new SipguardError('USAGE', faults.messages.map((message) => `--set ${group}: ${message}`).join('\n'))
  return {
    ...config,
    jails: changed.map(({ name, raw }) => buildJail(name, raw!)),
    trust: buildTrust(checked!.trust, config.trust),
    unproved: buildUnproved(checked!.unproved, config.unproved),
    ignoreip: [...config.ignoreip, ...checked!.ignoreip.map(canonicalEntry)],
    peers: [...config.peers, ...checked!.peers.map(canonicalEntry)],
  }
}

/** A command line has no lines to point at. */
const NOWHERE: Document = { path: '', value: null, place: () => ({ line: 1, column: 1 }), keyPlace: () => ({ line: 1, column: 1 }) }

/** What YAML would make of it, as far as a setting needs it. */
function readValue(text: string): unknown {
  const list = /^\[(.*)\]$/.exec(text)
  if (list) return list[1]!.split(',').map((entry) => entry.trim())
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === '') return null
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text
}

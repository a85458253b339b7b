import { readFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { networkOf, parseCidr } from '../address.ts'
import type { BundleFile } from '../api/control.ts'
import { holds } from '../api/lookup.ts'
import { isShipped } from '../config/index.ts'
import { jailKeys } from '../config/jail-keys.ts'
import type { Config, Jail } from '../config/types.ts'
import { formatDuration } from '../duration.ts'
import { SipguardError } from '../errors.ts'
import { toJsonLine } from '../escape.ts'
import { readme } from '../explain/readme.ts'
import { type ToldBan, type WhyFacts, whyJson } from '../explain/why.ts'
import type { BanEvidence } from '../kept.ts'
import { banJson } from '../report.ts'
import type { Ban } from '../types.ts'
import { neededLines } from './needed-lines.ts'

/** A ban whose window is known. */
type Explained = ToldBan & { readonly evidence: BanEvidence & { readonly window: NonNullable<BanEvidence['window']> } }

/**
 * The newest ban of an address with all that it takes to decide it again: what `sipguard replay DIR` reads (docs/why.md).
 * @throws SipguardError DAEMON_REFUSED where no ban of it was decided by lines that are known
 */
export function bundleOf(facts: WhyFacts, config: Config, node: string): BundleFile[] {
  const told = facts.bans.find((one): one is Explained => one.evidence !== null && one.evidence.window !== null)
  if (told === undefined) {
    throw new SipguardError('DAEMON_REFUSED', `${facts.ip} has no ban that lines led to, as far as is known: there is nothing to replay`)
  }
  const { ban, evidence } = told
  const { jail } = evidence.window
  const deciding = { ...apart(config, evidence), jails: [...config.jails.filter(({ name }) => name !== jail.name), jail] }
  const offence = priorOffence(ban)
  const lines = neededLines(evidence, deciding, offence)
  const pins = new Set(lines.map(({ pin }) => pin))
  const state = {
    ...{ format: 1, jail: ban.jail, received_at: new Date(evidence.savedMs).toISOString(), filter: pins.size === 1 ? [...pins][0] : null },
    ...{ offence, phones: evidence.phones, ban: banJson(ban) },
  }
  const own = config.filters.filter((filter) => !isShipped(filter))
  const file = (name: string, text: string, encoding: BundleFile['encoding'] = 'utf8'): BundleFile => ({ name, text, encoding })
  return [
    file('README.txt', readme(evidence, lines, facts.configVersion, node)),
    file('why.json', `${toJsonLine(whyJson(facts))}\n`),
    file('config.yaml', configText(deciding)),
    file('state.json', `${toJsonLine(state)}\n`),
    file('lines.log', lines.flatMap(({ text }) => (text === null ? [] : [`${text}\n`])).join(''), 'latin1'),
    ...own.map(({ name, path }) => file(`${name}.yaml`, readFileSync(path, 'utf8'))),
  ]
}

/** How often the address had been banned before; on forgeable evidence a ban is no longer for it, and counts as the one before. */
function priorOffence({ ip, nth, evidence }: Ban): { ip: string; nth: number } | null {
  const before = evidence === 'unproved' && nth > 1 ? nth : nth - 1
  return before > 0 ? { ip: networkOf(ip), nth: before } : null
}

/** With lists that hold who was trusted beside the address, and not what covers it by now; names would be asked of the reader's resolver. */
function apart(config: Config, { ban, trusted }: BanEvidence): Config {
  const covers = (cidr: string) => holds(cidr, ban.prefix ?? ban.ip) || (ban.prefix !== null && holds(ban.prefix, cidr.split('/')[0]!))
  const kept = (list: readonly string[]) => [...new Set(list)].filter((entry) => parseCidr(entry) !== null && !covers(entry))
  return { ...config, ignoreip: kept([...config.ignoreip, ...trusted]), peers: kept(config.peers), self: kept(config.self) }
}

function configText({ filters, jails, trust, unproved, tz, ignoreip, peers, self }: Config): string {
  const own = filters.filter((filter) => !isShipped(filter)).map(({ name }) => `${name}.yaml`)
  return `# What decides in this bundle.\n${stringify({
    tz,
    ...(own.length > 0 && { filters: own }),
    ...{ ignoreip, peers, self },
    trust: { phone: formatDuration(trust.phoneMs), maxusers: trust.maxUsers, maxports: trust.maxPorts },
    unproved: { maxbantime: formatDuration(unproved.maxbantimeMs) },
    jails: Object.fromEntries(jails.map((jail: Jail) => [jail.name, jailKeys(jail)])),
  })}`
}

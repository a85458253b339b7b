import { stringify } from 'yaml'
import type { FilterRule, PrefixName } from '../config/types.ts'
import { countedKinds } from './carry.ts'
import type { Settings, Source } from './settings.ts'

export interface ImportedFile {
  /** Below the folder that was asked for. */
  readonly path: string
  readonly text: string
}
export interface ImportedFilter {
  readonly name: string
  readonly server: PrefixName
  /** `freeswitch[mode=extra]` */
  readonly from: string
  readonly rules: readonly FilterRule[]
}
export interface ImportedJail {
  readonly name: string
  readonly filter: ImportedFilter
  readonly settings: Settings
}

/** sipguard.yaml and a file for each filter. A filter without rules, and a jail that has nothing to count, are not written. */
export function filesOf(filters: readonly ImportedFilter[], jails: readonly ImportedJail[]): ImportedFile[] {
  const written = filters.filter(({ rules }) => rules.length > 0)
  return [configuration(written, jails), ...written.map((filter) => ({ path: `filters/${filter.name}.yaml`, text: filterText(filter) }))]
}

function configuration(filters: readonly ImportedFilter[], jails: readonly ImportedJail[]): ImportedFile {
  const config = {
    sources: distinct(jails.flatMap(({ settings }) => settings.sources)),
    filters: filters.map(({ name }) => `filters/${name}.yaml`),
    jails: Object.fromEntries(
      jails.filter(({ filter }) => countedKinds(filter.rules).length > 0).map((jail) => [jail.name, jailEntry(jail)]),
    ),
    ignoreip: [...new Set(jails.flatMap(({ settings }) => settings.ignoreip))],
    enforce: 'none',
  }
  return {
    path: 'sipguard.yaml',
    text: `${header('the jails of Fail2Ban. The shipped jails work beside them (docs/jails.md). Observe first; then write nftables for enforce.')}${yaml(config)}`,
  }
}

function distinct(sources: readonly Source[]): Source[] {
  return [...new Map(sources.map((source) => [JSON.stringify(source), source])).values()]
}

function jailEntry({ filter, settings }: ImportedJail): object {
  const { maxretry, findtime, bantime, increment } = settings
  const entry = { kinds: countedKinds(filter.rules), filters: [filter.name], by: 'ip', maxretry, findtime, bantime }
  return increment === null ? entry : { ...entry, 'bantime.increment': increment }
}

function filterText({ name, server, from, rules }: ImportedFilter): string {
  const filter = { name, prefix: server, rules: rules.map(ruleEntry) }
  return `${header(`Fail2Ban's filter ${from}: what it finds. All is proved but for what says verdict: runtime (docs/filters.md).`)}${yaml(filter)}`
}

function ruleEntry(rule: FilterRule): object {
  const { id, kind, reason, failregex, ignoreregex, guarantees, verdict, shadow, counted, ipv6, set } = rule
  return {
    id,
    kind,
    ...(reason !== null && { reason }),
    failregex,
    ...(ignoreregex !== null && { ignoreregex }),
    ...(Object.keys(guarantees).length > 0 && { guarantees }),
    ...(verdict === 'runtime' && { verdict }),
    ...(shadow && { shadow }),
    ...(!counted && { counted }),
    ...(ipv6 !== 'any' && { ipv6 }),
    ...(Object.keys(set).length > 0 && { set }),
  }
}

const header = (text: string) => `# Written by \`sipguard import fail2ban\`: ${text.replace(/[\0-\x1f\x7f]/g, ' ')}\n`
const yaml = (value: object) => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })

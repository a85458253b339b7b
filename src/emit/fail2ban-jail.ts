import { createHash } from 'node:crypto'
import type { Filter, FilterRule, Jail } from '../config/types.ts'
import { narrowing } from '../detect/index.ts'
import { formatDuration } from '../duration.ts'
import { COUNTED_KINDS } from '../types.ts'
import { type Command, commandLine } from './fail2ban-action.ts'
import { entry, iniValue } from './ini.ts'
import { failregexOf } from './python-pattern.ts'

/** iptables takes 28 characters (XT_EXTENSION_MAXNAMELEN), Fail2Ban's chain is `f2b-NAME`. */
const LONGEST_NAME = 24

/** Name of the Fail2Ban jail; a longer one is cut and told apart by a digest. */
export function jailName(jail: string, filter: string): string {
  const name = `${jail}-${filter}`
  if (name.length <= LONGEST_NAME) return name
  return `${name.slice(0, LONGEST_NAME - 5)}-${createHash('sha256').update(name).digest('hex').slice(0, 4)}`
}

/** What of a jail Fail2Ban has no words for; empty when it has all. */
export function jailLimits(jail: Jail): string[] {
  const rates = jail.kinds.filter((kind) => !COUNTED_KINDS.has(kind))
  return [
    ...(rates.length > 0 ? [`counts ${rates.join(' and ')}, which is no failure`] : []),
    ...(jail.by.includes('user') ? [`counts by ${jail.by.join(' and ')}, where Fail2Ban counts by address`] : []),
    ...(jail.distinct ? [`counts different ${jail.distinct}s (distinct), not lines`] : []),
    ...(jail.unless ? [`spares an address with a ${jail.unless} (unless)`] : []),
    ...(jail.alertonly ? ['says and never bans (alertonly)'] : []),
    ...(jail.then ? ['has a second stage (then)'] : []),
  ]
}

/** The rules of a filter that a jail counts; `methods:` are left to the pattern where a rule reads the method from the line. */
export function rulesOf(jail: Jail, filter: Filter, rules: readonly FilterRule[]): FilterRule[] {
  const passes = narrowing(jail)
  const passesWithAnyMethod = narrowing({ ...jail, methods: null })
  return rules.filter((rule) => {
    if (!jail.kinds.includes(rule.kind)) return false
    const method = rule.failregex.includes('<F-METHOD>') ? methodInWords(rule) : (rule.set.method ?? null)
    if (method !== undefined) return passes({ reason: rule.reason, method, filter: filter.name })
    return passesWithAnyMethod({ reason: rule.reason, method: null, filter: filter.name }) && failregexOf(rule, jail.methods) !== null
  })
}

/** The one method that a rule matches, or undefined where there are several. */
function methodInWords(rule: FilterRule): string | undefined {
  return /<F-METHOD>([A-Z]+)<\/F-METHOD>/.exec(rule.failregex)?.[1]
}

export interface JailSection {
  readonly jail: Jail
  readonly name: string
  /** Name in filter.d, without `.conf`. */
  readonly filterFile: string
  /** Absolute paths or globs. */
  readonly logpaths: readonly string[]
  readonly enabled: boolean
}

export interface JailSettings extends Command {
  readonly ignoreip: readonly string[]
  /** A zone that Fail2Ban knows, or null: the machine's. */
  readonly logtimezone: string | null
}

/** A section for jail.d. */
export function jailSection(section: JailSection, settings: JailSettings): string {
  const { jail } = section
  const keys: Record<string, string | readonly string[]> = {
    enabled: String(section.enabled),
    filter: section.filterFile,
    backend: 'auto',
    logpath: section.logpaths.map(logpath),
    logencoding: 'utf-8',
    ...(settings.logtimezone === null ? {} : { logtimezone: settings.logtimezone }),
    maxretry: String(jail.maxretry),
    findtime: duration(jail.findtimeMs),
    bantime: duration(jail.bantimeMs),
    ...increment(jail),
    // An empty one would take the place of the [DEFAULT] for nothing.
    ...(settings.ignoreip.length === 0 ? {} : { ignoreip: settings.ignoreip.map(iniValue).join(' ') }),
    ignorecommand: commandLine(settings, 'allow check <ip>'),
    ignorecache: 'key="<ip>", max-count=1000, max-time=30s',
    port: '5060,5061',
    protocol: 'tcp,udp',
    action: ['%(action_)s', `sipguard[name=${jail.name}]`],
  }
  const entries = Object.entries(keys).map(([key, value]) => entry(key, typeof value === 'string' ? [value] : value))
  return [`[${section.name}]`, ...entries].join('\n')
}

/**
 * min(bantime × factor^(nth − 1), maxtime), where ban.Count is the number of earlier bans (fail2ban/server/observer.py incrBanTime).
 * Past 50 the power stands still, far above any maxtime, so that no number overflows.
 */
function increment({ bantimeMs, increment }: Jail): Record<string, string> {
  if (bantimeMs === null || increment === null) return { 'bantime.increment': 'false' }
  return {
    'bantime.increment': 'true',
    'bantime.factor': String(increment.factor),
    'bantime.formula': 'ban.Time * banFactor ** min(ban.Count, 50)',
    'bantime.maxtime': duration(increment.maxtimeMs),
    'bantime.overalljails': 'true',
  }
}

/** Fail2Ban counts whole seconds. */
const duration = (ms: number | null) => formatDuration(ms === null ? null : Math.ceil(ms / 1000) * 1000)

/**
 * Fail2Ban takes the last word of a path with spaces for `head` or `tail` (client/jailreader.py): given, it keeps the spaces.
 * What the file cannot hold is left to the glob.
 */
function logpath(path: string): string {
  const value = iniValue(path.replace(/[\0-\x1f\x7f;]/g, '?'))
  return path.includes(' ') ? `${value} head` : value
}

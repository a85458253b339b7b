import { isShipped } from '../config/package-files.ts'
import { preparedConfig } from '../config/prepared.ts'
import { isTimeZone } from '../config/time-zone.ts'
import type { Config, SourceConfig } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import { forTerminal } from '../escape.ts'

/** The FILE argument that means standard input. */
export const STDIN = '-'

export interface ConfigOptions {
  readonly config?: string
  readonly tz?: string
  /** The API may be open to the network without TLS. */
  readonly insecure?: boolean
}

export interface ProvenConfig {
  readonly config: Config
  /** Of its own filters, what is in force without a proof, as `filter/rule`. */
  readonly unproven: readonly string[]
}

/** The configuration a command runs with: its file or the defaults, under what the command line says. */
export async function loadConfigFor(options: ConfigOptions, files: readonly string[] = []): Promise<Config> {
  const config = (options.config === undefined ? preparedConfig() : null) ?? (await readConfig(options))
  if (options.tz !== undefined && !isTimeZone(options.tz)) {
    const { didYouMean } = await import('../config/index.ts')
    const hint = didYouMean(options.tz, Intl.supportedValuesOf('timeZone'))
    throw new SipguardError('USAGE', `--tz: expected a time zone such as Europe/Berlin or UTC, got '${options.tz}'${hint}`)
  }
  const sources = files.map(
    (file): SourceConfig => (file === STDIN ? { type: 'stdin', filter: null } : { type: 'file', file, filter: null }),
  )
  return { ...config, tz: options.tz ?? config.tz, sources: sources.length > 0 ? sources : config.sources }
}

/** What reads YAML and checks it is half of all the program's modules: only who needs it loads it. */
async function readConfig({ config, insecure }: ConfigOptions): Promise<Config> {
  const { loadConfig } = await import('../config/index.ts')
  return loadConfig(config ?? null, { insecure: insecure === true })
}

/**
 * The same for a command that reads lines: filters of its own are proved first, and what is in force without a proof is said on stderr.
 * The shipped ones are not proved at each start, which would cost seconds: they are in CI (tests/prove/shipped.test.ts).
 * @throws SipguardError CONFIG_INVALID also for a filter that can be fooled, unless `allowUnproven`
 */
export async function loadProvenConfig(
  options: ConfigOptions & { readonly allowUnproven?: boolean },
  files: readonly string[] = [],
): Promise<ProvenConfig> {
  const config = await loadConfigFor(options, files)
  const own = config.filters.filter((filter) => !isShipped(filter))
  if (own.length === 0) return { config, unproven: [] }
  const { proveOwnFilters } = await import('./filter-proof.ts')
  const unproven = proveOwnFilters(own, options.allowUnproven === true)
  if (unproven.length > 0) {
    const names = forTerminal(unproven.join(', '))
    console.error(`sipguard: not proved, used all the same (--allow-unproven): ${names}; attackers may have the innocent banned, or hide`)
  }
  return { config, unproven }
}

import { isTimeZone, loadConfig } from '../config/index.ts'
import type { Config, FileSource } from '../config/types.ts'
import { SipguardError } from '../errors.ts'

export interface ConfigOptions {
  readonly config?: string
  readonly tz?: string
}

/** The configuration a command runs with: its file or the defaults, under what the command line says. */
export function loadConfigFor(options: ConfigOptions, files: readonly string[] = []): Config {
  const config = loadConfig(options.config ?? null)
  if (options.tz !== undefined && !isTimeZone(options.tz)) {
    throw new SipguardError('USAGE', `--tz: expected a time zone such as Europe/Berlin or UTC, got '${options.tz}'`)
  }
  const sources = files.map((file): FileSource => ({ type: 'file', file, filter: null }))
  return { ...config, tz: options.tz ?? config.tz, sources: sources.length > 0 ? sources : config.sources }
}

import type { Config } from '../src/config/types.ts'

/** The same, for a judge that is one of hundreds: memory is set aside by how many keys may be counted. */
export const withFewKeys = (config: Config): Config => ({ ...config, store: { ...config.store, maxkeys: 1000 } })

import type { Config } from '../config/types.ts'

const FIXED = ['enforce', 'never', 'store', 'records', 'geo', 'http'] as const

/** Keys that are read at the start only, and that another configuration has otherwise. Of the records: which database. */
export function changedFixedKeys(before: Config, after: Config): string[] {
  return FIXED.filter((key) => JSON.stringify(fixedPart(before, key)) !== JSON.stringify(fixedPart(after, key)))
}

function fixedPart(config: Config, key: (typeof FIXED)[number]): unknown {
  if (key !== 'records') return config[key]
  const { records } = config
  return [records.type, 'url' in records ? records.url : null]
}

import { Faults } from './faults.ts'
import { readFilter } from './filter-file.ts'
import { buildJail, type RawJail, readJail } from './jail-file.ts'
import { FILTERS, JAILS, nameOf, yamlFiles } from './package-files.ts'
import type { Filter, Jail } from './types.ts'

/**
 * Every filter of a folder, in the order of their names. Default: the package's own.
 * @throws SipguardError CONFIG_INVALID with every fault of all of them, CONFIG_UNREADABLE
 */
export function loadShippedFilters(dir: string = FILTERS): Filter[] {
  const faults = new Faults()
  const filters = readFilters(dir, faults)
  faults.throwIfAny()
  return [...filters.values()].filter((filter) => filter !== null)
}

/**
 * Every jail of a folder, in the order of their names. Default: the package's own.
 * @throws SipguardError CONFIG_INVALID with every fault of all of them, CONFIG_UNREADABLE
 */
export function loadShippedJails(dir: string = JAILS): Jail[] {
  const faults = new Faults()
  const jails = readJails(dir, faults)
  faults.throwIfAny()
  return [...jails].map(([name, raw]) => buildJail(name, raw!))
}

/** By name; null for one that has faults. */
export function readFilters(dir: string = FILTERS, faults: Faults): Map<string, Filter | null> {
  return new Map(yamlFiles(dir).map((path) => [nameOf(path), readFilter(path, faults)]))
}

/** By name; null for one that has faults. */
export function readJails(dir: string = JAILS, faults: Faults): Map<string, RawJail | null> {
  return new Map(yamlFiles(dir).map((path) => [nameOf(path), readJail(path, faults)]))
}

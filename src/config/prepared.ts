import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { packageRoot, readFile } from '../packaged.ts'
import type { StoredLookPlan } from '../pattern/look-plan.ts'
import { unreadable, yamlFiles } from './package-files.ts'
import { machineTimeZone } from './time-zone.ts'
import type { Config, Filter } from './types.ts'

/**
 * The configuration without a file, as scripts/prepared.ts has written it from the package's own filters and jails: to read and check these
 * takes 0.2 s and half of all modules, and they change with a release only. It holds for the very files that it was made from.
 */
interface Prepared {
  /** Of the names and contents of those files. */
  readonly digest: string
  /** Without what differs between machines: the time zone, and the folder before the filters' paths. */
  readonly config: Omit<Config, 'tz'>
}

/** What a look at lines goes by, for the filters that it was made of, wherever they were read from. */
interface PreparedLook {
  /** Of those filters. */
  readonly digest: string
  readonly look: StoredLookPlan
}

/** Below the package's root. */
export const PREPARED = 'filters/prepared.json'
export const PREPARED_LOOK = 'filters/prepared-look.json'

/**
 * What `loadConfig(null)` says, or null where that has to be asked: filters or jails are not as they were prepared.
 * @param root where the package is @throws SipguardError CONFIG_UNREADABLE
 */
export function preparedConfig(root: string = packageRoot): Config | null {
  const { digest, config } = JSON.parse(read(join(root, PREPARED)).toString()) as Prepared
  if (digest !== digestOf(root)) return null
  const filters = config.filters.map((filter) => ({ ...filter, path: join(root, filter.path) }))
  return { ...config, filters, tz: machineTimeZone() }
}

/** The text of PREPARED for what `loadConfig(null)` says. */
export function prepare({ tz: _, ...config }: Config): string {
  const filters = config.filters.map((filter) => ({ ...filter, path: filter.path.slice(packageRoot.length + 1) }))
  const prepared: Prepared = { digest: digestOf(packageRoot), config: { ...config, filters } }
  return `${JSON.stringify(prepared, null, 1)}\n`
}

/** The text of PREPARED_LOOK that belongs to the program that runs: at a reload an upgrade may have put another there, or none. */
let lookText: string | undefined

/** What src/classify/plan-look.ts makes of these filters, or null where it was not prepared for them. @throws SipguardError CONFIG_UNREADABLE the first time */
export function preparedLook(filters: readonly Filter[]): StoredLookPlan | null {
  lookText ??= read(join(packageRoot, PREPARED_LOOK)).toString()
  const { digest, look } = JSON.parse(lookText) as PreparedLook
  return digest === digestOfFilters(filters) ? look : null
}

/** The text of PREPARED_LOOK. */
export function prepareLook(filters: readonly Filter[], look: StoredLookPlan): string {
  const prepared: PreparedLook = { digest: digestOfFilters(filters), look }
  return `${JSON.stringify(prepared)}\n`
}

function digestOfFilters(filters: readonly Filter[]): string {
  const anywhere = filters.map(({ path: _, ...filter }) => filter)
  return createHash('sha256').update(JSON.stringify(anywhere)).digest('hex')
}

function digestOf(root: string): string {
  const hash = createHash('sha256')
  for (const path of ['filters', 'jails'].flatMap((folder) => yamlFiles(join(root, folder)))) {
    const contents = read(path)
    hash.update(`${path.slice(root.length + 1)} ${contents.length}\n`).update(contents)
  }
  return hash.digest('hex')
}

function read(path: string): Buffer {
  try {
    return readFile(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

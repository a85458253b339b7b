import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { SipguardError } from '../errors.ts'
import { canonicalEntry, machineTimeZone, networks, networksOrNames, parsePort, ports, timeZone } from './config-values.ts'
import { type Document, nameOf, readDocument } from './document.ts'
import { Faults, show } from './faults.ts'
import { readFilter } from './filter-file.ts'
import { checkHttp, http, toHttp } from './http-entry.ts'
import { buildJail, checkJailAt, type RawJail } from './jail-file.ts'
import { didYouMean } from './names.ts'
import { notify, toNotify } from './notify-entry.ts'
import { geo, phones, records, toFiles, toRecords } from './records-entry.ts'
import { check, expecting, isMapping, kebabName, mapping, oneOf, text } from './schema.ts'
import { readFilters, readJails } from './shipped.ts'
import { hep, sourceEntry, toHepSource, toSource } from './source-entry.ts'
import { store, toStore } from './store-entry.ts'
import { buildTrust, buildUnproved, trust, unproved } from './trust-values.ts'
import { type Config, ENFORCE_BACKENDS, type Filter, type Jail } from './types.ts'

const schema = mapping({
  sources: z.array(sourceEntry, expecting('a list of sources')).optional(),
  hep: hep.optional(),
  prefer: oneOf(['hep', 'none']).optional(),
  jails: z.record(z.string(), z.unknown(), expecting('a mapping of jails by name')).optional(),
  filters: z.array(text('the path of a filter file'), expecting('a list of paths')).optional(),
  ignoreip: networksOrNames.optional(),
  peers: networksOrNames.optional(),
  self: networks.optional(),
  trust,
  unproved,
  enforce: oneOf(ENFORCE_BACKENDS).optional(),
  never: ports.optional(),
  tz: timeZone.optional(),
  store,
  records,
  phones,
  geo,
  http,
  notify,
})

export interface ConfigOptions {
  /** Shipped filters; default: those of the package. */
  readonly filtersDir?: string
  /** Shipped jails; default: those of the package. */
  readonly jailsDir?: string
  /** `http.listen` may be beyond loopback without TLS. Default: only if the file says so. */
  readonly insecure?: boolean
}

/**
 * The configuration of a file, or the defaults for null. Relative paths in it are relative to the file.
 * An own filter takes the place of a shipped one of the same name; a jail's keys take the place of the shipped jail's.
 * @throws SipguardError CONFIG_INVALID with every fault of the file and of the filters it names, one a line; CONFIG_UNREADABLE
 */
export function loadConfig(path: string | null, options: ConfigOptions = {}): Config {
  const faults = new Faults()
  const filters = readFilters(options.filtersDir, faults)
  const jails = readJails(options.jailsDir, faults)
  const document = path === null ? null : readDocument(path, faults)
  // An empty file asks for the defaults.
  const written = document?.value ?? {}
  const raw = document ? check(schema, written, document, faults) : {}
  if (document && isMapping(written)) {
    addFilters(filters, written.filters, document, faults)
    checkSourceFilters(written.sources, filters, document, faults)
    overrideJails(jails, written.jails, filters, document, faults)
    checkHttp(written.http, document, faults, options.insecure === true)
  }
  faults.throwIfAny()
  const { sources, ignoreip, peers, self, enforce, never, tz } = raw!
  return {
    path,
    sources: [...(sources ?? []).map((entry) => toSource(entry, dirname(path!))), ...(raw!.hep ? [toHepSource(raw!.hep)] : [])],
    prefer: raw!.prefer ?? 'hep',
    jails: [...jails].map(([name, jail]): Jail => buildJail(name, jail!)),
    filters: [...filters.values()].filter((filter) => filter !== null),
    ignoreip: (ignoreip ?? []).map(canonicalEntry),
    peers: (peers ?? []).map(canonicalEntry),
    self: (self ?? []).map(canonicalEntry),
    enforce: enforce ?? 'none',
    never: (never ?? ['tcp/22']).map(parsePort),
    trust: buildTrust(raw!.trust),
    unproved: buildUnproved(raw!.unproved),
    tz: tz ?? machineTimeZone(),
    store: toStore(raw!.store),
    records: toRecords(raw!.records),
    ...toFiles({ phones: raw!.phones, geo: raw!.geo }, dirname(path ?? '')),
    http: toHttp(raw!.http, dirname(path ?? '')),
    notify: toNotify(raw!.notify),
  }
}

function addFilters(filters: Map<string, Filter | null>, written: unknown, document: Document, faults: Faults): void {
  if (!Array.isArray(written)) return
  const own = new Set<string>()
  for (const [i, file] of written.entries()) {
    if (typeof file !== 'string' || file === '') continue
    const refuse = (message: string) => faults.add(document.path, document.place(['filters', i]), `filters: ${message}`)
    const name = nameOf(file)
    if (own.has(name)) {
      refuse(`a filter ${show(name)} stands here already`)
      continue
    }
    own.add(name)
    try {
      filters.set(name, readFilter(resolve(dirname(document.path), file), faults))
    } catch (error) {
      if (!(error instanceof SipguardError)) throw error
      filters.set(name, null)
      refuse(error.message)
    }
  }
}

function checkSourceFilters(written: unknown, filters: ReadonlyMap<string, unknown>, document: Document, faults: Faults): void {
  if (!Array.isArray(written)) return
  written.forEach((entry, i) => {
    if (isMapping(entry)) checkFilterName(entry.filter, ['sources', i, 'filter'], filters, document, faults)
  })
}

function checkFilterName(
  name: unknown,
  at: readonly PropertyKey[],
  filters: ReadonlyMap<string, unknown>,
  document: Document,
  faults: Faults,
): void {
  if (typeof name !== 'string' || name === '' || filters.has(name)) return
  const known = [...filters.keys()]
  faults.add(
    document.path,
    document.place(at),
    `unknown filter ${show(name)}${didYouMean(name, known) || `; filters are ${known.join(', ')}`}`,
  )
}

function overrideJails(
  jails: Map<string, RawJail | null>,
  written: unknown,
  filters: ReadonlyMap<string, unknown>,
  document: Document,
  faults: Faults,
): void {
  if (!isMapping(written)) return
  const shipped = new Set(jails.keys())
  for (const [name, keys] of Object.entries(written)) {
    const at = ['jails', name]
    const refuse = (message: string) => faults.add(document.path, document.keyPlace(at), message)
    const known = shipped.has(name)
    if (!known && isMapping(keys) && keys.kinds === undefined) {
      const hint = didYouMean(name, shipped) || `; jails are ${[...shipped].join(', ')}`
      refuse(`unknown jail ${show(name)}${hint} (one of your own has kinds, maxretry, findtime and bantime)`)
      continue
    }
    if (!kebabName.safeParse(name).success) refuse(`expected a name in lower case, its words joined by hyphens, got ${show(name)}`)
    const base = jails.get(name)
    // A shipped jail that has faults of its own has told them.
    if (known && !base) continue
    jails.set(name, checkJailAt(isMapping(keys) ? { ...base, ...keys } : keys, document, faults, at))
    const narrowed = isMapping(keys) ? keys.filters : null
    if (!Array.isArray(narrowed)) continue
    narrowed.forEach((entry, i) => {
      checkFilterName(String(entry).replace(/^!/, ''), [...at, 'filters', i], filters, document, faults)
    })
  }
}

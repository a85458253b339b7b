import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { SipguardError } from '../errors.ts'
import { canonicalEntry, networks, networksOrNames, parsePort, ports, timeZone } from './config-values.ts'
import { type Document, readDocument } from './document.ts'
import { Faults, show } from './faults.ts'
import { readFilter } from './filter-file.ts'
import { checkHttp, http, toHttp } from './http-entry.ts'
import { buildJail, checkJailAt, type RawJail } from './jail-file.ts'
import { didYouMean } from './names.ts'
import { notify, toNotify } from './notify-entry.ts'
import { nameOf } from './package-files.ts'
import { geo, phones, records, toFiles, toRecords } from './records-entry.ts'
import { check, expecting, isMapping, kebabName, key, mapping, oneOf, text } from './schema.ts'
import { readFilters, readJails } from './shipped.ts'
import { hep, sourceEntry, toHepSource, toSource } from './source-entry.ts'
import { store, toStore } from './store-entry.ts'
import { machineTimeZone } from './time-zone.ts'
import { buildTrust, buildUnproved, trust, unproved } from './trust-values.ts'
import { type Config, ENFORCE_BACKENDS, type Filter, type Jail } from './types.ts'

/** Without its jails: jail-file.ts. */
export const configuration = mapping({
  sources: z
    .array(sourceEntry, expecting('a list of sources'))
    .optional()
    .meta(key('list of [sources](#sources)', 'none; then `watch` needs FILE arguments', 'what is read')),
  hep: hep.optional().meta(key('as `hep` of a [source](#hep)', 'none', 'short for one more source')),
  prefer: oneOf(['hep', 'none'])
    .optional()
    .meta(
      key(
        '`hep`, `none`',
        '`hep`',
        'what is seen both as HEP and in a log counts once, or (`none`) twice ([hep.md](hep.md#with-logs-of-the-same-server))',
        'another word',
      ),
    ),
  jails: z
    .record(z.string(), z.unknown(), expecting('a mapping of jails by name'))
    .optional()
    .meta(
      key(
        'mapping of [jails](#jails) by name',
        'the shipped ones',
        "a shipped jail's keys are replaced one by one; a name of your own is a jail of your own and needs all its keys",
        'a name that is not lower case words with hyphens; a jail that is neither shipped nor complete',
      ),
    ),
  filters: z
    .array(text('the path of a filter file'), expecting('a list of paths'))
    .optional()
    .meta(
      key(
        'list of paths of filter files',
        'none',
        "filters of your own, besides the shipped ones. One of the same name takes the shipped one's place. Each is proved before it is used ([filters.md](filters.md))",
        'a file named twice; a filter that can be fooled (without `--allow-unproven`)',
      ),
    ),
  ignoreip: networksOrNames
    .optional()
    .meta(
      key(
        'list of addresses, networks (CIDR) and DNS names',
        'none',
        'never banned. Names are resolved every 5 minutes; the last answer is kept on disk and holds for a day',
        'an address or network that is none; IPv4 networks in IPv6 notation',
      ),
    ),
  peers: networksOrNames
    .optional()
    .meta(
      key(
        'list of addresses, networks and DNS names',
        'none',
        'PBXs, dispatcher destinations, carriers: their failures raise an alert and ban nobody ([trust.md](trust.md)). Names as in `ignoreip`',
        'as `ignoreip`',
      ),
    ),
  self: networks
    .optional()
    .meta(
      key(
        'list of addresses and networks',
        'none',
        "addresses that are this machine's without being on an interface (cloud, VRRP). Never banned. Loopback and the interfaces' own addresses always count as self",
        'a DNS name',
      ),
    ),
  trust: trust.meta(key('mapping ([trust](#trust))', '', 'whom we take for a phone, and what his address may suffer')),
  unproved: unproved.meta(key('mapping ([unproved](#unproved))', '', 'what evidence is worth that may be forged')),
  enforce: oneOf(ENFORCE_BACKENDS)
    .optional()
    .meta(
      key(
        '`none`, `nftables`, `iptables`',
        '`none`',
        'where bans are put. `none`: nowhere, they are only decided and said. Read at the start only',
        'another word',
      ),
    ),
  never: ports
    .optional()
    .meta(
      key(
        'list of `tcp/PORT`, `udp/PORT`',
        '`[tcp/22]`',
        'ports on this machine that stay reachable for banned addresses. Read at the start only',
        'a port outside 1 to 65535',
      ),
    ),
  tz: timeZone
    .optional()
    .meta(
      key('IANA time zone', "the machine's", 'zone of log times that carry none', 'an offset such as `+02:00`: it knows no summer time'),
    ),
  store: store.meta(
    key(
      '`embedded`, a Redis URL, or a mapping ([store](#store))',
      '`embedded`',
      'whether counters, bans and lists are shared with other nodes. Read at the start only',
    ),
  ),
  records: records.meta(
    key(
      '`sqlite`, a PostgreSQL URL, `off`, or a mapping ([records](#records))',
      '`sqlite`',
      'where refused requests, registrations, phones and bans are written down ([records.md](records.md))',
    ),
  ),
  phones: phones.meta(key('mapping ([phones](#phones))', '', 'which devices are expected')),
  geo: geo.meta(key('mapping ([geo](#geo))', '', 'where an address is')),
  http: http.meta(key('mapping ([http](#http))', 'none', 'where the [API](api.md) is served besides the socket. Read at the start only')),
  notify: notify.meta(key('mapping ([notify](#notify))', 'nobody is told', 'who is told of what, and how ([alerts.md](alerts.md))')),
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
  const raw = document ? check(configuration, written, document, faults) : {}
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

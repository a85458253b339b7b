import { BlockList, isIP } from 'node:net'
import { resolve } from 'node:path'
import { z } from 'zod'
import { canonicalAddress } from '../address.ts'
import { canonicalEntry, networks } from './config-values.ts'
import { show } from './faults.ts'
import { always, expecting, isMapping, list, mapping, notSupported, oneOf, text } from './schema.ts'
import { type SourceConfig, SYSLOG_PROTOCOLS } from './types.ts'

/** One entry of `sources:`. */

const TYPES = ['file', 'journal', 'syslog', 'stdin', 'docker'] as const
const ONE_OF = `a source is one of ${TYPES.join(', ')}`
/** Types of the design that only a later version has. */
const NOT_YET = ['hep']

const DOCKER_ROOT = '/var/lib/docker'
const SYSLOG_LISTEN = '127.0.0.1:5514'

/** A mapping of which one key alone may be written as a word. */
function short<Mapping extends z.ZodType>(key: string, schema: Mapping) {
  return z.preprocess((value) => (typeof value === 'string' ? { [key]: value } : value), schema)
}

const unitName = text('the name of a systemd unit such as kamailio.service', (value) => /^[\w:.\\@-]{1,255}$/.test(value))
const journal = short(
  'unit',
  mapping({
    unit: unitName.optional(),
    units: list(unitName).optional(),
    identifier: text('a syslog identifier such as kamailio', (value) => /^[\x21-\x7e]{1,255}$/.test(value)).optional(),
    directory: text('a path').optional(),
  }).superRefine((value, context) => {
    if (!isMapping(value)) return
    const { unit, units, identifier } = value
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
    if (unit !== undefined && units !== undefined) refuse(['units'], 'expected unit: or units:, not both')
    if (unit === undefined && units === undefined && identifier === undefined) refuse([], 'expected unit:, units: or identifier:')
  }, always),
)

const URL_FORM = /^(udp|tcp):\/\/(.*)$/
const syslog = z.preprocess(
  (value) => {
    if (typeof value !== 'string') return value
    const [, protocol, listen = value] = URL_FORM.exec(value) ?? []
    return { listen, ...(protocol && { protocol }) }
  },
  mapping({
    listen: text('an address and a port such as 127.0.0.1:5514', (value) => parseEndpoint(value) !== null).optional(),
    protocol: oneOf([...SYSLOG_PROTOCOLS, 'both']).optional(),
    from: networks.min(1, { error: 'expected at least one address or CIDR, got an empty list' }).optional(),
  }).superRefine((value, context) => {
    if (!isMapping(value) || value.from !== undefined || typeof value.listen !== 'string') return
    const endpoint = parseEndpoint(value.listen)
    if (endpoint === null || isLoopback(endpoint.host)) return
    const message = `other machines reach ${show(value.listen)}: name those that may send, from: [ADDRESS or CIDR]`
    context.addIssue({ code: 'custom', path: ['listen'], message })
  }, always),
)

const containerName = text('the name or id of a container', (value) => /^[a-zA-Z0-9][\w.-]*$/.test(value))
const docker = short('container', mapping({ container: containerName, root: text('a path').optional() }))

export const sourceEntry = mapping({
  file: text('a path or a glob').optional(),
  journal: journal.optional(),
  syslog: syslog.optional(),
  stdin: z.literal(true, expecting('true')).optional(),
  docker: docker.optional(),
  filter: text('the name of a filter').optional(),
  ...Object.fromEntries(NOT_YET.map((type) => [type, z.unknown().optional()])),
}).superRefine((value: unknown, context) => {
  if (!isMapping(value)) return
  const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
  const later = NOT_YET.filter((type) => value[type] !== undefined)
  for (const type of later) refuse([type], notSupported(type))
  const [first, ...others] = TYPES.filter((type) => value[type] !== undefined)
  if (first === undefined && later.length === 0) refuse([], `${ONE_OF}; none of them stands here`)
  for (const type of others) refuse([type], `${ONE_OF}; ${first}: stands here already`)
}, always)

/** The source that a checked entry means; relative paths are relative to `directory`. */
export function toSource(entry: z.output<typeof sourceEntry>, directory: string): SourceConfig {
  const { file, journal, syslog, docker } = entry
  const filter = entry.filter ?? null
  if (file !== undefined) return { type: 'file', file: resolve(directory, file), filter }
  if (journal !== undefined) {
    const { unit, units = [], identifier } = journal
    return {
      type: 'journal',
      units: (unit === undefined ? units : [unit]).map(wholeUnit),
      identifiers: identifier === undefined ? [] : [identifier],
      directory: journal.directory === undefined ? null : resolve(directory, journal.directory),
      filter,
    }
  }
  if (syslog !== undefined) {
    const { listen = SYSLOG_LISTEN, protocol = 'udp', from } = syslog
    const protocols = protocol === 'both' ? SYSLOG_PROTOCOLS : [protocol]
    return { type: 'syslog', ...parseEndpoint(listen)!, protocols, from: from?.map(canonicalEntry) ?? null, filter }
  }
  if (docker !== undefined)
    return { type: 'docker', container: docker.container, root: resolve(directory, docker.root ?? DOCKER_ROOT), filter }
  return { type: 'stdin', filter }
}

/** A name without a suffix is a service's, as for systemctl (systemd.unit(5) lists the suffixes). */
function wholeUnit(unit: string): string {
  return /\.(?:service|socket|mount|automount|swap|scope|slice)$/.test(unit) ? unit : `${unit}.service`
}

const ENDPOINT = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/

/** `127.0.0.1:5514`, `[::1]:5514`; null for anything else. */
function parseEndpoint(value: string): { readonly host: string; readonly port: number } | null {
  const [, ipv6, ipv4 = '', digits] = ENDPOINT.exec(value) ?? []
  const host = ipv6 ?? ipv4
  const port = Number(digits)
  // The unspecified address has no canonical form, and stands for all of this machine's.
  return isIP(host) === (ipv6 === undefined ? 4 : 6) && port >= 1 && port <= 65535 ? { host: canonicalAddress(host) ?? host, port } : null
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

const isLoopback = (host: string): boolean => loopback.check(host, host.includes(':') ? 'ipv6' : 'ipv4')

import { resolve } from 'node:path'
import { z } from 'zod'
import { canonicalEntry, networks } from './config-values.ts'
import { isLoopback, parseEndpoint } from './endpoint.ts'
import { show } from './faults.ts'
import { always, expecting, isMapping, list, mapping, oneOf, text } from './schema.ts'
import { type HepSource, LISTEN_PROTOCOLS, type SourceConfig } from './types.ts'

/** One entry of `sources:`. */

const TYPES = ['file', 'journal', 'syslog', 'hep', 'stdin', 'docker'] as const
const ONE_OF = `a source is one of ${TYPES.join(', ')}`

const DOCKER_ROOT = '/var/lib/docker'
const SYSLOG_LISTEN = '127.0.0.1:5514'
const HEP_LISTEN = '127.0.0.1:9060'

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

/** A listener's `udp://ADDRESS:PORT` as its mapping. */
function listenerOf(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const [, protocol, listen = value] = URL_FORM.exec(value) ?? []
  return { listen, ...(protocol && { protocol }) }
}

const listenerKeys = (example: string) => ({
  listen: text(`an address and a port such as ${example}`, (value) => parseEndpoint(value) !== null).optional(),
  protocol: oneOf([...LISTEN_PROTOCOLS, 'both']).optional(),
  from: networks.min(1, { error: 'expected at least one address or CIDR, got an empty list' }).optional(),
})

/** What a listener that other machines reach must have, and what to write. */
const REQUIRED = {
  from: 'name those that may send, from: [ADDRESS or CIDR]',
  key: 'say what each packet must carry, key: TEXT',
} as const

/** Refuses a listener that other machines reach without these keys. */
function guarded(...keys: readonly (keyof typeof REQUIRED)[]) {
  return (value: unknown, context: { addIssue(issue: { code: 'custom'; path: string[]; message: string }): void }) => {
    if (!isMapping(value) || typeof value.listen !== 'string') return
    const endpoint = parseEndpoint(value.listen)
    if (endpoint === null || isLoopback(endpoint.host)) return
    for (const key of keys) {
      if (value[key] !== undefined) continue
      context.addIssue({ code: 'custom', path: ['listen'], message: `other machines reach ${show(value.listen)}: ${REQUIRED[key]}` })
    }
  }
}

const syslog = z.preprocess(listenerOf, mapping(listenerKeys(SYSLOG_LISTEN)).superRefine(guarded('from'), always))

const A_KEY = 'expected a key of 1 to 255 printable characters, got something else (not shown)'
/** Also what a configuration's top-level `hep:` may be. */
export const hep = z.preprocess(
  listenerOf,
  mapping({
    ...listenerKeys(HEP_LISTEN),
    // Never repeated in a message.
    key: z
      .string({ error: A_KEY })
      .regex(/^[\x20-\x7e]{1,255}$/, { error: A_KEY })
      .optional(),
  }).superRefine(guarded('from', 'key'), always),
)

const containerName = text('the name or id of a container', (value) => /^[a-zA-Z0-9][\w.-]*$/.test(value))
const docker = short('container', mapping({ container: containerName, root: text('a path').optional() }))

export const sourceEntry = mapping({
  file: text('a path or a glob').optional(),
  journal: journal.optional(),
  syslog: syslog.optional(),
  hep: hep.optional(),
  stdin: z.literal(true, expecting('true')).optional(),
  docker: docker.optional(),
  filter: text('the name of a filter').optional(),
}).superRefine((value: unknown, context) => {
  if (!isMapping(value)) return
  const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
  const [first, ...others] = TYPES.filter((type) => value[type] !== undefined)
  if (first === undefined) refuse([], `${ONE_OF}; none of them stands here`)
  for (const type of others) refuse([type], `${ONE_OF}; ${first}: stands here already`)
  if (value.hep !== undefined && value.filter !== undefined) refuse(['filter'], 'HEP is no log, and needs no filter')
}, always)

/** The source that a checked entry means; relative paths are relative to `directory`. */
export function toSource(entry: z.output<typeof sourceEntry>, directory: string): SourceConfig {
  const { file, journal, syslog, hep, docker } = entry
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
  if (syslog !== undefined) return { type: 'syslog', ...listening(syslog, SYSLOG_LISTEN), filter }
  if (hep !== undefined) return toHepSource(hep)
  if (docker !== undefined)
    return { type: 'docker', container: docker.container, root: resolve(directory, docker.root ?? DOCKER_ROOT), filter }
  return { type: 'stdin', filter }
}

/** Of a checked `hep:`. */
export function toHepSource(entry: z.output<typeof hep>): HepSource {
  return { type: 'hep', ...listening(entry, HEP_LISTEN), key: entry.key ?? null }
}

type Listening = { [Key in 'listen' | 'protocol' | 'from']?: z.output<typeof syslog>[Key] }

function listening({ listen, protocol = 'udp', from }: Listening, byDefault: string) {
  const protocols = protocol === 'both' ? LISTEN_PROTOCOLS : [protocol]
  return { ...parseEndpoint(listen ?? byDefault)!, protocols, from: from?.map(canonicalEntry) ?? null }
}

/** A name without a suffix is a service's, as for systemctl (systemd.unit(5) lists the suffixes). */
function wholeUnit(unit: string): string {
  return /\.(?:service|socket|mount|automount|swap|scope|slice)$/.test(unit) ? unit : `${unit}.service`
}

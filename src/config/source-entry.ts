import { resolve } from 'node:path'
import { z } from 'zod'
import { canonicalEntry, networks } from './config-values.ts'
import { isLoopback, parseEndpoint } from './endpoint.ts'
import { show } from './faults.ts'
import { always, expecting, isMapping, key, list, mapping, oneOf, text } from './schema.ts'
import { type HepSource, LISTEN_PROTOCOLS, type SourceConfig } from './types.ts'

/** One entry of `sources:`. */

const TYPES = ['file', 'journal', 'syslog', 'hep', 'stdin', 'docker'] as const
const ONE_OF = `a source is one of ${TYPES.join(', ')}`

const DOCKER_ROOT = '/var/lib/docker'
const SYSLOG_LISTEN = '127.0.0.1:5514'
const HEP_LISTEN = '127.0.0.1:9060'

/** A mapping of which one key alone may be written as a word. */
function short<Mapping extends z.ZodType>(name: string, schema: Mapping) {
  return z.preprocess((value) => (typeof value === 'string' ? { [name]: value } : value), schema)
}

const unitName = text('the name of a systemd unit such as kamailio.service', (value) => /^[\w:.\\@-]{1,255}$/.test(value))
const journal = short(
  'unit',
  mapping({
    unit: unitName
      .optional()
      .meta(
        key(
          'name of a unit; without a suffix it is a service',
          '',
          'what this unit wrote, by a field that only journald writes (`_SYSTEMD_UNIT`)',
          'a wildcard; beside `units`',
        ),
      ),
    units: list(unitName)
      .optional()
      .meta(key('list of such names', '', 'the same for several', 'an empty list')),
    identifier: text('a syslog identifier such as kamailio', (value) => /^[\x21-\x7e]{1,255}$/.test(value))
      .optional()
      .meta(
        key(
          'syslog identifier, the word before `[PID]:`',
          '',
          'what goes by this identifier. **Any local user can log under it** (`logger -t kamailio`), and so have others banned: name the unit, or both: then only lines of the unit count. Alone it is warned of at each start',
          'spaces',
        ),
      ),
    directory: text('a path')
      .optional()
      .meta(
        key(
          'path of a directory with journal files',
          "this machine's journal",
          'reads those, such as what `systemd-journal-remote` receives. What another machine sends is as trustworthy as that machine',
        ),
      ),
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

const listenerKeys = (example: string, protocols: string) => ({
  listen: text(`an address and a port such as ${example}`, (value) => parseEndpoint(value) !== null)
    .optional()
    .meta(
      key(
        '`ADDRESS:PORT`; IPv6 in brackets',
        `\`${example}\``,
        'where it listens. A port that cannot be had is tried again, and `status` says so',
        'a host name; a port outside 1 to 65535',
      ),
    ),
  protocol: oneOf([...LISTEN_PROTOCOLS, 'both'])
    .optional()
    .meta(key('`udp`, `tcp`, `both`', '`udp`', protocols, 'another word')),
  from: networks
    .min(1, { error: 'expected at least one address or CIDR, got an empty list' })
    .optional()
    .meta(
      key(
        'list of addresses and networks',
        'everybody, for they are on this machine',
        'the only senders that are heard; others are counted (`refused`)',
        'none, when other machines reach `listen`; an empty list; a DNS name',
      ),
    ),
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
    for (const name of keys) {
      if (value[name] !== undefined) continue
      context.addIssue({ code: 'custom', path: ['listen'], message: `other machines reach ${show(value.listen)}: ${REQUIRED[name]}` })
    }
  }
}

const syslog = z.preprocess(
  listenerOf,
  mapping(
    listenerKeys(SYSLOG_LISTEN, 'TCP: octet counting and newlines (RFC 6587), at most 256 connections, closed after an hour of silence'),
  ).superRefine(guarded('from'), always),
)

const A_KEY = 'expected a key of 1 to 255 printable characters, got something else (not shown)'
/** Also what a configuration's top-level `hep:` may be. */
export const hep = z.preprocess(
  listenerOf,
  mapping({
    ...listenerKeys(HEP_LISTEN, 'TCP: as for syslog; a connection that brings anything but HEPv3 is closed'),
    // Never repeated in a message.
    key: z
      .string({ error: A_KEY })
      .regex(/^[\x20-\x7e]{1,255}$/, { error: A_KEY })
      .optional()
      .meta(
        key(
          '1 to 255 printable characters',
          'none is asked for',
          'what each packet must carry as its authentication key; others are counted ([metrics.md](metrics.md))',
          'none, when other machines reach `listen`',
        ),
      ),
  }).superRefine(guarded('from', 'key'), always),
)

const containerName = text('the name or id of a container', (value) => /^[a-zA-Z0-9][\w.-]*$/.test(value))
const docker = short(
  'container',
  mapping({
    container: containerName.meta(
      key(
        'name, or id of at least 12 digits',
        'needed',
        "the container whose log is read, over Docker's rotation. The next container of the same name is followed in its place, from its start",
      ),
    ),
    root: text('a path')
      .optional()
      .meta(key('path', `\`${DOCKER_ROOT}\``, "Docker's data directory; only root may read it")),
  }),
)

export const sourceEntry = mapping({
  file: text('a path or a glob')
    .optional()
    .meta(
      key(
        'path or glob (`*`, `?`, `[…]`, `{…}`, `**`)',
        '',
        'follows it over rotation and restarts. It may not exist yet. Rotated parts of a log are read as its past, not as logs of their own',
        'an empty text',
      ),
    ),
  journal: journal
    .optional()
    .meta(key('name of a systemd unit, or a mapping ([journal](#journal))', '', "follows systemd's journal", 'a name with a wildcard')),
  syslog: syslog
    .optional()
    .meta(
      key(
        '`udp://ADDRESS:PORT`, `tcp://ADDRESS:PORT`, or a mapping ([syslog](#syslog))',
        '',
        'listens for syslog, RFC 3164 and 5424',
        'a host name; an address that other machines reach, without `from`',
      ),
    ),
  hep: hep
    .optional()
    .meta(
      key(
        '`udp://ADDRESS:PORT`, `tcp://ADDRESS:PORT`, or a mapping ([hep](#hep))',
        '',
        'listens for the SIP that servers mirror as HEP ([hep.md](hep.md))',
        'a host name; an address that other machines reach, without `from` and `key`; `filter` beside it',
      ),
    ),
  stdin: z
    .literal(true, expecting('true'))
    .optional()
    .meta(key('`true`', '', 'reads standard input to its end; `sipguard watch -` does the same', '`false`')),
  docker: docker
    .optional()
    .meta(
      key(
        'name or id of a container, or a mapping ([docker](#docker))',
        '',
        "follows what a container prints, as Docker's `json-file` driver keeps it",
      ),
    ),
  filter: text('the name of a filter')
    .optional()
    .meta(
      key(
        'name of a filter',
        'none: the prefix of each line names the server',
        'only this filter is tried on these lines',
        'a filter that is not there',
      ),
    ),
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

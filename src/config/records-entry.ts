import { resolve } from 'node:path'
import { z } from 'zod'
import { parseDuration } from '../duration.ts'
import { show } from './faults.ts'
import { always, duration, integer, isMapping, key, MISSING, mapping, text } from './schema.ts'
import type { Config, RecordsConfig } from './types.ts'

/** `records:`, a word, a URL or a mapping; and the files that say more of phones and addresses: `phones:` and `geo:`. */

const DEFAULT_KEEP_MS = 30 * 864e5
const DEFAULT_PER_MINUTE = 60
/** Events of all addresses that are recorded in full within a minute (docs/records.md): more of one would be no limit. */
const MOST_PER_MINUTE = 30_000
/** libpq's URI; a socket's directory is given as a parameter, `postgres:///sipguard?host=/run/postgresql`. */
const POSTGRES_URL = /^postgres(?:ql)?:\/\/[^\s]+$/
const A_STORE = 'sqlite, off, or the URL of a PostgreSQL database such as postgres://sipguard@192.0.2.1/sipguard'

const storeName = z.string({ error: ({ input }) => (input === undefined ? MISSING : `expected ${A_STORE}, got ${show(input)}`) }).refine(
  (value) => value === 'sqlite' || value === 'off' || POSTGRES_URL.test(value),
  // What has a scheme is never repeated in a message: it may hold a password.
  {
    error: ({ input }) =>
      `expected ${A_STORE}, got ${/[:/@]/.test(String(input)) ? 'something else (not shown: it may hold a password)' : show(input)}`,
  },
)

export const records = z.preprocess(
  (value) => (value === undefined || isMapping(value) ? value : { store: value }),
  mapping({
    store: storeName
      .optional()
      .meta(
        key(
          '`sqlite`, `off`, or a URL',
          '`sqlite`',
          "`sqlite`: `records.db` in the state directory. `postgres://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE` (or `postgresql://`); a socket is `postgres:///DATABASE?host=DIRECTORY`. Keep the file's mode at 0600 where it holds a password; no message repeats the URL. `off`: nothing is recorded",
          'another scheme',
        ),
      ),
    keep: duration({ forEver: false })
      .optional()
      .meta(key('duration', '`30d`', 'what is older is removed, every hour; phones stay', 'zero; `-1`; with `off`')),
    perminute: integer(1, MOST_PER_MINUTE)
      .optional()
      .meta(
        key(
          '1 to 30000',
          '`60`',
          'so many refused requests of one address within a minute are written in full. The rest is one row for each kind, with their number in `attempts`',
          'with `off`',
        ),
      ),
  })
    .superRefine((value: unknown, context) => {
      if (!isMapping(value) || value.store !== 'off') return
      for (const other of ['keep', 'perminute']) {
        if (value[other] !== undefined)
          context.addIssue({ code: 'custom', path: [other], message: 'nothing is recorded: the store is off' })
      }
    }, always)
    .optional(),
)

/** Of a checked value. */
export function toRecords(raw: z.output<typeof records>): RecordsConfig {
  const { store = 'sqlite', keep, perminute = DEFAULT_PER_MINUTE } = raw ?? {}
  if (store === 'off') return { type: 'off' }
  const keepMs = keep === undefined ? DEFAULT_KEEP_MS : parseDuration(keep)!
  if (store === 'sqlite') return { type: 'sqlite', keepMs, perMinute: perminute }
  return { type: 'postgres', url: store, keepMs, perMinute: perminute }
}

const path = text('a path')
export const phones = mapping({
  provisioned: path
    .optional()
    .meta(
      key(
        'path of a CSV file, `MAC,EXTENSION` on each line',
        'none: any device may register',
        'a device that registers and does not stand there, or as another extension, raises an alert ([phones.md](phones.md)). Read at the start and at each reload; a list with a fault is said aloud and not used',
        'an empty text',
      ),
    ),
}).optional()
export const geo = mapping({
  country: path.optional().meta(key('path', 'none', 'in which country an address is', 'an empty text')),
  asn: path.optional().meta(key('path', 'none', 'to whose network it belongs', 'an empty text')),
}).optional()

/** Of checked values; relative paths are relative to `directory`. */
export function toFiles(
  raw: { readonly phones: z.output<typeof phones>; readonly geo: z.output<typeof geo> },
  directory: string,
): Pick<Config, 'provisioned' | 'geo'> {
  const placed = (file: string | undefined): string | null => (file === undefined ? null : resolve(directory, file))
  return { provisioned: placed(raw.phones?.provisioned), geo: { country: placed(raw.geo?.country), asn: placed(raw.geo?.asn) } }
}

import { z } from 'zod'
import { show } from './faults.ts'
import { always, expecting, flag, integer, isMapping, key, MISSING, mapping, oneOf, text } from './schema.ts'
import type { StoreConfig } from './types.ts'

/** `store:`: a word, a URL, or a mapping. */

const DEFAULT_MAXKEYS = 1_000_000
const DEFAULT_PREFIX = 'sipguard'
const REDIS_URL = /^(?:redis|valkey)s?:\/\/[^\s/]+(?:\/\d{0,5})?$/
const A_URL = 'the URL of a Redis server such as redis://192.0.2.1:6379 (rediss:// for TLS)'

/** Never repeated in a message: it may hold a password. */
const url = z
  .string(expecting(A_URL))
  .refine((value) => REDIS_URL.test(value), { error: `expected ${A_URL}, got something else (not shown: it may hold a password)` })

/** A word is a type, anything with a scheme a URL. */
function spelledOut(value: unknown): unknown {
  if (typeof value !== 'string') return value
  return value.includes('://') ? { url: value } : { type: value }
}

export const store = z.preprocess(
  spelledOut,
  mapping({
    type: oneOf(['embedded', 'redis'])
      .optional()
      .meta(key('`embedded`, `redis`', '`redis` where there is a `url`', 'whether anything is shared', 'neither `type` nor `url`')),
    url: z
      .union([url, z.array(url).min(1)], { error: ({ input }) => expecting(A_URL).error({ input: hidden(input) }) })
      .optional()
      .meta(
        key(
          'URL, or a list of URLs of one Cluster',
          'needed for `redis`',
          "`redis://[USER[:PASSWORD]@]HOST[:PORT][/DB]`, `rediss://` for TLS; `valkey://` and `valkeys://` are the same. Keep the file's mode at 0600 where it holds a password; no message repeats the URL",
          'another scheme; with `embedded`',
        ),
      ),
    prefix: text('letters, digits, - and _', (value) => /^[\w-]{1,64}$/.test(value))
      .optional()
      .meta(key('letters, digits, `-`, `_`', '`sipguard`', 'first part of every key: several fleets may use one Redis', 'with `embedded`')),
    publishpeers: flag.optional().meta(key('`true`, `false`', '`false`', "this node's `peers:` hold for all nodes", 'with `embedded`')),
    maxkeys: integer(1, 100_000_000)
      .optional()
      .meta(
        key(
          '1 to 100000000',
          '`1000000`',
          'addresses and users that are counted at the same time, over all jails. Past it those with the fewest hits are forgotten first; `status` and `sipguard_detector_evicted_total` say how many',
        ),
      ),
  })
    .superRefine((value: unknown, context) => {
      if (!isMapping(value)) return
      const { type, url, prefix, publishpeers } = value
      const refuse = (at: string, message: string) => context.addIssue({ code: 'custom', path: [at], message })
      const isRedis = type === 'redis' || (type === undefined && url !== undefined)
      if (isRedis && url === undefined) refuse('url', MISSING)
      if (type === undefined && url === undefined) refuse('type', MISSING)
      if (isRedis || type !== 'embedded') return
      for (const [name, given] of Object.entries({ url, prefix, publishpeers })) {
        if (given !== undefined) refuse(name, `only a store of type redis has ${show(name)}`)
      }
    }, always)
    .optional(),
)

/** Of a checked value. */
export function toStore(raw: (typeof store)['_output']): StoreConfig {
  const maxkeys = raw?.maxkeys ?? DEFAULT_MAXKEYS
  if (raw?.url === undefined) return { type: 'embedded', maxkeys }
  // Valkey speaks the same; only Redis's scheme is known to the client.
  const urls = [raw.url].flat().map((one) => one.replace(/^valkey/, 'redis'))
  return { type: 'redis', maxkeys, urls, prefix: raw.prefix ?? DEFAULT_PREFIX, publishPeers: raw.publishpeers ?? false }
}

const hidden = (input: unknown): unknown => (typeof input === 'string' || Array.isArray(input) ? '…' : input)

import { resolve } from 'node:path'
import { canonicalEntry, hostNames } from './config-values.ts'
import type { Document } from './document.ts'
import { isLoopback, parseEndpoint } from './endpoint.ts'
import { type Faults, show } from './faults.ts'
import { flag, mapping, text } from './schema.ts'
import type { HttpConfig } from './types.ts'

/** `http:`. */

const listen = text('an address and a port such as 127.0.0.1:8471', (value) => parseEndpoint(value) !== null)
const tls = mapping({ cert: text('a path'), key: text('a path') })

export const http = mapping({
  listen,
  tokenfile: text('a path').optional(),
  tls: tls.optional(),
  insecure: flag.optional(),
  hosts: hostNames.optional(),
}).optional()

/** Tokens travel with each request: beyond this machine they must be encrypted, or somebody must say that he does not mind. */
export function checkHttp(written: unknown, document: Document, faults: Faults, insecure: boolean): void {
  const { listen: endpoint, ...keys } = (written ?? {}) as Record<string, unknown>
  const host = typeof endpoint === 'string' ? parseEndpoint(endpoint)?.host : undefined
  if (host === undefined || isLoopback(host) || keys.tls !== undefined || keys.insecure === true || insecure) return
  const message = `http.listen: expected a loopback address such as 127.0.0.1:8471, or tls: with a cert and a key, or insecure: true, got ${show(endpoint)}`
  faults.add(document.path, document.place(['http', 'listen']), message)
}

/** Of a checked value; relative paths are relative to `directory`. */
export function toHttp(raw: (typeof http)['_output'], directory: string): HttpConfig | null {
  if (raw === undefined) return null
  const { tokenfile, hosts } = raw
  return {
    ...parseEndpoint(raw.listen)!,
    tokenfile: tokenfile === undefined ? null : resolve(directory, tokenfile),
    tls: raw.tls === undefined ? null : { cert: resolve(directory, raw.tls.cert), key: resolve(directory, raw.tls.key) },
    insecure: raw.insecure ?? false,
    hosts: (hosts ?? []).map(canonicalEntry),
  }
}

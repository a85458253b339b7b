import { resolve } from 'node:path'
import { isLoopback, parseEndpoint } from './endpoint.ts'
import { show } from './faults.ts'
import { mapping, text } from './schema.ts'
import type { HttpConfig } from './types.ts'

/** `http:`. */

const listen = text('an address and a port such as 127.0.0.1:8471', (value) => parseEndpoint(value) !== null).superRefine(
  (value, context) => {
    const endpoint = parseEndpoint(value)
    if (endpoint === null || isLoopback(endpoint.host)) return
    const message = `expected a loopback address such as 127.0.0.1:8471, got ${show(value)}: the network needs TLS, which is not in this version`
    context.addIssue({ code: 'custom', message })
  },
)

export const http = mapping({ listen, tokenfile: text('a path').optional() }).optional()

/** Of a checked value; a relative path is relative to `directory`. */
export function toHttp(raw: (typeof http)['_output'], directory: string): HttpConfig | null {
  if (raw === undefined) return null
  return { ...parseEndpoint(raw.listen)!, tokenfile: raw.tokenfile === undefined ? null : resolve(directory, raw.tokenfile) }
}

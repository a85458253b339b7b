import { resolve } from 'node:path'
import { canonicalEntry, hostNames } from './config-values.ts'
import type { Document } from './document.ts'
import { isLoopback, parseEndpoint } from './endpoint.ts'
import { type Faults, show } from './faults.ts'
import { flag, key, mapping, text } from './schema.ts'
import type { HttpConfig } from './types.ts'

/** `http:`. */

const listen = text('an address and a port such as 127.0.0.1:8471', (value) => parseEndpoint(value) !== null)
const tls = mapping({ cert: text('a path'), key: text('a path') })

export const http = mapping({
  listen: listen.meta(
    key(
      '`ADDRESS:PORT`; IPv6 in brackets',
      'needed',
      'serves the [API](api.md#over-tcp) and the console there. Ends the start when the port is taken',
      'an address beyond loopback without `tls` or `insecure`. A tunnel needs neither (`ssh -L 8471:127.0.0.1:8471 HOST`)',
    ),
  ),
  tokenfile: text('a path')
    .optional()
    .meta(
      key(
        'path of a file of tokens',
        'none: only the tokens of `sipguard token add` are known',
        'one token a line, then if wanted `admin` (the default) or `reader`, then a name; `sha256:` and the hexadecimal SHA-256 may stand for a token; lines that begin with `#` are none. Make one with `openssl rand -hex 32`',
        'when the daemon starts: others may read or write the file (`chmod 0600`); a token shorter than 20 characters, or of other than letters, digits, and `. _ ~ + / -`; another role; a name twice; no token',
      ),
    ),
  tls: tls
    .optional()
    .meta(
      key(
        '`{ cert: FILE, key: FILE }`, in PEM; the certificate with its chain',
        'none: nothing is encrypted',
        'serves over TLS 1.2 or 1.3 only. Read at the start and at each reload: `systemctl reload sipguard` when the certificate was renewed',
        'when the daemon starts or reloads: a file that cannot be read, or is none; a key with a passphrase or of another certificate',
      ),
    ),
  insecure: flag
    .optional()
    .meta(key('`true`, `false`', '`false`', '`listen` may be beyond loopback without `tls`: tokens can be read on the way')),
  hosts: hostNames
    .optional()
    .meta(
      key(
        'list of DNS names and addresses, without ports',
        'none',
        'names besides loopback and the address of `listen` under which requests may come (the Host header). Needed where a browser uses a name, and where `listen` is `0.0.0.0` or `[::]`',
        'a port, a URL, a wildcard',
      ),
    ),
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

import type { SourceConfig } from '../config/types.ts'

/** A configuration's entry in one word, as status, metrics and notices name it: the path or glob of files, `journal:kamailio.service` … */
export function nameOf(source: SourceConfig): string {
  switch (source.type) {
    case 'file':
      return source.file
    case 'journal': {
      const { units, identifiers, directory } = source
      const what = [...units, ...identifiers.map((identifier) => `identifier=${identifier}`)].join(',')
      return directory === null ? `journal:${what}` : `journal:${what} in ${directory}`
    }
    case 'stdin':
      return 'stdin'
    case 'syslog':
    case 'hep':
      return `${source.type}:${source.protocols.join('+')}://${endpointOf(source)}`
    case 'docker':
      return `docker:${source.container}`
  }
}

/** `127.0.0.1:5514`, `[::1]:5514`. */
export function endpointOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Pages by the address bar's hash: `#/bans`, `#/address/192.0.2.7`. */

export const PAGES = ['now', 'bans', 'address', 'user', 'phones', 'registrations', 'allow', 'try', 'audit'] as const
export type PageName = (typeof PAGES)[number]

export interface Route {
  readonly page: PageName
  /** What follows the page's name: an address, a user; else empty. */
  readonly argument: string
}

/** A hash that names no page is the first page. */
export function parseRoute(hash: string): Route {
  const [, page = '', argument = ''] = /^#\/([a-z]+)(?:\/(.*))?$/s.exec(hash) ?? []
  const known = PAGES.find((name) => name === page)
  return known === undefined ? { page: 'now', argument: '' } : { page: known, argument: decoded(argument) }
}

export function hrefOf(page: PageName, argument = ''): string {
  return argument === '' ? `#/${page}` : `#/${page}/${encodeURIComponent(argument)}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

import type { ConfigurationFile } from '../servers/included.ts'
import { type Entry, entryAt, hostOf } from './entry.ts'

/** Lists of addresses that Kamailio and OpenSIPS read from files. */

/** Each line that says something, split at blanks. */
function* rowsOf(file: ConfigurationFile): Generator<{ readonly words: readonly string[]; readonly index: number }> {
  let index = 0
  for (const line of file.text.split('\n')) {
    const words = line.replace(/#.*/, '').trim().split(/\s+/)
    if (words[0] !== '') yield { words, index: index + line.search(/\S/) }
    index += line.length + 1
  }
}

/** Kamailio's dispatcher.list: `SETID URI …` (its README, Destination List File). */
export function dispatcherList(file: ConfigurationFile): Entry[] {
  return [...rowsOf(file)].flatMap(({ words: [, uri = ''], index }) =>
    uri === '' ? [] : [entryAt(hostOf(uri), 'dispatcher', file, index)],
  )
}

/** Kamailio's address file: `GROUP ADDRESS MASK PORT TAG` (README of permissions, Address File Format). */
export function addressFile(file: ConfigurationFile): Entry[] {
  return [...rowsOf(file)].map(({ words: [, address = '', mask], index }) =>
    entryAt(withMask(hostOf(address), mask), 'permissions address', file, index),
  )
}

const withMask = (address: string, mask = '') => (/^\d{1,3}$/.test(mask) && !address.includes('/') ? `${address}/${mask}` : address)

interface TextTable {
  readonly columns: readonly string[]
  readonly what: string
}

/** Tables of db_text by their name, and which of their columns may hold an address, the likeliest first. */
export const TEXT_TABLES: Readonly<Record<string, TextTable>> = {
  dispatcher: { columns: ['destination'], what: 'dispatcher' },
  load_balancer: { columns: ['dst_uri'], what: 'load balancer' },
  dr_gateways: { columns: ['address'], what: 'gateway' },
  address: { columns: ['ip_addr', 'ip'], what: 'permissions address' },
  trusted: { columns: ['src_ip'], what: 'permissions trusted' },
}

/** A table of db_text: a line `NAME(TYPE) …`, then rows whose cells stand between colons; `\:` is a colon (README of db_text). */
export function textTable(file: ConfigurationFile, { columns, what }: TextTable): Entry[] {
  const [header = '', ...lines] = file.text.split('\n')
  const names = header
    .trim()
    .split(/\s+/)
    .map((cell) => cell.replace(/\(.*/, ''))
  const at = columns.map((name) => names.indexOf(name)).find((column) => column >= 0)
  if (at === undefined) return []
  const mask = names.indexOf('mask')
  let index = header.length + 1
  return lines.flatMap((line) => {
    const start = index
    index += line.length + 1
    const cells = line.split(/(?<!\\):/).map((cell) => cell.replace(/\\(.)/g, '$1').trim())
    const value = hostOf(cells[at] ?? '')
    return value === '' ? [] : [entryAt(withMask(value, cells[mask]), what, file, start)]
  })
}

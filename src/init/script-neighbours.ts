import { dirname, resolve } from 'node:path'
import { type ConfigurationFile, configurationFiles, placeOf } from '../servers/included.ts'
import { activeScripts, parametersOf } from '../servers/script.ts'
import type { Tree } from '../servers/tree.ts'
import { type Entry, entryAt, type Found, hostOf } from './entry.ts'
import { addressFile, dispatcherList, TEXT_TABLES, textTable } from './text-tables.ts'

/** What the script of an OpenSIPS or Kamailio says of others, and of this host. */
export interface Neighbours {
  readonly peers: Found
  /** Addresses that are this host's own, as it tells others. */
  readonly self: readonly Entry[]
}

const LISTS = ['dispatcher', 'permissions', 'drouting', 'load_balancer'] as const
const LOADED = /\bloadmodule\s*\(?\s*"(?:[^"\n]*\/)?(\w+?)(?:\.so)?"/g
const DESTINATION = /\$du\s*=\s*"(sips?:[^"$\n]+)"/g
const RELAYED = /\bt_relay\s*\(\s*"((?:udp|tcp|tls):[^"$\n]+)"/g
/** Kamailio: `listen=udp:A:P advertise B:P`; OpenSIPS: `socket=udp:A:P as B:P`; both: `advertised_address=B`. */
const ADVERTISED = /\b(?:advertise|as)\s+"?(\[[0-9A-Fa-f:.]+\]|\d+\.\d+\.\d+\.\d+)(?::\d+)?|\badvertised_address\s*=\s*"?([\w:.]+)/g
const LISTENS = /^[ \t]*(?:listen|socket)\s*=\s*"?(?:\w+:)?(\[[0-9A-Fa-f:.]+\]|\d+\.\d+\.\d+\.\d+)/gm

export function scriptNeighbours(tree: Tree, configuration: string): Neighbours {
  const scripts = activeScripts(configurationFiles(configuration, tree))
  const all = (pattern: RegExp, what: string) =>
    scripts.flatMap((file) =>
      [...file.text.matchAll(pattern)].map((found) => entryAt(hostOf(found[1] ?? found[2] ?? ''), what, file, found.index)),
    )
  const listed = lists(tree, configuration, scripts)
  return {
    peers: {
      entries: [...listed.entries, ...all(DESTINATION, 'destination'), ...all(RELAYED, 'destination')],
      notes: listed.notes,
    },
    self: [...all(LISTENS, 'listens'), ...all(ADVERTISED, 'advertised')],
  }
}

/** Destinations and addresses in files; of those that stand in another database a note. */
function lists(tree: Tree, configuration: string, scripts: readonly ConfigurationFile[]): Found {
  const folder = dirname(configuration)
  const parameters = parametersOf(scripts)
  const loaded = new Set(scripts.flatMap(({ text }) => [...text.matchAll(LOADED)].map(([, name]) => name as string)))
  const settingOf = (module: string, name: string) => parameters.findLast((each) => each.module === module && each.name === name)
  const read = (path: string): ConfigurationFile[] => {
    const text = tree.read(path)
    return text === null ? [] : [{ path, text }]
  }

  const addresses = settingOf('permissions', 'address_file')
  const entries: Entry[] = []
  const notes: string[] = []
  const readTables = (directory: string) => {
    for (const [name, table] of Object.entries(TEXT_TABLES)) {
      entries.push(...read(`${directory}/${name}`).flatMap((file) => textTable(file, table)))
    }
  }
  // Its files are read by whichever module uses them, and once.
  const folders = new Set<string>()
  for (const module of LISTS) {
    if (!loaded.has(module)) continue
    const url = settingOf(module, 'db_url')
    const directory = /^text:\/\/(.+)/.exec(url?.value ?? '')?.[1]
    if (directory !== undefined) folders.add(resolve(folder, directory))
    // A file of addresses goes before the database (README of permissions, address_file).
    else if (url !== undefined && !(module === 'permissions' && addresses)) {
      const kind = url.value.replace(/:.*/s, '')
      notes.push(
        `what ${module} reads from a database (${kind}, ${placeOf(url.file, url.index)}) was not looked at: add it to peers: by hand`,
      )
    }
  }
  folders.forEach(readTables)
  if (loaded.has('dispatcher')) {
    const path = resolve(folder, settingOf('dispatcher', 'list_file')?.value ?? 'dispatcher.list')
    entries.push(...read(path).flatMap(dispatcherList))
  }
  if (addresses) entries.push(...read(resolve(folder, addresses.value)).flatMap(addressFile))
  return { entries, notes }
}

import { dirname, resolve } from 'node:path'
import { asteriskLogs } from '../servers/asterisk-logs.ts'
import { configurationFiles } from '../servers/included.ts'
import { activeScripts } from '../servers/script.ts'
import type { SipServer } from '../servers/sip-servers.ts'
import type { Tree } from '../servers/tree.ts'
import { isParam, tagsOf } from '../servers/xml-tags.ts'

/** Where a server's lines are read from. */
export interface LogPlace {
  readonly key: 'file' | 'journal'
  readonly value: string
  /** Others write there too, so the prefix of each line has to name the server. */
  readonly isShared: boolean
  /** For a comment: why this one, or what is to be done. */
  readonly why: string
}

/** The best places for a server's log, none of which repeats another; at least one, though it may not be there yet. */
export function serverLogs(tree: Tree, server: SipServer, configuration: string | null): LogPlace[] {
  const told = configuration === null ? [] : TOLD[server.name](tree, configuration)
  const there = told.filter(({ value }) => tree.facts(value) !== null)
  if (there.length > 0) return there
  const usual = server.logs.find((path) => tree.glob(path).length > 0)
  if (usual !== undefined) return [{ key: 'file', value: usual, isShared: false, why: 'its log' }]
  if (hasJournal(tree, server.name)) return [{ key: 'journal', value: `${server.name}.service`, isShared: false, why: 'its unit' }]
  if (told.length > 0) return told.map((place) => ({ ...place, why: `${place.why}; not there yet` }))
  const [syslog] = tree.glob('/var/log/{syslog,messages}')
  if (syslog !== undefined) return [{ key: 'file', value: syslog, isShared: true, why: 'the log of the system, where no other was found' }]
  return [{ key: 'file', value: server.logs[0] as string, isShared: false, why: 'the usual place; not there yet' }]
}

function hasJournal(tree: Tree, unit: string): boolean {
  const isKept = tree.glob('/{var,run}/log/journal/*').length > 0
  return isKept && tree.glob(`/{etc,lib,usr/lib}/systemd/system/${unit}.service`).length > 0
}

/** Where each server's own configuration says that it logs. */
const TOLD: Readonly<Record<SipServer['name'], (tree: Tree, configuration: string) => LogPlace[]>> = {
  opensips: bySyslog,
  kamailio: bySyslog,
  asterisk: byLogger,
  freeswitch: byLogfile,
}

const toFile = (value: string, why: string): LogPlace => ({ key: 'file', value, isShared: false, why })

/** The file into which rsyslog writes the script's facility. */
function bySyslog(tree: Tree, configuration: string): LogPlace[] {
  const scripts = activeScripts(configurationFiles(configuration, tree))
  const facilities = scripts.flatMap(({ text }) => [...text.matchAll(/^[ \t]*(?:log|syslog)_facility\s*=\s*"?LOG_(\w+)/gm)])
  const facility = facilities.at(-1)?.[1]?.toLowerCase() ?? 'daemon'
  for (const path of [...tree.glob('/etc/rsyslog.d/*.conf'), ...tree.glob('/etc/rsyslog.conf')]) {
    for (const [, selectors = '', file = ''] of (tree.read(path) ?? '').matchAll(/^([\w,]+)\.\S+\s+-?(\/\S+)\s*$/gm)) {
      // With others the file is theirs too, and `daemon` is everybody's.
      if (facility !== 'daemon' && selectors.toLowerCase() === facility) return [toFile(file, `${facility} in ${path}`)]
    }
  }
  return []
}

/** Of the files in logger.conf those that together have the most levels, none twice: a line that stands in two files counts twice. */
function byLogger(tree: Tree, configuration: string): LogPlace[] {
  const logs = (asteriskLogs(tree, configuration) ?? [])
    .filter(({ levels }) => levels.length > 0)
    .sort((a, b) => b.levels.length - a.levels.length)
  const taken = new Set<string>()
  return logs.flatMap(({ path, levels }) => {
    if (path === null || levels.some((level) => taken.has(level))) return []
    for (const level of levels) taken.add(level)
    return [toFile(path, `${levels.join(', ')} in logger.conf`)]
  })
}

function byLogfile(tree: Tree, configuration: string): LogPlace[] {
  const path = resolve(dirname(configuration), 'autoload_configs/logfile.conf.xml')
  const tag = tagsOf({ path, text: tree.read(path) ?? '' }).findLast((each) => isParam(each, 'logfile'))
  const file = tag?.attributes.get('value') ?? ''
  return file.startsWith('/') ? [toFile(file, 'logfile.conf.xml')] : []
}

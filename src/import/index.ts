import { loadShippedFilters, loadShippedJails } from '../config/index.ts'
import type { Filter, PrefixName } from '../config/types.ts'
import { type Carried, carry } from './carry.ts'
import { readFilter, type TheirFilter } from './filter.ts'
import { type Fooled, fail2banRegex, fooledBy, type Judge } from './fooled.ts'
import { openInstallation } from './ini.ts'
import { readJails, type TheirJail } from './jail.ts'
import { settingsOf } from './settings.ts'
import { filesOf, type ImportedFile, type ImportedFilter, type ImportedJail } from './written.ts'

export { readBanDatabase } from './ban-database.ts'
export { bansToTake, type TheirBan } from './bans.ts'
export { writeNew } from './write-new.ts'

/** What is not carried over. */
export interface LeftOut {
  /** `FILE:LINE` */
  readonly place: string
  readonly what: string
  readonly why: string
}

export interface ImportReport {
  readonly files: readonly ImportedFile[]
  readonly jails: readonly {
    readonly name: string
    readonly place: string
    readonly filter: string
    readonly written: string
    readonly server: PrefixName
    readonly rules: readonly ReportedRule[]
  }[]
  readonly leftOut: readonly LeftOut[]
}
export type ReportedRule = Omit<Carried, 'findings'> & { readonly fooled: Fooled | null }

export interface ImportOptions {
  /** Jails to carry over though they are not enabled. */
  readonly jails?: readonly string[]
  /** Default: the installed fail2ban-regex, if there is one. */
  readonly judge?: Judge
}

/**
 * Reads an installation of Fail2Ban and says what it is in sipguard's configuration; writes nothing.
 * @param folder /etc/fail2ban or a copy of it; what it includes from outside is refused
 * @throws SipguardError CONFIG_INVALID, CONFIG_UNREADABLE, USAGE for a jail that is not there
 */
export async function importFail2Ban(folder: string, options: ImportOptions = {}): Promise<ImportReport> {
  const installation = openInstallation(folder)
  const judge = options.judge ?? fail2banRegex(folder)
  const { jails, leftOut: others } = readJails(installation, options.jails ?? [])
  const leftOut: LeftOut[] = others.map(({ name, place, why }) => ({ place, what: `jail ${name}`, why }))
  const leaveOut = (entry: LeftOut) => leftOut.push(entry)
  const shipped = new Map(loadShippedFilters().map((filter) => [filter.name, filter]))
  const taken = new Set(loadShippedJails().map(({ name }) => name))
  const filters = new Map<string, { filter: ImportedFilter; theirs: TheirFilter; rules: ReportedRule[] }>()
  const imported: ImportedJail[] = []
  const reported: ImportReport['jails'][number][] = []
  for (const jail of jails) {
    const key = `${jail.server} ${jail.filter}`
    const known = filters.get(key) ?? (await importFilter(jail, shipped.get(jail.server) as Filter))
    if (!filters.has(key)) leaveOutOf(known.theirs, known.rules, leaveOut)
    filters.set(key, known)
    const name = freeName(kebab(jail.name), taken)
    imported.push({ name, filter: known.filter, settings: settingsOf(jail, known.theirs.journalmatch?.text ?? '', leaveOut) })
    reported.push({ name: jail.name, place: jail.place, filter: jail.filter, written: name, server: jail.server, rules: known.rules })
  }
  const files = filesOf(
    [...filters.values()].map(({ filter }) => filter),
    imported,
  )
  return { files, jails: reported, leftOut }

  async function importFilter(jail: TheirJail, own: Filter) {
    const theirs = readFilter(installation, jail.filter, jail.place)
    const { carried, rules } = carry(theirs, own)
    const fooled = await fooledBy(carried, { server: jail.server, spec: jail.filter, prefixes: theirs.prefixes, judge })
    const filter = {
      name: freeName(kebab(`fail2ban-${jail.name}`), new Set(filters.values().map((each) => each.filter.name))),
      server: jail.server,
      from: jail.filter,
      rules,
    }
    return { filter, theirs, rules: carried.map(({ findings: _, ...rest }, i): ReportedRule => ({ ...rest, fooled: fooled[i] ?? null })) }
  }
}

function leaveOutOf(theirs: TheirFilter, rules: readonly ReportedRule[], leaveOut: (entry: LeftOut) => void): void {
  for (const { failregex, leftOut } of rules) {
    for (const why of leftOut) leaveOut({ place: failregex.place, what: `failregex ${failregex.text}`, why })
  }
  for (const { place, text } of theirs.ignoreregex) {
    leaveOut({ place, what: `ignoreregex ${text}`, why: 'it may hide lines by what a caller wrote in them; such lines count here' })
  }
  const { datepattern, prefregex, maxlines } = theirs
  if (prefregex)
    leaveOut({
      ...prefregex,
      what: 'prefregex',
      why: "what stands before a message is read by sipguard's own prefixes (docs/filters.md), which know more forms: lines that theirs overlooks for their beginning count",
    })
  if (datepattern) leaveOut({ ...datepattern, what: 'datepattern', why: "times are read by sipguard's own prefixes (docs/filters.md)" })
  if (maxlines && maxlines.text !== '1') leaveOut({ ...maxlines, what: 'maxlines', why: 'a rule here reads one line' })
}

const kebab = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '') || 'jail'

/** Takes it. */
function freeName(name: string, taken: Set<string>): string {
  let free = taken.has(name) ? `fail2ban-${name}` : name
  for (let nth = 2; taken.has(free); nth++) free = `fail2ban-${name}-${nth}`
  taken.add(free)
  return free
}

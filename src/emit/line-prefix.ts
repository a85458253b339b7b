import type { Filter } from '../config/types.ts'
import { SERVER_PREFIXES, type ServerPrefix, SYSLOG_HEADERS } from '../pattern/prefix/index.ts'
import { BSD_TIME, ISO_TIME, SHORT_TIME } from '../pattern/prefix/server-prefix.ts'
import { comment, entry, iniPattern } from './ini.ts'
import { plain } from './python-pattern.ts'

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

/** The same times for Fail2Ban to read (server/strptime.py), each behind what may stand before a time. */
const DATES = [
  `(?:<\\d{1,3}>|\\[)?%b %d %H:%M:%S`,
  `(?:<\\d{1,3}>(?:1 )?|\\[|${UUID} )?%Y-%m-%d[T ]%H:%M:%S(?:[.,]\\d{1,9})?(?:%z)?`,
  `(?:${UUID} )?%m-%d %H:%M:%S\\.\\d{6}`,
].map((date) => `^(?=[^:]*(:))${date}`)

const CUT = `Fail2Ban cuts group 1 of a datepattern out of the line before it looks at the rest: here the first colon of the time, no more.
Without its whole date a line would begin with a space, as the rest of a folded header does, which is the caller's own text.`

/** Names for what the times of src/pattern/prefix become. */
const CUT_TIMES = { _bsd: BSD_TIME, _iso: ISO_TIME, _short: SHORT_TIME } as const

/**
 * datepattern and prefregex of a filter, built of what src/pattern/prefix knows of its server. Left out are line forms that are never
 * counted (standard error, where a caller can write whole lines) and lines in JSON.
 */
export function prefixEntries(filter: Pick<Filter, 'prefix' | 'programs'>): string {
  const server = SERVER_PREFIXES[filter.prefix]
  const own = server.own.filter((form) => !form.includes('(?<forgeable>')).map((form) => oneForm(form, filter.programs))
  const syslog = Object.values(SYSLOG_HEADERS).map((form) => oneForm(form, filter.programs))
  const times = Object.entries(CUT_TIMES).filter(([name]) => [...own, ...syslog].some((form) => form.includes(`%(${name})s`)))
  const anyTime = times.map(([name]) => `%(${name})s`).join('|')
  return [
    ...comment(CUT),
    entry('datepattern', DATES.map(iniPattern)),
    '',
    ...comment('The times without that colon.'),
    ...times.map(([name, time]) => entry(name, [time.replace(':', '')])),
    '',
    ...comment("What a line begins with: the server's own form, a syslog header, or nothing. Never a space, and never JSON."),
    ...(own.length > 0 ? [entry('_own', [`(?:${own.join('|')})`])] : []),
    entry('_syslog', [`(?:${syslog.join('|')})`]),
    entry('_nothing', [`(?! |\\{|@cee: |(?:<\\d{1,3}>(?:1 )?|\\[)?(?:${anyTime}))`]),
    '',
    ...leadEntries(server),
    entry('prefregex', [`(?a)^(?:${own.length > 0 ? '%(_own)s|' : ''}%(_syslog)s|%(_nothing)s)%(_lead)s<F-CONTENT>.+</F-CONTENT>$`]),
  ].join('\n')
}

const OPEN = `Where the caller's text stands before the message (Kamailio's stock log_prefix prints the Call-ID) the message may begin in one place
only: a line with a second such place is refused as a whole.`

/** What stands between the beginning and the message: level, thread, source file. */
function leadEntries({ lead, open }: ServerPrefix): string[] {
  const usual = iniPattern(plain(lead))
  if (!open) return [entry('_lead', [usual])]
  return [
    ...comment(OPEN),
    entry('_resume', [`(?:${iniPattern(plain(open.resume))})`]),
    entry('_lead', [`(?:(?=${iniPattern(plain(open.lead))})(?:(?!%(_resume)s).)*%(_resume)s(?!.*%(_resume)s)|${usual})`]),
  ]
}

/** A line form with the times of CUT_TIMES and the names of the filter's programs. */
function oneForm(form: string, programs: readonly string[]): string {
  const names = programs.map((name) => name.replace(/[.*+?()[\]{}|^$\\]/g, '\\$&')).join('|')
  let source = form
    .replaceAll('(?<time>', '(?:')
    .replace(/\(\?<program>(.+?)\+\)/, (_, char: string) => `(?:${char}*/)?(?:${names})`)
    // The classifier matches bytes, Fail2Ban characters.
    .replace('\\u00ef\\u00bb\\u00bf', '\\ufeff')
  source = iniPattern(plain(source))
  for (const [name, time] of Object.entries(CUT_TIMES)) source = source.replaceAll(time, `%(${name})s`)
  return source
}

import type { PrefixName } from '../../config/types.ts'
import { asterisk } from './asterisk.ts'
import { freeswitch } from './freeswitch.ts'
import { kamailio } from './kamailio.ts'
import { opensips } from './opensips.ts'
import { BSD_TIME, ISO_TIME, type ServerPrefix } from './server-prefix.ts'

export type { ServerPrefix }

export const SERVER_PREFIXES: Readonly<Record<PrefixName, ServerPrefix>> = { opensips, kamailio, asterisk, freeswitch }

const PRIORITY = '(?:<\\d{1,3}>)?'
const TAG = '(?<program>[^\\s:\\[\\]]+)(?:\\[\\d+\\])?: '

/** Headers that syslog daemons and journalctl write: RFC 3164 (and journalctl -o short), RFC 3339 (rsyslog, short-iso), RFC 5424. */
export const SYSLOG_HEADERS = {
  bsd: `${PRIORITY}(?<time>${BSD_TIME}) \\S+ ${TAG}`,
  iso: `${PRIORITY}(?<time>${ISO_TIME}) \\S+ ${TAG}`,
  rfc5424: `<\\d{1,3}>1 (?<time>${ISO_TIME}) \\S+ (?<program>\\S+) \\S+ \\S+ (?:-|(?:\\[(?:[^\\]\\\\]|\\\\.)*\\])+) (?:\\u00ef\\u00bb\\u00bf)?`,
} as const

/** A form whose program is one of these, by the last part of its path: with no group `program`. */
export function withPrograms(form: string, programs: readonly string[]): string {
  return form.replace(/\(\?<program>(.+?)\+\)/, (_, char: string) => {
    const names = programs.filter((name) => new RegExp(`^${char}+$`).test(name)).map((name) => name.replace(/\W/g, '\\$&'))
    return names.length === 0 ? '[^\\s\\S]' : `(?:${char}*/)?(?:${names.join('|')})`
  })
}

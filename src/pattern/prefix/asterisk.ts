import { BSD_TIME, ISO_TIME, type ServerPrefix } from './server-prefix.ts'

const TIME = `${BSD_TIME}|${ISO_TIME}`
const LEVEL = '(?:DEBUG|NOTICE|WARNING|ERROR|VERBOSE|DTMF|SECURITY|TRACE) ?\\[\\d+\\](?:\\[C-[0-9a-f]+\\])?:? '
const PLACE = '[\\w./-]+\\.(?:c|cc|cpp)(?::\\d+(?:(?: in)? \\w+)?)?: '
/** What up to Asterisk 11 stands before a verbose message in files too. */
const VERBOSE = ' {3,4}-- | {6,7}> '

/**
 * An extension is printed %-decoded, newlines too, and has at most 79 characters (channel.h AST_MAX_EXTENSION; res_pjsip_session.c
 * new_invite(), chan_sip.c handle_request_invite()): so a physical line may be the caller's own, in at most 78 characters, or begin
 * with as many and end as the message does. What Asterisk itself prints is longer, with its date, level and source file.
 */
const IMITABLE = { longest: 78, tail: "' rejected because extension not found in context '[^']*'\\." }

/**
 * logger.c format_log_default `"[%s] %s[%d]%s %s: %s"`, format_log_plain, and the syslog form `"%s[%d]%s: %s:%d in %s: %s"`; where the
 * console goes to the journal (asterisk -f under systemd), the date stands behind the tag once more.
 * Only a source file's name is taken for the location column: a dialplan Log() puts `Ext. EXTENSION` there, which the caller chose.
 */
export const asterisk: ServerPrefix = {
  name: 'asterisk',
  own: [`\\[(?<time>${TIME})\\] `, '(?<forgeable> {4})-- ', '(?<forgeable> {7})> '],
  lead: `(?:\\[(?:${TIME})\\] )?(?:${LEVEL}(?:${PLACE}(?:${VERBOSE})?)?)?`,
  imitable: IMITABLE,
}

import { BSD_TIME, ISO_TIME, type ServerPrefix } from './server-prefix.ts'

/**
 * logger.c format_log_default `"[%s] %s[%d]%s %s: %s"`, format_log_plain, and the syslog form `"%s[%d]%s: %s:%d in %s: %s"`.
 * Only a source file's name is taken for the location column: a dialplan Log() puts `Ext. EXTENSION` there, which the caller chose.
 */
export const asterisk: ServerPrefix = {
  name: 'asterisk',
  own: [`\\[(?<time>${BSD_TIME}|${ISO_TIME})\\] `, '(?<forgeable> {4})-- ', '(?<forgeable> {7})> '],
  lead: '(?:(?:DEBUG|NOTICE|WARNING|ERROR|VERBOSE|DTMF|SECURITY|TRACE) ?\\[\\d+\\](?:\\[C-[0-9a-f]+\\])?:? (?:[\\w./-]+\\.(?:c|cc|cpp)(?::\\d+(?:(?: in)? \\w+)?)?: )?)?',
}

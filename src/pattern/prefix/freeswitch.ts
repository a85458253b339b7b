import { ISO_TIME, type ServerPrefix, SHORT_TIME } from './server-prefix.ts'

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const LEVEL = '\\[(?:DEBUG\\d*|INFO|NOTICE|WARN|WARNING|ERR|CRIT|ALERT|CONSOLE)\\] '
const IDLE = '(?:\\d{1,3}\\.\\d\\d% )?'
const PLACE = '(?:\\[[A-Z_]+\\] \\[[\\w.-]+:\\d+\\]|[\\w.-]+:\\d+) '

/**
 * switch_log.c: an optional channel UUID, the date, since 1.10 the idle CPU share, level, source file. Inside syslog the date is
 * repeated behind the tag, so that the whole of it may also be the lead.
 */
export const freeswitch: ServerPrefix = {
  name: 'freeswitch',
  own: [`(?:${UUID} )?(?<time>${ISO_TIME}|${SHORT_TIME}) ${IDLE}${LEVEL}${PLACE}`],
  lead: `(?:(?:${UUID} )?(?:${ISO_TIME}|${SHORT_TIME}) )?${IDLE}(?:${LEVEL}${PLACE})?`,
}

import { BSD_TIME, type ServerPrefix } from './server-prefix.ts'

/** dprint.h: DP_PREFIX `"%s [%d] "` on stderr; LM_GEN1 glues `LEVEL:` to the text (since 3.x; older releases print no level). */
export const opensips: ServerPrefix = {
  name: 'opensips',
  own: [`(?<time>${BSD_TIME}) \\[\\d+\\] `],
  lead: '(?:(?:DBG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERG|BUG):)?',
}

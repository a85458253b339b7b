import { placeOf } from '../../servers/included.ts'
import { scriptsOf } from '../installed.ts'
import type { Check } from '../probe.ts'

const PREFIX = /\blog_prefix\s*=\s*"((?:[^"\\]|\\.)*)"/g
/** Headers and URIs: what a caller writes. */
const CALLERS = /\$(?:(?:ci|ua|fu|fU|fn|fd|tu|tU|tn|td|ru|rU|rd|ct|cs)\b|hdr\([^)]*\))/g

/** Of several the last one counts. */
export const logPrefix: Check = {
  id: 'log-prefix',
  title: "no caller's text stands before Kamailio's messages",
  run(probe) {
    const all = scriptsOf(probe, 'kamailio').flatMap((script) => [...script.text.matchAll(PREFIX)].map((found) => ({ script, found })))
    return all.slice(-1).flatMap(({ script, found }) => {
      const callers = found[1]?.match(CALLERS)
      if (!callers) return []
      return [
        {
          severity: 'error' as const,
          place: placeOf(script, found.index),
          text: `log_prefix prints ${callers.join(' and ')}, which the caller writes, before every message: an attacker can make his lines ambiguous, and escape`,
          remedy: 'log_prefix="{$mt $rm} "',
        },
      ]
    })
  },
}

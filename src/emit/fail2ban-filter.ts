import type { Filter, FilterRule } from '../config/types.ts'
import { comment, entry, OURS } from './ini.ts'
import { prefixEntries } from './line-prefix.ts'
import { failregexOf } from './python-pattern.ts'

/** The rules whose lines count against their address, whatever a jail makes of them. */
export function countedRules(filter: Filter): FilterRule[] {
  return filter.rules.filter((rule) => rule.counted && !rule.shadow && rule.failregex.includes('<ADDR>'))
}

/** Fail2Ban reads lines as they stand. */
export const UNREAD = 'lines wrapped in JSON (docker, journald, the JSON logs of OpenSIPS and Asterisk) are not read'

/**
 * What a filter says that its Fail2Ban file cannot. Nothing is found that the filter does not count: what is missing is missing.
 */
export function filterLimits(filter: Filter): string[] {
  const runtime = countedRules(filter).filter(({ verdict }) => verdict === 'runtime')
  return [
    ...(filter.prefix === 'kamailio'
      ? [
          'behind the stock log_prefix of Kamailio the Call-ID stands before each message, and a caller whose text holds the end of such a prefix is not found; set log_prefix="{$mt $rm} " (sipguard emit kamailio)',
        ]
      : []),
    ...runtime.map(
      ({ id }) =>
        `rule ${id} has the run-time verdict, which looks at every way to read a line; here a line with a second place for the address is refused`,
    ),
  ]
}

/** A file for filter.d. */
export function filterFile(filter: Filter, rules: readonly FilterRule[], methods: readonly string[] | null): string {
  const failregex = rules.flatMap((rule) => {
    const pattern = failregexOf(rule, methods)
    return pattern === null ? [] : [`# ${rule.id}: ${rule.kind}${rule.reason === null ? '' : ` (${rule.reason})`}`, pattern]
  })
  return [
    `${OURS}, which replaces this file; put changes into a .local file beside it.`,
    ...comment(`Filter ${filter.name}: the lines that count, with the address that sipguard reads from each.`),
    ...comment('Not said here:'),
    ...[UNREAD, ...filterLimits(filter)].flatMap((limit) => comment(`- ${limit}`)),
    '',
    '[Definition]',
    '',
    prefixEntries(filter),
    '',
    // A comment behind the `=` would be the value.
    entry('failregex', ['', ...failregex]),
    '',
    'ignoreregex =',
    '',
  ].join('\n')
}

import { forTerminal, toJsonLine } from '../escape.ts'
import { formatTable, right } from './table.ts'
import type { Comparison, Result } from './what-if.ts'

/** One `what-if` object a line for each group of settings. */
export function comparisonJson({ results, attackers, recommended }: Comparison): string[] {
  return results.slice(1).map((result) =>
    toJsonLine({
      type: 'what-if',
      ...{ setting: result.setting, bans: result.bans, ips: result.ips },
      ...figures(result, attackers),
      false_ban_risk: result.risks,
      recommended: result === recommended,
    }),
  )
}

/** What the summary says of the present settings, to compare with. */
export function presentJson({ results, attackers, recommended }: Comparison): Record<string, unknown> {
  return { ...figures(results[0], attackers), recommended: recommended.setting }
}

function figures({ stopped, guesses }: Result, attackers: number): Record<string, number> {
  return { attackers, attackers_stopped: stopped, guesses_let_through: guesses }
}

/** The comparison for people. */
export function comparisonText({ results, attackers, recommended }: Comparison): string {
  const table = formatTable(
    ['setting', right('bans'), right('attackers stopped'), right('guesses let through'), right('false ban risk')],
    results.map(({ setting, bans, stopped, guesses, risks }) => [
      setting ?? 'present settings',
      ...[String(bans), `${stopped} of ${attackers}`, String(guesses), String(risks.length)],
    ]),
  )
  const named = results
    .slice(1)
    .flatMap(({ setting, risks }) =>
      risks.map(({ ip, jail, why, users }) => forTerminal(`${setting} would ban ${ip} [${jail}]: ${why} (${users.join(', ')})`)),
    )
  return [
    table,
    ...(named.length > 0 ? [named.join('\n')] : []),
    forTerminal(`recommended: ${reasonFor(recommended, results[0], attackers)}`),
  ].join('\n\n')
}

function reasonFor(recommended: Result, present: Result, attackers: number): string {
  const { setting, stopped, guesses, risks } = recommended
  if (setting === null) return 'keep the present settings: no other lets fewer guesses through without banning more of those who succeeded'
  const succeeded = risks.length === 0 ? 'nobody who ever succeeded' : `${risks.length} of those who succeeded, as the present settings do`
  return `${setting}: stops ${stopped} of ${attackers} attackers, lets ${guesses} guesses through instead of ${present.guesses}, bans ${succeeded}`
}

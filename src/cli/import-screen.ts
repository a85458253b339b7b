import { forTerminal, toJsonLine } from '../escape.ts'
import type { ImportReport } from '../import/index.ts'
import { paletteFor } from './print.ts'
import { formatTable } from './table.ts'

/** `sipguard import fail2ban --json`: a `rule` for each failregex, what was `left-out`, and each `file` that was written. */
export function importedJson({ jails, leftOut }: ImportReport, paths: readonly string[]): string[] {
  return [
    ...jails.flatMap(({ name, written, filter, rules }) =>
      rules.map(({ failregex, rules: ours, notes, fooled }) => ({
        type: 'rule',
        jail: name,
        written,
        filter,
        place: failregex.place,
        failregex: failregex.text,
        rules: ours,
        notes,
        fooled,
      })),
    ),
    ...leftOut.map((entry) => ({ type: 'left-out', ...entry })),
    ...paths.map((path) => ({ type: 'file', path })),
  ].map(toJsonLine)
}

/** The same for people. */
export function formatImported({ jails, leftOut }: ImportReport, paths: readonly string[]): string[] {
  const palette = paletteFor(process.stdout)
  const right = (title: string) => ({ title, align: 'right' as const })
  const rows = jails.map(({ name, written, filter, rules }) => {
    const count = (holds: (rule: (typeof rules)[number]) => boolean) => String(rules.filter(holds).length)
    const by = (kind: string) => count(({ rules: ours }) => ours.some(({ as }) => as === kind))
    return [name, written, filter, String(rules.length), by('shipped'), by('proved'), by('runtime'), count(({ fooled }) => fooled !== null)]
  })
  const numbers = ['failregexes', 'shipped rules', 'own words', 'run time', 'fooled'].map(right)
  const table = formatTable(['jail', 'written as', 'filter', ...numbers], rows)
  const rules = jails.flatMap((jail) => jail.rules.map((rule) => ({ jail, rule })))
  const fooled = rules.flatMap(({ jail, rule: { failregex, fooled } }) =>
    fooled === null
      ? []
      : [
          `${palette.ban('fooled')} ${forTerminal(`${failregex.place}: ${jail.name} bans ${fooled.reports}: ${fooled.why}`)} (${fooled.by === 'proof' ? 'by the proof; fail2ban-regex could not be asked' : 'shown by fail2ban-regex'})`,
          `    ${toJsonLine(fooled.line)}`,
        ],
  )
  const uncounted = rules.flatMap(({ rule: { failregex, rules: ours } }) =>
    ours
      .filter(({ as }) => as === 'uncounted')
      .map(
        ({ id }) =>
          `${palette.found('recognised, not counted')} ${forTerminal(failregex.place)}: lines of the shipped rule ${id} are nobody's failure`,
      ),
  )
  const places = Map.groupBy(
    rules.flatMap(({ rule }) => rule.notes.map((note) => ({ note, place: rule.failregex.place }))),
    ({ note }) => note,
  )
  const notes = [...places].map(
    ([note, of]) => `${palette.quiet('note')} ${forTerminal(`${[...new Set(of.map(({ place }) => place))].join(', ')}: ${note}`)}`,
  )
  const left = leftOut.map(({ place, what, why }) => `${palette.quiet('not carried over')} ${forTerminal(`${place}: ${what}: ${why}`)}`)
  return [table, ...fooled, ...uncounted, ...left, ...notes, ...paths.map((path) => `wrote ${forTerminal(path)}`)]
}

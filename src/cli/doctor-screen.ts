import type { Examined } from '../doctor/index.ts'
import { forTerminal, toJsonLine } from '../escape.ts'
import { plural } from './number.ts'
import { paletteFor } from './print.ts'

/** `sipguard doctor --json`: a `finding` or an `unchecked` a line, and last a `summary`. */
export function examinedJson(examined: readonly Examined[]): string[] {
  const rows = examined.flatMap(({ check: { id }, findings, unchecked }) => [
    ...findings.map(({ severity, place, text, remedy }) => ({ type: 'finding', check: id, severity, place, text, remedy })),
    ...(unchecked === null ? [] : [{ type: 'unchecked', check: id, why: unchecked }]),
  ])
  return [...rows, { type: 'summary', ...countsOf(examined) }].map(toJsonLine)
}

/** The same for people. */
export function formatExamined(examined: readonly Examined[]): string[] {
  const palette = paletteFor(process.stdout)
  const paint = { error: palette.ban, warning: palette.found, note: palette.quiet }
  const lines = examined.flatMap(({ check: { id, title }, findings, unchecked }) => [
    ...findings.flatMap(({ severity, place, text, remedy }) => [
      `${paint[severity](severity)} ${id}: ${forTerminal(place)}`,
      `    ${forTerminal(text)}`,
      `    ${palette.quiet('remedy:')} ${forTerminal(remedy)}`,
    ]),
    ...(unchecked === null ? [] : [`${palette.quiet('not looked at')} ${id} (${title}): ${forTerminal(unchecked)}`]),
  ])
  const { checks, errors, warnings, notes, unchecked } = countsOf(examined)
  const found = `${checks} checks: ${plural(errors, 'error')}, ${plural(warnings, 'warning')}, ${plural(notes, 'note')}`
  return [...lines, unchecked === 0 ? found : `${found}; ${unchecked} could not look`]
}

function countsOf(examined: readonly Examined[]) {
  const count = (severity: string) => examined.flatMap(({ findings }) => findings).filter((finding) => finding.severity === severity).length
  return {
    checks: examined.length,
    errors: count('error'),
    warnings: count('warning'),
    notes: count('note'),
    unchecked: examined.filter(({ unchecked }) => unchecked !== null).length,
  }
}

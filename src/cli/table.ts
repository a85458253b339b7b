import { forTerminal } from '../escape.ts'
import { paletteFor } from './print.ts'
import { cutTo, textWidth } from './width.ts'

/**
 * A title. Numbers stand right. Where the terminal is too narrow, cells are cut, but for numbers and for those of `whole` columns:
 * what people copy.
 */
export type Column = string | { readonly title: string; readonly align: 'right' } | { readonly title: string; readonly whole: true }

/** A column whose cells are never cut while others can be. */
export const whole = (title: string) => ({ title, whole: true }) as const
export const right = (title: string) => ({ title, align: 'right' }) as const

const GAP = '  '
/** A cell that is cut keeps so much. */
const LEAST = 6

/** Lines of aligned columns under their titles, none wider than the terminal. Cells may hold anything: they are escaped here. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  out: NodeJS.WriteStream = process.stdout,
): string {
  const titles = columns.map((column) => (typeof column === 'string' ? column : column.title))
  const cells = rows.map((row) => row.map(forTerminal))
  const wanted = titles.map((title, i) => cells.reduce((width, row) => Math.max(width, textWidth(row[i] ?? '')), textWidth(title)))
  const most = (out.isTTY && out.columns) || Number.POSITIVE_INFINITY
  const widths = fitted(columns, wanted, most)
  const line = (row: readonly string[]) =>
    columns
      .map((column, i) => {
        const width = widths[i] ?? 0
        const cell = cutTo(row[i] ?? '', width)
        const gap = ' '.repeat(Math.max(0, width - textWidth(cell)))
        return typeof column === 'object' && 'align' in column ? gap + cell : cell + gap
      })
      .join(GAP)
      .trimEnd()
  const lines = [titles, ...cells].map((row) => cutTo(line(row), most))
  return [paletteFor(out).quiet(lines[0]!), ...lines.slice(1)].join('\n')
}

/** The widths with which all columns together take at most so much: the widest of those that may be cut give way first. */
function fitted(columns: readonly Column[], wanted: readonly number[], most: number): number[] {
  const widths = [...wanted]
  let over = widths.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1)) - most
  while (over > 0) {
    const widest = columns.reduce<number | null>(
      (found, column, i) =>
        typeof column === 'string' && widths[i]! > LEAST && (found === null || widths[i]! > widths[found]!) ? i : found,
      null,
    )
    if (widest === null) break
    widths[widest]!--
    over--
  }
  return widths
}

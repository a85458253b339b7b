import { forTerminal } from '../escape.ts'
import { paletteFor } from './print.ts'

/** A title; numbers stand right. */
export type Column = string | { readonly title: string; readonly align: 'right' }

/** Lines of aligned columns under their titles. Cells may hold anything: they are escaped here. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map((column) => (typeof column === 'string' ? column : column.title))
  const cells = rows.map((row) => row.map(forTerminal))
  const widths = titles.map((title, i) => cells.reduce((width, row) => Math.max(width, length(row[i] ?? '')), length(title)))
  const line = (row: readonly string[]) =>
    columns
      .map((column, i) => {
        const cell = row[i] ?? ''
        const gap = ' '.repeat((widths[i] ?? 0) - length(cell))
        return typeof column === 'string' ? cell + gap : gap + cell
      })
      .join('  ')
      .trimEnd()
  return [paletteFor(process.stdout).quiet(line(titles)), ...cells.map(line)].join('\n')
}

/** Code points: good enough for paths, names and addresses. */
const length = (text: string) => [...text].length

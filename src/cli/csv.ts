import { forTerminal } from '../escape.ts'

export type Cell = string | number | boolean | null

/** What a spreadsheet takes for a formula (OWASP, CSV Injection), also behind spaces and in full width. */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/

/** One record of RFC 4180, without its line end. Text that would be a formula gets an apostrophe; controls are escaped as on a terminal. */
export function csvRecord(cells: readonly Cell[]): string {
  return cells.map(csvCell).join(',')
}

function csvCell(cell: Cell): string {
  if (typeof cell !== 'string') return cell === null ? '' : String(cell)
  const text = `${FORMULA.test(cell) ? "'" : ''}${forTerminal(cell)}`
  return /[",;']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

import type { AllowJson } from '../../api/wire.ts'
import { csvRecord } from '../../cli/csv.ts'
import { checkCidr, checkDuration } from './argument.ts'

/** The allow list as a file that spreadsheets read and write (RFC 4180): `cidr,until,comment`. */

export interface NewEntry {
  readonly cidr: string
  /** As the API takes it: `1d`, `86400s`, `-1` for ever. */
  readonly for: string
  readonly comment: string
}

export interface Fault {
  /** Counted from 1. */
  readonly line: number
  readonly text: string
}

export interface Preview {
  readonly entries: readonly (NewEntry & { readonly line: number })[]
  readonly faults: readonly Fault[]
}

const LONGEST_COMMENT = 200

export function allowToCsv(entries: readonly AllowJson[]): string {
  return [['cidr', 'until', 'comment'], ...entries.map(({ cidr, until, comment }) => [cidr, until, comment])].map(csvRecord).join('\r\n')
}

/**
 * What a file would add. `until` may be a time, a length (`1d`), empty or `-1` (for ever); it and the comment may be missing, and so may the
 * heading. Every fault is named with its line; the good lines can be taken all the same.
 */
export function readAllowCsv(text: string, nowMs: number): Preview {
  const entries: Preview['entries'][number][] = []
  const faults: Fault[] = []
  const seen = new Map<string, number>()
  const { records, open } = recordsOf(text.replace(/^\ufeff/, ''))
  if (open !== null) faults.push({ line: open, text: 'a quotation mark is opened here and never closed' })
  for (const { line, cells } of records) {
    if (cells.every((cell) => cell.trim() === '') || line === open) continue
    if (cells[0]?.trim().toLowerCase() === 'cidr' && entries.length === 0 && faults.length === 0) continue
    const result = entryOf(cells, nowMs)
    const twin = typeof result === 'string' ? undefined : seen.get(result.cidr)
    if (typeof result === 'string') faults.push({ line, text: result })
    else if (twin !== undefined) faults.push({ line, text: `${result.cidr} stands in line ${twin} already` })
    else {
      seen.set(result.cidr, line)
      entries.push({ ...result, line })
    }
  }
  return { entries, faults: faults.sort((a, b) => a.line - b.line) }
}

/** The entry, or what is wrong. */
function entryOf(cells: readonly string[], nowMs: number): NewEntry | string {
  const [cidr = '', until = '', comment = '', ...more] = cells.map((cell) => cell.trim())
  if (more.some((cell) => cell !== '')) return `expected at most 3 columns (cidr, until, comment), got ${cells.length}`
  const checked = checkCidr(cidr)
  if ('fault' in checked) return checked.fault
  const length = lengthOf(until, nowMs)
  if (length === null)
    return `expected a time to come such as 2030-01-31T12:00:00Z, a length such as 1d, or nothing, got '${until.slice(0, 60)}'`
  const said = withoutApostrophe(comment)
  if (said.length > LONGEST_COMMENT) return `expected a comment of at most ${LONGEST_COMMENT} characters, got ${said.length}`
  return { cidr: checked.value, for: length, comment: said }
}

function lengthOf(until: string, nowMs: number): string | null {
  if (until === '') return '-1'
  if (!('fault' in checkDuration(until))) return until
  const seconds = Math.round((Date.parse(until) - nowMs) / 1000)
  return /^\d{4}-\d\d-\d\d/.test(until) && seconds > 0 ? `${seconds}s` : null
}

/** csvRecord puts one before what a spreadsheet would take for a formula. */
const withoutApostrophe = (text: string): string => text.replace(/^'(?=\s*[=+\-@＝＋－＠])/, '')

interface Records {
  readonly records: readonly { readonly line: number; readonly cells: readonly string[] }[]
  /** The line of a quotation mark that is not closed. */
  readonly open: number | null
}

/** Semicolons separate too, as German spreadsheets write them, where the first line has one and no comma. */
function recordsOf(text: string): Records {
  const [first = ''] = text.split('\n', 1)
  const separator = first.includes(';') && !first.includes(',') ? ';' : ','
  const records: { line: number; cells: string[] }[] = []
  let cells: string[] = []
  let cell = ''
  /** Where this record began, and where we are. */
  let start = 1
  let line = 1
  let opened: number | null = null
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string
    if (char === '\n') line++
    if (opened !== null) {
      if (char !== '"') cell += char
      else if (text[i + 1] === '"') cell += text[++i]
      else opened = null
    } else if (char === '"' && cell === '') opened = line
    else if (char === separator || char === '\n') {
      cells.push(cell)
      cell = ''
      if (char === separator) continue
      records.push({ line: start, cells })
      cells = []
      start = line
    } else if (char !== '\r') cell += char
  }
  return { records: [...records, { line: start, cells: [...cells, cell] }], open: opened === null ? null : start }
}

import { type Command, Option } from 'commander'
import { SipguardError } from '../errors.ts'
import type { Cell } from './csv.ts'

export interface ListOptions {
  readonly json?: true
  readonly csv?: true
}

/** Adds --json and --csv to a command that lists. */
export function withListOptions(command: Command, json = 'one object a line'): Command {
  return command.option('--json', json).addOption(new Option('--csv', 'comma-separated values under a line of names').conflicts('json'))
}

/** Prints rows as they were asked for: objects, CSV of these columns, or a table for people. */
export async function printList<Row extends object>(
  rows: readonly Row[],
  { json, csv }: ListOptions,
  columns: readonly (keyof Row & string)[],
  forPeople: () => Promise<string> | string,
): Promise<void> {
  if (json) {
    const { toJsonLine } = await import('../escape.ts')
    for (const row of rows) console.log(toJsonLine(row))
  } else if (csv) {
    const { csvRecord } = await import('./csv.ts')
    // RFC 4180 ends lines with CRLF.
    console.log(`${csvRecord(columns)}\r`)
    for (const row of rows) console.log(`${csvRecord(columns.map((column) => row[column] as Cell))}\r`)
  } else {
    const { show } = await import('./pager.ts')
    await show(await forPeople())
  }
}

/** The number given with --limit. @throws SipguardError USAGE */
export function limitArgument(text: string, most: number): number {
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= most) return limit
  throw new SipguardError('USAGE', `--limit: expected a whole number from 1 to ${most}, got '${text.slice(0, 80)}'`)
}

/** Says on standard error that a list may go on. */
export function noteCut(rows: readonly unknown[], limit: number): void {
  if (rows.length >= limit) console.error(`the first ${limit}; there may be more: --limit`)
}

/** `?kind=flood&limit=10` of what was asked for. */
export function queryString(filters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(filters).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

import type { LiftedJson } from '../api/wire.ts'
import { forTerminal } from '../escape.ts'
import { coverage, stamp } from '../report.ts'

/** A ban that ended, and what it did, for people. */
export function formatLifted(ban: LiftedJson): string {
  const { jail, at, count, nth, level, evidence, phones, packets } = ban
  const since = `since ${stamp(Date.parse(at))}`
  const why = evidence === 'request' ? 'somebody asked for it' : `${count} found, ${evidence}; the address was ${LEVELS[level] ?? level}`
  return [
    `unbanned ${coverage(ban)} [${jail}]`,
    `  why      ${why}; ${since}${nth > 1 ? `, ban no. ${nth}` : ''}`,
    `  phones   ${phones.length === 0 ? 'none was known there' : `cut off: ${phones.join(', ')}`}`,
    `  packets  ${packets === null ? 'not known how many were dropped' : `${packets} dropped`}`,
  ]
    .map(forTerminal)
    .join('\n')
}

const LEVELS: Readonly<Record<string, string>> = { unknown: 'unknown', phone: 'one of phones', peer: 'a peer' }

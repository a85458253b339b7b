import { ATTACKS, ROWS, type Row } from './attacks.ts'
import { type Cell, isStopped, PHONE_REGISTERS, usersUnderAttack } from './cell.ts'
import type { GuardName } from './guards.ts'
import { CARRIER, PHONE, UNKNOWN } from './network.ts'

const GOALS: Readonly<Record<Row, string>> = {
  'brute-force': '≤ 5 judged, ban ≤ 50 ms after the deciding line',
  'brute-force-6': 'the same',
  'brute-force-slow': '≤ 5 judged',
  enumeration: '≤ 20 answers',
  'door-knock': '≤ 20 answers',
  scan: '≤ 2 answers',
  flood: 'banned',
  stuffing: '≤ 110 judged, the user named',
  'behind-phone': `phone ${PHONE_REGISTERS}/${PHONE_REGISTERS}, the attacker stopped`,
  forged: 'carrier and phone untouched, the unknown banned for 1h at most, an alert',
}

/** The matrix as a Markdown table, a row an attack, a column a guard. */
export function table(cells: readonly Cell[], guards: readonly GuardName[]): string {
  const rows = ROWS.filter((row) => cells.some((cell) => cell.row === row))
  const lines = rows.map((row) => {
    const shown = guards.map((guard) => cells.find((cell) => cell.row === row && cell.guard === guard))
    return [ATTACKS[row].title, ...shown.map((cell) => (cell ? show(cell) : '–')), GOALS[row]]
  })
  return [['attack', ...guards, 'to reach'], Array(guards.length + 2).fill('---'), ...lines]
    .map((line) => `| ${line.join(' | ')} |\n`)
    .join('')
}

/** One cell in words. */
export function show(cell: Cell): string {
  const told = cell.row === 'forged' ? forged(cell) : attacked(cell)
  const phone = cell.row === 'behind-phone' || cell.phoneRegisters < PHONE_REGISTERS
  if (phone) told.push(`phone ${cell.phoneRegisters}/${PHONE_REGISTERS}`)
  if (cell.alerts.length > 0) told.push(`alerts: ${[...new Set(cell.alerts.map(({ alert }) => alert))].join(' ')}`)
  return told.join(', ')
}

function attacked(cell: Cell): string[] {
  const told = [`${cell[ATTACKS[cell.row].harm]} ${ATTACKS[cell.row].harm}`]
  if (cell.banAfterMs !== null) told.push(`ban after ${cell.banAfterMs} ms`)
  if (cell.row === 'stuffing') {
    const named = usersUnderAttack(cell)
    told.push(`${cell.dropped.length === 0 ? 'nobody banned, ' : ''}${named.length === 0 ? 'no user named' : `${named.join(' ')} named`}`)
  } else if (!isStopped(cell)) told.push('not stopped')
  const endpoints = cell.bans.filter(({ scope }) => scope === 'endpoint').map(({ transport, port }) => `${transport}/${port}`)
  if (endpoints.length > 0) told.push(`banned ${endpoints.join(' ')}`)
  return told
}

function forged(cell: Cell): string[] {
  const banned = new Set(cell.dropped.map(({ what }) => what.replace(/ (?:counter|timeout|expires) .*/, '')))
  const told = [`banned: ${[...banned].map(named).join(', ') || 'nobody'}`]
  if (!cell.carrierAnswered) told.push('carrier cut off')
  return told
}

/** An element of the kernel's, `203.0.113.10 . udp . 5099`, by the name of who suffers. */
function named(element: string): string {
  const [ip, ...endpoint] = element.split(' . ')
  const name = { [CARRIER]: 'carrier', [PHONE]: 'phone', [UNKNOWN]: 'unknown' }[ip!] ?? ip!
  return endpoint.length === 0 ? name : `${name}’s ${endpoint.join('/')}`
}

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { ATTACKS, type Attack, type Row } from './attacks.ts'
import { GUARDS, type GuardKind, type GuardName } from './guards.ts'
import { Lab } from './lab.ts'
import { CARRIER, PHONE } from './network.ts'

/** One attack under one guard. */
export interface Cell {
  readonly row: Row
  readonly guard: GuardName
  readonly seconds: number
  /** SIP requests that the attacker sent, and answers that he got. */
  readonly sent: number
  readonly answers: number
  /** Wrong passwords from the attacker's addresses that the server looked at. */
  readonly judged: number
  /** What the kernel was told to drop, in its own words, each at the time when it said so (epoch ms). */
  readonly dropped: readonly { readonly atMs: number; readonly what: string }[]
  /** From the line that filled a window to the kernel's word, of the first ban, ms; null: none. */
  readonly banAfterMs: number | null
  /** Registers of the phone meanwhile that were answered, of PHONE_REGISTERS. */
  readonly phoneRegisters: number
  /** Whether the carrier gets an answer after the attack. */
  readonly carrierAnswered: boolean
  /** What a guard that prints JSON printed. */
  readonly bans: readonly Record<string, unknown>[]
  readonly alerts: readonly Record<string, unknown>[]
}

export const PHONE_REGISTERS = 10

/** In a lab of its own. @param pauseS see Attack */
export async function runCell(row: Row, guard: GuardName, seconds: number, pauseS?: number): Promise<Cell> {
  const attack: Attack = ATTACKS[row]
  const { pike, start, hep = false }: GuardKind = GUARDS[guard]
  const lab = new Lab()
  try {
    // What the snippet does about scanners would hide what the guard does.
    await lab.startKamailio({ pike, hep, dropsScanners: false })
    const standing = await start(lab)
    const dropped = watchKernel(lab)
    const phone = { from: attack.phone ?? PHONE, perSecond: PHONE_REGISTERS / seconds }
    await lab.register({ ...phone, times: 1 })
    const [phoneRegisters] = await Promise.all([lab.register({ ...phone, times: PHONE_REGISTERS }), attack.run(lab, seconds, pauseS)])
    const carrierAnswered = (await lab.call('phone', 'ping', CARRIER)).trim() === '200'
    const decidingMs = standing.decidingMs()
    return {
      row,
      guard,
      seconds,
      sent: lab.network.counted(attack.host, 'sent'),
      answers: lab.network.counted(attack.host, 'answers'),
      judged: judged(readFileSync(lab.log, 'utf8'), attack.sources),
      dropped,
      banAfterMs: decidingMs === null || dropped[0] === undefined ? null : dropped[0].atMs - decidingMs,
      phoneRegisters,
      carrierAnswered,
      bans: standing.printed('ban'),
      alerts: standing.printed('alert'),
    }
  } finally {
    await lab.end()
  }
}

/** Unanswered requests from which on an attacker counts as stopped. */
const SILENCE = 3

export function isStopped(cell: Cell): boolean {
  return cell.sent - cell.answers >= SILENCE
}

/** Users that the guard named as under attack. */
export function usersUnderAttack(cell: Cell): string[] {
  return cell.alerts.filter(({ alert }) => alert === 'user_under_attack').map(({ user }) => String(user))
}

function watchKernel(lab: Lab): { atMs: number; what: string }[] {
  const dropped: { atMs: number; what: string }[] = []
  const monitor = lab.start('sbc', 'stdbuf', ['-oL', 'nft', 'monitor', 'new', 'elements'])
  monitor.stderr!.resume()
  createInterface({ input: monitor.stdout! }).on('line', (line) => {
    const what = /^add element .*\{ (.*) \}$/.exec(line)?.[1]
    if (what !== undefined) dropped.push({ atMs: Date.now(), what })
  })
  return dropped
}

function judged(log: string, sources: readonly string[]): number {
  const found = log.matchAll(/ Auth failed: ip=\[?([0-9a-f.:]+?)\]?:\d+ proto=\S+ method=\S+ rc=-[238] /g)
  return [...found].filter(([, ip]) => sources.includes(ip!)).length
}

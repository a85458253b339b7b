import { canonicalAddress, formatCidr, parseCidr } from '../address.ts'
import { JAIL_NAME } from '../api/arguments.ts'
import { didYouMean } from '../config/index.ts'
import { LONGEST_MS } from '../duration.ts'
import { SipguardError } from '../errors.ts'
import type { BanDatabase, BanRow } from './ban-database.ts'
import type { LeftOut } from './index.ts'
import { serverOf } from './jail.ts'

/** A ban of Fail2Ban that is to be taken over. */
export interface TheirBan {
  /** Canonical. */
  readonly ip: string
  readonly jail: string
  /** Epoch ms; null: for ever. */
  readonly untilMs: number | null
}

export interface TheirBans {
  /** The longest first, so that of several of one address the first holds. */
  readonly bans: readonly TheirBan[]
  readonly leftOut: readonly Omit<LeftOut, 'place'>[]
}

/**
 * Which bans in force are taken over: those of jails for SIP servers, and of those that `named` asks for.
 * @throws SipguardError USAGE for a name that is no jail there
 */
export function bansToTake({ jails, bans }: BanDatabase, named: readonly string[], nowMs: number): TheirBans {
  const known = new Set([...jails.keys(), ...bans.map(({ jail }) => jail)])
  for (const name of named) {
    const hint = () => didYouMean(name, known) || `; jails are ${[...known].join(', ') || 'none'}`
    if (!known.has(name)) throw new SipguardError('USAGE', `--jail: no jail '${name}' there${hint()}`)
  }
  const taken: TheirBan[] = []
  const leftOut: Omit<LeftOut, 'place'>[] = []
  for (const [jail, rows] of Map.groupBy(bans, (row) => row.jail)) {
    const why = notTaken(jail, jails.get(jail) ?? [], named)
    if (why !== null) leftOut.push({ what: `jail ${jail}, ${rows.length} ${rows.length === 1 ? 'ban' : 'bans'}`, why })
    else
      for (const row of rows) {
        const ban = banOf(row, nowMs)
        if (typeof ban === 'string') leftOut.push({ what: `${row.ip} of jail ${jail}`, why: ban })
        else taken.push(ban)
      }
  }
  return { bans: taken.sort((a, b) => endOf(b) - endOf(a)), leftOut }
}

function notTaken(jail: string, logs: readonly string[], named: readonly string[]): string | null {
  if (!JAIL_NAME.test(jail)) return 'a jail of this name cannot be entered'
  if (named.includes(jail) || serverOf(jail, ...logs) !== null) return null
  return `neither its name nor its log speaks of a SIP server; --jail ${jail} takes it`
}

/** The ban, or why it is none of ours. */
function banOf({ ip: text, jail, since, length }: BanRow, nowMs: number): TheirBan | string {
  const cidr = parseCidr(text)
  const ip = canonicalAddress(cidr === null ? text : formatCidr(cidr))
  if (ip === null) return cidr !== null && text.includes('/') ? 'it is a network; sipguard bans addresses' : 'it is no address'
  if (length <= -2) return 'its database does not know when it ends'
  const untilMs = length < 0 ? Number.POSITIVE_INFINITY : Math.round((since + length) * 1000)
  // What is longer than any duration of ours was meant for ever.
  return { ip, jail, untilMs: untilMs - nowMs > LONGEST_MS ? null : untilMs }
}

const endOf = ({ untilMs }: TheirBan) => untilMs ?? Number.POSITIVE_INFINITY

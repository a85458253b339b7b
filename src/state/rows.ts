import type { AllowEntry, AuditRow, LedgerRow, Offence, OutboxRow, TokenEntry } from '../kept.ts'
import type { Ban } from '../types.ts'

/** Columns under the names of the types, so that a row is the thing. */
export const SELECT_BANS = `SELECT ip, scope, prefix, port, transport, jail, from_ms AS fromMs, until_ms AS untilMs, nth, count, level, evidence, node FROM bans`
export const SELECT_OFFENCES = `SELECT ip, nth, until_ms AS untilMs, forget_ms AS forgetMs FROM offences`
export const SELECT_ALLOW = `SELECT cidr, until_ms AS untilMs, added_ms AS addedMs, comment FROM allow`
export const SELECT_TOKENS = `SELECT name, role, hash, added_ms AS addedMs FROM tokens`
export const SELECT_AUDIT = `SELECT id, at_ms AS atMs, who, origin AS "from", action, target, detail FROM audit`
export const SELECT_LEDGER = `SELECT target, data, unsent FROM ledger`
export const SELECT_EVIDENCE = `SELECT key, place, from_ms AS fromMs, saved_ms AS savedMs, data, lifted_ms AS liftedMs, lifted_by AS liftedBy FROM evidence`

type Row = Record<string, unknown>

/** Rows come without a prototype. */
export function toBan(row: Row): Ban {
  return { ...row } as unknown as Ban
}

export function toOffence(row: Row): Offence {
  return { ...row } as unknown as Offence
}

export function toAllowEntry(row: Row): AllowEntry {
  return { ...row } as unknown as AllowEntry
}

export function toToken(row: Row): TokenEntry {
  return { ...row } as unknown as TokenEntry
}

export function toAuditRow(row: Row): AuditRow {
  return { ...row } as unknown as AuditRow
}

export function toLedgerRow(row: Row): LedgerRow {
  return { ...row, unsent: row.unsent === 1 } as unknown as LedgerRow
}

export function toWaitingRow(row: Row): OutboxRow & { readonly seq: number } {
  return { ...row } as unknown as OutboxRow & { readonly seq: number }
}

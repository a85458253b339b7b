import { randomBytes } from 'node:crypto'
import type { AllowEntry, AuditRow, CounterRow, LedgerRow, Offence, OutboxRow, PhoneRow, TokenEntry, Totals } from '../kept.ts'
import type { Ban, EventKind } from '../types.ts'
import { EVIDENCE_KEEP_MS, type KeptEvidence, MOST_AUDITED, MOST_EVIDENCE, type State } from './state.ts'

/** A state that ends with the process: for a run that must leave nothing behind. */
export function openMemory(): State {
  const positions = new Map<string, string>()
  const counters = new Map<string, CounterRow>()
  const phones = new Map<string, PhoneRow>()
  const bans = new Map<string, Ban>()
  const offences = new Map<string, Offence>()
  const allow = new Map<string, AllowEntry>()
  const tokens = new Map<string, TokenEntry>()
  const audit: AuditRow[] = []
  let audits = 0
  const ledger = new Map<string, LedgerRow>()
  const remembered = new Map<string, string>()
  const outbox = new Map<string, OutboxRow & { readonly seq: number }>()
  const evidence = new Map<string, KeptEvidence>()
  let seq = 0
  const totals: Totals = { lines: 0, events: {}, bans: 0 }

  return {
    node: newNodeId(),
    async load() {
      return structuredClone({
        positions,
        counters: [...counters.values()],
        phones: [...phones.values()],
        bans: [...bans.values()],
        offences: [...offences.values()],
        allow: [...allow.values()],
        tokens: [...tokens.values()],
        ledger: [...ledger.values()],
        totals,
      })
    },
    async commit(given) {
      const effects = structuredClone(given)
      for (const { stream, mark } of effects.positions) positions.set(stream, mark)
      for (const row of effects.counters) {
        const key = JSON.stringify([row.jail, row.key])
        if (row.data === '') counters.delete(key)
        else counters.set(key, row)
      }
      for (const row of effects.phones) {
        const key = JSON.stringify([row.ip, row.user])
        if (row.data === '') phones.delete(key)
        else phones.set(key, row)
      }
      const lifted = new Set(effects.lifted)
      for (const [key, ban] of bans) if (lifted.has(ban.ip)) bans.delete(key)
      for (const ban of effects.bans) bans.set(JSON.stringify(targetOf(ban)), ban)
      for (const ip of effects.forgiven) offences.delete(ip)
      for (const offence of effects.offences) offences.set(offence.ip, offence)
      for (const row of effects.ledger ?? []) {
        if (row.data === '') ledger.delete(row.target)
        else ledger.set(row.target, row)
      }
      for (const { key, data } of effects.records ?? []) {
        outbox.delete(key)
        outbox.set(key, { seq: ++seq, key, data })
      }
      for (const row of effects.evidence ?? []) {
        const key = JSON.stringify([row.key, row.fromMs])
        const { liftedMs, liftedBy } = evidence.get(key) ?? { liftedMs: null, liftedBy: null }
        evidence.set(key, { ...row, liftedMs, liftedBy })
      }
      for (const { key: of, fromMs, liftedMs, liftedBy } of effects.ends ?? []) {
        const key = JSON.stringify([of, fromMs])
        const row = evidence.get(key)
        if (row) evidence.set(key, { ...row, liftedMs, liftedBy })
      }
      for (const key of evidence.keys().take(Math.max(0, evidence.size - MOST_EVIDENCE))) evidence.delete(key)
      const oldestMs = (effects.evidence?.at(-1)?.savedMs ?? 0) - EVIDENCE_KEEP_MS
      for (const [key, { savedMs }] of evidence) if (savedMs < oldestMs) evidence.delete(key)
      totals.lines += effects.totals.lines
      totals.bans += effects.totals.bans
      for (const [kind, count] of Object.entries(effects.totals.events) as [EventKind, number][]) {
        totals.events[kind] = (totals.events[kind] ?? 0) + count
      }
    },
    async allow(entry) {
      allow.set(entry.cidr, structuredClone(entry))
    },
    async disallow(cidr) {
      return allow.delete(cidr)
    },
    async addToken(entry) {
      tokens.set(entry.name, structuredClone(entry))
    },
    async removeToken(name) {
      return tokens.delete(name)
    },
    async note(entry) {
      audit.unshift({ id: ++audits, ...entry })
      audit.length = Math.min(audit.length, MOST_AUDITED)
    },
    async audited({ limit, before = Number.POSITIVE_INFINITY, target }) {
      const rows = audit.filter((row) => row.id < before && (target === undefined || row.target === target))
      return structuredClone(rows.slice(0, limit))
    },
    async remember(name, value) {
      if (value === null) remembered.delete(name)
      else remembered.set(name, value)
    },
    async recall(name) {
      return remembered.get(name) ?? null
    },
    async outbox(most) {
      return structuredClone([...outbox.values()].slice(0, most))
    },
    async delivered(seqs) {
      const gone = new Set(seqs)
      for (const row of [...outbox.values()]) if (gone.has(row.seq)) outbox.delete(row.key)
    },
    async waiting() {
      return outbox.size
    },
    async evidence(places, most) {
      const found = [...evidence.values()].filter(({ place }) => places.includes(place)).reverse()
      return structuredClone(found.sort((a, b) => b.fromMs - a.fromMs).slice(0, most))
    },
    async close() {},
  }
}

/** 12 hex digits: 2^48 make two equal ones in a fleet of hundreds as good as impossible. */
export function newNodeId(): string {
  return randomBytes(6).toString('hex')
}

/** What a ban stands on; there is one ban on each. */
export function targetOf(ban: Ban): [scope: string, target: string, port: number, transport: string] {
  return [ban.scope, ban.prefix ?? ban.ip, ban.port ?? 0, ban.transport ?? '']
}

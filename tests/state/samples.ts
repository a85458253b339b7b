import type { Effects, Snapshot } from '../../src/state/state.ts'
import type { Ban } from '../../src/types.ts'

/** Effects of nothing, with what a test is about laid over. */
export function effects(part: Partial<Effects> = {}): Effects {
  return {
    positions: [],
    counters: [],
    phones: [],
    bans: [],
    lifted: [],
    offences: [],
    forgiven: [],
    totals: { lines: 0, events: {}, bans: 0 },
    ...part,
  }
}

export function banOf(ip: string, part: Partial<Ban> = {}): Ban {
  return {
    ip,
    scope: 'address',
    prefix: null,
    port: null,
    transport: null,
    jail: 'sip-auth',
    fromMs: 1_768_473_045_000,
    untilMs: 1_768_476_645_000,
    nth: 1,
    count: 10,
    level: 'unknown',
    evidence: 'unproved',
    node: '0123456789ab',
    ...part,
  }
}

/** A snapshot as plain values in a fixed order: two states that hold the same compare equal. */
export function plain(snapshot: Snapshot) {
  const sorted = <T>(items: Iterable<T>) => [...items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  return {
    positions: sorted(snapshot.positions),
    counters: sorted(snapshot.counters),
    phones: sorted(snapshot.phones),
    bans: sorted(snapshot.bans),
    offences: sorted(snapshot.offences),
    allow: sorted(snapshot.allow),
    tokens: sorted(snapshot.tokens),
    ledger: sorted(snapshot.ledger),
    totals: snapshot.totals,
  }
}

import type { Changes } from '../../src/daemon/journal.ts'

/** What a drain tells where nothing has happened. */
export const noChanges = (): Changes => ({
  ...{ positions: [], counters: [], phones: [], bans: [], lifted: [], offences: [], forgiven: [] },
  ...{ ledger: [], records: [], evidence: [], ends: [] },
  totals: { lines: 0, events: {}, bans: 0 },
})

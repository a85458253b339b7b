import type { AuditControl } from '../api/control.ts'
import type { State } from '../state/state.ts'
import type { Degraded } from './degraded.ts'

export interface AuditOptions {
  readonly state: Pick<State, 'note' | 'audited'>
  readonly degraded: Pick<Degraded, 'set' | 'clear'>
  readonly now: () => number
}

/** Who did what, in the state. */
export function createAudit({ state, degraded, now }: AuditOptions): AuditControl {
  return {
    async note(entry) {
      try {
        await state.note({ atMs: now(), ...entry })
        degraded.clear('state audit', 'the audit is written again')
      } catch (error) {
        degraded.set(
          'state audit',
          `the audit cannot be written: ${(error as Error).message}`,
          'make room for it; what was asked for is done',
        )
      }
    },
    list: (query) => state.audited(query),
  }
}

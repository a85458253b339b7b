import type { DecisionJson } from '../api/wire.ts'
import { coverage, NOT_BANNED, stamp } from '../report.ts'

/** What came of a ban that was asked for, in words; not escaped. */
export function decisionText(decision: DecisionJson): string {
  if (decision.type === 'ban') return `banned ${coverage(decision)} [${decision.jail}] ${endText(decision.until)}`
  return decision.why === 'already-banned'
    ? `${decision.ip} is banned already`
    : `${decision.ip} is not banned: ${NOT_BANNED[decision.why]}`
}

/** @param until ISO 8601; null: for ever */
export const endText = (until: string | null) => (until === null ? 'for ever' : `until ${stamp(Date.parse(until))}`)

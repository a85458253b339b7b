import type { Filter } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import { buildAutomaton } from '../pattern/automaton.ts'
import type { LookPlan } from '../pattern/look-plan.ts'
import { openingSource } from './opening.ts'
import { CompiledRule } from './rule.ts'
import { isApart } from './settling.ts'

/** Of the expression: enough for dozens of filters. */
const MOST_POSITIONS = 50_000

/**
 * What a look at the lines of these filters goes by. Null where it would tell nothing, because a rule may begin with anything, and where a
 * rule is outside what the proof can read (then it is not proved), or they are too many. Which rules are apart is not asked: a log meets few.
 */
export function planLook(filters: readonly Filter[]): LookPlan | null {
  const source = openingSource(filters)
  if (source === null) return null
  try {
    return { paths: buildAutomaton(source, { as: 'rule', alphabets: {}, mostStates: MOST_POSITIONS }), apart: false }
  } catch (error) {
    if (error instanceof SipguardError) return null
    throw error
  }
}

/** The same with all that can be known before there is a log: for filters that many will use. Takes some seconds. */
export function planLookFully(filters: readonly Filter[]): LookPlan | null {
  const plan = planLook(filters)
  return plan && { ...plan, apart: filters.every(areApart) }
}

function areApart(filter: Filter): boolean {
  const rules = filter.rules.map((rule) => new CompiledRule(filter, rule))
  return rules.every(
    (rule) =>
      rule.reader === null ||
      isApart(
        rule,
        rules.filter((other) => other !== rule),
      ),
  )
}

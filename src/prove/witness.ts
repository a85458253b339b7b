import type { Automaton } from '../pattern/automaton.ts'
import { readableByte } from '../pattern/byte-set.ts'
import type { Span } from '../pattern/readings.ts'
import type { SubsetAutomaton } from '../pattern/subset-automaton.ts'
import type { Witness } from './finding.ts'
import { type Common, common, type Step } from './product.ts'
import type { Example } from './shapes.ts'

/** One of two patterns that read the same line. */
export interface Side {
  readonly automaton: Automaton
  /** The same with example addresses only, for a line that people can read. */
  build(example: Example): Automaton
}

/** Whether one byte is in the address by one reading and not by the other. */
export function apart(a: Automaton, b: Automaton): (p: number, q: number) => boolean {
  return (p, q) => inAddress(a, p) !== inAddress(b, q)
}

/** Whether some line is both's, with the address in the same place. @throws SipguardError CONFIG_INVALID where the search grows too large */
export function shareLines(a: Automaton, b: Automaton): boolean {
  return common(a, b, apart(a, b)).same !== null
}

/** A line of both, with addresses that a person knows for examples where there is such a line; else the shortest there is. */
export function illustrate(
  rule: Side,
  shape: Side,
  without: readonly SubsetAutomaton[],
  shortest: readonly Step[],
  wanted: keyof Common,
): Witness {
  for (const [forged, genuine] of EXAMPLES[wanted]) {
    const [a, b] = [rule.build(forged), shape.build(genuine)]
    const steps = common(a, b, apart(a, b), without)[wanted]
    if (steps) return witnessOf(a, b, steps)
  }
  return witnessOf(rule.automaton, shape.automaton, shortest)
}

/** What to try for a readable line, best first. */
const EXAMPLES: Readonly<Record<keyof Common, readonly (readonly [Example, Example])[]>> = {
  different: [
    ['forged', 'genuine'],
    ['either', 'either'],
  ],
  same: [['genuine', 'genuine']],
}

function witnessOf(a: Automaton, b: Automaton, steps: readonly Step[]): Witness {
  const span = (holds: (step: Step) => boolean): Span | null => {
    const start = steps.findIndex(holds)
    return start < 0 ? null : { start, end: steps.findLastIndex(holds) + 1 }
  }
  const byRule = (step: Step) => inAddress(a, step.a)
  const byShape = (step: Step) => inAddress(b, step.b)
  const forged = steps.filter((step) => byRule(step) && !byShape(step)).map((step) => b.group[step.b])
  const missed = steps.filter((step) => byShape(step) && !byRule(step)).map((step) => a.group[step.a])
  return {
    text: String.fromCharCode(...steps.map(({ label }) => readableByte(label))),
    rule: span(byRule),
    shape: span(byShape),
    field: [...forged, ...missed].find((group) => group !== null && group !== 'addr') ?? null,
  }
}

function inAddress({ address }: Automaton, state: number): boolean {
  return state >= address.from && state < address.to
}

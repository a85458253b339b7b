import type { Filter, FilterRule } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import type { Automaton } from '../pattern/automaton.ts'
import { echoAutomaton, serverAutomaton } from '../pattern/shape.ts'
import type { Side } from './witness.ts'

/** What the proof needs of a filter. */
export type ProvableFilter = Pick<Filter, 'name' | 'rules' | 'echo'>

/** A kind of line that the server can print. */
export interface Shape extends Side {
  /** For people. */
  readonly name: string
  /** The rule whose line it is; null for other shapes. */
  readonly rule: FilterRule | null
}

/** Addresses to show: one that an attacker wrote, one that the server wrote, or either in every spelling. */
export type Example = keyof typeof EXAMPLES.any
const EXAMPLES = {
  any: { forged: '203\\.0\\.113\\.5', genuine: '198\\.51\\.100\\.7', either: '203\\.0\\.113\\.5|\\[2001:db8::5\\]|2001:db8::5(?::5)?' },
  bracketed: { forged: '203\\.0\\.113\\.5', genuine: '198\\.51\\.100\\.7', either: '203\\.0\\.113\\.5|\\[2001:db8::5\\]' },
} as const

export function exampleAddress(ipv6: FilterRule['ipv6'], example: Example): string {
  return EXAMPLES[ipv6][example]
}

/** The rest of a header that was folded: attacker's text behind one space, without a prefix. */
const FOLDED = 'a folded header'

/**
 * Every shape that a filter's server can print, as the filter lists them. Those that cannot be read go to `refuse`.
 * @param of the name of the filter where it is not the one that is being proved
 */
export function shapesOf(filter: ProvableFilter, refuse: (shape: Pick<Shape, 'name' | 'rule'>, why: string) => void, of?: string): Shape[] {
  const owner = of === undefined ? '' : ` of filter ${of}`
  const shapes: Shape[] = []
  const add = (name: string, rule: FilterRule | null, read: (address?: string) => Automaton) => {
    const build = (example: Example) => read(exampleAddress(rule?.ipv6 ?? 'any', example))
    const why = refusal(() => shapes.push({ name: `${name}${owner}`, rule, automaton: read(), build }))
    if (why !== null) refuse({ name, rule }, why)
  }
  for (const rule of filter.rules) add(`rule ${rule.id}`, rule, (address) => serverAutomaton(rule, address))
  for (const echo of filter.echo) add(`echo shape ${echo}`, null, (address) => echoAutomaton(echo, address))
  return shapes
}

export function continuation(): Shape {
  const build = () => echoAutomaton('^ .*$')
  return { name: FOLDED, rule: null, automaton: build(), build }
}

/** Why a pattern cannot be read, or null when it can. */
export function refusal(read: () => unknown): string | null {
  try {
    read()
    return null
  } catch (error) {
    if (error instanceof SipguardError) return error.message
    throw error
  }
}

import { SipguardError } from '../errors.ts'
import type { Automaton } from '../pattern/automaton.ts'
import { mayHaveCommonText } from '../pattern/common-text.ts'
import { type OneWay, oneWay } from '../pattern/one-way.ts'
import { ruleAutomaton, ruleSource } from '../pattern/shape.ts'
import { PLACE_NAMES } from './event.ts'
import type { CompiledRule } from './rule.ts'

/**
 * A rule whose match settles a line that only some candidates may know: it is proved, so that no other reading has to be weighed; nothing that it
 * matches is ignored; and none of the others matches it too. Made ready when a line first needs it: a log meets few of the rules.
 */
export class SettlingRule {
  readonly compiled: CompiledRule
  readonly #others: readonly CompiledRule[]
  #read: OneWay | null | undefined
  #isAlone: boolean | undefined

  /** @param others the other candidates */
  constructor(compiled: CompiledRule, others: readonly CompiledRule[]) {
    this.compiled = compiled
    this.#others = others
  }

  /** Whether it matches bytes[message, end), and settles it so; the groups of PLACES are then in `spans`. False tells nothing. */
  settles(bytes: Uint8Array, message: number, end: number, spans: Int32Array): boolean {
    if (this.#read === undefined) this.#read = readerOf(this.compiled)
    if (this.#read === null || !this.#read(bytes, message, end, spans)) return false
    // That two rules of a proved filter never match one line is known; but a filter may be in force without a proof.
    this.#isAlone ??= isAlone(this.compiled, this.#others)
    return this.#isAlone
  }
}

function readerOf({ rule, ignore }: CompiledRule): OneWay | null {
  return rule.verdict === 'proved' && ignore === null ? oneWay(ruleSource(rule.failregex, rule.ipv6), PLACE_NAMES) : null
}

function isAlone(compiled: CompiledRule, others: readonly CompiledRule[]): boolean {
  if (others.length === 0) return true
  const own = automatonOf(compiled)
  return others.every((other) => {
    const automaton = automatonOf(other)
    return own !== null && automaton !== null && !mayHaveCommonText(own, automaton)
  })
}

/** Addresses, and more, by a tenth of the states: rules that are apart with these are apart with addresses. */
export const ADDRESSES_AND_MORE = {
  any: '\\[[0-9A-Fa-f:.]+\\]|\\d+\\.[\\d.]+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+',
  bracketed: '\\[[0-9A-Fa-f:.]+\\]|\\d+\\.[\\d.]+',
} as const

/** Null for a rule that is outside what the proof can read. */
function automatonOf({ rule }: CompiledRule): Automaton | null {
  try {
    return ruleAutomaton(rule, ADDRESSES_AND_MORE[rule.ipv6])
  } catch (error) {
    if (error instanceof SipguardError) return null
    throw error
  }
}

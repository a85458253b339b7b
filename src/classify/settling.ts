import { mayHaveCommonText } from '../pattern/common-text.ts'
import type { CompiledRule } from './rule.ts'

/**
 * A rule whose match settles a line that only some candidates may know: it has a reader, so that no other reading has to be weighed; and none of
 * the others matches it too.
 */
export class SettlingRule {
  readonly compiled: CompiledRule
  readonly #others: readonly CompiledRule[]
  #isApart: boolean | undefined

  /** @param others the other candidates that might match it too */
  constructor(compiled: CompiledRule, others: readonly CompiledRule[]) {
    this.compiled = compiled
    this.#others = others
  }

  /** Whether it matches bytes[message, end), and settles it so; the groups of PLACES are then in `spans`. False tells nothing. */
  settles(bytes: Uint8Array, message: number, end: number, spans: Int32Array): boolean {
    const read = this.compiled.reader
    if (read === null || !read(bytes, message, end, spans)) return false
    // That two rules of a proved filter never match one line is known; but a filter may be in force without a proof.
    this.#isApart ??= isApart(this.compiled, this.#others)
    return this.#isApart
  }
}

/** Whether a rule shares no line with any of the others. */
export function isApart(rule: CompiledRule, others: readonly CompiledRule[]): boolean {
  return others.every(({ automaton }) => rule.automaton !== null && automaton !== null && !mayHaveCommonText(rule.automaton, automaton))
}

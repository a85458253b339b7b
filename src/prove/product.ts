import { SipguardError } from '../errors.ts'
import type { Automaton } from '../pattern/automaton.ts'
import { type ByteSet, intersection, NONE } from '../pattern/byte-set.ts'
import type { SubsetAutomaton } from '../pattern/subset-automaton.ts'

/** One byte of a line that two automata both read: what it may be, and the state that each reads it in. */
export interface Step {
  readonly label: ByteSet
  readonly a: number
  readonly b: number
}

export interface Common {
  /** A shortest line of both in which `differ` held at some byte; null: there is none. */
  readonly different: readonly Step[] | null
  /** A shortest line of both in which it never held. */
  readonly same: readonly Step[] | null
}

/**
 * The lines that two automata have in common, by breadth-first search over pairs of states: exact, and the first line found is a
 * shortest one. `differ` compares the two readings of one byte. Lines that one of `without` accepts do not count.
 * @throws SipguardError CONFIG_INVALID where the search grows too large
 */
export function common(
  a: Automaton,
  b: Automaton,
  differ: (a: number, b: number) => boolean,
  without: readonly SubsetAutomaton[] = [],
): Common {
  const nodes: Node[] = []
  const seen = new Set<string | number>()
  const found: { different: Node | null; same: Node | null } = { different: null, same: null }
  const width = b.labels.length
  const visit = (node: Node) => {
    const pair = (node.a * width + node.b) * 2 + (node.different ? 1 : 0)
    const key = without.length === 0 ? pair : `${pair} ${node.ignored.join()}`
    if (seen.has(key)) return
    seen.add(key)
    nodes.push(node)
    checkSize(nodes.length)
    if (!a.final[node.a] || !b.final[node.b] || node.ignored.some((state, i) => without[i]?.isMarked(state))) return
    if (node.different) found.different ??= node
    else found.same ??= node
  }
  visit({ a: 0, b: 0, different: false, ignored: without.map((automaton) => automaton.start), label: NONE, parent: null })
  for (let at = 0; at < nodes.length && !(found.different && found.same); at++) {
    const parent = nodes[at] as Node
    for (const p of a.follow[parent.a] as Int32Array) {
      for (const q of b.follow[parent.b] as Int32Array) {
        const both = intersection(a.labels[p] as ByteSet, b.labels[q] as ByteSet)
        if (both === NONE) continue
        const different = parent.different || differ(p, q)
        for (const [label, ignored] of stepAll(without, parent.ignored, both)) visit({ a: p, b: q, different, ignored, label, parent })
      }
    }
  }
  return { different: found.different && path(found.different), same: found.same && path(found.same) }
}

interface Node extends Step {
  readonly different: boolean
  /** State of each of `without`. */
  readonly ignored: readonly number[]
  readonly parent: Node | null
}

function path(end: Node): Step[] {
  const steps: Step[] = []
  for (let node = end; node.parent; node = node.parent) steps.push(node)
  return steps.reverse()
}

/** The bytes of `label`, split by where they lead each of the automata. */
function stepAll(
  automata: readonly SubsetAutomaton[],
  states: readonly number[],
  label: ByteSet,
): (readonly [ByteSet, readonly number[]])[] {
  let steps: (readonly [ByteSet, readonly number[]])[] = [[label, []]]
  for (const [i, automaton] of automata.entries()) {
    const state = states[i] as number
    if (state === 0) steps = steps.map(([set, next]) => [set, [...next, 0]])
    else {
      steps = steps.flatMap(([set, next]) =>
        automaton.classes
          .map(({ byte, all }) => ({ byte, some: intersection(set, all) }))
          .filter(({ some }) => some !== NONE)
          .map(({ byte, some }) => [some, [...next, automaton.step(state, byte)]] as const),
      )
    }
  }
  return steps
}

/** Real rules need some thousands. */
const MAX_NODES = 1_000_000

/** Ends a search that would not end by itself while anybody waits. @throws SipguardError CONFIG_INVALID */
export function checkSize(nodes: number): void {
  if (nodes > MAX_NODES) throw new SipguardError('CONFIG_INVALID', 'too large to be proved; write it with fewer repeats and alternatives')
}

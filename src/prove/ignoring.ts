import type { Automaton } from '../pattern/automaton.ts'
import { type ByteSet, intersection, NONE, readableByte } from '../pattern/byte-set.ts'
import { SubsetAutomaton } from '../pattern/subset-automaton.ts'
import { checkSize } from './product.ts'

/** Two lines of a rule that the server wrote alike. */
export interface Evasion {
  /** The ignoreregex matches it, */
  readonly ignored: string
  /** and not this one, which differs in nothing but text that somebody else wrote. */
  readonly kept: string
  /** The field of that text; null outside fields. */
  readonly field: string | null
}

/** The automaton of an ignoreregex, to be run over lines. */
export function ignorer(ignore: Automaton): SubsetAutomaton {
  return new SubsetAutomaton(ignore, { marks: (state) => ignore.final[state] as boolean, keepAll: true })
}

/**
 * Whether somebody can make his line ignored: whether there are two lines of the rule, alike in everything that the server
 * guarantees (constants, address, port, fields with a guarantee), of which the ignoreregex matches one only.
 * An ignoreregex may so depend on what the server wrote, and must pass over the rest.
 */
export function evasion(rule: Automaton, ignore: SubsetAutomaton): Evasion | null {
  const nodes: Node[] = []
  const seen = new Set<string>()
  const visit = (node: Node) => {
    const key = `${node.one} ${node.two} ${node.ignoreOne} ${node.ignoreTwo}`
    if (seen.has(key)) return
    seen.add(key)
    nodes.push(node)
    checkSize(nodes.length)
  }
  const steps = (from: number, to: number) =>
    ignore.classes
      .map(({ byte, all }) => ({ label: intersection(rule.labels[to] as ByteSet, all), ignored: ignore.step(from, byte) }))
      .filter(({ label }) => label !== NONE)

  visit({ one: 0, two: 0, ignoreOne: ignore.start, ignoreTwo: ignore.start, label: NONE, reads: 'both', parent: null })
  for (let at = 0; at < nodes.length; at++) {
    const parent = nodes[at] as Node
    const { one, two, ignoreOne, ignoreTwo } = parent
    if (rule.final[one] && rule.final[two] && ignore.isMarked(ignoreOne) && !ignore.isMarked(ignoreTwo)) return asEvasion(rule, parent)
    for (const to of rule.follow[one] as Int32Array) {
      if (rule.unguarded[to]) {
        for (const { label, ignored } of steps(ignoreOne, to))
          visit({ ...parent, one: to, ignoreOne: ignored, label, reads: 'one', parent })
      } else if ((rule.follow[two] as Int32Array).includes(to)) {
        for (const { byte, all } of ignore.classes) {
          const label = intersection(rule.labels[to] as ByteSet, all)
          if (label === NONE) continue
          const next = { ignoreOne: ignore.step(ignoreOne, byte), ignoreTwo: ignore.step(ignoreTwo, byte) }
          visit({ one: to, two: to, ...next, label, reads: 'both', parent })
        }
      }
    }
    for (const to of rule.follow[two] as Int32Array) {
      if (!rule.unguarded[to]) continue
      for (const { label, ignored } of steps(ignoreTwo, to)) visit({ ...parent, two: to, ignoreTwo: ignored, label, reads: 'two', parent })
    }
  }
  return null
}

interface Node {
  /** State of the rule in each line. */
  readonly one: number
  readonly two: number
  /** State of the ignoreregex in each line. */
  readonly ignoreOne: number
  readonly ignoreTwo: number
  /** What was read to come here, and in which line. */
  readonly label: ByteSet
  readonly reads: 'one' | 'two' | 'both'
  readonly parent: Node | null
}

function asEvasion(rule: Automaton, end: Node): Evasion {
  let [ignored, kept] = ['', '']
  let field: string | null = null
  for (let node = end; node.parent; node = node.parent) {
    const char = String.fromCharCode(readableByte(node.label))
    if (node.reads !== 'two') ignored = char + ignored
    if (node.reads !== 'one') kept = char + kept
    if (node.reads !== 'both') field = rule.group[node.reads === 'one' ? node.one : node.two] ?? null
  }
  return { ignored, kept, field }
}

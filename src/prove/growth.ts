import type { Automaton } from '../pattern/automaton.ts'
import { ANY, type ByteSet, intersection, NONE, readableByte } from '../pattern/byte-set.ts'
import { checkSize } from './product.ts'

/** A text that, repeated, makes a backtracking engine slow, and how its time grows with the repeats. */
export interface Growth {
  readonly time: 'exponential' | 'polynomial'
  readonly pump: string
}

/**
 * Whether a backtracking engine reads some text in more than linear time, or null. Exact but for one thing: a text may have to end
 * unluckily for the time to show. Exponential: a loop reads one text in two ways (EDA). Polynomial: two loops, one after the
 * other, read the same text, and so does what lies between (IDA). After Weber and Seidl, On the degree of ambiguity of finite automata (1991).
 */
export function superlinear(automaton: Automaton): Growth | null {
  const ahead = reachability(automaton)
  const loops = loopsOf(automaton, ahead)
  for (const loop of loops) {
    const pump = twoWaysRound(automaton, loop)
    if (pump) return { time: 'exponential', pump: write(pump) }
  }
  for (const first of loops) {
    for (const second of loops) {
      if (first === second || !ahead(some(first)).has(some(second))) continue
      const between = (state: number) => ahead(state).has(some(second))
      for (const p of first) {
        for (const q of second) {
          if (takesAnything(automaton, q)) continue
          const within = [(state: number) => first.has(state), between, (state: number) => second.has(state)]
          const pump = search(automaton, [p, p, q], within, ([x, y, z]) => x === p && y === q && z === q)
          if (pump) return { time: 'polynomial', pump: write(pump) }
        }
      }
    }
  }
  return null
}

/** `.*` at the very end: it always succeeds, so an engine never comes back from it to try otherwise. */
function takesAnything(automaton: Automaton, state: number): boolean {
  return automaton.final[state] === true && automaton.labels[state] === ANY && next(automaton, state).includes(state)
}

/** A text that leads round a loop, back to where it began, in two ways; null: there is none. */
function twoWaysRound(automaton: Automaton, loop: ReadonlySet<number>): ByteSet[] | null {
  const inside = (state: number) => loop.has(state)
  for (const from of loop) {
    const steps = [...next(automaton, from).entries()].filter(([, to]) => inside(to))
    for (const [i, one] of steps) {
      for (const [j, two] of steps) {
        if (j < i || (j === i && automaton.ways[from]?.[i] === 1)) continue
        const label = intersection(automaton.labels[one] as ByteSet, automaton.labels[two] as ByteSet)
        if (label === NONE) continue
        let met = one
        const meet = search(automaton, [one, two], [inside, inside], ([x, y]) => {
          met = x as number
          return x === y
        })
        const back = meet && search(automaton, [met], [inside], ([x]) => x === from)
        if (back) return [label, ...meet, ...back]
      }
    }
  }
  return null
}

/** Shortest text that leads several readers of one automaton, each within its own states, to a goal. */
function search(
  automaton: Automaton,
  start: readonly number[],
  within: readonly ((state: number) => boolean)[],
  goal: (states: readonly number[]) => boolean,
): ByteSet[] | null {
  interface Node {
    readonly states: readonly number[]
    readonly label: ByteSet
    readonly parent: Node | null
  }
  const nodes: Node[] = [{ states: start, label: NONE, parent: null }]
  const seen = new Set([start.join()])
  for (let at = 0; at < nodes.length; at++) {
    const parent = nodes[at] as Node
    if (goal(parent.states)) {
      const labels: ByteSet[] = []
      for (let node = parent; node.parent; node = node.parent) labels.push(node.label)
      return labels.reverse()
    }
    let moves: { states: number[]; label: ByteSet }[] = [{ states: [], label: ANY }]
    for (const [i, state] of parent.states.entries()) {
      moves = moves.flatMap((move) =>
        [...next(automaton, state)]
          .filter((to) => within[i]?.(to))
          .map((to) => ({ states: [...move.states, to], label: intersection(move.label, automaton.labels[to] as ByteSet) }))
          .filter(({ label }) => label !== NONE),
      )
    }
    for (const move of moves) {
      const key = move.states.join()
      if (seen.has(key)) continue
      seen.add(key)
      nodes.push({ ...move, parent })
      checkSize(nodes.length)
    }
  }
  return null
}

/** States that lead back to themselves, in groups that lead to each other. */
function loopsOf(automaton: Automaton, ahead: (state: number) => ReadonlySet<number>): ReadonlySet<number>[] {
  const loops: Set<number>[] = []
  const grouped = new Set<number>()
  for (const state of automaton.labels.keys()) {
    if (grouped.has(state) || !ahead(state).has(state)) continue
    const loop = new Set([...ahead(state)].filter((other) => ahead(other).has(state)))
    for (const member of loop) grouped.add(member)
    loops.push(loop)
  }
  return loops
}

/** Which states come after a state, by one step or more. */
function reachability(automaton: Automaton): (state: number) => ReadonlySet<number> {
  const known = new Map<number, Set<number>>()
  return (state) => {
    let found = known.get(state)
    if (!found) {
      found = new Set(next(automaton, state))
      for (const reached of found) for (const to of next(automaton, reached)) found.add(to)
      known.set(state, found)
    }
    return found
  }
}

const next = (automaton: Automaton, state: number) => automaton.follow[state] as Int32Array
const some = (set: ReadonlySet<number>) => set.values().next().value as number
const write = (labels: readonly ByteSet[]) => String.fromCharCode(...labels.map(readableByte))

import type { Automaton } from './automaton.ts'
import { intersection, NONE } from './byte-set.ts'

/** Pairs of states that are looked at in the end; rules that part early, at either end of their lines, need some dozens. */
const LEAST_PAIRS = 256
const MOST_PAIRS = 65_536

/**
 * Whether there may be a text that both automata read; false is exact. Looked for from both ends of it, for rules often differ at one only: ever
 * further, so that the end at which they do decides.
 */
export function mayHaveCommonText(a: Automaton, b: Automaton): boolean {
  const [forward, backward] = [forwards(a, b), backwards(a, b)]
  for (let most = LEAST_PAIRS; most <= MOST_PAIRS; most *= 4) {
    for (const search of [forward, backward]) {
      const met = reaches(search, b.labels.length, most)
      if (met !== null) return met
    }
  }
  return true
}

/** Over pairs of states, each a state of one automaton and one of the other. */
interface Search {
  readonly starts: readonly (readonly [number, number])[]
  readonly next: readonly [a: readonly Iterable<number>[], b: readonly Iterable<number>[]]
  readonly isPossible: (p: number, q: number) => boolean
  readonly isEnd: (p: number, q: number) => boolean
}

const readAlike = (a: Automaton, b: Automaton) => (p: number, q: number) => intersection(a.labels[p]!, b.labels[q]!) !== NONE

function forwards(a: Automaton, b: Automaton): Search {
  return { starts: [[0, 0]], next: [a.follow, b.follow], isPossible: readAlike(a, b), isEnd: (p, q) => a.final[p]! && b.final[q]! }
}

function backwards(a: Automaton, b: Automaton): Search {
  const alike = readAlike(a, b)
  const isStart = (p: number, q: number) => p === 0 && q === 0
  const isPossible = (p: number, q: number) => isStart(p, q) || alike(p, q)
  const starts = finals(a).flatMap((p) => finals(b).map((q) => [p, q] as const))
  return { starts: starts.filter(([p, q]) => isPossible(p, q)), next: [turned(a), turned(b)], isPossible, isEnd: isStart }
}

/** Null where more than so many pairs would have to be looked at. */
function reaches({ starts, next: [nextA, nextB], isPossible, isEnd }: Search, width: number, most: number): boolean | null {
  const pairs = new Set(starts.map(([p, q]) => p * width + q))
  for (const pair of pairs) {
    const [p, q] = [Math.floor(pair / width), pair % width]
    if (isEnd(p, q)) return true
    if (pairs.size > most) return null
    for (const toP of nextA[p]!) for (const toQ of nextB[q]!) if (isPossible(toP, toQ)) pairs.add(toP * width + toQ)
  }
  return false
}

const finals = ({ final }: Automaton): number[] => [...final.keys()].filter((state) => final[state])

/** The states before each state. */
function turned({ follow }: Automaton): number[][] {
  const before: number[][] = follow.map(() => [])
  for (const [from, targets] of follow.entries()) for (const to of targets) before[to]!.push(from)
  return before
}

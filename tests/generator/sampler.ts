import type { Automaton } from '../../src/pattern/automaton.ts'
import { hasByte } from '../../src/pattern/byte-set.ts'
import type { Random } from './random.ts'

/** Bytes to choose from first where a class leaves the choice. */
const TELLING = Buffer.from(' \'"\\()[]{}<>@:;,=/.-%0159afxREGIST')
const LONGEST_WALK = 400

/** Writes lines of a shape: a walk through its automaton, with given text wherever the shape lets text through. */
export class Sampler {
  readonly #automaton: Automaton
  readonly #telling: readonly (readonly number[])[]
  /** By state and byte. */
  readonly #takes: readonly Uint8Array[]
  /** Steps that lead to the end of a line, and those of them that lead there soonest. */
  readonly #next: readonly (readonly number[])[]
  readonly #soonest: readonly (readonly number[])[]
  /** Steps within a loop that does not leave its group. */
  readonly #round: readonly (readonly number[])[]
  /** Where a line goes on behind the address; `labels.length`: it ends. */
  readonly #behindAddress: readonly number[]

  constructor(automaton: Automaton) {
    this.#automaton = automaton
    // A newline last: only where nothing else can stand.
    const all = Array.from({ length: 256 }, (_, i) => (i + 11) % 256)
    const takes = new Map(
      [...new Set(automaton.labels)].map((label) => [label, Uint8Array.from({ length: 256 }, (_, byte) => Number(hasByte(label, byte)))]),
    )
    this.#takes = automaton.labels.map((label) => takes.get(label) as Uint8Array)
    const telling = new Map(
      [...takes].map(([label, table]) => [label, [...TELLING, ...all].filter((byte) => table[byte] === 1).slice(0, TELLING.length)]),
    )
    this.#telling = automaton.labels.map((label) => telling.get(label) as number[])
    const distance = distances(automaton)
    this.#next = automaton.follow.map((follow) => [...follow].filter((next) => distance[next] !== Number.POSITIVE_INFINITY))
    this.#soonest = this.#next.map((follow) => {
      const least = Math.min(...follow.map((next) => distance[next] as number))
      return follow.filter((next) => distance[next] === least)
    })
    const loops = automaton.labels.map((_, state) => this.#leadsBack(state))
    this.#round = this.#next.map((follow, state) =>
      loops[state] ? follow.filter((next) => loops[next] && this.#isSameGroup(state, next)) : [],
    )
    const { from, to } = automaton.address
    const exits = new Set<number>()
    for (let state = from; state < to; state++) {
      for (const next of this.#next[state] as number[]) if (!this.#isAddress(next)) exits.add(next)
      if (automaton.final[state]) exits.add(automaton.labels.length)
    }
    this.#behindAddress = [...exits]
  }

  get hasAddress(): boolean {
    return this.#behindAddress.length > 0
  }

  /** One line, one character a byte. `text` is asked for what to put where the shape lets any of it through. */
  write(random: Random, address: string, text: () => string): string {
    let line = ''
    let state = 0
    let filled: string | null = null
    for (let steps = 0; ; steps++) {
      if (this.#isAddress(state)) {
        line += address
        state = random.pick(this.#behindAddress)
        if (state === this.#automaton.labels.length) return line
        line += this.#byte(random, state)
      }
      const place = this.#automaton.group[state] ?? `${state}`
      if ((this.#round[state] as number[]).length > 0 && filled !== place && !random.once(4)) {
        filled = place
        const [added, end] = this.#fill(random, state, text())
        line += added
        state = end
      }
      const hurried = steps > LONGEST_WALK
      const next = (hurried ? this.#soonest : this.#next)[state] as number[]
      if (this.#automaton.final[state] && (next.length === 0 || hurried || random.once(2))) return line
      state = random.pick(next)
      if (!this.#isAddress(state)) line += this.#byte(random, state)
    }
  }

  /** As much of `text` as can stand here without leaving the group, and the state behind it. */
  #fill(random: Random, from: number, text: string): [string, number] {
    let added = ''
    let state = from
    for (let i = 0; i < text.length; i++) {
      const round = this.#round[state] as number[]
      const first = random.below(round.length)
      for (let n = 0; n < round.length; n++) {
        const next = round[(first + n) % round.length] as number
        if (this.#takes[next]?.[text.charCodeAt(i)] !== 1) continue
        state = next
        added += text[i]
        break
      }
    }
    return [added, state]
  }

  #byte(random: Random, state: number): string {
    return String.fromCharCode(random.pick(this.#telling[state] as number[]))
  }

  #isAddress(state: number): boolean {
    return state >= this.#automaton.address.from && state < this.#automaton.address.to
  }

  #isSameGroup(a: number, b: number): boolean {
    return this.#automaton.group[a] === this.#automaton.group[b] && !this.#isAddress(b)
  }

  #leadsBack(state: number): boolean {
    if (this.#isAddress(state)) return false
    const reached = new Set<number>()
    for (const next of this.#next[state] as number[]) if (this.#isSameGroup(state, next)) reached.add(next)
    for (const from of reached) for (const next of this.#next[from] as number[]) if (this.#isSameGroup(state, next)) reached.add(next)
    return reached.has(state)
  }
}

function distances({ labels, follow, final }: Automaton): number[] {
  const distance = labels.map((_, state) => (final[state] ? 0 : Number.POSITIVE_INFINITY))
  for (let changed = true; changed; ) {
    changed = false
    for (const state of labels.keys()) {
      for (const next of follow[state] as Int32Array) {
        if ((distance[next] as number) + 1 < (distance[state] as number)) {
          distance[state] = (distance[next] as number) + 1
          changed = true
        }
      }
    }
  }
  return distance
}

import { SipguardError } from '../errors.ts'
import type { Paths } from './automaton.ts'
import { type ByteClass, byteClasses, hasByte } from './byte-set.ts'

/** How many states are kept; past it all are forgotten and made anew, so that no text costs more memory than this. */
const MAX_KEPT = 2000
const MAX_PROOF = 20_000

export interface SubsetOptions {
  /** Reads a text from its end to its start. */
  readonly backward?: boolean
  /** States of the automaton to stay within. */
  readonly within?: (state: number) => boolean
  /** Marks a set that holds such a state. Backward, `labels.length` stands for the end of the text. */
  readonly marks: (state: number) => boolean
  /** Keeps every state: for proofs, which hold on to states. `step` throws CONFIG_INVALID when there are too many. */
  readonly keepAll?: boolean
}

/**
 * An automaton made deterministic while it reads: a state is a set of the automaton's states, numbered as met; 0 is the empty set.
 * One table look-up a byte once the sets that a text needs are known.
 */
export class SubsetAutomaton {
  readonly #edges: readonly (readonly number[] | Int32Array)[]
  readonly #labels: Paths['labels']
  readonly #classes: ReturnType<typeof byteClasses>
  readonly #options: SubsetOptions
  #sets: (readonly number[])[] = []
  #marked: boolean[] = []
  #steps: Int32Array[] = []
  #ids = new Map<string, number>()

  constructor(automaton: Paths, options: SubsetOptions) {
    this.#options = options
    this.#labels = automaton.labels
    this.#edges = options.backward ? reversed(automaton) : automaton.follow
    this.#classes = byteClasses(automaton.labels)
    this.#forget()
  }

  /** Where reading starts. Ask before each text: states do not outlive the next step of another one unless all are kept. */
  get start(): number {
    return this.#id([this.#options.backward ? this.#labels.length : 0])
  }

  /** The bytes, in the classes that the automaton tells apart. */
  get classes(): readonly ByteClass[] {
    return this.#classes.classes
  }

  /** How many states are known. */
  get size(): number {
    return this.#sets.length
  }

  /** The automaton's own states that a state stands for. */
  membersOf(state: number): readonly number[] {
    return this.#sets[state] as readonly number[]
  }

  /** Index in `classes` by byte. */
  get classOf(): Uint8Array {
    return this.#classes.of
  }

  isMarked(state: number): boolean {
    return this.#marked[state] as boolean
  }

  /** The state after one more byte. A character above 255 is no byte and leads to the empty set. */
  step(state: number, byte: number): number {
    const index = this.#classes.of[byte]
    if (index === undefined) return 0
    const known = (this.#steps[state] as Int32Array)[index] as number
    return known >= 0 ? known : this.#make(state, index)
  }

  #make(state: number, index: number): number {
    const byte = (this.#classes.classes[index] as ByteClass).byte
    const { within } = this.#options
    const next = new Set<number>()
    for (const from of this.#sets[state] as readonly number[]) {
      for (const to of this.#edges[from] as readonly number[]) {
        if (hasByte(this.#labels[to] as number, byte) && (!within || within(to))) next.add(to)
      }
    }
    const set = [...next].sort((a, b) => a - b)
    if (this.#options.keepAll) {
      if (this.#sets.length >= MAX_PROOF)
        throw new SipguardError('CONFIG_INVALID', 'too large to be proved; write it with fewer repeats by number')
    } else if (this.#sets.length >= MAX_KEPT) {
      this.#forget()
      return this.#id(set)
    }
    const id = this.#id(set)
    ;(this.#steps[state] as Int32Array)[index] = id
    return id
  }

  #id(set: readonly number[]): number {
    const key = set.join()
    let id = this.#ids.get(key)
    if (id === undefined) {
      id = this.#sets.push(set) - 1
      this.#ids.set(key, id)
      this.#marked.push(set.some(this.#options.marks))
      this.#steps.push(new Int32Array(this.#classes.classes.length).fill(-1))
    }
    return id
  }

  #forget(): void {
    this.#sets = []
    this.#marked = []
    this.#steps = []
    this.#ids = new Map()
    this.#id([])
  }
}

/** Edges turned round; those of one state more, the end of the text, lead to the final states. */
function reversed(automaton: Paths): number[][] {
  const edges: number[][] = Array.from({ length: automaton.labels.length + 1 }, () => [])
  for (const [from, targets] of automaton.follow.entries()) for (const to of targets) edges[to]?.push(from)
  for (const [state, final] of automaton.final.entries()) if (final) edges[automaton.labels.length]?.push(state)
  return edges
}

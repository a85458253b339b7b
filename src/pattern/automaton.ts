import { type AST, RegExpParser } from '@eslint-community/regexpp'
import { SipguardError } from '../errors.ts'
import { ANY, BLANKS, type ByteSet, bytesOf, HEX_DIGITS, intersection } from './byte-set.ts'

/** A regular expression as a Glushkov automaton: one state for each place in the expression that reads a byte, state 0 before the first. */
export interface Paths {
  /** Bytes that entering a state reads; of state 0 none. */
  readonly labels: readonly ByteSet[]
  readonly follow: readonly (Int32Array | readonly number[])[]
  readonly final: readonly boolean[]
  /** Named group that a state is in: a field, `addr`, `port`; null outside. */
  readonly group: readonly (string | null)[]
}

/**
 * The same with weights: `ways` says in how many ways (1, or 2 for more) a step can be taken. A plain automaton would hide that
 * `(?:a+)+` reads one text in many ways.
 */
export interface Automaton extends Paths {
  readonly follow: readonly Int32Array[]
  readonly ways: readonly Uint8Array[]
  /** Whether what a state reads may be any text as far as the server is concerned. */
  readonly unguarded: readonly boolean[]
  /** States of the address, from ≤ state < to; none: both 0. States below are before it, states from `to` on after it. */
  readonly address: { readonly from: number; readonly to: number }
}

export interface Reading {
  /**
   * `rule`: the expression as it stands. `server`: what the server can print where the rule matches: a field is its alphabet or,
   * undeclared, anything; repeated text outside the fields is anything too, unless it is constants, blanks or numbers.
   * `echo`: a shape of its own: as it stands, but for the fields that have an alphabet.
   */
  readonly as: 'rule' | 'server' | 'echo'
  /** Alphabet of each named group that has one: a class, taken any number of times, or a whole pattern. */
  readonly alphabets: Readonly<Record<string, string>>
  /** The most states that it may have. Default: as many as one rule may. */
  readonly mostStates?: number
}

/** What one part of the expression can begin and end with. Keys are states, values numbers of ways; `empty` ways to read nothing. */
interface Part {
  readonly first: Map<number, number>
  readonly last: Map<number, number>
  readonly empty: number
}
const NOTHING: Part = { first: new Map(), last: new Map(), empty: 1 }
const NEVER: Part = { first: new Map(), last: new Map(), empty: 0 }

/** Of one expression. A filter's rule has some 300. */
const MAX_STATES = 5000
/** How often a part may be repeated by number: `x{1,64}` is 64 states. */
const MAX_REPEATS = 1000

const two = (ways: number) => Math.min(2, ways)

/**
 * Builds the automaton of a regular expression (without its anchors) over the bytes of one line, flag `s`.
 * Groups named `addr` and `port` are the address and the port, other named groups are fields.
 * @throws SipguardError CONFIG_INVALID for what is outside the pattern language, and for an address that is optional or repeated
 */
export function buildAutomaton(source: string, reading: Reading): Automaton {
  const builder = new Builder(reading)
  return builder.finish(builder.alternatives(parse(source), false))
}

function parse(source: string): readonly AST.Alternative[] {
  try {
    return new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source).alternatives
  } catch (error) {
    throw refused(`not a regular expression: ${(error as Error).message}`)
  }
}

class Builder {
  readonly #reading: Reading
  readonly #labels: ByteSet[] = [0]
  readonly #follow: Map<number, number>[] = [new Map()]
  readonly #group: (string | null)[] = [null]
  readonly #unguarded: boolean[] = [false]
  #address = { from: 0, to: 0 }
  #name: string | null = null
  #free = false

  constructor(reading: Reading) {
    this.#reading = reading
  }

  finish(whole: Part): Automaton {
    this.#follow[0] = whole.first
    return {
      labels: this.#labels,
      follow: this.#follow.map((edges) => Int32Array.from(edges.keys())),
      ways: this.#follow.map((edges) => Uint8Array.from(edges.values())),
      final: this.#labels.map((_, state) => (state === 0 ? whole.empty > 0 : whole.last.has(state))),
      group: this.#group,
      unguarded: this.#unguarded,
      address: this.#address,
    }
  }

  /** `branching`: what is read here may be left out or read twice. */
  alternatives(alternatives: readonly AST.Alternative[], branching: boolean): Part {
    const inside = branching || alternatives.length > 1
    return alternatives.reduce<Part>((sum, one) => either(sum, this.#sequence(one.elements, inside)), NEVER)
  }

  #sequence(elements: readonly AST.Element[], branching: boolean): Part {
    return elements.reduce<Part>((left, element) => this.#then(left, this.#element(element, branching)), NOTHING)
  }

  #element(node: AST.Element, branching: boolean): Part {
    switch (node.type) {
      case 'Character':
      case 'CharacterClass':
      case 'CharacterSet':
        return this.#state(bytesOf(node.raw))
      case 'Group':
        if (node.modifiers) throw refused(`'${node.raw}' sets flags, which is outside the pattern language`)
        return this.alternatives(node.alternatives, branching)
      case 'CapturingGroup':
        return node.name === null ? this.alternatives(node.alternatives, branching) : this.#named(node, node.name, branching)
      case 'Quantifier':
        return this.#quantifier(node)
      default:
        throw refused(`'${node.raw}' is outside the pattern language`)
    }
  }

  #named(node: AST.CapturingGroup, name: string, branching: boolean): Part {
    if (name === 'addr') {
      if (branching) throw refused('<ADDR> stands in an alternative, an optional or a repeated part: every line of a rule has its address')
      const from = this.#labels.length
      const part = this.#in(name, false, () => this.alternatives(node.alternatives, false))
      this.#address = { from, to: this.#labels.length }
      return part
    }
    const alphabet = this.#reading.alphabets[name]
    const declared = alphabet !== undefined || name === 'port'
    return this.#in(name, !declared, () => {
      if (alphabet !== undefined && this.#reading.as !== 'rule') return this.#alphabet(alphabet)
      if (!declared && this.#reading.as === 'server') return this.#repeat(() => this.#state(ANY), 0, Infinity)
      return this.alternatives(node.alternatives, true)
    })
  }

  #alphabet(source: string): Part {
    const alternatives = parse(source)
    const only = alternatives.length === 1 && alternatives[0]?.elements.length === 1 ? alternatives[0].elements[0] : undefined
    const single = only?.type === 'Character' || only?.type === 'CharacterClass' || only?.type === 'CharacterSet'
    return single ? this.#repeat(() => this.#state(bytesOf(source)), 0, Infinity) : this.alternatives(alternatives, true)
  }

  #quantifier(node: AST.Quantifier): Part {
    const optional = node.max <= 1
    if (!optional && holdsNamedGroup(node.element)) throw refused(`'${node.raw}' repeats a field: a rule has one of each`)
    const variable = !optional && this.#name === null && !isFixed(node.element)
    if (variable && this.#reading.as === 'server') return this.#repeat(() => this.#in(null, true, () => this.#state(ANY)), 0, Infinity)
    return this.#in(this.#name, this.#free || variable, () => this.#repeat(() => this.#element(node.element, true), node.min, node.max))
  }

  /** x{n,m} as n times x and then (x(x…)?)?; without an upper bound the last x loops. */
  #repeat(once: () => Part, min: number, max: number): Part {
    if (max === 0) return NOTHING
    const copies = Math.max(1, max === Infinity ? min : max)
    if (copies > MAX_REPEATS) throw refused(`a part may be repeated at most ${MAX_REPEATS} times by number`)
    const parts = Array.from({ length: copies }, once)
    if (max === Infinity) parts.push(this.#loop(parts.pop() as Part))
    let tail = NOTHING
    for (const [index, part] of [...parts.entries()].reverse()) {
      tail = this.#then(part, tail)
      if (index >= min) tail = either(tail, NOTHING)
    }
    return tail
  }

  #loop(part: Part): Part {
    this.#join(part.last, part.first, part.empty > 0 ? 2 : 1)
    return part
  }

  #then(left: Part, right: Part): Part {
    this.#join(left.last, right.first, 1)
    return {
      first: sum(left.first, right.first, left.empty),
      last: sum(right.last, left.last, right.empty),
      empty: two(left.empty * right.empty),
    }
  }

  #join(from: ReadonlyMap<number, number>, to: ReadonlyMap<number, number>, times: number): void {
    for (const [state, ways] of from) {
      const edges = this.#follow[state] as Map<number, number>
      for (const [next, more] of to) edges.set(next, two((edges.get(next) ?? 0) + ways * more * times))
    }
  }

  #state(label: ByteSet): Part {
    const state = this.#labels.push(label) - 1
    if (state > (this.#reading.mostStates ?? MAX_STATES))
      throw refused('the expression is too large; repeat by * or + instead of by number')
    this.#follow.push(new Map())
    this.#group.push(this.#name)
    this.#unguarded.push(this.#free)
    const self = new Map([[state, 1]])
    return { first: self, last: self, empty: 0 }
  }

  #in(name: string | null, free: boolean, build: () => Part): Part {
    const [outerName, outerFree] = [this.#name, this.#free]
    this.#name = name
    this.#free = free
    try {
      return build()
    } finally {
      this.#name = outerName
      this.#free = outerFree
    }
  }
}

function either(a: Part, b: Part): Part {
  return { first: sum(a.first, b.first, 1), last: sum(a.last, b.last, 1), empty: two(a.empty + b.empty) }
}

function sum(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>, times: number): Map<number, number> {
  const all = new Map(a)
  if (times > 0) for (const [state, ways] of b) all.set(state, two((all.get(state) ?? 0) + ways * times))
  return all
}

/** Whether a repeated part outside the fields is the server's own: constants, blanks, and numbers, decimal or hexadecimal. */
function isFixed(node: AST.Element): boolean {
  switch (node.type) {
    case 'Character':
      return true
    case 'CharacterClass':
    case 'CharacterSet': {
      const bytes = bytesOf(node.raw)
      return intersection(bytes, HEX_DIGITS) === bytes || intersection(bytes, BLANKS) === bytes
    }
    case 'Group':
    case 'CapturingGroup':
      return node.alternatives.every((alternative) => alternative.elements.every(isFixed))
    case 'Quantifier':
      return isFixed(node.element)
    default:
      return true
  }
}

function holdsNamedGroup(node: AST.Element): boolean {
  if (node.type === 'Quantifier') return holdsNamedGroup(node.element)
  if (node.type !== 'Group' && node.type !== 'CapturingGroup') return false
  if (node.type === 'CapturingGroup' && node.name !== null) return true
  return node.alternatives.some((alternative) => alternative.elements.some(holdsNamedGroup))
}

function refused(message: string): SipguardError {
  return new SipguardError('CONFIG_INVALID', message)
}

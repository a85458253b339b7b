import { type AST, RegExpParser } from '@eslint-community/regexpp'
import { ANY, type ByteSet, bytesIn, bytesOf, complement, intersection, NONE } from './byte-set.ts'
import { ANYTHING, firstOf, followedBy, followingSets, isSet, type Rest, setOf } from './following.ts'
import { leastBytes } from './least-bytes.ts'

/**
 * Reads bytes[at, end) one way: at each choice what a regular expression would try first, and never going back. Where that way leads to the
 * end, it is the one that the expression, which tries its ways in the same order, would have found: the groups are where `spans` says. Where it
 * does not, nothing is known.
 * @param spans start and end of each group, by its place in `names`; -1, -1 where it took no part
 */
export type OneWay = (bytes: Uint8Array, at: number, end: number, spans: Int32Array) => boolean

/** Sets of no more bytes, or all but no more, are compared by byte; others are looked up. */
const FEW_BYTES = 3
/** A rule of a filter is some hundred; but an expression may repeat parts by number. */
const MOST_STATEMENTS = 5000
const MOST_COPIES = 100

/**
 * Makes the reader of a regular expression (flag `s`, without its anchors) over bytes; null where it uses what is not read so.
 *
 * The reader is a function made from text, so that the engine compiles it as it compiles the regular expression. That text is put together
 * here of numbers and the words of this file only: nothing that stands in a filter becomes part of it.
 * @param names of the groups to be reported
 */
export function oneWay(source: string, names: readonly string[]): OneWay | null {
  try {
    const writer = new Writer(names)
    const body = writer.alternatives(new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source).alternatives, null, null)
    const unset = names.map((_, index) => `spans[${2 * index}] = spans[${2 * index + 1}] = -1\n`).join('')
    const text = `return (bytes, at, end, spans) => {\n${unset}let i = at\n${body}return i === end\n}`
    return new Function('tables', text)(writer.tables) as OneWay
  } catch (error) {
    // Where the engine may not make code from text, the regular expressions read alone.
    if (error instanceof NotReadable || error instanceof EvalError) return null
    throw error
  }
}

class NotReadable extends Error {}

/** Where reading goes on when a part does not match; null: there is no other way, so that the reader ends. */
type Otherwise = string | null

/**
 * Writes the statements that move `i` over what a part of the expression matches.
 *
 * Where a part does not match, another is taken only if the expression would come to that too: none of the choices on the way into the part could
 * have been another. A choice could not where the next byte tells: what was taken begins with other bytes than what else might have come there.
 */
class Writer {
  /** Of each set of bytes that is looked up, 1 by byte. */
  readonly tables: Uint8Array[] = []
  readonly #tableOf = new Map<ByteSet, number>()
  readonly #names: readonly string[]
  #labels = 0
  #statements = 0
  /** Whether a choice that could have been another lies between the start of the part that is tried and here. */
  #chosen = false

  constructor(names: readonly string[]) {
    this.#names = names
  }

  alternatives(alternatives: readonly AST.Alternative[], rest: Rest, otherwise: Otherwise): string {
    const set = setOf(alternatives)
    if (set !== null) return this.#one(set, otherwise)
    const last = alternatives.length - 1
    if (last === 0) return this.#sequence(alternatives[0]!.elements, rest, otherwise)
    const [done, from, chosen] = [this.#label(), this.#label(), this.#chosen]
    let chosenInside = false
    const tries = alternatives.map((one, index) => {
      this.#chosen = chosen
      const text =
        index === last
          ? this.#sequence(one.elements, rest, otherwise)
          : this.#attempt(from, one.elements, (label) => `${this.#sequence(one.elements, rest, label)}break ${done}\n`)
      chosenInside ||= this.#chosen
      return text
    })
    const firsts = alternatives.map(({ elements }) => firstOf(followedBy(elements, rest)))
    this.#chosen = chosenInside || firsts.some((one, index) => firsts.slice(index + 1).some((other) => intersection(one, other) !== NONE))
    return `const ${from} = i\n${done}: {\n${tries.join('')}}\n`
  }

  /** Statements that may not match, after which all is as it was before. */
  #attempt(from: string, elements: readonly AST.Element[], write: (label: string) => string): string {
    const label = this.#label()
    const chosen = this.#chosen
    this.#chosen = false
    const text = write(label)
    this.#chosen ||= chosen
    const unset = groupsIn(elements).map((name) => this.#unset(name))
    return `${label}: {\n${text}}\ni = ${from}\n${unset.join('')}`
  }

  #leave(otherwise: Otherwise): string {
    return otherwise === null || this.#chosen ? 'return false' : `break ${otherwise}`
  }

  /** Notes a choice between what begins with a byte of the set and what follows. */
  #choose(set: ByteSet, rest: Rest): void {
    if (intersection(set, firstOf(rest)) !== NONE) this.#chosen = true
  }

  #sequence(elements: readonly AST.Element[], rest: Rest, otherwise: Otherwise): string {
    let text = ''
    for (let index = 0; index < elements.length; ) {
      const literal = literalOf(elements.slice(index))
      if (literal.length > 0) {
        text += this.#literal(literal, otherwise)
        index += literal.length
        continue
      }
      const following = followedBy(elements.slice(index + 1), rest)
      text += this.#element(elements[index++]!, following, otherwise)
    }
    return text
  }

  #element(node: AST.Element, rest: Rest, otherwise: Otherwise): string {
    switch (node.type) {
      case 'Character':
      case 'CharacterClass':
      case 'CharacterSet':
        return this.#one(bytesOf(node.raw), otherwise)
      case 'Group':
        if (node.modifiers !== null) throw new NotReadable()
        return this.alternatives(node.alternatives, rest, otherwise)
      case 'CapturingGroup':
        return this.#group(node, rest, otherwise)
      case 'Quantifier':
        return this.#quantifier(node, rest, otherwise)
      default:
        throw new NotReadable()
    }
  }

  #group({ name, alternatives }: AST.CapturingGroup, rest: Rest, otherwise: Otherwise): string {
    const body = this.alternatives(alternatives, rest, otherwise)
    const index = name === null ? -1 : this.#names.indexOf(name)
    if (index < 0) return body
    const from = this.#label()
    return `const ${from} = i\n${body}spans[${2 * index}] = ${from}\nspans[${2 * index + 1}] = i\n`
  }

  #unset(name: string): string {
    const index = this.#names.indexOf(name)
    return index < 0 ? '' : `spans[${2 * index}] = spans[${2 * index + 1}] = -1\n`
  }

  #quantifier({ element, min, max, greedy }: AST.Quantifier, rest: Rest, otherwise: Otherwise): string {
    if (!greedy) throw new NotReadable()
    if (isSet(element)) return this.#run(bytesOf(element.raw), min, max, rest, otherwise)
    // Where a part takes nothing, or is taken again, an expression has rules of its own for what its groups are.
    if (leastBytes(element) === 0 || (max > 1 && groupsIn([element]).length > 0)) throw new NotReadable()
    if (min > MOST_COPIES) throw new NotReadable()
    const behind: Rest = max === min ? rest : ANYTHING
    const copies = Array.from({ length: min }, (_, index) => followedBy(Array<AST.Element>(min - 1 - index).fill(element), behind))
    const required = copies.map((following) => `{\n${this.#element(element, following, otherwise)}}\n`).join('')
    return max === min ? required : required + this.#optional(element, max - min, rest)
  }

  #optional(element: AST.Element, most: number, rest: Rest): string {
    const [from, label, count] = [this.#label(), this.#label(), this.#label()]
    const following: Rest = most === 1 ? rest : ANYTHING
    const again = most === 1 ? `break ${label}\n` : `continue ${label}\n`
    const attempt = this.#attempt(from, [element], (otherwise) => this.#element(element, following, otherwise) + again)
    this.#choose(firstOf({ node: element, rest: null }), rest)
    if (most === 1) return `${label}: {\nconst ${from} = i\n${attempt}}\n`
    const loop = most === Infinity ? ';;' : `let ${count} = 0; ${count} < ${most}; ${count}++`
    return `${label}: for (${loop}) {\nconst ${from} = i\n${attempt}break\n}\n`
  }

  /** As many bytes of a set as there are; where what follows begins with such bytes, up to the last place where it does begin. */
  #run(set: ByteSet, min: number, max: number, rest: Rest, otherwise: Otherwise): string {
    if (min === 0 && max === 1) {
      this.#choose(set, rest)
      return `if (i < end && ${this.#isIn(set, 'i')}) i++\n`
    }
    const [from, limit] = [this.#label(), this.#label()]
    const most = max === Infinity ? 'end' : `Math.min(end, i + ${max})`
    const all = set === ANY ? `i = ${limit}\n` : `while (i < ${limit} && ${this.#isIn(set, 'i')}) i++\n`
    const least = `if (i < ${from} + ${min}) ${this.#leave(otherwise)}\n`
    const run = `const ${from} = i\nconst ${limit} = ${most}\n${all}`
    this.#choose(set, rest)
    const following = followingSets(rest)
    if (following.length === 0 || intersection(set, following[0]!) === NONE) return run + (min === 0 ? '' : least)
    const begins = following.map((one, index) => this.#isIn(one, `i + ${index}`)).join(' && ')
    return `${run}if (i > end - ${following.length}) i = end - ${following.length}\nwhile (i >= ${from} && !(${begins})) i--\n${least}`
  }

  #one(set: ByteSet, otherwise: Otherwise): string {
    this.#count(1)
    return `if (i >= end || !${this.#isIn(set, 'i')}) ${this.#leave(otherwise)}\ni++\n`
  }

  #literal(bytes: readonly number[], otherwise: Otherwise): string {
    this.#count(bytes.length)
    const differs = bytes.map((byte, index) => `bytes[i + ${index}] !== ${byte}`).join(' || ')
    return `if (i + ${bytes.length} > end || ${differs}) ${this.#leave(otherwise)}\ni += ${bytes.length}\n`
  }

  #isIn(set: ByteSet, at: string): string {
    const byte = `bytes[${at}]`
    const members = bytesIn(set)
    if (members.length === 0) return 'false'
    if (members.length === 256) return 'true'
    if (members.length <= FEW_BYTES) return `(${members.map((one) => `${byte} === ${one}`).join(' || ')})`
    const others = bytesIn(complement(set))
    if (others.length <= FEW_BYTES) return `(${others.map((one) => `${byte} !== ${one}`).join(' && ')})`
    let table = this.#tableOf.get(set)
    if (table === undefined) {
      table = this.tables.push(new Uint8Array(256)) - 1
      for (const one of members) this.tables[table]![one] = 1
      this.#tableOf.set(set, table)
    }
    return `(tables[${table}][${byte}] === 1)`
  }

  #label(): string {
    this.#count(1)
    return `v${this.#labels++}`
  }

  #count(more: number): void {
    this.#statements += more
    if (this.#statements > MOST_STATEMENTS) throw new NotReadable()
  }
}

/** The bytes that these elements begin with. */
function literalOf(elements: readonly AST.Element[]): number[] {
  const bytes: number[] = []
  for (const node of elements) {
    if (node.type !== 'Character' || node.value > 255) break
    bytes.push(node.value)
  }
  return bytes
}

function groupsIn(elements: readonly AST.Element[]): string[] {
  return elements.flatMap((node) => {
    if (node.type === 'Quantifier') return groupsIn([node.element])
    if (node.type !== 'Group' && node.type !== 'CapturingGroup') return []
    const inside = node.alternatives.flatMap((one) => groupsIn(one.elements))
    return node.type === 'CapturingGroup' && node.name !== null ? [node.name, ...inside] : inside
  })
}

import type { Filter } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import { type Automaton, buildAutomaton } from '../pattern/automaton.ts'
import { SubsetAutomaton } from '../pattern/subset-automaton.ts'
import { Beginning } from './beginning.ts'
import { openingSource } from './opening.ts'
import type { CompiledRule } from './rule.ts'
import { SettlingRule } from './settling.ts'

/** What a look at the first bytes of a line tells. */
export const NOBODYS = 0
/** The plain way must read it. */
export const UNSURE = 1
/** Its message begins in one place, and may be one of a few rules of one filter. */
export const SURE = 2

/** A filter with its rules. */
interface Ruled {
  readonly filter: Filter
  readonly rules: readonly CompiledRule[]
}

/** The rules that may know a message. */
interface Candidates<Family> {
  readonly family: Family
  readonly rules: readonly CompiledRule[]
  /** The same, each with whether its match settles the line. */
  readonly settling: readonly SettlingRule[]
}

/** States that are kept: a log meets some hundreds, 300,000 hostile lines 3,500. A line that would need more is read the plain way. */
const MOST_STATES = 8000
/** Of the expression: enough for dozens of filters. */
const MOST_POSITIONS = 50_000
const NOT_MADE = 0
/** `2026-01-15T10:30:45.123456789+00:00` */
const LONGEST_TIME = 35

const SPACE = 32
const LESS_THAN = 60
const GREATER_THAN = 62
const BRACKET = 91

/** What reaching a state means; most states mean nothing. */
interface Mark<Family> {
  /** No rule can know the line. */
  readonly dead: boolean
  /** A time may end here. */
  readonly time: boolean
  /** Headers that may end here, as one word; null: none. */
  readonly headers: string | null
  /** The message may begin here, behind a header and a lead. */
  readonly message: boolean
  /** The opening of a rule was read, and these may know the line; `unsure`: others too. */
  readonly opened: Candidates<Family> | 'unsure' | null
}
const DEAD: Mark<never> = { dead: true, time: false, headers: null, message: false, opened: null }

/**
 * Looks at the first bytes of lines, as far as it takes to see that no rule knows it, or which may: an automaton of all prefixes and
 * openings of rules, made deterministic while it reads. It never says NOBODYS of a line that a rule knows.
 */
export class QuickLook<Family extends Ruled> {
  /** Of the line last looked at, where it was SURE: offsets of its message and of its time, and what may know it. */
  message = 0
  timeFrom = 0
  timeTo = 0
  candidates!: Candidates<Family>

  readonly #automaton: Automaton
  readonly #subset: SubsetAutomaton
  readonly #classOf: Uint8Array
  /** Places of a state. */
  readonly #width: number
  readonly #start: number
  /** By state and class of byte: the next state's place in here; its complement where reaching it means something. */
  readonly #steps: Int32Array
  readonly #marks: (Mark<Family> | null)[] = []
  readonly #beginning = new Beginning<number>()
  readonly #rules: readonly { readonly family: Family; readonly rule: CompiledRule }[]
  readonly #candidates = new Map<string, Candidates<Family> | 'unsure'>()

  private constructor(families: readonly Family[], source: string) {
    this.#automaton = buildAutomaton(source, { as: 'rule', alphabets: {}, mostStates: MOST_POSITIONS })
    this.#subset = new SubsetAutomaton(this.#automaton, { marks: () => false, keepAll: true })
    this.#classOf = this.#subset.classOf
    // Odd: places of one class, a power of two apart, would push each other out of the processor's cache.
    this.#width = this.#subset.classes.length | 1
    this.#steps = new Int32Array((MOST_STATES + 1) * this.#width)
    this.#rules = families.flatMap((family) => family.rules.map((rule) => ({ family, rule })))
    this.#start = this.#subset.start
  }

  /**
   * Null where a look would tell nothing, because a rule may begin with anything, and where a rule is outside what the proof can read
   * (then it is not proved), or they are too many.
   */
  static of<Family extends Ruled>(families: readonly Family[]): QuickLook<Family> | null {
    const source = openingSource(families.map(({ filter }) => filter))
    if (source === null) return null
    try {
      return new QuickLook(families, source)
    } catch (error) {
      if (error instanceof SipguardError) return null
      throw error
    }
  }

  /** What is to be made of the line at bytes[start, end). */
  look(bytes: Uint8Array, start: number, end: number): typeof NOBODYS | typeof UNSURE | typeof SURE {
    const classOf = this.#classOf
    const steps = this.#steps
    const before = this.#beginning.of(bytes, start, end)
    let at = before === null ? this.#start * this.#width : before.state
    let headers = before === null ? null : before.headers
    let sure = before === null || before.sure
    this.timeTo = before === null || before.timeTo === 0 ? 0 : start + before.timeTo
    if (before !== null) this.message = start + before.message
    for (let i = before === null ? start : start + before.length; i < end; i++) {
      let step = steps[at + (classOf[bytes[i] as number] as number)] as number
      if (step === NOT_MADE) step = this.#make(at, bytes[i] as number)
      if (step > 0) {
        at = step
        continue
      }
      if (step === NOT_MADE) return UNSURE
      at = ~step
      const mark = this.#marks[at / this.#width] as Mark<Family>
      if (mark.dead) return NOBODYS
      if (mark.time) this.timeTo = i + 1
      if (mark.headers !== null) {
        sure = sure && (headers === null || headers === mark.headers)
        headers = mark.headers
      }
      if (mark.message) this.message = i + 1
      if (mark.opened === null) {
        if ((mark.time || headers !== null) && !this.#beginning.knows(headers)) this.#note(bytes, start, i + 1, at, headers, sure)
        continue
      }
      if (mark.opened === 'unsure' || !sure || headers === null || headers.includes('unsure') || !this.#findTime(bytes, start))
        return UNSURE
      this.candidates = mark.opened
      return SURE
    }
    return NOBODYS
  }

  #note(bytes: Uint8Array, start: number, end: number, state: number, headers: string | null, sure: boolean): void {
    const timeTo = this.timeTo === 0 ? 0 : this.timeTo - start
    this.#beginning.note(bytes, start, { length: end - start, state, headers, sure, timeTo, message: this.message - start })
  }

  /** The next state's step, made and kept; NOT_MADE where too many states are kept already. */
  #make(at: number, byte: number): number {
    if (this.#subset.size >= MOST_STATES) return NOT_MADE
    const next = this.#subset.step(at / this.#width, byte)
    if (this.#marks[next] === undefined) this.#marks[next] = this.#markOf(this.#subset.membersOf(next))
    const place = next * this.#width
    const step = this.#marks[next] === null ? place : ~place
    this.#steps[at + (this.#classOf[byte] as number)] = step
    return step
  }

  #markOf(members: readonly number[]): Mark<Family> | null {
    if (members.length === 0) return DEAD
    const { final, group, follow } = this.#automaton
    const groupOf = (state: number) => group[state] ?? ''
    const ends = (state: number, name: RegExp, next: RegExp) =>
      name.test(groupOf(state)) && (follow[state] as Int32Array).some((to) => next.test(groupOf(to)))
    const time = members.some((state) => ends(state, /^time/, /^(?!time)/))
    const ending = members.filter((state) => ends(state, /sure/, /^(?:lead|rule|other|none)/))
    const headers = ending.length === 0 ? null : [...new Set(ending.map(groupOf))].join()
    const message = members.some((state) => ends(state, /sure|lead/, /^(?:rule|other)/))
    const opened = members.some((state) => final[state]) ? this.#candidatesOf([...new Set(members.map(groupOf))]) : null
    return time || headers !== null || message || opened !== null ? { dead: false, time, headers, message, opened } : null
  }

  /** `unsure` where something else than rules of one filter may come of the line. */
  #candidatesOf(groups: readonly string[]): Candidates<Family> | 'unsure' {
    if (groups.some((group) => !group.startsWith('rule'))) return 'unsure'
    const known = this.#candidates.get(groups.join())
    if (known !== undefined) return known
    const found = groups.map((group) => this.#rules[Number(group.slice('rule'.length))]!)
    const { family } = found[0]!
    const rules = found.map(({ rule }) => rule)
    const candidates = found.every((one) => one.family === family)
      ? {
          family,
          rules,
          settling: rules.map(
            (rule) =>
              new SettlingRule(
                rule,
                rules.filter((other) => other !== rule),
              ),
          ),
        }
      : 'unsure'
    this.#candidates.set(groups.join(), candidates)
    return candidates
  }

  /** Where the time stands in the line; false where it has none, or something stands before it that no header has. */
  #findTime(bytes: Uint8Array, start: number): boolean {
    let from = start
    if (bytes[start] === BRACKET) from++
    else if (bytes[start] === LESS_THAN) {
      from = bytes.indexOf(GREATER_THAN, start) + 1
      if (bytes[from + 1] === SPACE) from += 2
    }
    this.timeFrom = from
    return this.timeTo > from && this.timeTo - from <= LONGEST_TIME
  }
}

import type { Filter } from '../config/types.ts'
import type { Paths } from '../pattern/automaton.ts'
import type { LookPlan } from '../pattern/look-plan.ts'
import { SubsetAutomaton } from '../pattern/subset-automaton.ts'
import { Beginning } from './beginning.ts'
import type { CompiledRule } from './rule.ts'
import { SettlingRule } from './settling.ts'
import { STRIDE, Strides } from './strides.ts'
import { Words } from './words.ts'

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
const NOT_MADE = 0
const UNSURE_HEADER = 'unsure'
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
  /** Headers that may end here, as one word; UNSURE_HEADER where the plain way must read behind one of them; null: none. */
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

  readonly #paths: Paths
  readonly #subset: SubsetAutomaton
  readonly #classOf: Uint8Array
  /** Places of a state. */
  readonly #width: number
  /** A state by its place in #steps, as all of them below. */
  readonly #start: number
  /** By state and class of byte: the next state's place in here; its complement where reaching it means something. */
  readonly #steps: Int32Array
  readonly #marks: (Mark<Family> | null)[] = []
  readonly #beginning = new Beginning<number>()
  readonly #strides = new Strides()
  readonly #words = new Words()
  readonly #areRulesApart: boolean
  readonly #rules: readonly { readonly family: Family; readonly rule: CompiledRule }[]
  readonly #candidates = new Map<string, Candidates<Family> | 'unsure'>()

  /** @param plan made of these filters */
  constructor(families: readonly Family[], { paths, apart }: LookPlan) {
    this.#paths = paths
    this.#subset = new SubsetAutomaton(paths, { marks: () => false, keepAll: true })
    this.#classOf = this.#subset.classOf
    // Odd: places of one class, a power of two apart, would push each other out of the processor's cache.
    this.#width = this.#subset.classes.length | 1
    this.#steps = new Int32Array((MOST_STATES + 1) * this.#width)
    this.#areRulesApart = apart
    this.#rules = families.flatMap((family) => family.rules.map((rule) => ({ family, rule })))
    this.#start = this.#subset.start * this.#width
  }

  /** What is to be made of the line at bytes[start, end). */
  look(bytes: Uint8Array, start: number, end: number): typeof NOBODYS | typeof UNSURE | typeof SURE {
    const classOf = this.#classOf
    const steps = this.#steps
    const strides = this.#strides
    const words = this.#words.of(bytes)
    const before = this.#beginning.of(bytes, start, end)
    let at = before === null ? this.#start : before.state
    let headers = before === null ? null : before.headers
    let sure = before === null || before.sure
    this.timeTo = before === null || before.timeTo === 0 ? 0 : start + before.timeTo
    if (before !== null) this.message = start + before.message
    let i = before === null ? start : start + before.length
    while (i < end) {
      const stop = i + STRIDE
      const known = stop <= end ? strides.find(at, words.getInt32(i, true)) : -1
      if (known >= 0) {
        const behind = strides.message(known)
        if (behind > 0) this.message = i + behind
        at = strides.to(known)
        i = stop
        continue
      }
      const from = at
      let message = 0
      // Whether these bytes tell nothing but where they lead, and that the message may begin behind one of them.
      let isStride = stop <= end
      for (; i < stop && i < end; i++) {
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
        if (mark.message) {
          this.message = i + 1
          message = i + 1 - (stop - STRIDE)
        }
        if (mark.opened !== null) return sure && this.#isSure(mark.opened, headers, bytes, start) ? SURE : UNSURE
        if (mark.time || mark.headers !== null) isStride = false
        if ((mark.time || headers !== null) && !this.#beginning.knows(headers)) this.#note(bytes, start, i + 1, at, headers, sure)
      }
      if (isStride) strides.keep(from, words.getInt32(stop - STRIDE, true), at, message)
    }
    return NOBODYS
  }

  #isSure(opened: Candidates<Family> | 'unsure', headers: string | null, bytes: Uint8Array, start: number): boolean {
    if (opened === 'unsure' || headers === null || headers === UNSURE_HEADER || !this.#findTime(bytes, start)) return false
    this.candidates = opened
    return true
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
    const { final, group, follow } = this.#paths
    const groupOf = (state: number) => group[state] ?? ''
    const ends = (state: number, name: RegExp, next: RegExp) =>
      name.test(groupOf(state)) && follow[state]!.some((to) => next.test(groupOf(to)))
    const time = members.some((state) => ends(state, /^time/, /^(?!time)/))
    const ending = members.filter((state) => ends(state, /sure/, /^(?:lead|rule|other|none)/))
    // A rule that begins with as good as anything may have read the header of another filter as its own beginning.
    const behind = this.#familiesOf(ending.flatMap((state) => [...follow[state]!]))
    const isOthers = ending.length > 0 && !this.#familiesOf(members).isSubsetOf(behind)
    const headers = headersOf(isOthers ? ending.map(() => UNSURE_HEADER) : ending.map(groupOf))
    const message = members.some((state) => ends(state, /sure|lead/, /^(?:rule|other)/))
    const opened = members.some((state) => final[state]) ? this.#candidatesOf([...new Set(members.map(groupOf))]) : null
    return time || headers !== null || message || opened !== null ? { dead: false, time, headers, message, opened } : null
  }

  /** Of the rules that these states are in. */
  #familiesOf(states: readonly number[]): Set<Family> {
    const groups = new Set(states.map((state) => this.#paths.group[state]))
    return new Set(
      [...groups].flatMap((group) => (group?.startsWith('rule') ? this.#rules[Number(group.slice('rule'.length))]!.family : [])),
    )
  }

  /** `unsure` where something else than rules of one filter may come of the line. */
  #candidatesOf(groups: readonly string[]): Candidates<Family> | 'unsure' {
    if (groups.some((group) => !group.startsWith('rule'))) return 'unsure'
    const known = this.#candidates.get(groups.join())
    if (known !== undefined) return known
    const found = groups.map((group) => this.#rules[Number(group.slice('rule'.length))]!)
    const { family } = found[0]!
    const rules = found.map(({ rule }) => rule)
    const othersOf = (rule: CompiledRule) => (this.#areRulesApart ? [] : rules.filter((other) => other !== rule))
    const candidates = found.every((one) => one.family === family)
      ? { family, rules, settling: rules.map((rule) => new SettlingRule(rule, othersOf(rule))) }
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

function headersOf(groups: readonly string[]): string | null {
  if (groups.length === 0) return null
  return groups.some((group) => group.startsWith(UNSURE_HEADER)) ? UNSURE_HEADER : [...new Set(groups)].join()
}

import { isIP, isIPv6 } from 'node:net'
import { canonicalAddress } from '../address.ts'
import type { FilterRule } from '../config/types.ts'
import type { Automaton } from './automaton.ts'
import { ANY } from './byte-set.ts'
import { echoAutomaton, type RulePattern, ruleAutomaton, serverAutomaton } from './shape.ts'
import { SubsetAutomaton } from './subset-automaton.ts'

/** Where an address stands in a text: [start, end), in bytes. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** `[` + 45 characters of IPv4-mapped IPv6 + `]`. */
const LONGEST_ADDRESS = 47

/**
 * Reads lines as a shape can have been printed, in every way there is: not as a regular expression, which stops at the first.
 * Linear in the text's length, whatever it holds.
 */
export class ShapeReader {
  /** Whether lines of this shape hold an address. */
  readonly hasAddress: boolean
  readonly #bareIPv6: boolean
  readonly #whole: SubsetAutomaton
  readonly #before: SubsetAutomaton
  readonly #after: SubsetAutomaton

  constructor(automaton: Automaton, ipv6: FilterRule['ipv6']) {
    const { from, to } = automaton.address
    const inAddress = (state: number) => state >= from && state < to
    const end = automaton.labels.length
    const endsAddress = new Set<number>()
    for (let state = from; state < to; state++) {
      for (const next of automaton.follow[state] as Int32Array) if (!inAddress(next)) endsAddress.add(next)
      if (automaton.final[state]) endsAddress.add(end)
    }
    this.hasAddress = to > 0
    this.#bareIPv6 = ipv6 === 'any'
    this.#whole = new SubsetAutomaton(automaton, { marks: (state) => automaton.final[state] as boolean })
    this.#before = new SubsetAutomaton(automaton, {
      within: (state) => state < from,
      marks: (state) => (automaton.follow[state] as Int32Array).some(inAddress),
    })
    this.#after = new SubsetAutomaton(automaton, {
      backward: true,
      within: (state) => state >= to,
      marks: (state) => endsAddress.has(state),
    })
  }

  /** Whether a whole text can be a line of this shape; the address is taken loosely. */
  accepts(text: string): boolean {
    let state = this.#whole.start
    for (let i = 0; i < text.length && state !== 0; i++) state = this.#whole.step(state, text.charCodeAt(i))
    return this.#whole.isMarked(state)
  }

  /** Where the address stands, in every reading of the whole text in which it is the text of an IP address. */
  readings(text: string): Span[] {
    if (!this.hasAddress) return []
    const starts = this.#starts(text)
    if (starts.length === 0) return []
    const ends = this.#ends(text)
    const found: Span[] = []
    for (const start of starts) {
      const limit = Math.min(text.length, start + LONGEST_ADDRESS)
      for (let end = start + 1; end <= limit && isAddressByte(text.charCodeAt(end - 1)); end++) {
        if (ends[end] === 1 && this.#isAddress(text.slice(start, end))) found.push({ start, end })
      }
    }
    return found
  }

  #starts(text: string): number[] {
    const starts: number[] = []
    let state = this.#before.start
    for (let i = 0; ; i++) {
      if (this.#before.isMarked(state)) starts.push(i)
      if (i === text.length) return starts
      state = this.#before.step(state, text.charCodeAt(i))
      if (state === 0) return starts
    }
  }

  #ends(text: string): Uint8Array {
    const ends = new Uint8Array(text.length + 1)
    let state = this.#after.start
    for (let i = text.length; ; i--) {
      if (this.#after.isMarked(state)) ends[i] = 1
      if (i === 0) return ends
      state = this.#after.step(state, text.charCodeAt(i - 1))
      if (state === 0) return ends
    }
  }

  #isAddress(text: string): boolean {
    if (text.startsWith('[')) return text.endsWith(']') && isIP(text.slice(1, -1)) !== 0
    return isIP(text) !== 0 && (this.#bareIPv6 || !isIPv6(text))
  }
}

/** A reader for what the server prints where a rule matches. @throws SipguardError CONFIG_INVALID for what is outside the pattern language */
export function ruleReader(rule: RulePattern): ShapeReader {
  return new ShapeReader(serverAutomaton(rule), rule.ipv6)
}

/** A reader for an echo shape. @throws as ruleReader */
export function echoReader(echo: string): ShapeReader {
  return new ShapeReader(echoAutomaton(echo), 'any')
}

/** One way in which a text can be read. */
export interface TextReading {
  /** Canonical; null for an address of no single host (`0.0.0.0`), and where the shape has none. */
  readonly ip: string | null
  /** Where the address stands; null where the shape has none. */
  readonly at: Span | null
}

/** Every way in which one of the shapes can be read as the whole text; shapes that read it alike give one. */
export function readAll(text: string, shapes: readonly ShapeReader[]): TextReading[] {
  const found = new Map<string, TextReading>()
  for (const shape of shapes) {
    if (!shape.hasAddress && shape.accepts(text)) found.set('', { ip: null, at: null })
    for (const at of shape.readings(text)) {
      found.set(`${at.start} ${at.end}`, { ip: canonicalAddress(text.slice(at.start, at.end)), at })
    }
  }
  return [...found.values()]
}

export interface Verdict {
  /** The address on which all readings agree; null where they do not, or agree on none. */
  readonly ip: string | null
  readonly ambiguous: boolean
}

/** The run-time verdict. A reading without an address is one that differs: what somebody else's line repeats is nobody's failure. */
export function verdictOf(readings: readonly TextReading[]): Verdict {
  const addresses = new Set(readings.map(({ ip }) => ip))
  const [ip = null] = addresses
  return addresses.size > 1 ? { ip: null, ambiguous: true } : { ip, ambiguous: false }
}

/**
 * Whether a rule matches a text whatever comes behind it: for lines that were cut. What the rule then reads holds for the whole line
 * as far as it is proved, since the whole line is one that it matches.
 * @throws SipguardError CONFIG_INVALID for what is outside the pattern language
 */
export function openEnded(rule: RulePattern): (text: string) => boolean {
  const automaton = ruleAutomaton(rule)
  const takesAnything = (state: number) =>
    automaton.final[state] === true && automaton.labels[state] === ANY && (automaton.follow[state] as Int32Array).includes(state)
  const run = new SubsetAutomaton(automaton, { marks: takesAnything })
  return (text) => {
    let state = run.start
    for (let i = 0; i < text.length && state !== 0; i++) state = run.step(state, text.charCodeAt(i))
    return run.isMarked(state)
  }
}

/** Digits, hexadecimal letters, `:`, `.` and brackets. */
function isAddressByte(code: number): boolean {
  return (
    (code >= 46 && code <= 58 && code !== 47) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102) || code === 91 || code === 93
  )
}

import type { Filter } from '../config/types.ts'
import { restoreLookPlan, type StoredLookPlan } from '../pattern/look-plan.ts'
import { SERVER_PREFIXES } from '../pattern/prefix/index.ts'
import type { SipEvent } from '../types.ts'
import { makeEvent, type ReadFields } from './event.ts'
import { type Frame, mayBeImitable, messageStarts, readFrame } from './frame.ts'
import { GroupFields } from './group-fields.ts'
import { LONGEST_LINE } from './longest-line.ts'
import { planLook } from './plan-look.ts'
import { NOBODYS, QuickLook, SURE, UNSURE } from './quick-look.ts'
import { CompiledRule } from './rule.ts'
import { SpanFields } from './span-fields.ts'
import { createTimeParser, createTimeReader } from './timestamp.ts'
import { createJudge, type Judge, type Match, MOST_STARTS } from './verdict.ts'
import { createZone } from './zone.ts'

export { type FieldSpan, fieldSpans } from './fields.ts'
export { createJoiner, type WholeLine } from './joiner.ts'
export { createTimeParser } from './timestamp.ts'
export { createZone } from './zone.ts'

/** Most runs of `classify` read no more: the quick way is not worth its making there. */
const PLAIN_LINES = 5000

export interface ClassifierOptions {
  readonly filters: readonly Filter[]
  /** IANA zone for times without one. */
  readonly tz: string
  /**
   * So many lines are read the plain way before the quick one, which says the same, is made ready. Default: 5000, for that takes some 60 ms, and none
   * where it is prepared; Infinity: all are, to compare the two.
   */
  readonly plainLines?: number
  /** What planLookFully() has once made of these filters; null: nothing. Default: nothing. */
  readonly preparedLook?: ((filters: readonly Filter[]) => StoredLookPlan | null) | undefined
  /**
   * Whether an event whose rule has no <ADDR> is told without its fields: nothing counts it, so that who only judges does not look at them, and a
   * third of a quiet log of Asterisk's are such. Default: no.
   */
  readonly bareAddressless?: boolean | undefined
}

/** Recognises lines. Pure: no I/O; the time is an argument. Nothing a line holds makes it throw. */
export interface Classifier {
  /**
   * The event of the line at bytes[start, end), or null where no rule knows it.
   * @param pin name of the only filter to try, or null: the line's prefix names the server
   * @param receivedMs dates a time without a year, epoch ms
   * @param undatedMs stands in for a time that the line does not carry, epoch ms
   */
  classify(bytes: Buffer, start: number, end: number, pin: string | null, receivedMs: number, undatedMs: number): SipEvent | null
  /** When the line was written, epoch ms; null where it does not say. */
  timeOf(bytes: Buffer, start: number, end: number, receivedMs: number): number | null
  /** Every rule that matches, for checks; more than one is a fault of the filters (or an ambiguous line). */
  matches(line: string, pin: string | null): { readonly filter: string; readonly rule: string; readonly ip: string | null }[]
}

interface Family {
  readonly filter: Filter
  readonly rules: readonly CompiledRule[]
  /** Rules by the first byte of their literal, as far as such a byte has come; those without one stand under every byte. */
  readonly byFirst: (readonly CompiledRule[])[]
  readonly judge: Judge
}

export function createClassifier(options: ClassifierOptions): Classifier {
  const families = options.filters.map((filter) => {
    const sameServer = options.filters.filter(({ prefix }) => prefix === filter.prefix)
    return toFamily(filter, createJudge(filter.prefix, sameServer))
  })
  const parseTime = createTimeParser(createZone(options.tz))

  const timeOf = (frame: Frame, receivedMs: number): number | null =>
    typeof frame.time === 'string' ? parseTime(frame.time, receivedMs) : frame.time

  const mayBe = ({ filter }: Family, frame: Frame, pin: string | null): boolean =>
    (pin === null || filter.name === pin) &&
    (frame.server === null || filter.prefix === frame.server) &&
    (frame.program === null || filter.programs.includes(frame.program))

  const readTime = createTimeReader(parseTime)
  const preparedLook = options.preparedLook?.(options.filters) ?? null
  let plainLines = options.plainLines ?? (preparedLook === null ? PLAIN_LINES : 0)
  let quick: QuickLook<Family> | null = null
  const fields = new SpanFields()

  function makeQuick(): void {
    const plan = preparedLook === null ? planLook(options.filters) : restoreLookPlan(preparedLook)
    quick = plan && new QuickLook(families, plan)
  }

  const eventOf = (compiled: CompiledRule, read: ReadFields, atMs: number): SipEvent =>
    options.bareAddressless && !compiled.hasAddress ? compiled.bareEvent(atMs) : makeEvent(compiled, read, atMs)

  /** Of a line that the look is sure of: what the plain way would say. */
  const readQuickly: Classifier['classify'] = (bytes, start, end, pin, receivedMs, undatedMs) => {
    const { candidates, message, timeFrom, timeTo } = quick!
    const { filter, judge } = candidates.family
    if (pin !== null && filter.name !== pin) return null
    if (end - start < LONGEST_LINE && !mayBeImitable(SERVER_PREFIXES[filter.prefix], bytes, start, end)) {
      for (const rule of candidates.settling) {
        if (!rule.settles(bytes, message, end, fields.spans)) continue
        fields.bytes = bytes
        return eventOf(rule.compiled, fields, readTime(bytes, timeFrom, timeTo, receivedMs) ?? undatedMs)
      }
    }
    const text = bytes.toString('latin1', start, end)
    const found: Match[] = []
    matchAll(candidates.rules, text, message - start, found)
    const settled = judge(text, text, [message - start], found)
    if (settled === null) return null
    const event = eventOf(settled.compiled, new GroupFields(settled), readTime(bytes, timeFrom, timeTo, receivedMs) ?? undatedMs)
    if (settled.ambiguous) return refuse(event, 'ambiguous')
    return settled.forgeable ? refuse(event, 'forgeable') : event
  }

  const readPlainly: Classifier['classify'] = (bytes, start, end, pin, receivedMs, undatedMs) => {
    const frame = readFrame(bytes.toString('latin1', start, end))
    if (frame === null) return null
    let event: SipEvent | null = null
    let addr: string | undefined
    for (const family of families) {
      if (!mayBe(family, frame, pin)) continue
      const starts = startsIn(family, frame)
      const settled = family.judge(frame.text, frame.printed, starts, matchesOf(family, frame.text, starts))
      if (settled === null) continue
      const next = eventOf(settled.compiled, new GroupFields(settled), timeOf(frame, receivedMs) ?? undatedMs)
      const differs = event !== null && (event.why === 'ambiguous' || settled.addr !== addr)
      if (settled.ambiguous || differs) refuse(next, 'ambiguous')
      else if (settled.forgeable || frame.forgeable) refuse(next, 'forgeable')
      event = next
      addr = settled.addr
    }
    return event
  }

  return {
    timeOf(bytes, start, end, receivedMs) {
      const frame = readFrame(bytes.toString('latin1', start, end))
      return frame === null ? null : timeOf(frame, receivedMs)
    },
    classify(bytes, start, end, pin, receivedMs, undatedMs) {
      if (plainLines >= 0 && plainLines-- === 0) makeQuick()
      const look = quick === null ? UNSURE : quick.look(bytes, start, end)
      if (look === NOBODYS) return null
      if (look === SURE) return readQuickly(bytes, start, end, pin, receivedMs, undatedMs)
      return readPlainly(bytes, start, end, pin, receivedMs, undatedMs)
    },
    matches(line, pin) {
      const frame = readFrame(Buffer.from(line, 'utf8').toString('latin1'))
      if (frame === null) return []
      return families
        .filter((family) => mayBe(family, frame, pin))
        .flatMap((family) => matchesOf(family, frame.text, startsIn(family, frame)))
        .map((match) => ({ filter: match.compiled.filter, rule: match.compiled.rule.id, ip: new GroupFields(match).address() }))
    },
  }
}

const startsIn = ({ filter }: Family, frame: Frame) => messageStarts(SERVER_PREFIXES[filter.prefix], frame.text, frame.at)

/** Takes what an event says as what a caller may have made up: it does not count. */
export function distrust(event: SipEvent): SipEvent {
  return event.why === null ? refuse(event, 'forgeable') : event
}

function refuse(event: SipEvent, why: 'ambiguous' | 'forgeable'): SipEvent {
  if (why === 'ambiguous') {
    event.ip = null
    event.port = null
  }
  event.counted = false
  event.why = why
  return event
}

function toFamily(filter: Filter, judge: Judge): Family {
  const rules = filter.rules.map((rule) => new CompiledRule(filter, rule))
  return { filter, rules, byFirst: [], judge }
}

function rulesFor({ byFirst, rules }: Family, byte: number): readonly CompiledRule[] {
  byFirst[byte] ??= rules.filter(({ literal }) => literal === '' || literal.charCodeAt(0) === byte)
  return byFirst[byte]
}

/** What matches the message, wherever it may begin, in that order; of more than MOST_STARTS places only the last are looked at. */
function matchesOf(family: Family, text: string, starts: readonly number[]): Match[] {
  const found: Match[] = []
  for (const start of starts.slice(-MOST_STARTS))
    if (start < text.length) matchAll(rulesFor(family, text.charCodeAt(start)), text, start, found)
  return found
}

/** Adds the rules that match the message at `start`: not more than one where the filter is proved. */
function matchAll(rules: readonly CompiledRule[], text: string, start: number, found: Match[]): void {
  for (const compiled of rules) {
    if (!text.startsWith(compiled.literal, start)) continue
    compiled.regexp.lastIndex = start
    const matched = compiled.regexp.exec(text)
    if (!matched || isIgnored(compiled, text, start)) continue
    found.push({ compiled, groups: matched, addr: compiled.groups.addr === 0 ? undefined : matched[compiled.groups.addr] })
  }
}

function isIgnored({ ignore }: CompiledRule, text: string, start: number): boolean {
  if (ignore === null) return false
  ignore.lastIndex = start
  return ignore.test(text)
}

import type { Filter } from '../config/types.ts'
import { SERVER_PREFIXES } from '../pattern/prefix/index.ts'
import type { SipEvent } from '../types.ts'
import { makeEvent } from './event.ts'
import { type Frame, messageStarts, readFrame } from './frame.ts'
import { type CompiledRule, compileRule } from './rule.ts'
import { createTimeParser } from './timestamp.ts'
import { createJudge, type Judge, type Match, MOST_STARTS } from './verdict.ts'
import { createZone } from './zone.ts'

export { createJoiner } from './joiner.ts'

export interface ClassifierOptions {
  readonly filters: readonly Filter[]
  /** IANA zone for times without one. */
  readonly tz: string
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
  /** Rules by the first byte of their literal; those without one stand under every byte. */
  readonly byFirst: readonly (readonly CompiledRule[])[]
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

  return {
    timeOf(bytes, start, end, receivedMs) {
      const frame = readFrame(bytes.toString('latin1', start, end))
      return frame === null ? null : timeOf(frame, receivedMs)
    },
    classify(bytes, start, end, pin, receivedMs, undatedMs) {
      const frame = readFrame(bytes.toString('latin1', start, end))
      if (frame === null) return null
      let event: SipEvent | null = null
      let addr: string | undefined
      for (const family of families) {
        if (!mayBe(family, frame, pin)) continue
        const starts = startsIn(family, frame)
        const settled = family.judge(frame.text, frame.printed, starts, matchesOf(family, frame.text, starts))
        if (settled === null) continue
        const next = makeEvent(settled.compiled, settled.groups, timeOf(frame, receivedMs) ?? undatedMs)
        const differs = event !== null && (event.why === 'ambiguous' || settled.groups.addr !== addr)
        if (settled.ambiguous || differs) refuse(next, 'ambiguous')
        else if (settled.forgeable || frame.forgeable) refuse(next, 'forgeable')
        event = next
        addr = settled.groups.addr
      }
      return event
    },
    matches(line, pin) {
      const frame = readFrame(Buffer.from(line, 'utf8').toString('latin1'))
      if (frame === null) return []
      return families
        .filter((family) => mayBe(family, frame, pin))
        .flatMap((family) => matchesOf(family, frame.text, startsIn(family, frame)))
        .map(({ compiled, groups }) => ({ filter: compiled.filter, rule: compiled.rule.id, ip: makeEvent(compiled, groups, 0).ip }))
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
  const rules = filter.rules.map((rule) => compileRule(filter, rule))
  const byFirst = Array.from({ length: 256 }, (_, byte) => rules.filter(({ literal }) => literal === '' || literal.charCodeAt(0) === byte))
  return { filter, byFirst, judge }
}

/** What matches the message, wherever it may begin, in that order; of more than MOST_STARTS places only the last are looked at. */
function matchesOf(family: Family, text: string, starts: readonly number[]): Match[] {
  const found: Match[] = []
  for (let i = Math.max(0, starts.length - MOST_STARTS); i < starts.length; i++) matchAt(family, text, starts[i] as number, found)
  return found
}

/** Adds the rules that match the message at `start`: not more than one where the filter is proved. */
function matchAt(family: Family, text: string, start: number, found: Match[]): void {
  for (const compiled of family.byFirst[text.charCodeAt(start)] ?? []) {
    if (!text.startsWith(compiled.literal, start)) continue
    compiled.regexp.lastIndex = start
    const matched = compiled.regexp.exec(text)
    if (matched && !isIgnored(compiled, text, start)) found.push({ compiled, groups: matched.groups ?? {} })
  }
}

function isIgnored({ ignore }: CompiledRule, text: string, start: number): boolean {
  if (ignore === null) return false
  ignore.lastIndex = start
  return ignore.test(text)
}

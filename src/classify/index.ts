import type { Filter, PrefixName } from '../config/types.ts'
import { SERVER_PREFIXES } from '../pattern/prefix/index.ts'
import type { SipEvent } from '../types.ts'
import { makeEvent } from './event.ts'
import { type Frame, messageStarts, readFrame } from './frame.ts'
import { type CompiledRule, compileRule } from './rule.ts'
import { createTimeParser } from './timestamp.ts'
import { createZone } from './zone.ts'

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
}

interface Match {
  readonly compiled: CompiledRule
  readonly groups: Readonly<Record<string, string | undefined>>
}

export function createClassifier(options: ClassifierOptions): Classifier {
  const families = options.filters.map(toFamily)
  const parseTime = createTimeParser(createZone(options.tz))

  const timeOf = (frame: Frame, receivedMs: number): number | null =>
    typeof frame.time === 'string' ? parseTime(frame.time, receivedMs) : frame.time

  function candidates(frame: Frame, pin: string | null): readonly Family[] {
    return families.filter(
      ({ filter }) =>
        (pin === null || filter.name === pin) &&
        (frame.server === null || filter.prefix === frame.server) &&
        (frame.program === null || filter.programs.includes(frame.program)),
    )
  }

  function find(frame: Frame, pin: string | null): Match[] {
    const found: Match[] = []
    const starts = new Map<PrefixName, number[]>()
    for (const family of candidates(frame, pin)) {
      const { prefix } = family.filter
      const places = starts.get(prefix) ?? messageStarts(SERVER_PREFIXES[prefix], frame.text, frame.at)
      starts.set(prefix, places)
      for (const start of places) matchAt(family, frame.text, start, found)
    }
    return found
  }

  return {
    timeOf(bytes, start, end, receivedMs) {
      const frame = readFrame(bytes.toString('latin1', start, end))
      return frame === null ? null : timeOf(frame, receivedMs)
    },
    classify(bytes, start, end, pin, receivedMs, undatedMs) {
      const frame = readFrame(bytes.toString('latin1', start, end))
      if (frame === null) return null
      const found = find(frame, pin)
      const last = found.at(-1)
      if (last === undefined) return null
      const event = makeEvent(last.compiled, last.groups, timeOf(frame, receivedMs) ?? undatedMs)
      if (found.length > 1 && found.some((match) => match.groups.addr !== last.groups.addr)) return refuse(event, 'ambiguous', true)
      return frame.forgeable ? refuse(event, 'forgeable', false) : event
    },
    matches(line, pin) {
      const frame = readFrame(Buffer.from(line, 'utf8').toString('latin1'))
      if (frame === null) return []
      return find(frame, pin).map(({ compiled, groups }) => ({
        filter: compiled.filter,
        rule: compiled.rule.id,
        ip: makeEvent(compiled, groups, 0).ip,
      }))
    },
  }
}

function refuse(event: SipEvent, why: string, dropAddress: boolean): SipEvent {
  if (dropAddress) {
    event.ip = null
    event.port = null
  }
  event.counted = false
  event.why = why
  return event
}

function toFamily(filter: Filter): Family {
  const rules = filter.rules.map((rule) => compileRule(filter, rule))
  const byFirst = Array.from({ length: 256 }, (_, byte) => rules.filter(({ literal }) => literal === '' || literal.charCodeAt(0) === byte))
  return { filter, byFirst }
}

/** Adds the rule that matches the message at `start`; rules of one filter do not compete, so the first is the only one. */
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

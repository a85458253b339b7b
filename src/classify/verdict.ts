import { canonicalAddress } from '../address.ts'
import type { Filter, FilterRule, PrefixName } from '../config/types.ts'
import { SERVER_PREFIXES } from '../pattern/prefix/index.ts'
import { echoReader, openEnded, readAll, ruleReader, type ShapeReader, type TextReading, verdictOf } from '../pattern/readings.ts'
import { ruleSource } from '../pattern/shape.ts'
import { isImitable } from './frame.ts'
import { LONGEST_LINE } from './longest-line.ts'
import { type CompiledRule, leadingLiteral } from './rule.ts'

/** A rule that matched a message. */
export interface Match {
  readonly compiled: CompiledRule
  /** Its groups, by number; null where their text is not to be believed. */
  readonly groups: readonly (string | undefined)[] | null
  /** The address, as the line spells it. */
  readonly addr: string | undefined
}

/** What a filter says of a line in the end. */
export interface Settled extends Match {
  /** It may be read in more than one way. */
  readonly ambiguous: boolean
  /** A caller may have made it. */
  readonly forgeable: boolean
}

/** Where more messages than these may begin, the line is ambiguous without a look: no client writes such a Call-ID by chance. */
export const MOST_STARTS = 16

/** A shape of the filter, with the text that each of its lines begins with. Read lazily: most never are. */
interface Shape {
  readonly literal: string
  readonly read: () => ShapeReader
  reader?: ShapeReader
}

/**
 * Settles what the rules of a filter matched in a line: proved rules stand as they are; for the others, and where the message may
 * begin in several places, all readings of the line count, of all shapes that the server prints.
 * @param filters all filters of the same server
 */
export function createJudge(prefixName: PrefixName, filters: readonly Filter[]): Judge {
  const prefix = SERVER_PREFIXES[prefixName]
  let shapes: Shape[] | null = null
  const openEnds = new Map<FilterRule, (text: string) => boolean>()

  function readAt(text: string, start: number): TextReading[] {
    shapes ??= filters.flatMap(({ rules, echo }) => [
      ...rules.map((rule) => ({ literal: leadingLiteral(ruleSource(rule.failregex, rule.ipv6)), read: () => ruleReader(rule) })),
      ...echo.map((shape) => ({ literal: leadingLiteral(ruleSource(shape, 'any')), read: () => echoReader(shape) })),
    ])
    const readers: ShapeReader[] = []
    for (const shape of shapes) {
      if (!text.startsWith(shape.literal, start)) continue
      shape.reader ??= shape.read()
      readers.push(shape.reader)
    }
    return readAll(text.slice(start), readers)
  }

  /** Whether the rule would match the whole line too, whatever was cut off. */
  function outlastsCut(rule: FilterRule, text: string, start: number): boolean {
    let isOpenEnded = openEnds.get(rule)
    if (!isOpenEnded) {
      isOpenEnded = openEnded(rule)
      openEnds.set(rule, isOpenEnded)
    }
    return rule.verdict === 'proved' && isOpenEnded(text.slice(start))
  }

  /** The match on which all readings agree, or null. */
  function agreed(text: string, starts: readonly number[], found: readonly Match[]): Match | null {
    const last = found.at(-1) as Match
    if (starts.length > MOST_STARTS || found.some(({ compiled }) => compiled.rule.kind !== last.compiled.rule.kind)) return null
    if (text.length >= LONGEST_LINE) {
      return starts.length === 1 && outlastsCut(last.compiled.rule, text, starts[0] as number) ? last : null
    }
    const readings = starts.map((start) => readAt(text, start))
    // A message that no shape knows is one that nobody listed. At the last place it is as likely as what stands before it.
    if (readings.at(-1)?.length === 0) return null
    const all = readings.flat()
    const { ip, ambiguous } = verdictOf(all)
    if (ambiguous) return null
    if (all.length === 1 && addressOf(last) === ip) return last
    // Nobody knows at which of its places the address is the server's: what stands around it is not to be believed.
    return { compiled: last.compiled, groups: null, addr: ip ?? undefined }
  }

  return (text, printed, starts, found) => {
    const last = found.at(-1)
    if (last === undefined) return null
    const sure = starts.length === 1 && found.length === 1 && last.compiled.rule.verdict === 'proved' && text.length < LONGEST_LINE
    const match = sure ? last : agreed(text, starts, found)
    const { compiled, groups, addr } = match ?? last
    return { compiled, groups, addr, ambiguous: match === null, forgeable: isImitable(prefix, printed) }
  }
}

const addressOf = ({ addr }: Match) => (addr === undefined ? null : canonicalAddress(addr))

/**
 * What the matches of a filter, in the order of the places where they begin, say of the line; null where there are none.
 * @param printed the line as the server printed it
 * @param starts every place in `text` where its message may begin
 */
export type Judge = (text: string, printed: string, starts: readonly number[], found: readonly Match[]) => Settled | null

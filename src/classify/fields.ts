import type { Filter } from '../config/types.ts'
import { SERVER_PREFIXES } from '../pattern/prefix/index.ts'
import { ruleSource } from '../pattern/shape.ts'
import { messageStarts, readFrame } from './frame.ts'

/** Where a field of an event stands in its line. */
export interface FieldSpan {
  /** As `classify --json` names it. */
  readonly name: string
  /** UTF-16 offsets in the line as text. */
  readonly start: number
  readonly end: number
}

/** Groups whose field is called otherwise. */
const NAMES: Readonly<Record<string, string>> = { addr: 'ip', userAgent: 'user_agent', callId: 'call_id', requestUri: 'request_uri' }

/**
 * The fields that a rule read from a line, in their order: off the hot path, by the same pattern. None where the line is wrapped (JSON of
 * Docker or the journal): what is classified there does not stand in the line as it is.
 */
export function fieldSpans({ prefix, rules }: Filter, ruleId: string, line: Buffer): FieldSpan[] {
  const text = line.toString('latin1')
  const frame = readFrame(text)
  const rule = rules.find(({ id }) => id === ruleId)
  if (frame === null || frame.text !== text || rule === undefined) return []
  const pattern = new RegExp(`(?:${ruleSource(rule.failregex, rule.ipv6)})$`, 'dsy')
  for (const start of messageStarts(SERVER_PREFIXES[prefix], text, frame.at).toReversed()) {
    pattern.lastIndex = start
    const spans = pattern.exec(text)?.indices?.groups
    if (!spans) continue
    return Object.entries(spans)
      .filter((entry): entry is [string, [number, number]] => entry[1] !== undefined)
      .map(([name, [from, to]]) => ({ name: NAMES[name] ?? name, start: lengthOf(line, from), end: lengthOf(line, to) }))
      .sort((a, b) => a.start - b.start)
  }
  return []
}

/** Of the text that these bytes are. */
const lengthOf = (line: Buffer, bytes: number): number => line.toString('utf8', 0, bytes).length

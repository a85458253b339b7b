import { messageStarts, readFrame } from '../classify/frame.ts'
import type { Filter } from '../config/types.ts'
import { SERVER_PREFIXES } from '../pattern/prefix/index.ts'
import type { PrintedSample } from '../prove/index.ts'
import type { Sample } from './sample-file.ts'

/** The samples that are lines of a rule, taken out of their prefix: what the proof must not rule out. */
export function printedSamples(filter: Filter, samples: readonly Sample[]): PrintedSample[] {
  return samples.flatMap(({ file, line, bytes, expect }) => {
    const frame = readFrame(bytes.toString('latin1'))
    if (typeof expect.rule !== 'string' || frame === null) return []
    const starts = messageStarts(SERVER_PREFIXES[filter.prefix], frame.text, frame.at)
    return [{ rule: expect.rule, place: `${file}:${line}`, messages: starts.map((start) => frame.text.slice(start)) }]
  })
}

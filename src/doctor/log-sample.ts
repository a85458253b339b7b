import { createClassifier } from '../classify/index.ts'
import type { FileSource } from '../config/types.ts'
import type { SipEvent } from '../types.ts'
import type { Probe } from './probe.ts'

/** So much of a log's end is looked at. */
const SAMPLE_BYTES = 256 * 1024
/** Of a glob that finds thousands, those written last. */
const MOST_LOGS = 8

/** The end of one log. */
export interface LogSample {
  readonly path: string
  readonly source: FileSource
  readonly mtimeMs: number
  readonly lines: number
  /** Of lines that the source's own filter, or any, knows. */
  readonly events: readonly SipEvent[]
  /** With any filter, whatever the source's `filter:` says. */
  readonly knownToAny: readonly string[]
  /** The time that the last line with one carries, epoch ms. */
  readonly newestMs: number | null
}

const samples = new WeakMap<Probe, readonly LogSample[]>()

/** The logs that the configuration's files name, each once; what cannot be read is left to the check of logs. */
export function samplesOf(probe: Probe): readonly LogSample[] {
  const known = samples.get(probe)
  if (known) return known
  const sources = probe.config.sources.filter((source) => source.type === 'file')
  const found = new Map<string, LogSample>()
  // Making a classifier takes longer than all the rest.
  const classifier = sources.length === 0 ? null : createClassifier(probe.config)
  for (const source of sources) {
    for (const { path, mtimeMs } of newestLogs(probe, source)) {
      if (!found.has(path)) found.set(path, sampleOf(probe, source, path, mtimeMs, classifier!))
    }
  }
  const all = [...found.values()]
  samples.set(probe, all)
  return all
}

function newestLogs({ tree }: Probe, source: FileSource) {
  return logsOf(tree, source)
    .flatMap((path) => {
      const facts = tree.facts(path)
      return facts === null ? [] : [{ path, mtimeMs: facts.mtimeMs }]
    })
    .sort((a, b) => b.mtimeMs - a.mtimeMs)
    .slice(0, MOST_LOGS)
}

/** The files that a source names now. */
export const logsOf = (tree: Probe['tree'], { file }: FileSource): string[] => tree.glob(file)

type Classifier = ReturnType<typeof createClassifier>

function sampleOf(probe: Probe, source: FileSource, path: string, mtimeMs: number, classifier: Classifier): LogSample {
  const bytes = endOf(probe, path)
  const spans = wholeLines(bytes)
  const classify = ([start, end]: Span, pin: string | null) => classifier.classify(bytes, start, end, pin, mtimeMs, mtimeMs)
  const newest = spans.map(([start, end]) => classifier.timeOf(bytes, start, end, mtimeMs)).findLast((time) => time !== null)
  return {
    ...{ path, source, mtimeMs, lines: spans.length },
    events: spans.map((span) => classify(span, source.filter)).filter((event) => event !== null),
    knownToAny: spans.flatMap((span) => classify(span, null)?.filter ?? []),
    newestMs: newest ?? null,
  }
}

function endOf({ tree }: Probe, path: string): Buffer {
  try {
    return tree.tail(path, SAMPLE_BYTES)
  } catch {
    return Buffer.alloc(0)
  }
}

type Span = readonly [start: number, end: number]

/** Where the sample begins, a line may have been cut. */
function wholeLines(bytes: Buffer): Span[] {
  const spans: Span[] = []
  let start = bytes.length < SAMPLE_BYTES ? 0 : bytes.indexOf(10) + 1
  for (let end = bytes.indexOf(10, start); end >= 0; end = bytes.indexOf(10, start)) {
    if (end > start) spans.push([start, end])
    start = end + 1
  }
  return spans
}

import { networkOf } from '../address.ts'
import type { TryJson, TryLineJson } from '../api/control.ts'
import { fieldSpans } from '../classify/index.ts'
import { didYouMean } from '../config/names.ts'
import type { Config } from '../config/types.ts'
import type { TrustBook } from '../decide/index.ts'
import { formatDuration } from '../duration.ts'
import { SipguardError } from '../errors.ts'
import { createPipeline } from '../pipeline.ts'
import { decisionReport, eventJson, reportJson } from '../report.ts'
import type { LineBatch } from '../types.ts'

/** Counted at a time: more than some hundred lines can name, and memory is set aside by it. */
const MOST_KEYS = 10_000

/** What would become of some lines: the live configuration and lists, windows of its own, nothing is kept and nobody is banned. */
export function tryLines(text: string, filter: string | null, config: Config, live: TrustBook): TryJson {
  if (filter !== null && !config.filters.some(({ name }) => name === filter)) {
    const names = config.filters.map(({ name }) => name)
    const hint = didYouMean(filter, names) || `; filters are ${names.join(', ')}`
    throw new SipguardError('FILTER_UNKNOWN', `there is no filter '${filter}'${hint}`)
  }
  const lines: TryLineJson[] = []
  const decisions: TryJson['decisions'][number][] = []
  const met = new Set<string>()
  let current = Buffer.alloc(0)
  const pipeline = createPipeline({
    config: { ...config, store: { ...config.store, maxkeys: MOST_KEYS } },
    ...{ node: 'try', clock: 'log' },
    observer: {
      onEvent(event) {
        if (event.ip !== null && !met.has(event.ip)) {
          met.add(event.ip)
          trust.restore(live.trustedIn(networkOf(event.ip), Date.now()).phones)
        }
        const from = config.filters.find(({ name }) => name === event.filter)
        const line = lines.at(-1)!
        lines[lines.length - 1] = { ...line, ...eventJson(event), fields: from ? fieldSpans(from, event.rule, current) : [] }
      },
      onDecision: (decision) => void decisions.push({ line: lines.length, ...JSON.parse(reportJson(decisionReport(decision))) }),
    },
  })
  const { trust, detector } = pipeline.judge
  const { self, ignored, peers, allowed } = live.lists()
  trust.setSelf(self)
  trust.setIgnored(ignored)
  trust.setPeers(peers)
  trust.setAllowed(allowed)
  let offset = 0
  for (const line of text.replace(/\r?\n$/, '').split(/\r?\n/)) {
    current = Buffer.from(line)
    lines.push({ line: lines.length + 1, text: line, kind: null, fields: [] })
    pipeline.feed(batchOf(current, offset, filter))
    pipeline.judge.expire(pipeline.nowMs)
    offset += current.length + 1
  }
  const windows = detector.openWindows(null).map(({ jail, key, count, maxretry, findtimeMs }) => ({
    ...{ jail, key, count, maxretry, findtime: formatDuration(findtimeMs) },
  }))
  return { lines, decisions, windows }
}

function batchOf(bytes: Buffer, offset: number, filter: string | null): LineBatch {
  return {
    ...{ source: 'try', generation: 'try', filter, form: 'text', bytes, spans: Uint32Array.of(0, bytes.length), count: 1, offset },
    ...{ receivedAtMs: Date.now(), position: { stream: 'try', mark: '' }, cut: 0, lagBytes: 0 },
  }
}

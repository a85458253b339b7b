import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig, packageRoot } from '../src/config/index.ts'
import type { Config, HepSource } from '../src/config/types.ts'
import { decodeHep } from '../src/hep/decode.ts'
import { createPipeline } from '../src/pipeline.ts'
import { HepFrames } from '../src/sources/hep-frames.ts'
import { nameOf } from '../src/sources/index.ts'
import type { SipEvent } from '../src/types.ts'
import { batchOf } from './batch.ts'

const FIXTURES = join(packageRoot, 'fixtures/hep')
const INDEX: Record<string, (Partial<SipEvent> & { times: number })[]> = JSON.parse(readFileSync(join(FIXTURES, 'index.json'), 'utf8'))
const SBC = '198.51.100.1'
const HEP: HepSource = { type: 'hep', host: '127.0.0.1', port: 9060, protocols: ['udp'], from: null, key: null }

const packetsOf = (name: string) => new HepFrames().take(readFileSync(join(FIXTURES, `${name}.bin`)))
const capturedAtMs = (packet: Buffer) => {
  const decoded = decodeHep(packet)
  return typeof decoded === 'string' ? 0 : decoded.capturedAtMs!
}

function start(given: Partial<Config> = {}) {
  const events: SipEvent[] = []
  const matched: number[] = []
  const config = { ...loadConfig(null), tz: 'UTC', sources: [HEP], ...given }
  const pipeline = createPipeline({
    config,
    node: 'n1',
    clock: 'wall',
    observer: { onEvent: (event) => events.push({ ...event }), onBatch: (_, outcome) => matched.push(outcome.matched) },
  })
  pipeline.judge.trust.setSelf([SBC])
  const hear = (packets: readonly Buffer[], source: HepSource = HEP) => {
    const receivedAtMs = Math.max(0, ...packets.map(capturedAtMs)) + 1000
    pipeline.feed(batchOf(packets, { form: 'hep', source: nameOf(source), receivedAtMs }))
    return receivedAtMs
  }
  return { pipeline, config, events, matched, hear }
}

describe.each(Object.entries(INDEX))('what a real Kamailio mirrored of %s', (name, wanted) => {
  test('is these events, each with an id and the name of its source', () => {
    const { pipeline, events, hear } = start()
    pipeline.tick(hear(packetsOf(name)) + 60_000)
    for (const { times, ...fields } of wanted) {
      const found = events.filter((event) => Object.entries(fields).every(([key, value]) => event[key as keyof SipEvent] === value))
      expect(found, `${JSON.stringify(fields)} of ${JSON.stringify(events)}`).toHaveLength(times)
    }
    expect(events).toHaveLength(wanted.reduce((sum, { times }) => sum + times, 0))
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
    for (const { source, id } of events) expect([source, id.startsWith('n1:g1:')]).toEqual(['hep:udp://127.0.0.1:9060', true])
    expect(Object.values(pipeline.refused())).toEqual(Array(6).fill(0))
  })
})

test('who mirrors is a server, where the source names it by its single address', () => {
  const counted = (from: readonly string[]) => {
    const source = { ...HEP, from }
    const { pipeline, events, hear } = start({ sources: [source] })
    pipeline.judge.trust.setSelf([])
    hear(packetsOf('guess'), source)
    return events.filter((event) => event.counted).length
  }
  expect(counted(['192.0.2.99', SBC])).toBeGreaterThan(0)
  expect(counted(['198.51.100.0/24'])).toBe(0)
})

test('requests that nobody answers are events when their time is over', () => {
  const { pipeline, events, hear } = start()
  const atMs = hear(packetsOf('flood'))
  const requests = () => events.filter(({ kind }) => kind === 'request').length
  const before = requests()
  pipeline.tick(atMs + 60_000)
  expect(requests()).toBeGreaterThan(before)
})

test('what cannot be read is counted by its reason, and is no line that was matched', () => {
  const { pipeline, matched, hear } = start()
  const [first] = packetsOf('register')
  hear([first!, Buffer.from('not HEP'), Buffer.from([2, 16, 2, 17])])
  expect(pipeline.refused()).toMatchObject({ 'not-hep': 1, version: 1, key: 0 })
  expect(matched).toEqual([1])
})

test('a source’s packets must carry its key, also a key that is new', () => {
  const { pipeline, config, events, hear } = start({ sources: [{ ...HEP, key: 'mirror' }] })
  hear(packetsOf('guess'))
  expect(events).toEqual([])
  expect(pipeline.refused().key).toBe(packetsOf('guess').length)
  pipeline.reconfigure({ ...config, sources: [HEP] })
  hear(packetsOf('guess'))
  expect(events).toHaveLength(6)
})

test('two sources do not complete each other’s transactions', () => {
  const { events, hear } = start()
  const packets = packetsOf('register')
  hear([packets[0]!])
  hear([packets[1]!], { ...HEP, port: 9061 })
  hear([packets[1]!])
  const challenges = events.filter(({ kind }) => kind === 'auth_challenge')
  expect(challenges.map(({ source, userAgent }) => [source, userAgent !== null])).toEqual([
    // Of a reply alone.
    ['hep:udp://127.0.0.1:9061', false],
    ['hep:udp://127.0.0.1:9060', true],
  ])
})

describe('what HEP and the log of the same server show', () => {
  const packets = packetsOf('guess')
  const atMs = capturedAtMs(packets[0]!)
  const line = `${new Date(atMs).toISOString().replace('Z', '000+00:00')} sbc1 kamailio[7]: WARNING: <script>: Auth failed: ip=192.0.2.10:5060 proto=udp method=REGISTER rc=-2 user=1001 realm=example.com ua=x`
  const log = () => batchOf([line, line, line], { receivedAtMs: atMs + 1000 })
  const failures = (events: readonly SipEvent[]) =>
    events.filter(({ kind }) => kind === 'failed_registration').map(({ filter, counted, why }) => [filter, counted, why])

  test('counts once, by what comes first', () => {
    const { pipeline, events, hear } = start()
    hear(packets)
    pipeline.feed(log())
    expect(failures(events)).toEqual([...Array(3).fill(['hep', true, null]), ...Array(3).fill(['kamailio', false, 'hep'])])
    const other = start()
    other.pipeline.feed(log())
    other.hear(packets)
    expect(failures(other.events)).toEqual([...Array(3).fill(['kamailio', true, null]), ...Array(3).fill(['hep', false, 'hep'])])
  })
  test('counts twice with prefer: none', () => {
    const { pipeline, events, hear } = start({ prefer: 'none' })
    hear(packets)
    pipeline.feed(log())
    expect(failures(events).map(([, counted]) => counted)).toEqual(Array(6).fill(true))
  })
  test('is not looked at where no HEP is configured', () => {
    const { pipeline, events } = start({ sources: [] })
    pipeline.feed(log())
    pipeline.feed(log())
    expect(failures(events)).toEqual(Array(6).fill(['kamailio', true, null]))
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadConfig, withSettings } from '../src/config/index.ts'
import type { Filter } from '../src/config/types.ts'
import { createPipeline, type PipelineOptions } from '../src/pipeline.ts'
import { openMemory } from '../src/state/index.ts'
import { type Decision, EVENT_KINDS, type EventKind } from '../src/types.ts'
import { batchOf } from './batch.ts'
import { withFewKeys } from './few-keys.ts'

/** A server that says everything of every kind. */
const FILTER: Filter = {
  name: 'everything',
  path: 'everything.yaml',
  prefix: 'opensips',
  programs: ['opensips'],
  rules: EVENT_KINDS.map((kind) => ({
    id: kind.replaceAll('_', '-'),
    kind,
    reason: kind === 'door_knock' ? 'scanner_detected' : null,
    failregex: `^${kind} <ADDR>:<PORT>/<F-TRANSPORT>[a-z]+</F-TRANSPORT> <F-USER>\\d*</F-USER>@<F-DOMAIN>[a-z.]+</F-DOMAIN> <F-METHOD>[A-Z]+</F-METHOD> <F-EXPIRES>\\d+</F-EXPIRES>$`,
    ignoreregex: null,
    guarantees: {},
    verdict: 'proved',
    shadow: false,
    counted: true,
    ipv6: 'bracketed',
    set: {},
  })),
  echo: [],
}
/** Small enough that a few lines fill a window. */
const SETTINGS = 'jail.maxretry=3,sip-flood.maxretry=2,sip-scanner.maxretry=2,trust.phone=1d,trust.maxusers=2,trust.maxports=2'
const config = { ...withFewKeys(withSettings(loadConfig(null), SETTINGS)), filters: [FILTER], tz: 'UTC' }
const START = Date.UTC(2026, 0, 15, 10)
const PEER = '198.51.100.1'
const ALLOWED = '198.51.100.2'

interface Said {
  readonly kind: EventKind
  readonly ip: string
  readonly port: number
  readonly transport: string
  readonly user: string
  readonly method: string
  readonly expires: number
}
interface Step {
  /** Since the step before. */
  readonly passesMs: number
  /** Written in the same moment. */
  readonly said: readonly Said[]
  /** In replay, the last one of a batch. */
  readonly ends: boolean
  /** Live, the process is killed after it. */
  readonly killed: boolean
}

const FAILURES: readonly EventKind[] = ['failed_registration', 'failed_auth', 'door_knock', 'call_rejected']
const said = fc.record({
  kind: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...FAILURES) },
    { weight: 2, arbitrary: fc.constantFrom<EventKind>('registration', 'auth_success', 'unregistration') },
    { weight: 2, arbitrary: fc.constantFrom(...EVENT_KINDS) },
  ),
  ip: fc.constantFrom('192.0.2.7', '192.0.2.8', '[2001:db8::7]', '[2001:db8::8]', '[2001:db8:1::7]', PEER, ALLOWED),
  // Port 0 is none.
  port: fc.constantFrom(0, 5060, 5061, 5062, 5063),
  transport: fc.constantFrom('udp', 'udp', 'tcp', 'tls', 'none'),
  user: fc.constantFrom('', '1001', '1002', '1003', '1004'),
  method: fc.constantFrom('REGISTER', 'INVITE'),
  expires: fc.constantFrom(0, 60, 3600),
})
const step: fc.Arbitrary<Step> = fc.record({
  passesMs: fc.oneof(
    { weight: 16, arbitrary: fc.integer({ min: 0, max: 20_000 }) },
    { weight: 3, arbitrary: fc.constantFrom(6e5, 36e5) },
    { weight: 1, arbitrary: fc.constantFrom(864e5, 864e5 + 1, 30 * 864e5) },
  ),
  said: fc.array(said, { minLength: 1, maxLength: 4 }),
  ends: fc.boolean(),
  killed: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
})
const steps = fc.array(step, { minLength: 20, maxLength: 80, size: 'max' })

function begin(clock: PipelineOptions['clock'], decisions: Decision[]) {
  const pipeline = createPipeline({ config, node: 'n1', clock, observer: { onDecision: (decision) => decisions.push(decision) } })
  pipeline.judge.trust.setPeers([PEER])
  pipeline.judge.trust.setIgnored([ALLOWED])
  return pipeline
}

function linesOf({ said }: Step, atMs: number): string[] {
  const time = new Date(atMs).toISOString().replace('Z', '000+00:00')
  return said.map(
    ({ kind, ip, port, transport, user, method, expires }) =>
      `${time} sbc1 opensips[812]: NOTICE:${kind} ${ip}:${port}/${transport} ${user}@example.com ${method} ${expires}`,
  )
}

/** Live, each step is read when it is written; in replay months later, many at once. `kills`: live is killed and started again in between. */
async function decide(all: readonly Step[], kills: boolean): Promise<{ live: Decision[]; replayed: Decision[] }> {
  const live: Decision[] = []
  const replayed: Decision[] = []
  const state = openMemory()
  let watch = begin('wall', live)
  const replay = begin('log', replayed)
  let waiting: string[] = []
  let waitingFrom = 0
  let atMs = START
  let offset = 0
  for (const [i, step] of all.entries()) {
    atMs += step.passesMs
    const batch = batchOf(linesOf(step, atMs), { receivedAtMs: atMs, offset })
    watch.judge.expire(atMs)
    watch.feed(batch)
    if (kills && step.killed) {
      await state.commit({ positions: [], ...watch.drain() })
      watch = begin('wall', live)
      watch.judge.restore(await state.load())
    }
    offset += batch.bytes.length
    waiting.push(...linesOf(step, atMs))
    if (!step.ends && i < all.length - 1) continue
    replay.feed(batchOf(waiting, { offset: waitingFrom }))
    replay.judge.expire(replay.nowMs)
    waiting = []
    waitingFrom = offset
  }
  return { live, replayed }
}

/** What a decision comes to, in short. */
function outcomeOf(decision: Decision): string {
  if (decision.type === 'ban') return `ban ${decision.ban.scope} ${decision.ban.level} ${decision.ban.evidence}`
  return decision.type === 'skip' ? decision.why : decision.alert.kind
}

test('live and replay decide the same on the same lines: every kind, successes, phones, endpoints, peers, transports and users', async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const { live, replayed } = await decide(all, false)
      expect(live).toEqual(replayed)
      for (const decision of live) seen.add(outcomeOf(decision))
    }),
    { numRuns: 100 },
  )
  // It would be no proof if little had been decided.
  expect([...seen]).toEqual(
    expect.arrayContaining([
      ...['ban address unknown unproved', 'ban prefix unknown unproved', 'ban endpoint phone unproved'],
      ...['allowed', 'peer', 'phone', 'already-banned', 'alert-only'],
      ...['credential_suspect', 'user_under_attack', 'phone_failing', 'phone_old_password', 'peer_failing'],
    ]),
  )
})

test('so do they where live is killed and started again in between; only what was said lately is forgotten then', async () => {
  const done = (decisions: readonly Decision[]) => decisions.filter(({ type }) => type !== 'alert')
  let decided = 0
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const { live, replayed } = await decide(all, true)
      expect(done(live)).toEqual(done(replayed))
      decided += done(live).length
    }),
    { numRuns: 40 },
  )
  expect(decided).toBeGreaterThan(200)
})

import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { jailOf, readBundle, recall, writeBundle } from '../../src/cli/bundle.ts'
import { loadConfig } from '../../src/config/index.ts'
import type { Config } from '../../src/config/types.ts'
import { createEvidence } from '../../src/daemon/evidence.ts'
import { bundleOf } from '../../src/daemon/why-bundle.ts'
import { RecentAddresses } from '../../src/explain/recent-addresses.ts'
import { createJudge } from '../../src/judge.ts'
import type { BanEvidence } from '../../src/kept.ts'
import { createPipeline } from '../../src/pipeline.ts'
import type { Ban, SipEvent } from '../../src/types.ts'
import { batchOf } from '../batch.ts'
import { withFewKeys } from '../few-keys.ts'

const NODE = 'n1'
const NOW_MS = Date.UTC(2026, 10, 22)

/** What a daemon keeps of each ban that these lines lead to, in their order. */
export function evidenceOf(config: Config, lines: readonly string[]): BanEvidence[] {
  const found: BanEvidence[] = []
  const evidence = createEvidence({
    state: { node: NODE, evidence: async () => [] },
    positions: new Map(),
    config,
    now: () => NOW_MS,
    addresses: new RecentAddresses(),
  })
  const pipeline = createPipeline({
    ...{ config: withFewKeys(config), node: NODE, clock: 'log' },
    observer: { onEvent: evidence.event, onDecision: (decision) => evidence.decided(decision, pipeline.judge.trust) },
  })
  for (const line of lines) {
    pipeline.feed(batchOf([line]))
    const rows = evidence.drain().evidence.filter(({ key }) => !key.startsWith('armed '))
    found.push(...rows.map(({ data }) => JSON.parse(data) as BanEvidence))
  }
  return found
}

/** A ban's bundle on disk, and what a replay of it bans when its lines are these. */
export function writtenBundle(dir: string, config: Config, evidence: BanEvidence) {
  const { ban } = evidence
  const told = { ban, evidence, isActive: true, liftedMs: null, liftedBy: null, verified: null, packets: null }
  const facts = { ip: ban.ip, level: ban.level, configVersion: '', backend: 'none', bans: [told], windows: [], notCounted: [] }
  writeBundle(dir, bundleOf(facts, config, NODE))
  const bundle = readBundle(dir)!
  const own = withFewKeys(jailOf(bundle, loadConfig(bundle.config)))
  const lines = readFileSync(bundle.lines, 'latin1').split('\n').slice(0, -1)
  const events: SipEvent[] = []
  // As `sipguard replay` reads them; each is judged by itself below, which takes less time than to read them again.
  const reader = createPipeline({ config: own, node: NODE, clock: 'log', observer: { onEvent: (event) => void events.push({ ...event }) } })
  for (const line of lines) {
    reader.feed(batchOf([Buffer.from(line, 'latin1')], { receivedAtMs: bundle.receivedAtMs, filter: bundle.filter }))
  }
  expect(events).toHaveLength(lines.length)
  return {
    events,
    replay(some: readonly SipEvent[]): Ban[] {
      const judge = createJudge(own, NODE)
      judge.trust.setIgnored(own.ignoreip)
      judge.trust.setPeers(own.peers)
      recall(bundle, judge)
      let nowMs = Number.NEGATIVE_INFINITY
      return some.flatMap((event) => {
        nowMs = Math.max(nowMs, event.atMs)
        return judge.judge(event, nowMs).flatMap((decision) => (decision.type === 'ban' ? [decision.ban] : []))
      })
    },
  }
}

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../src/config/index.ts'
import { createPipeline } from '../src/pipeline.ts'
import { readLines } from '../src/sources/index.ts'
import type { Ban, EventKind } from '../src/types.ts'
import { bin, root } from './sipguard.ts'

/** Labelled lines of public projects and logs recorded in a lab: beside the checkout, not in it. */
const shared = join(dirname(root), 'shared')
const score = join(shared, 'score.mjs')
const isThere = existsSync(score)
if (!isThere) console.warn(`SKIPPED: there are no labelled lines at ${shared}`)

interface Score {
  readonly lines: number
  readonly kind_ok: number
  readonly attacks: number
  readonly missed: number
  readonly wrong_ip: number
  readonly false_positive: number
}

describe.skipIf(!isThere)('labelled lines', () => {
  const judge = (name: string) => {
    const corpus = join(shared, 'corpora', `${name}.jsonl`)
    const command = [process.execPath, bin, 'classify', '--all', '--tz', 'UTC']
    const { status, stdout } = spawnSync(process.execPath, [score, '--json', corpus, '--', ...command], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    })
    const { tally, faults } = JSON.parse(stdout) as { tally: Record<string, Score>; faults: { what: string }[] }
    return { status, tally, faults }
  }

  test.each(['opensips', 'kamailio', 'asterisk', 'freeswitch'])('of %s: every kind and address is right, no attack is missed', (name) => {
    const { status, tally, faults } = judge(name)
    expect(faults).toEqual([])
    expect(status).toBe(0)
    const { lines, kind_ok, attacks, missed, wrong_ip, false_positive } = tally[name]!
    expect([kind_ok, missed, wrong_ip, false_positive]).toEqual([lines, 0, 0, 0])
    expect(attacks).toBeGreaterThan(20)
  })

  test('made to deceive: no wrong address, no attack missed', () => {
    for (const [server, { missed, wrong_ip, attacks }] of Object.entries(judge('adversarial').tally)) {
      expect({ server, missed, wrong_ip }).toEqual({ server, missed: 0, wrong_ip: 0 })
      expect(attacks).toBeGreaterThan(0)
    }
  })
})

describe.skipIf(!isThere)('logs recorded in the lab', () => {
  const folder = join(shared, 'logs')
  const config = { ...loadConfig(null), tz: 'UTC' }
  async function replay(name: string) {
    const bans: Ban[] = []
    const events: Partial<Record<EventKind, number>> = {}
    const pipeline = createPipeline({
      config,
      node: 'test',
      clock: 'log',
      observer: {
        onEvent: ({ kind }) => {
          events[kind] = (events[kind] ?? 0) + 1
        },
        onDecision: (decision) => decision.type === 'ban' && bans.push(decision.ban),
      },
    })
    for await (const batch of readLines(join(folder, name), { filter: null })) pipeline.feed(batch)
    return { bans: bans.map(({ ip, jail }) => ({ ip, jail })), events }
  }
  const names = isThere ? readdirSync(folder).filter((name) => name.endsWith('.log')) : []

  test.each(names.filter((name) => !name.includes('legit')))('%s: the attacker is banned once, and nobody else', async (name) => {
    const { bans } = await replay(name)
    expect(bans).toHaveLength(1)
    expect(bans[0]!.ip).toMatch(/^192\.0\.2\.1[0-3]$/)
    expect(bans[0]!.jail).toBe(name.includes('-flood-') ? 'sip-flood' : name.includes('-no-ua') ? 'sip-auth' : 'sip-scanner')
  })
  test.each(names.filter((name) => name.includes('legit')))('%s: the phone is seen and never banned', async (name) => {
    expect(await replay(name)).toEqual({ bans: [], events: { request: 8, registration: 4 } })
  })
  test.each(names.filter((name) => name.includes('.traditional')))('%s tells the same as with full times', async (name) => {
    expect(await replay(name)).toEqual(await replay(name.replace('.traditional', '')))
  })
})

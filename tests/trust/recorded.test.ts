import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/index.ts'
import { createPipeline, type PipelineOptions } from '../../src/pipeline.ts'
import type { Decision } from '../../src/types.ts'
import { batchOf } from '../batch.ts'
import { HOUR, MINUTE, SECOND } from '../detect/samples.ts'
import { withFewKeys } from '../few-keys.ts'
import { root } from '../sipguard.ts'
import { OFFICE, Office, OLD, USERS } from './office.ts'
import { type Place, Server, START } from './server.ts'

/** What a real OpenSIPS and a real Kamailio logged in a lab: beside the checkout, not in it. */
const folder = join(dirname(root), 'shared/logs')
const isThere = existsSync(folder)
if (!isThere) console.warn(`SKIPPED: there are no recorded logs at ${folder}`)
const names = isThere ? readdirSync(folder).filter((name) => name.endsWith('.log')) : []
const linesOf = (name: string) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1)

const config = { ...withFewKeys(loadConfig(null)), tz: 'UTC' }
/** When the recorded logs are read; it gives the traditional times their year. */
const LATER = Date.UTC(2026, 10, 23)

/** What is decided on these lines: live, each received as it was written, or in a replay later. */
function play(lines: readonly string[], clock: PipelineOptions['clock']) {
  const decisions: Decision[] = []
  const pipeline = createPipeline({ config, node: 'n1', clock, observer: { onDecision: (decision) => decisions.push(decision) } })
  let receivedAtMs = 0
  let offset = 0
  for (const line of lines) {
    const batch = batchOf([line], { offset, receivedAtMs: LATER })
    offset += batch.bytes.length
    if (clock === 'log') pipeline.feed(batch)
    else {
      receivedAtMs = Math.max(receivedAtMs, pipeline.timeOf(batch.bytes, 0, batch.spans[1]!, LATER) ?? 0)
      pipeline.feed({ ...batch, receivedAtMs })
      pipeline.judge.expire(receivedAtMs)
    }
  }
  const bans = decisions.flatMap((decision) => (decision.type === 'ban' ? [decision.ban] : []))
  const alerts = decisions.flatMap((decision) => (decision.type === 'alert' ? [decision.alert] : []))
  return { decisions, bans, alerts, levelOf: (ip: string) => pipeline.judge.trust.levelOf(ip, pipeline.nowMs) }
}

describe.skipIf(!isThere)('recorded logs', () => {
  test('are there', () => {
    expect(names.length).toBeGreaterThan(30)
  })

  test.each(names)('%s: live and replay decide the same', (name) => {
    const lines = linesOf(name)
    expect(play(lines, 'wall').decisions).toEqual(play(lines, 'log').decisions)
  })

  test.each(names.filter((name) => !name.includes('legit')))('%s: the attacker is banned, on what evidence there is', (name) => {
    const { bans, levelOf } = play(linesOf(name), 'log')
    expect(bans).toMatchObject([{ scope: 'address', level: 'unknown', evidence: 'unproved', nth: 1 }])
    expect(bans[0]!.untilMs! - bans[0]!.fromMs).toBeLessThanOrEqual(HOUR)
    expect(levelOf(bans[0]!.ip)).toBe('unknown')
  })

  test.each(names.filter((name) => name.includes('legit')))('%s: the phone is known, and nothing is said of it', (name) => {
    const { decisions, levelOf } = play(linesOf(name), 'log')
    expect(levelOf('203.0.113.10')).toBe('phone')
    expect(decisions).toEqual([])
  })

  test.each(names.filter((name) => name.includes('cracked')))('%s: a cracked password earns no trust, and is told', (name) => {
    const { alerts, levelOf } = play(linesOf(name), 'log')
    expect(alerts).toMatchObject([{ kind: 'credential_suspect', ip: '192.0.2.10', user: '1050@example.com', phones: [] }])
    expect(alerts[0]!.count).toBeGreaterThanOrEqual(10)
    expect(levelOf('192.0.2.10')).toBe('unknown')
  })
})

describe('simulated logs: live and replay decide the same', () => {
  const linesFrom = (simulate: (onLine: (line: string) => void) => void) => {
    const lines: string[] = []
    simulate((line) => lines.push(line))
    return lines
  }

  test.each(['udp', 'tcp', null] as const)('an office with an old password and an insider (transport %s)', (transport) => {
    const lines = linesFrom((onLine) => {
      const office = new Office(transport, { onLine })
      const { server } = office
      for (const user of USERS) server.at(START, () => office.register(user))
      office.goStale(START + MINUTE)
      for (let i = 0; i < 30; i++) {
        server.at(START + HOUR + i * SECOND, () => server.fail({ ip: OFFICE, port: 40_000, transport }, String(2000 + i)))
      }
      server.run(START + 2 * HOUR)
    })
    const live = play(lines, 'wall')
    expect(live.decisions).toEqual(play(lines, 'log').decisions)
    expect(live.bans).toMatchObject([{ ip: OFFICE, scope: transport === 'tcp' ? 'address' : 'endpoint' }])
    expect(live.alerts).toContainEqual(expect.objectContaining({ kind: 'phone_old_password', user: `${OLD}@example.com` }))
  })

  test('users under attack from many addresses', () => {
    const lines = linesFrom((onLine) => {
      const server = new Server({ onLine })
      for (let n = 0; n < 60; n++) {
        const place: Place = { ip: `45.0.${n}.66`, port: 5060, transport: n % 3 === 0 ? 'tls' : 'udp' }
        server.every(
          () => HOUR,
          () => server.fail(place, '1001'),
          START + n * MINUTE,
        )
      }
      server.run(START + 5 * HOUR)
    })
    const live = play(lines, 'wall')
    expect(live.decisions).toEqual(play(lines, 'log').decisions)
    expect(new Set(live.bans.map(({ ip }) => ip)).size).toBe(60)
    expect(new Set(live.alerts.map(({ kind, key }) => `${kind} ${key}`))).toEqual(new Set(['user_under_attack 1001@example.com']))
  })
})

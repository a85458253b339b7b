import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../src/config/index.ts'
import { formatDuration } from '../src/duration.ts'
import { createPipeline } from '../src/pipeline.ts'
import type { Decision } from '../src/types.ts'
import { batchOf } from './batch.ts'

/**
 * fixtures/jails/*.log: replays; a line `# ban: IP JAIL TIME` (of an endpoint IP:PORT/TRANSPORT), `# skip: IP JAIL WHY` or
 * `# alert: KIND KEY` says what the log line above it causes.
 */
const folder = join(import.meta.dirname, '../fixtures/jails')
const config = { ...loadConfig(null), tz: 'UTC' }

/** The file as it should be: every decision marked under the line that caused it. */
function mark(text: string): string {
  const lines = text.split('\n').filter((line) => !/^# (?:ban|skip|alert): /.test(line))
  const marks: string[] = []
  const pipeline = createPipeline({
    config,
    node: 'test',
    clock: 'log',
    observer: { onDecision: (decision) => marks.push(describeDecision(decision)) },
  })
  return lines
    .flatMap((line) => {
      if (line !== '' && !line.startsWith('#')) pipeline.feed(batchOf([line]))
      return [line, ...marks.splice(0)]
    })
    .join('\n')
}

function describeDecision(decision: Decision): string {
  if (decision.type === 'skip') return `# skip: ${decision.ip} ${decision.jail} ${decision.why}`
  if (decision.type === 'alert') return `# alert: ${decision.alert.kind} ${decision.alert.key}`
  const { ban } = decision
  const where = ban.scope === 'endpoint' ? `${ban.ip}:${ban.port}/${ban.transport ?? 'any'}` : ban.ip
  return `# ban: ${where} ${ban.jail} ${formatDuration(ban.untilMs === null ? null : ban.untilMs - ban.fromMs)}`
}

describe('default jails', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.log'))) {
    test(`${file} bans where it says so, and nowhere else`, () => {
      const text = readFileSync(join(folder, file), 'utf8')
      expect(mark(text)).toBe(text)
    })
  }

  test('every shipped jail has a replay', () => {
    const shown = new Set(readdirSync(folder).map((name) => name.replace('.log', '')))
    expect(config.jails.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([])
  })
})

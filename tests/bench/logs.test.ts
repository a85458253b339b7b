import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createClassifier } from '../../src/classify/index.ts'
import { loadShippedFilters } from '../../src/config/index.ts'
import { ALTERNATIONS, logLines, SERVERS, writeLog } from './logs.ts'

const LINES = 1000

test.each(SERVERS)('of the log of %s, exactly the lines of attackers count, and the alternation finds them', (server) => {
  const classifier = createClassifier({ filters: loadShippedFilters(), tz: 'UTC' })
  const alternation = new RegExp(ALTERNATIONS[server])
  const startMs = Date.UTC(2026, 10, 3, 4, 5, 6)
  const lines = [...logLines({ server, lines: LINES, every: 4, startMs })]
  expect(lines).toHaveLength(LINES)
  lines.forEach((line, i) => {
    const bytes = Buffer.from(line)
    const event = classifier.classify(bytes, 0, bytes.length, null, startMs + 1e6, 0)
    expect(event?.counted ?? false, line).toBe(i % 4 === 0)
    expect(alternation.test(line), line).toBe(i % 4 === 0)
    if (event?.counted) expect(event.atMs, line).toBe(startMs + Math.floor(i / 50) * 1000)
  })
})

test('the log in the file is the same at every run', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-bench-logs-'))
  try {
    const path = join(dir, 'sip.log')
    const options = { server: 'opensips', lines: 25_000, every: 100 } as const
    writeLog(path, options)
    expect(readFileSync(path, 'utf8')).toBe([...logLines(options)].map((line) => `${line}\n`).join(''))
  } finally {
    rmSync(dir, { recursive: true })
  }
})

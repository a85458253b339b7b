import { describe, expect, test } from 'vitest'
import { createJoiner } from '../../src/classify/joiner.ts'
import { LONGEST_LINE } from '../../src/classify/longest-line.ts'
import { loadShippedFilters, loadShippedJails } from '../../src/config/index.ts'
import { createPipeline } from '../../src/pipeline.ts'
import type { LineBatch, SipEvent } from '../../src/types.ts'
import { batchOf } from '../batch.ts'
import { classify } from './lines.ts'

const PART = 16_384
const TIME = '2026-01-15T10:30:45.123456789Z'
const record = (log: string, stream = 'stderr') => JSON.stringify({ log, stream, time: TIME })
/** A line as Docker splits it. */
const split = (line: string, stream?: string): string[] => {
  const whole = `${line}\n`
  return Array.from({ length: Math.ceil(whole.length / PART) }, (_, i) => record(whole.slice(i * PART, (i + 1) * PART), stream))
}
const scanner = (length: number, ip = '192.0.2.8') => {
  const [before, after] = ['Jan 15 10:30:45 [1234] NOTICE:Scanner detected and logged to database - user_agent=', ` from ${ip}:5060`]
  return before + 'u'.repeat(length - before.length - after.length) + after
}

/** What a joiner makes of batches of one log; each line as its text, its offset, and whether it is in doubt. */
function joined(batches: readonly LineBatch[], joiner = createJoiner()) {
  const lines: { text: string; offset: number; doubtful: boolean }[] = []
  for (const batch of batches) {
    for (let i = 0; i < batch.count; i++) {
      const line = joiner.join(batch, i)
      if (line) lines.push({ text: line.bytes.toString('utf8', line.start, line.end), offset: line.offset, doubtful: line.doubtful })
    }
  }
  return lines
}
const logOf = (text: string) => JSON.parse(text).log as string
/** One batch per list of lines, one behind the other in a file from its beginning. */
function batches(...lists: string[][]): LineBatch[] {
  let offset = 0
  return lists.map((lines) => {
    const batch = batchOf(lines, { offset })
    offset += batch.bytes.length
    return batch
  })
}

describe('lines that were split before they were read', () => {
  test('the parts that Docker makes of a long line are one line, at the place of the first', () => {
    const line = scanner(40_000)
    const parts = split(line)
    expect(parts).toHaveLength(3)
    const [before, whole, after] = joined(batches([record('a\n'), ...parts, record('b\n')]))
    expect(logOf(before?.text ?? '')).toBe('a\n')
    expect(whole).toEqual({
      text: JSON.stringify({ log: `${line}\n`, stream: 'stderr', time: TIME }),
      offset: record('a\n').length + 1,
      doubtful: false,
    })
    expect(logOf(after?.text ?? '')).toBe('b\n')
    expect(classify(whole?.text ?? '')).toMatchObject({ rule: 'scanner-detected', ip: '192.0.2.8', counted: true })
  })

  test('over batches too, and while another stream and another log print', () => {
    const line = scanner(40_000)
    const [one, two, three] = split(line) as [string, string, string]
    const [first, second, third] = batches([one], [record('other stream\n', 'stdout'), two], [three]) as [LineBatch, LineBatch, LineBatch]
    const foreign = batchOf([record('other log\n')], { generation: 'g2', offset: 0 })
    const lines = joined([first, foreign, second, third])
    expect(lines.map(({ text }) => logOf(text))).toEqual(['other log\n', 'other stream\n', `${line}\n`])
    expect(lines[2]?.offset).toBe(0)
  })

  test('the head of a split line is nobody’s line: the address at the end of a part is not the server’s', () => {
    const forged = scanner(PART, '203.0.113.5')
    const parts = split(`${forged}x from 192.0.2.8:5060`)
    expect(joined(batches(parts.slice(0, 1)))).toEqual([])
    expect(classify(joined(batches(parts))[0]?.text ?? '')).toMatchObject({ ip: '192.0.2.8' })
  })

  test('after a restart the rest of a split line is in doubt, the next line is not', () => {
    const rest = record('Jan 15 10:30:45 [1] PIKE - BLOCKing ip 203.0.113.5, node=0x1\n')
    const next = record('Jan 15 10:30:45 [1] PIKE - BLOCKing ip 192.0.2.8, node=0x1\n')
    const [head, tail] = batches(split(scanner(PART + 1)).slice(0, 1), [rest, next]) as [LineBatch, LineBatch]
    expect(joined([tail]).map(({ doubtful }) => doubtful)).toEqual([true, false])
    expect(joined([head, tail]).map(({ doubtful }) => doubtful)).toEqual([false, false])
  })

  test('and where more of its parts come, so is what they make together', () => {
    const parts = split(scanner(60_000))
    const [, tail] = batches(parts.slice(0, 1), [...parts.slice(1), record('b\n')]) as [LineBatch, LineBatch]
    expect(joined([tail]).map(({ doubtful }) => doubtful)).toEqual([true, false])
  })

  test('a part that was cut, for its escapes, leaves what follows in doubt', () => {
    const escaped = record('\x01'.repeat(PART)).slice(0, LONGEST_LINE)
    const lines = joined(batches([escaped, record('rest\n'), record('b\n'), record('c\n', 'stdout'), record('d\n', 'stdout')]))
    expect(lines.map(({ doubtful }) => doubtful)).toEqual([false, true, false, true, false])
    expect(classify(lines[0]?.text ?? '')).toBeNull()
  })

  test('the doubt ends, whatever a stream does not say, and whatever else is in the log', () => {
    const many = Array.from({ length: 70 }, () => record('a\n'))
    const late = batchOf([...many, record('b\n', 'stdout')], { offset: 5 })
    expect(joined([late]).filter(({ doubtful }) => doubtful)).toHaveLength(1)
    const foreign = Array.from({ length: 70 }, () => '{"message":"x"}')
    expect(joined([batchOf([...foreign, record('b\n')], { offset: 5 })]).filter(({ doubtful }) => doubtful)).toEqual([])
  })

  test('a line that is longer than a line may be is as good as cut', () => {
    const [line] = joined(batches(split(scanner(200_000))))
    expect(logOf(line?.text ?? '').length).toBeLessThan(LONGEST_LINE + 2 * PART)
    expect(classify(line?.text ?? '')).toBeNull()
    const open = 'Jan 15 10:30:45 [1234] NOTICE:Scanner blocked: ip=192.0.2.8:5060 method=OPTIONS ua='
    const [known] = joined(batches(split(open.padEnd(200_000, 'x'))))
    expect(classify(known?.text ?? '')).toMatchObject({ ip: '192.0.2.8', counted: true })
  })

  test('the journal says itself where it split a line', () => {
    const entry = (MESSAGE: string, more = {}) => JSON.stringify({ SYSLOG_IDENTIFIER: 'opensips', _STREAM_ID: 'a', MESSAGE, ...more })
    const line = scanner(60_000).replace(/^.*NOTICE:/, 'NOTICE:')
    const other = entry('x', { _STREAM_ID: 'b' })
    const [first, whole] = joined(batches([entry(line.slice(0, 49_152), { _LINE_BREAK: 'line-max' }), other, entry(line.slice(49_152))]))
    expect(first?.text).toBe(other)
    expect(classify(whole?.text ?? '')).toMatchObject({ ip: '192.0.2.8', counted: true })
  })

  test('the pipeline counts the whole line once, as the line at its first part, and none that is in doubt', () => {
    const events: SipEvent[] = []
    const config = {
      filters: loadShippedFilters(),
      jails: loadShippedJails(),
      tz: 'UTC',
      store: { type: 'embedded', maxkeys: 1000 },
      trust: { phoneMs: 1, maxUsers: 1, maxPorts: 1 },
      unproved: { maxbantimeMs: null },
      sources: [],
      prefer: 'none',
    } as const
    const open = () => createPipeline({ config, node: 'n', clock: 'log', observer: { onEvent: (event) => events.push(event) } })
    const pike = record('Jan 15 10:30:45 [1] PIKE - BLOCKing ip 192.0.2.9, node=0x1\n')
    const [one, two] = batches([pike, ...split(scanner(40_000)).slice(0, 2)], [...split(scanner(40_000)).slice(2), pike]) as [
      LineBatch,
      LineBatch,
    ]
    const running = open()
    running.feed(one)
    running.feed(two)
    expect(events.map(({ id, ip, counted }) => ({ id, ip, counted }))).toEqual([
      { id: 'n:g1:0', ip: '192.0.2.9', counted: true },
      { id: `n:g1:${pike.length + 1}`, ip: '192.0.2.8', counted: true },
      { id: `n:g1:${two.offset + (two.spans[2] as number)}`, ip: '192.0.2.9', counted: true },
    ])
    expect(running.drain().totals.lines).toBe(5)
    events.length = 0
    open().feed(batchOf([pike, pike], { offset: 1000 }))
    expect(events.map(({ counted, why }) => ({ counted, why }))).toEqual([
      { counted: false, why: 'forgeable' },
      { counted: true, why: null },
    ])
  })

  test('a short record without a newline is the last word of a process, not a part', () => {
    const lines = joined(batches([record('dying'), record('Jan 15 10:30:45 [1] up\n')]))
    expect(lines.map(({ text }) => logOf(text))).toEqual(['dying', 'Jan 15 10:30:45 [1] up\n'])
  })

  test('lines that are no records pass as they are, whatever is unfinished', () => {
    const [part = ''] = split(scanner(20_000))
    const plain = 'y'.repeat(20_000)
    expect(joined(batches([part, 'x', plain, '{"a":1}', '{'])).map(({ text }) => text)).toEqual(['x', plain, '{"a":1}', '{'])
  })

  test('unfinished lines of very many logs are forgotten in the end', () => {
    const joiner = createJoiner()
    const [part = ''] = split(scanner(20_000))
    for (let i = 0; i < 300; i++) joined([batchOf([part], { generation: `log ${i}`, offset: 0 })], joiner)
    expect(joined([batchOf([record('end\n')], { generation: 'log 0', offset: 20_000 })], joiner)[0]).toMatchObject({ doubtful: true })
    expect(logOf(joined([batchOf([record('end\n')], { generation: 'log 299', offset: 20_000 })], joiner)[0]?.text ?? '')).toHaveLength(
      PART + 4,
    )
  })
})

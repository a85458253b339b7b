import { afterEach, describe, expect, test, vi } from 'vitest'
import { formatSpan } from '../../src/cli/span.ts'
import { formatTable, right, whole } from '../../src/cli/table.ts'
import { cutTo, textWidth } from '../../src/cli/width.ts'

const terminal = process.stdout.isTTY
afterEach(() => {
  process.stdout.isTTY = terminal
  vi.unstubAllEnvs()
})

test('columns are as wide on a terminal as their widest cell, numbers stand right', () => {
  process.stdout.isTTY = false
  const table = formatTable(
    ['name', { title: 'n', align: 'right' }, 'rest'],
    [
      ['é😀', '1', 'x'],
      ['longer', '100', ''],
    ],
  )
  expect(table).toBe('name      n  rest\né😀       1  x\nlonger  100')
})
test('hostile text in a cell is escaped before it is measured', () => {
  process.stdout.isTTY = false
  expect(formatTable(['a', 'b'], [['\x1b[2J\n', 'x']])).toBe('a            b\n\\x1b[2J\\x0a  x')
})
test('titles are coloured on a terminal only, and not under NO_COLOR', () => {
  vi.stubEnv('NO_COLOR', '')
  vi.stubEnv('TERM', 'xterm')
  process.stdout.isTTY = true
  expect(formatTable(['a'], [])).toBe('\x1b[2ma\x1b[0m')
  vi.stubEnv('NO_COLOR', '1')
  expect(formatTable(['a'], [])).toBe('a')
  vi.stubEnv('NO_COLOR', '')
  vi.stubEnv('TERM', 'dumb')
  expect(formatTable(['a'], [])).toBe('a')
  vi.stubEnv('TERM', 'xterm')
  process.stdout.isTTY = false
  expect(formatTable(['a'], [])).toBe('a')
})
describe('on a narrow terminal', () => {
  const narrow = (columns: number) => ({ isTTY: true, columns }) as NodeJS.WriteStream
  const columns = [whole('address'), 'user agent', right('n'), 'what']
  const row = ['2001:db8:1234:5678::1', 'friendly-scanner/1.11 with words', '12345', 'Forbidden by rule']
  const table = (width: number) => formatTable(columns, [row], narrow(width)).replaceAll(/\x1b\[\d*m/g, '')

  test('the widest cells are cut, never numbers or what is whole', () => {
    expect(table(200)).toBe(
      'address                user agent                            n  what\n2001:db8:1234:5678::1  friendly-scanner/1.11 with words  12345  Forbidden by rule',
    )
    expect(table(60)).toBe(
      'address                user agent          n  what\n2001:db8:1234:5678::1  friendly-scan…  12345  Forbidden by…',
    )
  })
  test('no line is wider than the terminal, however narrow', () => {
    for (let width = 4; width < 100; width++) {
      for (const line of table(width).split('\n')) expect(textWidth(line), `${width}: ${line}`).toBeLessThanOrEqual(width)
    }
  })
  test('wide signs take two cells, marks none', () => {
    expect([textWidth('日本'), textWidth('e\u0301'), textWidth('😀'), textWidth('\x1b[2ma\x1b[0m')]).toEqual([4, 1, 2, 1])
    expect([cutTo('日本語', 5), cutTo('日本語', 4), cutTo('日本語', 6)]).toEqual(['日本…', '日…', '日本語'])
  })
})

test('a table of 200,000 rows is no trouble', () => {
  process.stdout.isTTY = false
  expect(formatTable(['a'], Array(200_000).fill(['x'])).length).toBe(1 + 200_000 * 2)
})

test.each([
  [null, 'for ever'],
  [-5, '0s'],
  [999, '0s'],
  [41_000, '41s'],
  [3_600_000, '1h'],
  [7_500_000, '2h 5m'],
  [3_601_000, '1h'],
  [90_061_000, '1d 1h'],
])('a span of %s ms is %s', (ms, text) => {
  expect(formatSpan(ms)).toBe(text)
})

import { afterEach, expect, test, vi } from 'vitest'
import { formatSpan } from '../../src/cli/span.ts'
import { formatTable } from '../../src/cli/table.ts'

const terminal = process.stdout.isTTY
afterEach(() => {
  process.stdout.isTTY = terminal
  vi.unstubAllEnvs()
})

test('columns are as wide as their widest cell, numbers stand right', () => {
  process.stdout.isTTY = false
  const table = formatTable(
    ['name', { title: 'n', align: 'right' }, 'rest'],
    [
      ['é😀', '1', 'x'],
      ['longer', '100', ''],
    ],
  )
  expect(table).toBe('name      n  rest\né😀        1  x\nlonger  100')
})
test('hostile text in a cell is escaped before it is measured', () => {
  process.stdout.isTTY = false
  expect(formatTable(['a', 'b'], [['\x1b[2J\n', 'x']])).toBe('a            b\n\\x1b[2J\\x0a  x')
})
test('titles are coloured on a terminal only, and not under NO_COLOR', () => {
  vi.stubEnv('NO_COLOR', '')
  process.stdout.isTTY = true
  expect(formatTable(['a'], [])).toBe('\x1b[2ma\x1b[0m')
  vi.stubEnv('NO_COLOR', '1')
  expect(formatTable(['a'], [])).toBe('a')
  vi.stubEnv('NO_COLOR', '')
  process.stdout.isTTY = false
  expect(formatTable(['a'], [])).toBe('a')
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

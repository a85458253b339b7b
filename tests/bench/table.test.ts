import { expect, test } from 'vitest'
import type { Figure } from './figure.ts'
import type { Run } from './run-file.ts'
import { formatComparison, formatTable, YARDSTICK } from './table.ts'

const runOf = (figures: readonly Figure[]): Run => ({ version: '1.0.0', date: '2026-01-15', machine: '2 × test', quick: true, figures })
const rg = (value: number): Figure => ({ ...YARDSTICK, value, unit: 'lines/s' })
const figure = (name: string, value: number | null, unit: Figure['unit']): Figure => ({ group: 'g', name, value, unit })

test('the table names the machine, and has a row for each figure under its group', () => {
  const ratio = { times: 1.75, of: 'rg -c' }
  const figures = [{ ...figure('ours', 1_234_567, 'lines/s'), ratio }, figure('crowdsec', null, 'lines/s')]
  expect(formatTable(runOf([...figures, { group: 'h', name: 'p99', value: 13.25, unit: 'ms' }]))).toBe(
    [
      '2 × test',
      '',
      'g',
      '  ours       1,234,567 lines/s     1.75 × rg -c',
      '  crowdsec            not here',
      '',
      'h',
      '  p99                  13.3 ms',
    ].join('\n'),
  )
})

test('on a machine half as fast, half the rate, twice the time and the same memory are as before', () => {
  const before = runOf([rg(2e6), figure('a', 1000, 'bans/s'), figure('b', 1, 's'), figure('c', 100, 'MB')])
  const now = runOf([rg(1e6), figure('a', 500, 'bans/s'), figure('b', 2, 's'), figure('c', 100, 'MB')])
  expect(formatComparison(now, before)).toBe(
    [
      'Compared with 1.0.0 of 2026-01-15 (2 × test):',
      '  by rg this machine is 0.50 × as fast, which is taken out of what follows',
      '  none of 4 figures is worse by 1.3 × or more',
    ].join('\n'),
  )
})

test('what got slower or larger is named with both figures; what got faster is not', () => {
  const before = runOf([rg(1e6), figure('a', 1000, 'bans/s'), figure('b', 1, 's'), figure('c', 100, 'MB'), figure('d', 10, 'ms')])
  const now = runOf([rg(1e6), figure('a', 500, 'bans/s'), figure('b', 1.5, 's'), figure('c', 140, 'MB'), figure('d', 2, 'ms')])
  expect(formatComparison(now, before).split('\n').slice(2)).toEqual([
    '  g: a: 500 bans/s, was 1,000 bans/s: 2.0 × worse',
    '  g: b: 1.50 s, was 1.00 s: 1.5 × worse',
    '  g: c: 140 MB, was 100 MB: 1.4 × worse',
  ])
})

test('lines that are lost now and were not before are named', () => {
  const before = runOf([figure('tail', 0, 'lines lost')])
  const now = runOf([figure('tail', 3, 'lines lost')])
  expect(formatComparison(now, before)).toContain('  g: tail: 3 lines lost, was 0 lines lost')
})

test('a figure that only one of the runs has is not compared', () => {
  const before = runOf([figure('a', null, 's')])
  const now = runOf([figure('a', 5, 's'), figure('b', 5, 's')])
  expect(formatComparison(now, before).split('\n').slice(1)).toEqual([
    '  without rg in both runs the machines are taken to be equally fast',
    '  none of 0 figures is worse by 1.3 × or more',
  ])
})

import { describe, expect, test } from 'vitest'
import { Ledger } from './ledger.ts'

const gap = { from: 2, to: 4, atMs: 1000 }

describe('the ledger of the chaos suite', () => {
  test('finds nothing wrong when each line was counted once', () => {
    const ledger = new Ledger()
    ledger.committed(2, [0, 1, 2])
    ledger.committed(2, [2, 3])
    expect(ledger.account(4, 100)).toEqual({ written: 4, counted: 4, swallowed: 0, rescued: 0, differences: [] })
  })

  test('takes a line that was committed and not printed for the one after the last printed', () => {
    const ledger = new Ledger()
    ledger.committed(3, [0, 1])
    expect(ledger.account(3, 100).differences).toEqual([])
  })

  test('names what was lost, counted twice or never written', () => {
    const ledger = new Ledger()
    ledger.committed(5, [0, 3, 3, 4, 9])
    expect(ledger.account(5, 100).differences).toEqual([
      'lines 3 to 3 were counted more than once',
      'lines 1 to 2 were lost',
      'lines were counted that nobody wrote',
    ])
  })

  test('lines in a gap may be missing if a truncation was told of since', () => {
    const ledger = new Ledger()
    ledger.gap(gap)
    ledger.committed(4, [0, 1, 2, 4])
    const silent = ['lines 3 to 3 were swallowed by copytruncate, and nothing was said']
    expect(ledger.account(5, 100)).toEqual({ written: 5, counted: 4, swallowed: 1, rescued: 1, differences: silent })
    ledger.told({ atMs: 999, seenBytes: 0 })
    expect(ledger.account(5, 100).differences).toEqual(silent)
    ledger.told({ atMs: 1001, seenBytes: 100 })
    expect(ledger.account(5, 100).differences).toEqual([])
  })

  test('more must not be said to be lost than is', () => {
    const ledger = new Ledger()
    ledger.gap(gap)
    ledger.committed(3, [0, 1, 2])
    ledger.told({ atMs: 1001, seenBytes: 200 })
    expect(ledger.account(4, 100).differences).toEqual(['2 lines were said to be swallowed, which is more than 1'])
  })
})

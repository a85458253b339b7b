import { expect, test } from 'vitest'
import { readProvisioned } from '../../src/phones/provisioned.ts'

test('a list of provisioned phones has a MAC and an extension on each line', () => {
  const csv = '\ufeffMAC,extension\r\n# reception\r\n00:15:65:12:34:56,1001\r\n\r\n"0015.6512.3456", "1002"\r\n805EC0123456,1003'
  expect(readProvisioned(csv)).toEqual({
    phones: new Map([
      ['001565123456', new Set(['1001', '1002'])],
      ['805ec0123456', new Set(['1003'])],
    ]),
    faults: [],
  })
})

test('every fault of it is told with its line', () => {
  const csv = '00:15:65:12:34:56,1001\nMAC,extension\n00:15:65:12:34:57\n00:15:65:12:34:58,1,2\nff:ff:ff:ff:ff:ff,1002\n'
  expect(readProvisioned(csv).faults).toEqual([
    { line: 2, message: "expected a MAC such as 00:15:65:12:34:56, got 'MAC'" },
    { line: 3, message: 'expected MAC,extension' },
    { line: 4, message: 'expected MAC,extension' },
    { line: 5, message: "expected a MAC such as 00:15:65:12:34:56, got 'ff:ff:ff:ff:ff:ff'" },
  ])
})

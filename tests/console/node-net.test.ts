import * as node from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as ours from '../../src/console/node-net.ts'

describe("the browser's word on what an address is", () => {
  const noise = fc.string({ unit: fc.constantFrom(...'0123456789abcdefF:.%/g-'.split(''), '::', '255', '256', '1.2.3.4'), maxLength: 24 })
  const likely = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    noise,
    fc.tuple(fc.ipV6(), noise).map(([ip, more]) => ip + more),
    fc.string(),
  )

  test("is Node's word", () => {
    fc.assert(
      fc.property(likely, (text) => {
        expect([ours.isIPv4(text), ours.isIPv6(text)]).toEqual([node.isIPv4(text), node.isIPv6(text)])
      }),
      { numRuns: 20_000 },
    )
  })

  test.each([
    '::',
    '::1',
    '1::',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:1.2.3.4',
    '::1.2.3.4',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7:1.2.3.4',
    ':1',
    '1:',
    ':::',
    '1::2::3',
    '::1.2.3',
    '1.2.3.4::',
    '12345::',
    '',
  ])('of %s too', (text) => {
    expect(ours.isIPv6(text)).toBe(node.isIPv6(text))
  })
})

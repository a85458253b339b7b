import { expect, test } from 'vitest'
import { firmwareSpread, isBound, isFlapping, isStale } from '../../src/phones/health.ts'

test('a phone is bound for as long as it asked for, and stale after twice as long', () => {
  const phone = { lastRegisteredMs: 1000, expires: 60 }
  expect([1000, 60_999, 61_000, 121_000, 121_001].map((ms) => [isBound(phone, ms), isStale(phone, ms)])).toEqual([
    [true, false],
    [true, false],
    [false, false],
    [false, false],
    [false, true],
  ])
})

test('a phone flaps when it changed its address more than six times within the hour', () => {
  const change = (atMs: number, ip: string, phoneId = 1) => ({ phoneId, atMs, mac: null, extension: '1001', userAgent: null, ip })
  const changes = (count: number) => Array.from({ length: count }, (_, i) => change(4e6 + i, `192.0.2.${i % 2}`))
  const phone = { id: 1, ip: '192.0.2.9' }
  expect(isFlapping(phone, changes(6), 5e6)).toBe(false)
  expect(isFlapping(phone, changes(7), 5e6)).toBe(true)
  expect(isFlapping(phone, changes(7).toReversed(), 5e6)).toBe(true)
  expect(isFlapping(phone, changes(7), 4e6 + 36e5 + 2)).toBe(false)
  expect(isFlapping({ ...phone, id: 2 }, changes(7), 5e6)).toBe(false)
  expect(
    isFlapping(
      phone,
      Array.from({ length: 9 }, (_, i) => change(4e6 + i, phone.ip)),
      5e6,
    ),
  ).toBe(false)
})

test('firmware is spread where phones of one model run different ones', () => {
  const agents = [
    'Yealink SIP-T46S 66.85.0.5',
    'Yealink SIP-T46S 66.86.0.15',
    'Yealink SIP-T46S 66.86.0.15',
    'snomD735/10.1.42.14',
    'x',
    null,
  ]
  expect(firmwareSpread(agents.map((userAgent) => ({ userAgent })))).toEqual([
    {
      vendor: 'Yealink',
      model: 'T46S',
      firmwares: [
        { firmware: '66.86.0.15', phones: 2 },
        { firmware: '66.85.0.5', phones: 1 },
      ],
    },
  ])
})

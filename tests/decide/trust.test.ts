import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatCidr, parseCidr } from '../../src/address.ts'
import { createTrustBook } from '../../src/decide/index.ts'
import { TABLE } from '../../src/decide/table.ts'
import { SipguardError } from '../../src/errors.ts'
import { TRUST_LEVELS } from '../../src/types.ts'
import { WEEK } from './samples.ts'

const allow = (cidr: string, untilMs: number | null = null) => ({ cidr, untilMs, addedMs: 0, comment: null })

test('loopback is always self, everybody else unknown', () => {
  const trust = createTrustBook(WEEK)
  for (const ip of ['127.0.0.1', '127.255.255.254', '::1']) expect(trust.levelOf(ip, 0)).toBe('self')
  for (const ip of ['126.255.255.255', '128.0.0.1', '::2', '192.0.2.1']) expect(trust.levelOf(ip, 0)).toBe('unknown')
  trust.setSelf([])
  expect(trust.levelOf('127.0.0.1', 0)).toBe('self')
})

test('addresses and CIDRs of self, ignoreip and the allow list say who is who, and the highest level wins', () => {
  const trust = createTrustBook(WEEK)
  trust.setSelf(['192.0.2.1'])
  trust.setIgnored(['192.0.2.0/28', '2001:db8::/32'])
  trust.setAllowed([allow('198.51.100.7')])
  expect(trust.levelOf('192.0.2.1', 0)).toBe('self')
  for (const ip of ['192.0.2.0', '192.0.2.15', '2001:db8:ffff::1', '198.51.100.7']) expect(trust.levelOf(ip, 0)).toBe('allowed')
  for (const ip of ['192.0.2.16', '2001:db9::1', '198.51.100.8']) expect(trust.levelOf(ip, 0)).toBe('unknown')
})

test('a list replaces the one before', () => {
  const trust = createTrustBook(WEEK)
  trust.setIgnored(['192.0.2.1'])
  trust.setIgnored(['192.0.2.2'])
  expect(['192.0.2.1', '192.0.2.2'].map((ip) => trust.levelOf(ip, 0))).toEqual(['unknown', 'allowed'])
})

test('a list with a fault is refused, and the last good one stays', () => {
  const trust = createTrustBook(WEEK)
  trust.setIgnored(['192.0.2.1'])
  expect(() => trust.setIgnored(['192.0.2.2', '192.0.2.300'])).toThrow(
    new SipguardError('ADDRESS_INVALID', "expected an IP address or CIDR, got '192.0.2.300'"),
  )
  expect(['192.0.2.1', '192.0.2.2'].map((ip) => trust.levelOf(ip, 0))).toEqual(['allowed', 'unknown'])
})

test('an allow entry expires; of two for the same network the longer counts', () => {
  const trust = createTrustBook(WEEK)
  trust.setAllowed([
    allow('192.0.2.1', 1000),
    allow('192.0.2.2', 1000),
    allow('192.0.2.2'),
    allow('192.0.2.3', 2000),
    allow('192.0.2.3', 1000),
  ])
  const levels = (nowMs: number) => ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((ip) => trust.levelOf(ip, nowMs) === 'allowed')
  expect(levels(999)).toEqual([true, true, true])
  expect(levels(1000)).toEqual([false, true, true])
  expect(levels(2000)).toEqual([false, true, false])
  expect(trust.holdsTrusted('192.0.2.1', 1000)).toBe(false)
})

test('/0 is everybody of its family, /32 and /128 one address', () => {
  const trust = createTrustBook(WEEK)
  trust.setIgnored(['0.0.0.0/0', '2001:db8::1/128'])
  expect(['203.0.113.1', '255.255.255.255', '2001:db8::1', '2001:db8::2'].map((ip) => trust.levelOf(ip, 0))).toEqual([
    'allowed',
    'allowed',
    'allowed',
    'unknown',
  ])
})

test('IPv4-mapped networks are IPv4', () => {
  const trust = createTrustBook(WEEK)
  trust.setIgnored(['::ffff:192.0.2.1', '::ffff:10.1.0.0/112'])
  expect(['192.0.2.1', '10.1.255.255', '10.2.0.0'].map((ip) => trust.levelOf(ip, 0))).toEqual(['allowed', 'allowed', 'unknown'])
  trust.setIgnored(['::ffff:0:0/96'])
  expect(['203.0.113.1', '2001:db8::1'].map((ip) => trust.levelOf(ip, 0))).toEqual(['allowed', 'unknown'])
})

test('a /64 holds the trusted when one of them is inside, or the /64 is inside of them', () => {
  const trust = createTrustBook(WEEK)
  trust.setSelf(['2001:db8:1::5'])
  trust.setIgnored(['2001:db8:2:0:8000::/65'])
  trust.setAllowed([allow('2001:db8:3::/48'), allow('2001:db8:4::/64')])
  const held = ['2001:db8:1::/64', '2001:db8:2::/64', '2001:db8:3:ff::/64', '2001:db8:4::/64', '2001:db8::/32', '::/64']
  for (const cidr of held) expect([cidr, trust.holdsTrusted(cidr, 0)]).toEqual([cidr, true])
  const free = ['2001:db8:1:1::/64', '2001:db8:2:1::/64', '2001:db8:4:1::/64', '192.0.2.0/24']
  for (const cidr of free) expect([cidr, trust.holdsTrusted(cidr, 0)]).toEqual([cidr, false])
})

test('levelOf and holdsTrusted agree with comparing bits', () => {
  const word = fc.constantFrom(0, 1, 128, 255)
  const address = fc.tuple(fc.constant(10), word, word, word).map((bytes) => bytes.join('.'))
  const cidr = fc.tuple(address, fc.integer({ min: 8, max: 32 })).map(([ip, bits]) => formatCidr(parseCidr(`${ip}/${bits}`)!))
  const bitsOf = (text: string) => {
    const { network, bits } = parseCidr(text)!
    return network
      .split('.')
      .map((byte) => Number(byte).toString(2).padStart(8, '0'))
      .join('')
      .slice(0, bits)
  }
  fc.assert(
    fc.property(fc.array(cidr, { maxLength: 6 }), cidr, address, (ignored, asked, ip) => {
      const trust = createTrustBook(WEEK)
      trust.setIgnored(ignored)
      expect(trust.levelOf(ip, 0) === 'allowed').toBe(ignored.some((one) => bitsOf(ip).startsWith(bitsOf(one))))
      const meet = ignored.some((one) => bitsOf(one).startsWith(bitsOf(asked)) || bitsOf(asked).startsWith(bitsOf(one)))
      expect(trust.holdsTrusted(asked, 0)).toBe(meet)
    }),
  )
})

test('the table has a measure for each level and evidence, and no evidence touches self and allowed', () => {
  expect(Object.keys(TABLE)).toEqual([...TRUST_LEVELS])
  expect(TABLE).toEqual({
    self: { unproved: 'nothing', proved: 'nothing', request: 'nothing' },
    allowed: { unproved: 'nothing', proved: 'nothing', request: 'nothing' },
    peer: { unproved: 'alert', proved: 'alert', request: 'address' },
    phone: { unproved: 'endpoint', proved: 'endpoint-or-sweep', request: 'address' },
    unknown: { unproved: 'address-shortly', proved: 'address', request: 'address' },
  })
})

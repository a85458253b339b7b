import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressArgument, cidrArgument, durationArgument } from '../../src/api/arguments.ts'
import { SipguardError } from '../../src/errors.ts'

describe('addressArgument', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['[2001:DB8:0::7]', '2001:db8::7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
  ])('%s is %s', (text, ip) => {
    expect(addressArgument(text)).toBe(ip)
  })
  test.each(['', 'localhost', '192.0.2.0/24', '0.0.0.0', '::', 'fe80::1%eth0', '192.0.2.7 ', '010.1.1.1'])('%j is refused', (text) => {
    expect(() => addressArgument(text)).toThrow(
      new SipguardError('ADDRESS_INVALID', `expected an IP address such as 192.0.2.7 or 2001:db8::7, got '${text}'`),
    )
  })
  test('the message does not repeat a long text', () => {
    expect(() => addressArgument('x'.repeat(1e6))).toThrow(/^.{100,200}$/)
  })
})

describe('cidrArgument', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7/32', '192.0.2.7'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['2001:DB8::1/64', '2001:db8::/64'],
    ['::ffff:192.0.2.9', '192.0.2.9'],
    ['::ffff:192.0.2.9/120', '192.0.2.0/24'],
    ['::ffff:192.0.2.9/128', '192.0.2.9'],
  ])('%s is %s', (text, cidr) => {
    expect(cidrArgument(text)).toBe(cidr)
  })
  test.each([
    '',
    '/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '0.0.0.0',
    '::',
    '0.0.0.0/32',
    '::/128',
    'fe80::1%eth0/64',
    'example.com/24',
  ])('%j is refused', (text) => {
    expect(() => cidrArgument(text)).toThrow(SipguardError)
  })
  test('any text gives an error of ours or a form that stays the same', () => {
    const text = fc.oneof(
      fc.string(),
      fc.ipV4(),
      fc.ipV6(),
      fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: -1, max: 140 })).map((parts) => parts.join('/')),
    )
    fc.assert(
      fc.property(text, (given) => {
        let cidr: string
        try {
          cidr = cidrArgument(given)
        } catch (error) {
          expect(error).toMatchObject({ code: 'ADDRESS_INVALID' })
          return
        }
        expect(cidrArgument(cidr)).toBe(cidr)
      }),
    )
  })
})

describe('durationArgument', () => {
  test('reads what parseDuration reads', () => {
    expect([durationArgument('1h'), durationArgument(90), durationArgument('-1')]).toEqual([36e5, 90_000, null])
  })
  test.each([0, '0', '0d'])('%j is no duration', (given) => {
    expect(() => durationArgument(given)).toThrow(
      new SipguardError('DURATION_INVALID', `expected a duration longer than 0, or -1 (for ever), got '${given}'`),
    )
  })
})

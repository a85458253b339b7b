import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalAddress, formatCidr, networkOf, parseCidr, wholeOf } from '../src/address.ts'

describe('canonicalAddress', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['[192.0.2.7]', '192.0.2.7'],
    ['2001:DB8:203:0:0:0:0:10', '2001:db8:203::10'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['::ffff:198.51.100.8', '198.51.100.8'],
    ['[::ffff:198.51.100.8]', '198.51.100.8'],
    ['::ffff:c633:6408', '198.51.100.8'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::1', '::1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('%s is written %s', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical)
  })

  test.each([
    '',
    '0.0.0.0',
    '::',
    '[::]',
    '::ffff:0.0.0.0',
    'example.com',
    '256.1.1.1',
    '1.2.3',
    '01.2.3.4',
    'fe80::1%eth0',
    '[1.2.3.4',
    '[]',
    '1::2::3',
    ':::',
    '1.2.3.4:5060',
  ])('%j is no address of one host', (text) => {
    expect(canonicalAddress(text)).toBeNull()
  })

  test('every IPv6 text is written as the URL standard writes it, and canonical text stays as it is', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        fc.pre(isIPv6(text) && !text.includes('.') && canonicalAddress(text)?.includes(':') === true)
        const canonical = canonicalAddress(text) as string
        expect(canonical).toBe(new URL(`http://[${text}]`).hostname.slice(1, -1))
        expect(canonicalAddress(canonical)).toBe(canonical)
      }),
    )
  })

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => canonicalAddress(text) === null || typeof canonicalAddress(text) === 'string'),
    )
  })
})

describe('networks', () => {
  test('IPv6 counts by its /64, IPv4 by itself', () => {
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
    expect(networkOf('::1')).toBe('::/64')
    expect(networkOf('192.0.2.7')).toBe('192.0.2.7')
  })

  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['192.0.2.255/25', '192.0.2.128/25'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:db8:ffff::1/33', '2001:db8:8000::/33'],
    ['2001:db8::1/128', '2001:db8::1'],
    ['::/0', '::/0'],
  ])('%s is the network %s', (text, network) => {
    expect(formatCidr(parseCidr(text)!)).toBe(network)
  })

  test.each([
    '',
    '/',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0/8',
    'example.com',
    '2001:db8::/129',
    'fe80::1%eth0/64',
    '10.0.0.0/8/8',
    '1.2.3.4/ 8',
  ])('%j is no network', (text) => {
    expect(parseCidr(text)).toBeNull()
  })
})

test('of an address or /64 the whole is what jails count by', () => {
  expect(['192.0.2.7', '2001:db8::7', '2001:db8::/64'].map(wholeOf)).toEqual(['192.0.2.7', '2001:db8::/64', '2001:db8::/64'])
})

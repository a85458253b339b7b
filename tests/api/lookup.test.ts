import { describe, expect, test } from 'vitest'
import { bansOn, findAllowed } from '../../src/api/lookup.ts'
import { AT, aBan, prefixBan } from './fake-control.ts'

const entry = (cidr: string, untilMs: number | null = null) => ({ cidr, untilMs, addedMs: AT, comment: null })

describe('findAllowed', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.77', false],
    ['192.0.2.0/25', '192.0.2.127', true],
    ['192.0.2.0/25', '192.0.2.128', false],
    ['2001:db8::/64', '2001:db8::ffff', true],
    ['2001:db8::/64', '2001:db8:0:1::', false],
    ['0.0.0.0/0', '192.0.2.7', true],
    ['0.0.0.0/0', '2001:db8::7', false],
    ['::/0', '192.0.2.7', false],
    ['::/0', '2001:db8::7', true],
    ['nonsense', '192.0.2.7', false],
  ])('%s for %s: %s', (cidr, ip, allowed) => {
    expect(findAllowed([entry(cidr)], ip, AT) !== null).toBe(allowed)
  })
  test('an entry ends at its time', () => {
    expect(findAllowed([entry('192.0.2.7', AT)], '192.0.2.7', AT - 1)).not.toBeNull()
    expect(findAllowed([entry('192.0.2.7', AT)], '192.0.2.7', AT)).toBeNull()
  })
})

test('the bans on an address are its own, those of its endpoints and that of its prefix', () => {
  const endpoint = aBan({ scope: 'endpoint', port: 5060, transport: 'udp' })
  const bans = [aBan(), endpoint, prefixBan(), aBan({ ip: '192.0.2.8' })]
  expect(bansOn(bans, '192.0.2.7')).toEqual([aBan(), endpoint])
  expect(bansOn(bans, '2001:db8::99')).toEqual([prefixBan()])
  expect(bansOn(bans, '2001:db8:0:1::99')).toEqual([])
})

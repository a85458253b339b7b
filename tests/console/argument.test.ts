import { describe, expect, test } from 'vitest'
import { checkCidr, checkDuration, faultOf } from '../../src/console/parts/argument.ts'

describe('what is typed', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7', 'One address.'],
    ['10.1.2.3/8', '10.0.0.0/8', 'Will be written as 10.0.0.0/8. 16,777,216 addresses.'],
    ['2001:DB8::/48', '2001:db8::/48', 'Will be written as 2001:db8::/48. 65,536 networks of IPv6 (/64).'],
    ['2001:db8::/64', '2001:db8::/64', 'One network of IPv6, a /64.'],
    ['2001:db8::/96', '2001:db8::/96', 'Part of one /64.'],
    ['2001:db8::7', '2001:db8::7', 'One address.'],
    ['::ffff:192.0.2.0/120', '192.0.2.0/24', 'Will be written as 192.0.2.0/24. 256 addresses.'],
  ])('%s is a network', (typed, value, note) => {
    expect(checkCidr(typed)).toEqual({ value, note })
  })

  test.each([
    ['192.0.2.', "expected an IP address or a CIDR such as 192.0.2.7, 198.51.100.0/24 or 2001:db8::/64, got '192.0.2.'"],
    ['192.0.2.0/', "expected a prefix length of 0 to 32 after '/', got ''"],
    ['2001:db8::/129', "expected a prefix length of 0 to 128 after '/', got '129'"],
    ['office.example', "'office.example' is a name; expected an address, for names may change"],
  ])('%s is not, and it is said why', (typed, fault) => {
    expect(checkCidr(typed)).toEqual({ fault })
  })

  test('nothing is said of a field that is empty still', () => {
    expect(faultOf('', checkCidr(''))).toBeNull()
    expect(faultOf('x', checkDuration('x'))).toBe("expected a duration such as 90s, 10m, 1h, 7d, 4w or -1 (for ever), got 'x'")
  })
})

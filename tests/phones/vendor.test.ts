import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ouiTable } from '../../scripts/oui.ts'
import { packageRoot } from '../../src/config/index.ts'
import { vendorOf } from '../../src/oui.ts'
import { readVendors, writeVendors } from '../../src/phones/vendor.ts'

describe('the vendor of a MAC', () => {
  test.each([
    ['805ec0123456', 'YEALINK(XIAMEN) NETWORK TECHNOLOGY CO.,LTD.'],
    ['000413123456', 'snom technology GmbH'],
    ['000b82123456', 'Grandstream Networks, Inc.'],
    ['0004f2123456', 'Polycom'],
    ['020000123456', null],
  ])('%s is %s', (mac, company) => {
    expect(vendorOf(mac)).toBe(company)
  })

  test('the longest prefix is whose it is', () => {
    const registry = {
      '8C1F64': 'IEEE Registration Authority\nx',
      '8C1F64AAA': 'Small\tCo\nStreet',
      '1006480': 'Middle',
      '100648': 'Large',
    }
    const look = readVendors(writeVendors(registry, 'test'))
    expect(['8c1f64aaa001', '8c1f64000001', '100648012345', '100648112345'].map(look)).toEqual(['Small Co', null, 'Middle', 'Large'])
  })

  test('the table in share/ is what scripts/oui.ts makes', () => {
    expect(gunzipSync(readFileSync(join(packageRoot, 'share/oui.txt.gz'))).toString() === ouiTable()).toBe(true)
  })
})

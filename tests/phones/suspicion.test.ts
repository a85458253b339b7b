import { describe, expect, test } from 'vitest'
import type { Phone, Registered, Seen } from '../../src/phone.ts'
import { doubtsOf, type Judging } from '../../src/phones/suspicion.ts'

const M1 = '001565000001'
const SNOM = 'snomD735/10.1.42.14'
const YEALINK = 'Yealink SIP-T46S 66.85.0.5'

const phone = (fields: Partial<Phone> = {}): Phone => ({
  id: 1,
  mac: null,
  extension: '1001',
  ip: '192.0.2.7',
  userAgent: SNOM,
  contactUri: null,
  contactKey: '',
  expires: 3600,
  firstRegisteredMs: 0,
  lastRegisteredMs: 1000,
  ...fields,
})

const PLACES: Readonly<Record<string, readonly [string | null, number | null]>> = {
  '192.0.2.7': ['DE', 3320],
  '192.0.2.8': ['DE', 3209],
  '198.51.100.1': ['FR', 3215],
}

function judged(seen: { readonly registered?: Partial<Registered> } & Partial<Omit<Seen, 'registered'>>, judging: Partial<Judging> = {}) {
  const { id: _, firstRegisteredMs, lastRegisteredMs, ...shown } = phone()
  const registered = { ...shown, atMs: 2000, ...seen.registered }
  return doubtsOf(
    { before: phone(), others: [], addresses: [], ...seen, registered },
    {
      vendorOf: (mac) =>
        ({ '0015': 'XIAMEN YEALINK NETWORK TECHNOLOGY CO.,LTD', '0004': 'snom technology GmbH', a0a8: 'Intel Corporate' })[
          mac.slice(0, 4)
        ] ?? null,
      placeOf: (ip) => {
        const [country, number] = PLACES[ip] ?? [null, null]
        return { country, asn: number === null ? null : { number } }
      },
      provisioned: null,
      ...judging,
    },
  ).map(({ kind, detail }) => `${kind}: ${detail}`)
}

test('a phone as it always was is no suspicion', () => {
  expect(judged({ addresses: ['192.0.2.7'] })).toEqual([])
})

describe('a device that was never seen', () => {
  const others = [phone({ mac: M1 })]
  const isNew = { before: null, others }

  test('on an extension that has others is unauthorized', () => {
    expect(judged({ ...isNew, registered: { mac: '000413000002' } })).toEqual([
      `unauthorized_device: MAC 000413000002, '${SNOM}' was never seen on extension 1001`,
    ])
    expect(judged({ ...isNew, registered: { userAgent: null }, others: [phone()] })).toEqual([])
    expect(judged({ ...isNew, registered: { userAgent: 'baresip v1.1.0' } })).toEqual([
      "unauthorized_device: 'baresip v1.1.0' was never seen on extension 1001",
    ])
  })

  test('is none on a new extension, nor one that may be the old one at another address', () => {
    expect(judged({ before: null })).toEqual([])
    expect(judged({ ...isNew, registered: { userAgent: 'snomD735/10.1.50.1' } })).toEqual([])
    expect(judged({ ...isNew, others: [phone()], registered: { mac: '000413000002' } })).toEqual([])
  })
})

describe('a MAC', () => {
  const provisioned = new Map([[M1, new Set(['1002', '1003'])]])

  test('that is not provisioned, or for others, is unauthorized', () => {
    expect(judged({ registered: { mac: '000413000002' } }, { provisioned })).toEqual([
      'unauthorized_device: MAC 000413000002 is not provisioned',
    ])
    expect(judged({ registered: { mac: M1, userAgent: YEALINK } }, { provisioned })).toEqual([
      `unauthorized_device: MAC ${M1} is provisioned for 1002, 1003, not for 1001`,
    ])
    expect(judged({ registered: { mac: M1, userAgent: YEALINK, extension: '1003' } }, { provisioned })).toEqual([])
    expect(judged({}, { provisioned })).toEqual([])
  })

  test('of another maker than the User-Agent names is unauthorized', () => {
    expect(judged({ registered: { mac: M1 } })).toEqual([
      `unauthorized_device: MAC ${M1} is XIAMEN YEALINK NETWORK TECHNOLOGY CO.,LTD's, its User-Agent says '${SNOM}'`,
    ])
    expect(judged({ registered: { mac: 'a0a800000001' } })).toHaveLength(1)
    expect(judged({ registered: { mac: M1, userAgent: 'Zoiper rv2.10.14.2' } })).toHaveLength(1)
  })

  test('of the same maker, of a computer with a program on it, or of nobody known, is none', () => {
    for (const [mac, userAgent] of [
      [M1, YEALINK],
      ['a0a800000001', 'Zoiper rv2.10.14.2'],
      ['020000000001', SNOM],
      [M1, 'My own phone'],
    ] as const) {
      expect(judged({ registered: { mac, userAgent } })).toEqual([])
    }
  })
})

test('a scanner that registers has a password', () => {
  expect(judged({ registered: { userAgent: 'friendly-scanner' } })).toEqual([
    "credential_suspect: a scanner's User-Agent 'friendly-scanner' registered successfully",
  ])
})

describe('a place', () => {
  test('in a country or a network where the extension never was is suspicious', () => {
    expect(judged({ registered: { ip: '198.51.100.1' }, addresses: ['192.0.2.7', '192.0.2.8'] })).toEqual([
      'credential_suspect: extension 1001 registers from FR, before from DE',
    ])
    expect(judged({ registered: { ip: '192.0.2.8' }, addresses: ['192.0.2.7'] })).toEqual([
      'credential_suspect: extension 1001 registers from AS3209, before from AS3320',
    ])
  })

  test('that is known, or cannot be told, is none', () => {
    expect(judged({ registered: { ip: '198.51.100.1' }, addresses: ['192.0.2.7', '198.51.100.1'] })).toEqual([])
    expect(judged({ registered: { ip: '203.0.113.1' }, addresses: ['192.0.2.7'] })).toEqual([])
    expect(judged({ registered: { ip: '198.51.100.1' }, addresses: ['203.0.113.1'] })).toEqual([])
  })

  test('far from that of another phone that is registered now is suspicious', () => {
    const there = phone({ id: 2, ip: '198.51.100.1' })
    const addresses = ['192.0.2.7', '198.51.100.1']
    expect(judged({ others: [there], addresses })).toEqual([
      'credential_suspect: extension 1001 is registered in DE and in FR at once (198.51.100.1)',
    ])
    expect(judged({ others: [there], addresses, registered: { atMs: 1000 + 36e5 } })).toEqual([])
  })
})

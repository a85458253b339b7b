import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { macOf, normalizeMac } from '../../src/phones/mac.ts'

const MAC = '001565123456'
const contactOf = (contact: string) => macOf({ contact, userAgent: null })
const agentOf = (userAgent: string) => macOf({ contact: null, userAgent })
const hex = (length: number) =>
  fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length }).map((digits) => digits.join(''))

describe('a MAC', () => {
  test.each(['00:15:65:12:34:56', '00-15-65-12-34-56', '0015.6512.3456', '001565123456', ' 00:15:65:12:34:56 '])(
    'may be spelled %s',
    (text) => {
      expect(normalizeMac(text)).toBe(MAC)
    },
  )

  test('is stored in lower case', () => {
    expect(normalizeMac('80-5E-C0-AB-CD-EF')).toBe('805ec0abcdef')
  })

  test.each([
    ['', 'nothing'],
    ['00:15:65:12:34', 'too short'],
    ['00:15:65:12:34:56:78', 'too long'],
    ['00:15-65:12:34:56', 'two separators'],
    ['0015651234zz', 'not hexadecimal'],
    ['00:00:00:00:00:00', 'zeros'],
    ['ff:ff:ff:ff:ff:ff', 'ones'],
    ['01:00:5e:00:00:01', 'multicast'],
  ])('is not %j (%s)', (text) => {
    expect(normalizeMac(text)).toBeNull()
  })
})

describe('the MAC of a registration', () => {
  test.each([
    '<sip:1001@192.0.2.7:5060>;mac=00:15:65:12:34:56',
    '<sip:1001@192.0.2.7:5060>;mac="00-15-65-12-34-56"',
    '<sip:1001@192.0.2.7:5060;MAC=0015.6512.3456>;expires=60',
    '"Tom; \\"x\\" <b>" <sip:1001@192.0.2.7>; mac = 001565123456 ;q=1',
    '<sip:1001@192.0.2.7>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-001565123456>"',
    '<sip:1001@192.0.2.7>;reg-id=1;+sip.instance=%22<urn:uuid:00000000-0000-1000-8000-001565123456>%22',
    '<sip:1001@192.0.2.7>;+sip.instance="<urn:uuid:C232AB00-9414-11EC-B3C8-001565123456>"',
  ])('is read from %s', (contact) => {
    expect(contactOf(contact)).toBe(MAC)
  })

  test.each([
    ['<sip:1001@192.0.2.7>;+sip.instance="<urn:uuid:f81d4fae-7dec-41d0-a765-001565123456>"', 'a random UUID'],
    ['<sip:1001@192.0.2.7>;+sip.instance="<urn:uuid:f81d4fae-7dec-51d0-a765-001565123456>"', 'a UUID made of a name'],
    ['<sip:1001@192.0.2.7>;+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-011565123456>"', 'a node that was made up (multicast)'],
    ['<sip:1001@192.0.2.7>;+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-c765-001565123456>"', 'another variant'],
    ['<sip:1001@192.0.2.7>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000000000000>"', 'zeros'],
    ['";mac=001565123456" <sip:1001@192.0.2.7>', 'a display name'],
    ['<sip:1001@192.0.2.7>;mac=00156512345678', 'something longer'],
    ['<sip:001565123456@192.0.2.7>', 'a user'],
    ['*', 'all contacts'],
  ])('is not in %s (%s)', (contact) => {
    expect(contactOf(contact)).toBeNull()
  })

  test.each([
    ['Yealink SIP-T46S 66.85.0.5 805ec0123456', '805ec0123456'],
    ['Grandstream GXP2170 1.0.9.132 (00:0B:82:AA:BB:CC)', '000b82aabbcc'],
    ['PolycomVVX-VVX_411-UA/5.9.6.2327_64167f123456', '64167f123456'],
    ['Cisco-CP7841 0015.6512.3456', MAC],
    ['phone 010203040506 001565123456', MAC],
  ])('is read from the User-Agent %s', (userAgent, mac) => {
    expect(agentOf(userAgent)).toBe(mac)
  })

  test.each([
    'Yealink SIP-T46S 66.85.0.5',
    'softphone build 202401151030',
    'agent 550e8400-e29b-41d4-a716-446655440000',
    'agent 1.0-abcdef012345',
    'agent [2001:db8:00:15:65:12:34:56]',
    'agent 00:15:65:12:34:56:78:9a',
    'agent 1234.0015.6512.3456',
    'agent 001565123456abcdef',
  ])('is not in the User-Agent %s', (userAgent) => {
    expect(agentOf(userAgent)).toBeNull()
  })

  test('the Contact’s parameter goes before its instance, and both before the User-Agent', () => {
    const instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-0004f2000002>"'
    const userAgent = 'Yealink 805ec0000003'
    expect(macOf({ contact: `<sip:1@192.0.2.7>;${instance};mac=001565000001`, userAgent })).toBe('001565000001')
    expect(macOf({ contact: `<sip:1@192.0.2.7>;${instance};mac=none`, userAgent })).toBe('0004f2000002')
    expect(macOf({ contact: '<sip:1@192.0.2.7>', userAgent })).toBe('805ec0000003')
    expect(macOf({ contact: null, userAgent: null })).toBeNull()
  })

  test('whatever the text, it is null or twelve digits that one machine can have', () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom(';mac=', '+sip.instance="<urn:uuid:', '00000000-0000-1000-8000-', '<sip:', '>', ' ', '"', '\\', ':', '-', '.'),
        hex(2),
        hex(4),
        hex(12),
        fc.string({ maxLength: 5 }),
      ),
      { maxLength: 14 },
    )
    const text = pieces.map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, text, (contact, userAgent) => {
        const mac = macOf({ contact, userAgent })
        if (mac === null) return
        expect(mac).toMatch(/^[0-9a-f][02468ace][0-9a-f]{10}$/)
        expect(mac).not.toBe('000000000000')
      }),
      { numRuns: 50_000 },
    )
  })

  test('a random UUID never yields one, wherever it stands', () => {
    const uuid = fc.uuid({ version: 4 })
    fc.assert(
      fc.property(uuid, (id) => {
        const contact = `<sip:${id}@192.0.2.7:5060;mac=${id}>;+sip.instance="<urn:uuid:${id}>"`
        expect(macOf({ contact, userAgent: `Softphone ${id} (urn:uuid:${id})` })).toBeNull()
      }),
      { numRuns: 100_000 },
    )
  }, 30_000)
})
